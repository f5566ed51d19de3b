from decimal import Decimal

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ...mobilepay import banktext
from ...mobilepay.types import TransferSummary

# the rows of which each total is the sum
TOTALS = {
    "paid_total": ("Payment",),
    "refund_total": ("Refund",),
    "fee_total": ("TransactionFee", "ServiceFee"),
    "other_total": ("ReturnedTransaction", "Adjustment", "Other"),
}


class MobilepayTransfer(models.Model):
    """One payout of MobilePay to the company's bank, and what it is made of.

    Life: ``fetching`` (MobilePay has named it; its transactions are asked for
    until they are complete and add up, to the øre) → ``waiting`` (complete, but
    a payment is not booked yet or an account is missing; ``problem`` says what)
    → ``settled``: its entry is posted. A single instant payment needs no entry,
    its own clearing line waits for the bank. ``undone``: a person took the entry
    back; *Post again* makes a new one. Nothing is ever deleted for it.

    A reference is unique for a year only (contract, section 9), so it takes the
    date to name a transfer.
    """

    _name = "mobilepay.transfer"
    _description = "MobilePay Transfer"
    _inherit = ["mail.thread", "mail.activity.mixin", "mobilepay.sums"]
    _order = "transfer_date desc, id desc"
    _rec_name = "reference"
    _check_company_auto = True
    _mobilepay_technical = (
        "bank_key",
        "next_try_on",
        "raw",
        "transit_line_id",
        "tries",
    )

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    issuer_id = fields.Many2one(
        "mobilepay.issuer", required=True, readonly=True, ondelete="restrict"
    )
    reference = fields.Char(
        required=True,
        readonly=True,
        help="MobilePay's transfer reference: what a daily transfer's bank line shows.",
    )
    transfer_date = fields.Date(required=True, readonly=True)
    total = fields.Monetary(
        "Transferred", required=True, readonly=True, help="The net that MobilePay paid."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    mobilepay_id = fields.Char("Transfer ID", readonly=True)
    raw = fields.Text(readonly=True, groups="account.group_account_manager")
    transaction_ids = fields.One2many(
        "mobilepay.transaction", "transfer_id", readonly=True
    )
    state = fields.Selection(
        [
            ("fetching", "Being fetched"),
            ("waiting", "Waiting"),
            ("settled", "Settled"),
            ("undone", "Undone"),
        ],
        string="Booking Status",
        required=True,
        default="fetching",
        readonly=True,
        copy=False,
        tracking=True,
    )
    problem = fields.Char(readonly=True, copy=False)
    tries = fields.Integer(readonly=True, copy=False)
    next_try_on = fields.Datetime(
        readonly=True, copy=False, default=fields.Datetime.now
    )
    move_id = fields.Many2one(
        "account.move",
        "Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    transit_line_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, ondelete="set null"
    )
    bank_key = fields.Char(
        compute="_compute_bank_key",
        store=True,
        help="The reference as it is compared with a bank's text.",
    )
    paid_total = fields.Monetary("Payments", compute="_compute_totals")
    refund_total = fields.Monetary("Refunds", compute="_compute_totals")
    fee_total = fields.Monetary("Fees", compute="_compute_totals")
    other_total = fields.Monetary("Others", compute="_compute_totals")
    payment_count = fields.Integer("Number of Payments", compute="_compute_totals")
    bank_line_id = fields.Many2one(
        "account.bank.statement.line", compute="_compute_bank_line_id"
    )

    _reference_unique = models.Constraint(
        "UNIQUE(company_id, reference, transfer_date)",
        "MobilePay's transfers are known by reference and date.",
    )
    _bank_key_index = models.Index("(bank_key)")
    _to_do_index = models.Index(
        "(next_try_on) WHERE state IN ('fetching', 'waiting')",
    )
    # which open bank line has the amount of one of them
    _total_index = models.Index("(company_id, total) WHERE transit_line_id IS NOT NULL")
    # transfers that wait for their bank line
    _transit_line_index = models.Index(
        "(transit_line_id) WHERE transit_line_id IS NOT NULL"
    )

    @api.depends("reference")
    def _compute_bank_key(self):
        for transfer in self:
            transfer.bank_key = next(iter(banktext.keys(transfer.reference or "")), "")

    @api.depends("transaction_ids.amount", "transaction_ids.type")
    def _compute_totals(self):
        for transfer in self:
            rows = transfer.transaction_ids
            for name, kinds in TOTALS.items():
                amounts = rows.filtered(lambda t, k=kinds: t.type in k).mapped("amount")
                transfer[name] = sum(amounts)
            transfer.payment_count = len(rows.filtered(lambda t: t.type == "Payment"))

    @api.depends("transit_line_id", "transaction_ids.payment_id")
    def _compute_bank_line_id(self):
        for transfer in self:
            line = transfer._get_item_awaiting_bank()
            transfer.bank_line_id = line._mobilepay_bank_line()

    def _get_item_awaiting_bank(self):
        """Return the journal item that this transfer's bank line is matched with.

        Empty where there is none: not settled, or nothing was transferred.
        """
        self.ensure_one()
        if self.state != "settled":
            return self.env["account.move.line"]
        if self.move_id:
            return self.transit_line_id.filtered(lambda x: x.parent_state == "posted")
        return self.transaction_ids.payment_id._mobilepay_clearing_lines()

    def _is_payout(self):
        """Whether this is money that comes to the bank: see the requests' own."""
        return True

    def _is_instant_payment(self):
        """Whether this is one payment, paid out as it is: nothing to enter."""
        return (
            self.issuer_id.transfer_method == "instant"
            and len(self.transaction_ids) == 1
            and self.transaction_ids.type == "Payment"
        )

    # ------------------------------------------------------------------- buttons

    def action_fetch_again(self):
        """Ask MobilePay for the transactions now, and settle what is complete."""
        self._check_may_settle()
        # sudo: transfers are written by the system only
        system = self.sudo()
        system.filtered(lambda t: t.state in ("fetching", "waiting")).write(
            {"next_try_on": fields.Datetime.now()}
        )
        for connection, transfers in system.grouped("connection_id").items():
            with connection._raise_as_user_error():
                self.env["mobilepay.reporter"].sudo()._fetch_contents(
                    connection, transfers
                )
        self.env["mobilepay.settler"].sudo()._settle_now(system)
        return True

    def action_undo(self):
        """Reverse the entry; its payments are owed by MobilePay again."""
        self._check_may_settle()
        for transfer in self:
            if transfer.bank_line_id:
                raise UserError(
                    self.env._(
                        "Transfer %s is matched with a bank line. Undo that match"
                        " first: open the bank line and press Unreconcile.",
                        transfer.reference,
                    )
                )
            # sudo: transfers are written by the system; the right was checked
            self.env["mobilepay.settler"].sudo()._undo(transfer.sudo())
        return True

    def action_post_again(self):
        """Enter transfers whose entry was undone, reversed or canceled."""
        self._check_may_settle()
        # sudo: transfers are written by the system; the right was checked
        for transfer in self.sudo():
            if transfer._is_entered():
                raise UserError(
                    self.env._("The entry of %s stands.", transfer.reference)
                )
            transfer.write({"state": "waiting", "problem": False})
            self.env["mobilepay.settler"].sudo()._settle_now(transfer)
        return True

    def _check_may_settle(self):
        """Whether this user may change entries, and sees these transfers."""
        self.check_access("read")
        self.env["account.move"].check_access("write")

    def _is_entered(self):
        """Whether the entry stands: posted and not reversed, or none is needed."""
        self.ensure_one()
        if self.state != "settled":
            return False
        if not self.move_id:
            return self._is_instant_payment()
        return self.move_id.state == "posted" and not (
            self.move_id.reversal_move_ids.filtered(lambda m: m.state == "posted")
        )

    def action_open_entry(self):
        """Open the entry."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_open_bank_line(self):
        """Open the bank line's entry."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.bank_line_id.move_id.id,
            "view_mode": "form",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("MobilePay's transfers are not deleted."))

    # ------------------------------------------------------------------- helpers

    def _schedule_help_activity(self, text):
        """Give the responsible accountant an activity on the transfer, once."""
        for transfer in self:
            if _spaced(text) in map(_spaced, transfer.activity_ids.mapped("note")):
                continue
            person = transfer.connection_id.responsible_id.filtered("active")
            transfer.activity_schedule(
                "account_mobilepay.activity_transfer",
                user_id=person.id or self.env.uid,
                note=text,
            )

    def _open_date(self, day):
        """Return ``day``, or the first open one for this transfer's entry."""
        self.ensure_one()
        connection = self.connection_id
        taxed = connection.transaction_fee_tax_id or connection.service_fee_tax_id
        return self.env["mobilepay.booking"]._open_day(
            self.company_id,
            day,
            connection._payment_method_line().journal_id,
            has_tax=bool(taxed and self.fee_total),
        )

    def _summary(self):
        """Return what the wire needs to ask for the contents."""
        self.ensure_one()
        return TransferSummary(
            reference=self.reference,
            date=self.transfer_date,
            total=Decimal(repr(self.total)),
            currency=self.currency_id.name,
            id=self.mobilepay_id or "",
        )


def _spaced(text):
    """A note as it reads, whatever its spaces and signs are stored as."""
    return " ".join(html2plaintext(escape(text)).split())
