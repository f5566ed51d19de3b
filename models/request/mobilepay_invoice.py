from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...mobilepay import rules
from ...mobilepay.types import Status

# what did not go out, or nobody knows whether it did
UNDECIDED_STATES = ("queued", "sending", "unconfirmed")
OPEN_STATES = (*UNDECIDED_STATES, "created", "accepted")
# what MobilePay itself may still change
LIVE_STATES = ("created", "accepted")
FAILED_STATES = ("invalid", "rejected", "expired", "canceled")
# what the payer, MobilePay or time has ended; not what was taken back here
FAILED_THERE = ("invalid", "rejected", "expired")


class MobilepayInvoice(models.Model):
    """One request at MobilePay to pay one customer invoice.

    Life: ``queued`` (committed here, not yet sent) → ``sending`` (committed
    before the call) → ``created`` → ``accepted`` → ``paid``, with the exits
    ``invalid`` (refused, at once or later: in effect never created),
    ``rejected`` by the payer, ``expired``, ``canceled`` by us, and
    ``unconfirmed`` when a create call got no usable answer: the exact bytes are
    sent again until MobilePay says that it has them, or news arrive.

    A request is opened in ``mobilepay.sender``; once it was sent, only the
    processor of ``mobilepay.event`` moves it. ``paid`` is never left. An
    invoice has one open request at a time (unique index).
    """

    _name = "mobilepay.invoice"
    _description = "MobilePay Request"
    _inherit = ["mail.thread", "mail.activity.mixin", "mobilepay.sums"]
    _order = "id desc"
    _check_company_auto = True
    _mobilepay_technical = (
        "last_sequence",
        "next_poll_on",
        "next_try_on",
        "payload",
        "polled_on",
        "polls",
        "reference_shared",
        "superseded",
        "tries",
    )

    name = fields.Char(compute="_compute_name")
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, readonly=True, ondelete="restrict"
    )
    # what could not be sent may lack an issuer, which is then the reason
    issuer_id = fields.Many2one("mobilepay.issuer", readonly=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(related="move_id.partner_id")
    kind = fields.Selection(
        [("direct", "Direct, in the payer's app"), ("link", "Link")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("sending", "Sending"),
            ("unconfirmed", "Unconfirmed"),
            ("created", "Waiting"),
            ("accepted", "Accepted"),
            ("paid", "Paid"),
            ("invalid", "Refused"),
            ("rejected", "Rejected"),
            ("expired", "Expired"),
            ("canceled", "Canceled"),
        ],
        required=True,
        default="queued",
        readonly=True,
        copy=False,
    )
    superseded = fields.Boolean(
        readonly=True, help="A later request was made for the same invoice."
    )
    payment_reference = fields.Char(
        "PaymentReference",
        required=True,
        readonly=True,
        help="Stands on the bank statement; the first 30 characters are shown there.",
    )
    invoice_number = fields.Char("InvoiceNumber", readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    due_date = fields.Date(required=True, readonly=True)
    phone = fields.Char(
        readonly=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    phone_masked = fields.Char("Phone Number", compute="_compute_phone_masked")
    payload = fields.Text(
        readonly=True,
        copy=False,
        groups="account.group_account_manager",
        help="The exact JSON that was sent. Sending the same bytes again is refused"
        " as a duplicate: that is how an unconfirmed request is found out.",
    )

    mobilepay_id = fields.Char("InvoiceId", readonly=True, copy=False)
    link_url = fields.Char("Payment Link", readonly=True, copy=False)
    sent_on = fields.Datetime(readonly=True, copy=False)
    tries = fields.Integer(readonly=True, copy=False)
    next_try_on = fields.Datetime(readonly=True, copy=False)
    correlation_id = fields.Char("Correlation ID", readonly=True, copy=False)
    error_code = fields.Char(readonly=True, copy=False)
    error_text = fields.Char("Problem", readonly=True, copy=False)

    last_sequence = fields.Integer(
        default=-1, readonly=True, copy=False, help="Highest Sequence applied."
    )
    accepted_on = fields.Date(
        "Accepted on",
        readonly=True,
        copy=False,
        help="The day on which the payer first accepted it.",
    )
    accepted_payment_date = fields.Date(
        "To Be Paid On", readonly=True, copy=False, help="The day the payer chose."
    )
    transaction_id = fields.Char("PaymentTransactionId", readonly=True, copy=False)
    paid_on = fields.Date(
        readonly=True, copy=False, help="MobilePay's date, in the merchant's time."
    )
    paid_amount = fields.Monetary(readonly=True, copy=False)
    ended_on = fields.Date(
        "Not Paid since",
        readonly=True,
        copy=False,
        help="The day on which it was refused, rejected or canceled, or expired.",
    )
    payment_id = fields.Many2one("account.payment", readonly=True, copy=False)
    next_poll_on = fields.Datetime(readonly=True, copy=False)
    polled_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When MobilePay last answered what its status is.",
    )
    polls = fields.Integer(
        readonly=True,
        copy=False,
        help="How often its status was asked for since it last changed, by the poller"
        " or a person.",
    )

    _mobilepay_id_unique = models.UniqueIndex(
        "(connection_id, mobilepay_id) WHERE mobilepay_id IS NOT NULL",
        "MobilePay's invoice IDs are unique.",
    )
    reference_shared = fields.Boolean(
        readonly=True,
        copy=False,
        help="It seemed refused, so its reference was given to another request; but"
        " MobilePay had it all the same.",
    )

    # a refused request was in effect never created: its reference is free again
    _payment_reference_unique = models.UniqueIndex(
        "(connection_id, payment_reference)"
        " WHERE state <> 'invalid' AND reference_shared IS NOT TRUE",
        "This PaymentReference was used for another request.",
    )
    _payment_reference_index = models.Index("(payment_reference)")
    _to_send_index = models.Index(
        "(next_try_on) WHERE state IN ('queued', 'sending', 'unconfirmed')"
    )
    _to_poll_index = models.Index(
        "(next_poll_on) WHERE mobilepay_id IS NOT NULL"
        " AND state IN ('sending', 'unconfirmed', 'created', 'accepted')"
    )
    _polled_index = models.Index(
        "(connection_id, polled_on) WHERE polled_on IS NOT NULL"
    )
    _payment_unique = models.UniqueIndex(
        "(payment_id) WHERE payment_id IS NOT NULL",
        "A payment is booked for one MobilePay request only.",
    )
    _to_book_index = models.Index("(id) WHERE state = 'paid' AND payment_id IS NULL")

    @api.depends("payment_reference")
    def _compute_name(self):
        for request in self:
            request.name = request.payment_reference or request.move_id.name

    @api.depends("phone")
    def _compute_phone_masked(self):
        for request in self:
            # sudo: the mask shows two digits only
            phone = request.sudo().phone
            request.phone_masked = rules.mask_phone(phone) if phone else False

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if any(request.state != "queued" for request in self):
            raise UserError(
                self.env._("A request that was sent cannot be deleted; cancel it.")
            )

    # ------------------------------------------------------------------- buttons

    def action_open_move(self):
        """Open the invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_open_payment(self):
        """Open the posted payment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------- helpers

    def _check_company(self, fnames=None):
        """Ask as Odoo does, but of new rows only where it is not plain to see.

        Odoo evaluates a domain for each. Where another addon has Odoo check more
        than the invoice, Odoo checks it all.
        """
        asked = self
        checked = {name for name, one in self._fields.items() if _is_checked(one)}
        if fnames is None and checked == {"move_id"}:
            asked = self.filtered(lambda r: r.move_id.company_id != r.company_id)
        return super(MobilepayInvoice, asked)._check_company(fnames)

    def _check_billing(self):
        """Whether this user may do with these requests what billing staff does."""
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only billing staff can do this."))

    def _in_readers_language(self, service=None):
        """Return the request in its books and in the language of who reads of it.

        :param service: to be returned in them, in place of the request itself
        """
        records = self if service is None else service
        return self.connection_id._in_company_language(records, self.company_id)

    def _is_reference_taken(self):
        """Whether another request of the merchant has this one's reference now."""
        return bool(
            self.search_count(
                Domain("connection_id", "=", self.connection_id.id)
                & Domain("payment_reference", "=", self.payment_reference)
                & Domain("state", "!=", "invalid")
                & Domain("id", "!=", self.id),
                limit=1,
            )
        )

    def _status(self):
        """Return MobilePay's status, None before MobilePay has one."""
        try:
            return Status(self.state)
        except ValueError:
            return None

    def _waits(self):
        """Whether it waits for its payer and is not being taken back."""
        return self.state in OPEN_STATES and not self.next_cancel_on

    def _standing(self):
        """Return those that are open, or paid with a payment that is not posted yet."""
        return self.filtered(
            lambda r: r.state in OPEN_STATES or (r.state == "paid" and not r.payment_id)
        )

    def _tell_step(self):
        """Write one line of the request's story on the invoice."""
        self.ensure_one()
        if self.state == "paid":
            # the booking tells it, with the payment
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        self.move_id.message_post(
            body=self.env._(
                "MobilePay request %(name)s: %(state)s. %(details)s",
                name=self.name,
                state=labels[self.state],
                details=self._step_details(),
            )
        )

    def _step_details(self):
        if self.state == "created" and self.kind == "link":
            return self.env._("The payment link is ready.")
        if self.state == "created":
            return self.env._("It waits in the payer's app.")
        if self.state == "accepted" and self.accepted_payment_date:
            day = format_date(self.env, self.accepted_payment_date)
            return self.env._("The payer pays on %s.", day)
        if self.state == "invalid":
            return self.error_text or ""
        return ""

    def _schedule_help_activity(self, text):
        """Give the responsible accountant an activity on the invoice."""
        for request in self:
            people = request.connection_id.responsible_id
            people += request.move_id.invoice_user_id
            responsible = people.filtered("active")[:1]
            request.move_id.activity_schedule(
                "account_mobilepay.activity_payment",
                user_id=responsible.id or self.env.uid,
                note=text,
            )


def _is_checked(field):
    return field.relational and field.check_company
