"""A local MobilePay: what services share, and the services side by side.

It is written from MobilePay's documentation alone and shares no code with the
addon, so that each is a check of the other's reading. Start it with
``python -m simulator`` (with the folder above on ``PYTHONPATH``).
"""
