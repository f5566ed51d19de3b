from odoo import models

# on the context of entries that are posted together
TOGETHER = "mobilepay_together"


class AccountMove(models.Model):
    """Entries of many payments at once take their numbers without a search each."""

    _inherit = "account.move"

    def _get_next_sequence_format(self):
        """Find the format of a number once for all entries alike.

        The number itself is not kept: Odoo takes it one by one, behind the unique
        index on it (``_locked_increment``).
        """
        if not self.env.context.get(TOGETHER):
            return super()._get_next_sequence_format()
        # ends with the transaction, so a name given by hand in between counts
        formats = self.env.cr.precommit.data.setdefault(TOGETHER, {})
        date = self[self._sequence_date_field]
        key = (
            self.journal_id.id,
            self.move_type,
            date.year,
            date.month,
            bool(self.origin_payment_id),
        )
        if key not in formats:
            formats[key] = super()._get_next_sequence_format()
        format_string, values = formats[key]
        return format_string, dict(values)
