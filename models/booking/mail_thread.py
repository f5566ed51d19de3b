from odoo import models

from .mobilepay_trail import COLLECTED, Line

# what Odoo gives a message of tracked values, and nothing else does
TRACKED = {"body", "author_id", "subtype_id", "tracking_value_ids"}


class MailThread(models.AbstractModel):
    """Chatter is only collected where ``mobilepay.trail`` writes it together."""

    _inherit = "mail.thread"

    def _message_log(self, **values):
        if not self.env.context.get(COLLECTED) or not values.keys() <= TRACKED:
            return super()._message_log(**values)
        return self._mobilepay_collect(**values)

    def message_post(self, **values):
        if not self.env.context.get(COLLECTED) or values.keys() != TRACKED:
            return super().message_post(**values)
        return self._mobilepay_collect(**values)

    def _mobilepay_collect(
        self, body="", author_id=None, tracking_value_ids=(), subtype_id=False
    ):
        lines = self.env.cr.precommit.data.setdefault(COLLECTED, [])
        lines.append(Line(self, body, author_id, tracking_value_ids, subtype_id))
        return self.env["mail.message"]
