"""Vipps MobilePay: access token, ePayment, webhooks and QR, read from its contract."""
