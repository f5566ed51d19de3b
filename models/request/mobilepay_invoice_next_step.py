from odoo import api, fields, models
from odoo.tools import format_date

from ...mobilepay import rules
from .mobilepay_invoice import OPEN_STATES


class MobilepayInvoice(models.Model):
    """What a person has to do next with a request, in plain words."""

    _inherit = "mobilepay.invoice"

    next_step = fields.Char(compute="_compute_next_step")

    @api.depends_context("lang")
    @api.depends(
        "state",
        "next_cancel_on",
        "superseded",
        "error_text",
        "accepted_payment_date",
        "payment_id",
        "transaction_ids.transfer_id.state",
        "bank_line_id",
        "move_id.state",
        "connection_id.state",
        "issuer_id.transfer_method",
    )
    def _compute_next_step(self):
        for request in self:
            request.next_step = request._next_step()

    def _next_step(self):
        """Return what is to be done in the present state, '' for none known."""
        if self.state in OPEN_STATES and self.next_cancel_on:
            return self.env._("Nothing to do: it is being taken back at MobilePay.")
        words = {
            "queued": self._next_if_queued,
            "sending": self._next_if_sending,
            "unconfirmed": self._next_if_unconfirmed,
            "created": self._next_if_created,
            "accepted": self._next_if_accepted,
            "paid": self._next_if_paid,
        }
        return words.get(self.state, self._next_if_failed)()

    # --------------------------------------------------------------------- open

    def _next_if_queued(self):
        if self.connection_id.state != "connected":
            return self.env._(
                "Open the MobilePay connection and press Connect. The request then"
                " goes out by itself; do not send another."
            )
        return self.env._(
            "Nothing to do: it is sent by itself within minutes. Do not send another."
        )

    def _next_if_sending(self):
        return self.env._("Nothing to do: it is on its way to MobilePay.")

    def _next_if_unconfirmed(self):
        return self.env._(
            "Do not send another: MobilePay did not answer, and it is found out by"
            " itself whether the request arrived. If that takes longer than a day, ask"
            " MobilePay's support and name the correlation ID."
        )

    def _next_if_created(self):
        days = {
            "due": format_date(self.env, self.due_date),
            "end": format_date(self.env, self.due_date + rules.EXPIRES_AFTER),
        }
        if self.due_date < fields.Date.context_today(self):
            return self.env._(
                "Remind the payer: it was due on %(due)s. MobilePay lets it expire on"
                " %(end)s.",
                **days,
            )
        if self.kind == "link":
            return self.env._(
                "Nothing to do if the payer has the payment link, due on %(due)s."
                " Otherwise copy it here and send it.",
                due=days["due"],
            )
        return self.env._(
            "Nothing to do: it waits in the payer's app, due on %(due)s.",
            due=days["due"],
        )

    def _next_if_accepted(self):
        chosen = self.accepted_payment_date
        day = format_date(self.env, chosen or self.due_date)
        if chosen and chosen < fields.Date.context_today(self):
            return self.env._(
                "Press Refresh status: the payer wanted to pay on %s, and MobilePay has"
                " not told that it is paid.",
                day,
            )
        return self.env._("Nothing to do: the payer pays on %s.", day)

    # --------------------------------------------------------------------- over

    def _next_if_paid(self):
        if not self.payment_id:
            return self._next_if_unposted()
        transfer = self.transfer_id
        if self.bank_line_id:
            return self.env._("Done: paid, and the money is on the bank.")
        if not transfer:
            return self._next_if_not_transferred()
        if transfer.state == "undone":
            return self.env._(
                "Open transfer %s and press Post again: its entry was undone.",
                transfer.reference,
            )
        if transfer.state != "settled":
            return self.env._(
                "Open transfer %s: it is not entered yet and says what it waits for.",
                transfer.reference,
            )
        return self.env._(
            "Import the bank statement: the line of transfer %s is matched by itself.",
            transfer.reference,
        )

    def _next_if_not_transferred(self):
        if self.issuer_id.transfer_method == "instant":
            return self.env._(
                "Import the bank statement: the line of this payment is matched by"
                " itself."
            )
        return self.env._(
            "Nothing to do: MobilePay pays it out with one of its next transfers."
        )

    def _next_if_unposted(self):
        if self.error_text:
            return self.env._(
                "Correct what the problem says: the payment is then posted by itself."
            )
        return self.env._("Nothing to do: the payment is posted within minutes.")

    def _next_if_failed(self):
        may_send = self.move_id._mobilepay_may_send()
        waits = not may_send and self.move_id._mobilepay_open_request()
        if self.superseded or waits:
            return self.env._("Nothing to do: another request stands for this invoice.")
        if self.move_id.state == "draft":
            return self.env._(
                "Post the invoice first, then press Send again if it is to be paid with"
                " MobilePay."
            )
        if not may_send:
            return self.env._("Nothing to do: nothing is due on the invoice any more.")
        words = {
            "invalid": self.env._(
                "Correct what the problem says, then press Send again."
            ),
            "rejected": self.env._(
                "Ask the payer why it was turned down, then press Send again or have"
                " the invoice paid another way."
            ),
            "expired": self.env._(
                "Remind the payer, then press Send again or have the invoice paid"
                " another way."
            ),
            "canceled": self.env._(
                "Press Send again if the invoice is to be paid with MobilePay."
            ),
        }
        return words[self.state]
