from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..request.mobilepay_invoice import FAILED_STATES, OPEN_STATES


class MobilepayInvoice(models.Model):
    """Taking a request back: wanted here, done by ``mobilepay.canceler``.

    Whoever wants a request gone only notes it (:meth:`_want_cancel`), in the
    caller's own transaction; the call to MobilePay comes later, by cron, and is
    tried until MobilePay says what became of it.
    """

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = (
        "cancel_tries",
        "cancel_user_id",
        "cancel_wanted_on",
        "link_untold",
        "next_cancel_on",
        "renewal_tried",
    )

    cancel_reason = fields.Selection(
        [
            ("person", "Asked for by a person"),
            ("draft", "Invoice reset to draft"),
            ("cancel", "Invoice cancelled"),
            ("settled", "Invoice paid or credited otherwise"),
            (
                "changed",
                "Amount changed: paid or credited in part, discount over, or more due",
            ),
            ("moved", "Due date moved"),
            ("fallback", "Not accepted in time: sent as a link instead"),
            ("link_lost", "MobilePay's answer with the link was lost"),
            ("as_link", "To be sent as a link instead"),
        ],
        string="Why It Is Taken Back",
        readonly=True,
        copy=False,
    )
    cancel_wanted_on = fields.Datetime(readonly=True, copy=False)
    cancel_user_id = fields.Many2one(
        "res.users",
        "Taken Back by",
        readonly=True,
        copy=False,
        help="Whose doing it was that the request is taken back.",
    )
    cancel_tries = fields.Integer(readonly=True, copy=False)
    next_cancel_on = fields.Datetime(readonly=True, copy=False)

    renewal_tried = fields.Boolean(
        readonly=True,
        copy=False,
        help="A request for what is left, or a link, was made in its place.",
    )

    link_untold = fields.Boolean(
        readonly=True,
        copy=False,
        help="Made in place of another request; the payer has not heard of it yet.",
    )

    can_send_again = fields.Boolean(related="move_id.mobilepay_can_send")

    _to_cancel_index = models.Index("(next_cancel_on) WHERE next_cancel_on IS NOT NULL")
    _untold_index = models.Index("(id) WHERE link_untold IS TRUE")
    _to_renew_index = models.Index(
        "(id) WHERE state = 'canceled' AND renewal_tried IS NOT TRUE"
    )
    _as_link_index = models.Index(
        "(id) WHERE cancel_reason = 'as_link' AND renewal_tried IS NOT TRUE"
    )

    def action_cancel(self):
        """Take the request back at MobilePay; done by itself, soon."""
        self._check_billing()
        # of many that are selected, those that are over stay as they are
        waiting = self.filtered(lambda request: request.state in OPEN_STATES)
        if not waiting:
            raise UserError(
                self.env._("Only a request that waits for its payer can be cancelled.")
            )
        # sudo: requests are written by the system only; the right was checked
        waiting.sudo()._want_cancel("person")
        return True

    def action_send_again(self):
        """Open the Send wizard for the invoices; old requests stay as history."""
        moves = self.move_id
        # of many that are selected, those that cannot be sent stay as they are
        sendable = moves.filtered(lambda move: move._mobilepay_may_send())
        return (sendable or moves).action_mobilepay_send()

    def action_send_as_link(self):
        """Have links sent in place of direct requests; done by itself, soon."""
        self._check_billing()
        # sudo: requests are written by the system only; the right was checked
        direct = self.sudo().filtered(lambda r: r.kind == "direct" and not r.superseded)
        waiting = direct.filtered(
            lambda r: (
                r.state in OPEN_STATES
                and r.state != "accepted"
                and not r.next_cancel_on
            )
        )
        over = direct.filtered(
            lambda r: r.state in FAILED_STATES and r.move_id._mobilepay_may_send()
        )
        if not waiting + over:
            raise UserError(
                self.env._(
                    "Choose direct requests that wait for their payers, or that were"
                    " refused and can be sent again."
                )
            )
        waiting._want_cancel("as_link")
        over.write({"cancel_reason": "as_link", "renewal_tried": False})
        self.env.ref("account_mobilepay.cron_cancel").sudo()._trigger()
        return True

    def _open_of(self, moves):
        """Return the open requests of ``moves``.

        In SQL: it is asked whenever anything is reconciled, and mostly there is none.
        """
        self.flush_model(["move_id", "state"])
        open_ones = SQL(
            "SELECT id FROM mobilepay_invoice"
            " WHERE move_id = ANY(%s) AND state = ANY(%s) ORDER BY id",
            moves.ids,
            list(OPEN_STATES),
        )
        return self.browse(id_ for (id_,) in self.env.execute_query(open_ones))

    def _want_cancel(self, reason):
        """Note that these open requests are to be taken back, and wake the cron.

        What was never sent is cancelled at once.
        """
        wanted = self.filtered(
            lambda r: r.state in OPEN_STATES and not r.next_cancel_on
        )
        if not wanted:
            return
        now = fields.Datetime.now()
        wanted.write(
            {
                "cancel_reason": reason,
                "cancel_wanted_on": now,
                "cancel_user_id": self.env.uid,
                "cancel_tries": 0,
                "next_cancel_on": now,
            }
        )
        labels = dict(self._fields["cancel_reason"]._description_selection(self.env))
        for request in wanted:
            request.move_id.message_post(
                body=self.env._(
                    "MobilePay request %(name)s will be taken back: %(reason)s.",
                    name=request.name,
                    reason=labels[reason],
                )
            )
        self.env.ref("account_mobilepay.cron_cancel")._trigger()
