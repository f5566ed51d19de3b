from odoo import fields, models
from odoo.fields import Domain

FAILED = {"exception", "bounce", "canceled"}
# in Odoo's own queue of e-mails
QUEUED = {"ready", "process"}


class MobilepayInvoice(models.Model):
    """What became of the e-mail of an invoice that was sent in a batch, and why."""

    _inherit = "mobilepay.invoice"

    mail_state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sent", "E-mailed"),
            ("failed", "Not e-mailed"),
        ],
        string="E-mail",
        compute="_compute_mail_state",
        compute_sudo=True,
    )
    mail_note = fields.Char(
        "Why Not E-mailed", compute="_compute_mail_state", compute_sudo=True
    )

    def _compute_mail_state(self):
        told = self._mail_notifications().grouped("mail_message_id")
        # of several messages the latest
        by_move = {
            message.res_id: told[message]
            for message in sorted(told, key=lambda message: message.id)
        }
        nobody = self.env["mail.notification"]
        for request in self:
            found = by_move.get(request.move_id.id, nobody)
            request.mail_state, request.mail_note = request._mail_outcome(found)

    def _mail_notifications(self):
        """Return who outside was told of these invoices since their batches began."""
        batches = self.batch_id
        if not batches:
            return self.env["mail.notification"]
        return self.env["mail.notification"].search(
            Domain("notification_type", "=", "email")
            & Domain("mail_message_id.model", "=", "account.move")
            & Domain("mail_message_id.res_id", "in", self.move_id.ids)
            & Domain("mail_message_id.date", ">=", min(batches.mapped("create_date")))
            & Domain("res_partner_id.partner_share", "=", True)
        )

    def _mail_outcome(self, found):
        """Return state and reason, by the notifications of the latest e-mail."""
        if not self.batch_id:
            return False, False
        if failed := found.filtered(lambda n: n.notification_status in FAILED)[:1]:
            return "failed", failed.format_failure_reason()
        if found:
            queued = QUEUED & set(found.mapped("notification_status"))
            return ("waiting" if queued else "sent"), False
        if self._waits_for_documents():
            return "waiting", False
        if problem := self._mail_problem():
            return "failed", problem
        return False, False

    def _waits_for_documents(self):
        """Whether PDF and e-mail are still to be made."""
        return not self.released or self.move_id.is_being_sent

    def _mail_problem(self):
        """Return why nothing was mailed, '' where nothing was to be."""
        if not self.move_id.partner_id.email:
            # who has the request in the app needs no e-mail
            wanted = self.state == "invalid" or self.kind == "link"
            return self.env._("The customer has no e-mail address.") if wanted else ""
        if not self.move_id.is_move_sent:
            return self.env._(
                "It could not be made or sent: the reason is in the invoice's chatter."
            )
        return ""
