"""A local MobilePay: OpenID provider, Invoice API, payer's phone, callbacks, reporting.

It is written from MobilePay's documentation alone and shares no code with the
addon, so that each is a check of the other's reading. Start it with
``python -m simulator`` (with the folder above on ``PYTHONPATH``).
"""
