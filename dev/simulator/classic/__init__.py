"""The classic MobilePay Invoice: Invoice API, OpenID Connect, callbacks, reporting."""
