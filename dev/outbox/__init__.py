"""Catches the mails that the demo's Odoo sends, and shows them; none is sent on.

Not named after what it is, a mailbox: Python has a module of that name.
"""
