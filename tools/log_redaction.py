"""Keeps typed secrets and phone numbers out of Odoo's log of calls.

At debug level Odoo logs every call of a method with its parameters. Those that
name a field of ours which holds a secret or a payer's number are left out.
"""

import logging

CALLS = "odoo.service.model"
FIELDS = ("client_secret", "gateway_secret", "reporting_key", "mobilepay_phone")
#: fields of our own models, whose names are common ones elsewhere
OWN_FIELDS = ("'phone'", "'payload'", "'raw'")


class DiscreetFilter(logging.Filter):
    """Lets every record pass, some of them without the call's parameters."""

    def filter(self, record):
        """Take the parameters out where they name one of the fields."""
        if isinstance(record.args, tuple) and len(record.args) == 3:
            model, method, parameters = record.args
            if self._is_private(getattr(model, "_name", ""), str(parameters)):
                record.args = (model, method, "…")
        return True

    @staticmethod
    def _is_private(model, parameters):
        names = FIELDS + (OWN_FIELDS if model.startswith("mobilepay.") else ())
        return any(name in parameters for name in names)


FILTER = DiscreetFilter()


def install():
    """Make Odoo's log of calls discreet; a second time changes nothing."""
    logging.getLogger(CALLS).addFilter(FILTER)
