from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .mobilepay_invoice import OPEN_STATES

# what an invoice's form shows of its requests
SHOWN = (
    *("state", "payment_id", "payment_reference"),
    *("link_url", "error_text", "instalment"),
)
# and what decides which of them it shows, but for what _look_again forgets
DEPENDS = [
    f"mobilepay_invoice_ids.{name}"
    for name in ("state", "superseded", "next_cancel_on", "payment_id")
]


class AccountMove(models.Model):
    _inherit = "account.move"

    mobilepay_invoice_ids = fields.One2many("mobilepay.invoice", "move_id")
    mobilepay_invoice_id = fields.Many2one(
        "mobilepay.invoice",
        "MobilePay Request",
        compute="_compute_mobilepay_shown",
        compute_sudo=True,
        help="Of the requests at MobilePay for this invoice, the one that says what"
        " is open now.",
    )
    mobilepay_state = fields.Selection(
        selection=lambda self: (
            self.env["mobilepay.invoice"]
            ._fields["state"]
            ._description_selection(self.env)
        ),
        string="MobilePay",
        compute="_compute_mobilepay_shown",
        compute_sudo=True,
        search="_search_mobilepay_state",
    )
    mobilepay_link_url = fields.Char(
        "MobilePay Link", compute="_compute_mobilepay_link_url", compute_sudo=True
    )
    mobilepay_error = fields.Char(
        compute="_compute_mobilepay_link_url", compute_sudo=True
    )
    mobilepay_can_send = fields.Boolean(
        compute="_compute_mobilepay_can_send", compute_sudo=True
    )

    @api.depends(*DEPENDS)
    def _compute_mobilepay_shown(self):
        shown = self._mobilepay_shown()
        by_state = defaultdict(list)
        for move in self:
            id_, state = shown.get(move._origin.id, (False, False))
            move.mobilepay_invoice_id = id_
            by_state[state or False].append(move.id)
        # many invoices have few states
        for state, ids in by_state.items():
            self.browse(ids).mobilepay_state = state

    @api.depends(
        *DEPENDS, "mobilepay_invoice_ids.link_url", "mobilepay_invoice_ids.error_text"
    )
    def _compute_mobilepay_link_url(self):
        for move in self:
            shown = move.mobilepay_invoice_id
            move.mobilepay_link_url = shown._waits() and shown.link_url
            move.mobilepay_error = shown.error_text

    def _search_mobilepay_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        states = [state for state in value if state]
        found = Domain("id", "in", self._mobilepay_shown_as(states))
        if False in value:
            every = self.env["mobilepay.invoice"]._fields["state"].get_values(self.env)
            found |= ~Domain("id", "in", self._mobilepay_shown_as(every))
        return found if operator == "in" else ~found

    # for screens. Not payment_state: Odoo would follow a hundred ways from each
    # entry that anybody makes to what it depends on, a twentieth of posting it
    @api.depends("state", "mobilepay_invoice_ids.state")
    def _compute_mobilepay_can_send(self):
        self.mobilepay_invoice_ids.fetch(SHOWN)
        for move in self:
            move.mobilepay_can_send = move._mobilepay_may_send()

    def _mobilepay_may_send(self):
        """Whether something of this invoice can be asked for now.

        Decisions ask here: ``mobilepay_can_send`` is what a screen showed.
        """
        # sudo: whoever sends invoices may not see requests
        move = self.sudo()
        return (
            move.state == "posted"
            and move.move_type == "out_invoice"
            and move.payment_state in ("not_paid", "partial")
            and move._mobilepay_has_more_to_ask()
        )

    def _mobilepay_has_more_to_ask(self):
        """Whether no request is open, or another instalment can be asked for.

        One that is paid and not posted yet counts: its payer must not pay twice.
        """
        asked = self.mobilepay_invoice_ids._standing()
        if not asked:
            return True
        if not all(asked.mapped("instalment")):
            return False
        connection = self.env["mobilepay.connection"]._for_company(self.company_id)
        return bool(self._mobilepay_portions(connection))

    def _mobilepay_was_asked_for(self):
        """Whether a request asks or has asked for it, and nothing is left to ask."""
        states = set(self.mobilepay_invoice_ids.mapped("state"))
        return bool({*OPEN_STATES, "paid"} & states) and not self._mobilepay_may_send()

    def _mobilepay_open_request(self):
        """Return the request that waits for this invoice's payer, if there is one."""
        return self.mobilepay_invoice_ids.filtered(lambda r: r.state in OPEN_STATES)

    def action_mobilepay_send(self):
        """Open Odoo's own Send wizard with MobilePay chosen, for one or for many."""
        if not any(move._mobilepay_may_send() for move in self):
            raise UserError(
                self.env._(
                    "MobilePay takes posted customer invoices that are not paid and"
                    " have no open MobilePay request."
                )
            )
        action = self.action_send_and_print()
        action["context"] = {
            **(action.get("context") or {}),
            "mobilepay_chosen": True,
        }
        return action

    def action_mobilepay_open(self):
        """Open the invoice's requests at MobilePay."""
        self.ensure_one()
        requests = self.mobilepay_invoice_ids
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("MobilePay Requests"),
            "res_model": "mobilepay.invoice",
            "domain": [("move_id", "=", self.id)],
            "view_mode": "list,form",
        }
        if len(requests) == 1:
            action.update(view_mode="form", res_id=requests.id)
        return action

    @api.ondelete(at_uninstall=False)
    def _unlink_except_mobilepay(self):
        # sudo: requests of any company forbid it
        if self.sudo().mobilepay_invoice_ids:
            raise UserError(
                self.env._(
                    "This invoice was sent with MobilePay; cancel it instead of"
                    " deleting it."
                )
            )
