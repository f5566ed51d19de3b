"""The control routes of what only the Vipps MobilePay service has."""
