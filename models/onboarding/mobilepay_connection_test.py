from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..request.mobilepay_invoice import LIVE_STATES, OPEN_STATES, UNDECIDED_STATES
from .mobilepay_connection_hindrances import as_told

#: what MobilePay has not taken (yet)
NOT_ARRIVED = (False, *UNDECIDED_STATES, "invalid")
AMOUNT = 1.0


class MobilepayConnection(models.Model):
    """The last step of the set-up: a small invoice to one's own phone.

    An ordinary invoice to the user's own contact, sent in the ordinary way, so
    that it proves what every other invoice needs; its reference says what it is. It
    is numbered beside the real ones, as those of the go-live check, and earns nothing.
    """

    _inherit = "mobilepay.connection"

    onboarding_phone = fields.Char(
        "Your MobilePay Number",
        compute="_compute_onboarding_phone",
        inverse="_inverse_onboarding_phone",
        help="The phone on which you have the MobilePay app. It is kept as the"
        " MobilePay phone of your own contact.",
    )
    onboarding_move_id = fields.Many2one(
        "account.move", "Test Invoice", readonly=True, copy=False, check_company=True
    )
    onboarding_request_state = fields.Selection(
        related="onboarding_move_id.mobilepay_state"
    )
    onboarding_test_arrived = fields.Boolean(
        compute="_compute_onboarding_test", compute_sudo=True
    )
    onboarding_test_can_cancel = fields.Boolean(
        compute="_compute_onboarding_test", compute_sudo=True
    )
    onboarding_test_is_open = fields.Boolean(
        compute="_compute_onboarding_test", compute_sudo=True
    )
    onboarding_test_text = fields.Char(
        compute="_compute_onboarding_test", compute_sudo=True
    )
    onboarding_test_problem = fields.Html(
        compute="_compute_onboarding_test", compute_sudo=True, sanitize=False
    )
    onboarding_is_real = fields.Boolean(compute="_compute_onboarding_is_real")

    # depends on nothing: what was typed must survive any other change in the form
    def _compute_onboarding_phone(self):
        number = self.env.user.partner_id._mobilepay_number()
        for connection in self:
            connection.onboarding_phone = number

    def _inverse_onboarding_phone(self):
        # sudo: one's own number, whether or not one may edit contacts
        own = self.env.user.partner_id.sudo()
        Send = self.env["account.move.send"]
        for connection in self:
            typed = (connection.onboarding_phone or "").strip()
            known = own._mobilepay_number()
            phone = Send._mobilepay_phone(typed, connection)
            same = phone and phone == Send._mobilepay_phone(known, connection)
            if typed != known and not same:
                own.mobilepay_phone = typed

    def _compute_onboarding_is_real(self):
        for connection in self:
            connection.onboarding_is_real = (connection.environment or "").startswith(
                "production"
            )

    def _compute_onboarding_test(self):
        for connection in self:
            known = connection._origin
            connection.onboarding_test_arrived = known._test_arrived()
            connection.onboarding_test_can_cancel = known._test_can_cancel()
            connection.onboarding_test_is_open = (
                known.onboarding_move_id.mobilepay_state in OPEN_STATES
            )
            connection.onboarding_test_text = known._test_message()
            connection.onboarding_test_problem = as_told(known._test_hindrances())

    def _test_arrived(self):
        """Whether MobilePay took the test, whatever its payer did with it since."""
        return self.onboarding_move_id.mobilepay_state not in NOT_ARRIVED

    def _test_can_cancel(self):
        move = self.onboarding_move_id
        return (
            move.state == "posted"
            and move.payment_state == "not_paid"
            and move.mobilepay_state != "paid"
        )

    def _test_message(self):
        """Return what became of the test that arrived, and what is left to do."""
        move = self.onboarding_move_id
        status = move.mobilepay_state
        if status == "paid":
            return self.env._(
                "It was paid: pay it back in MobilePay's portal, and credit the"
                " invoice."
            )
        if status in LIVE_STATES and not self._test_can_cancel():
            return self.env._(
                "The invoice is credited; MobilePay takes it out of the app within a"
                " minute."
            )
        if status in LIVE_STATES:
            return self.env._(
                "It waits in your MobilePay app. Cancel it here when you have seen it."
            )
        if status == "canceled":
            return self.env._("It is credited here and taken back at MobilePay.")
        return ""

    def _test_hindrances(self):
        """Return why the last test did not arrive, and what to do; nothing before."""
        if not self or self.state != "connected" or self._test_arrived():
            return []
        if problem := self._phone_hindrance():
            return [problem]
        move = self.onboarding_move_id
        if move.state != "posted":
            return []
        # sudo: the phone number's problem is told to whoever typed it
        request = move.mobilepay_invoice_id.sudo()
        if request.state in UNDECIDED_STATES:
            return [
                self.env._(
                    "MobilePay has not answered yet. It is asked again by itself: press"
                    " Refresh in a minute."
                )
            ]
        if request.state == "invalid":
            return [
                self.env._(
                    "MobilePay refused the test: %s Correct that and press Send the"
                    " test again.",
                    request.error_text or "",
                )
            ]
        if problem := self._test_preflight(move):
            return [problem]
        return []

    def _phone_hindrance(self):
        """Return why no test can go to this number; '' before one was typed."""
        phone = self.onboarding_phone
        if not phone or self.env["account.move.send"]._mobilepay_phone(phone, self):
            return ""
        return self.env._(
            "%s is no mobile number that MobilePay takes here. Correct it and press"
            " Send the test.",
            phone,
        )

    def _test_preflight(self, move):
        wish = {"mobilepay_kind": "direct", "mobilepay_phone": self.onboarding_phone}
        return self.env["account.move.send"]._mobilepay_problem(self, move, wish)

    # ------------------------------------------------------------------- buttons

    def action_onboarding_send_test(self):
        """Send an invoice of one krone (or euro) to one's own phone."""
        self.ensure_one()
        self.check_access("write")
        if not self.onboarding_phone:
            raise UserError(self.env._("Enter the number of your MobilePay app first."))
        if self.state != "connected":
            raise UserError(self.env._("Connect first."))
        # pressed twice, or taken again by Odoo: the first one waits at MobilePay
        waits = self.onboarding_move_id.mobilepay_state in OPEN_STATES
        if waits or self._phone_hindrance():
            # told on the step
            return True
        own = self.with_company(self.company_id)
        move = own._test_invoice()
        self.write({"onboarding_move_id": move.id, "onboarding_test_skipped": False})
        if own._test_preflight(move):
            return True
        own.env["account.move.send"]._generate_and_send_invoices(
            move,
            # told on the step, by the request itself
            allow_raising=False,
            sending_methods={"mobilepay"},
            # no electronic invoice: this is for one's own phone alone
            invoice_edi_format=False,
            extra_edis={},
            mobilepay_kind="direct",
            mobilepay_phone=self.onboarding_phone,
        )
        return True

    def _test_invoice(self):
        """Return the test's invoice: the one that did not arrive, or a new one."""
        move = self.onboarding_move_id
        if move.state == "posted" and move._mobilepay_may_send():
            return move
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": self.company_id.id,
                "journal_id": self._test_journal().id,
                "partner_id": self._test_customer().id,
                "currency_id": self.currency_id.id,
                "ref": self.env._("MobilePay test"),
                "invoice_date": self._today(),
                "invoice_date_due": self._today(),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": self.env._("MobilePay test, to be cancelled"),
                            "quantity": 1,
                            "price_unit": AMOUNT,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    def _test_customer(self):
        """Return one's own contact; one like it where that is another company's."""
        own = self.env.user.partner_id
        if not own.company_id or own.company_id in self.company_id.parent_ids:
            return own
        values = {
            "name": own.name,
            "email": own.email,
            "company_id": self.company_id.id,
        }
        # sudo: one's own contact, whether or not one may edit contacts
        Partner = self.env["res.partner"].sudo()
        found = Partner.search([(name, "=", values[name]) for name in values], limit=1)
        return (found or Partner.create(values)).sudo(False)

    def _test_journal(self):
        # sudo: made once, whoever may make journals
        checker = self.env["mobilepay.checker"].sudo()
        return checker._journal(self.sudo())

    def action_onboarding_cancel_test(self):
        """Credit the test's invoice; its request is taken back at MobilePay, soon.

        Not cancelled: its number would be missing in the sales journal.
        """
        self.ensure_one()
        self.check_access("write")
        move = self.onboarding_move_id
        # what was paid or credited meanwhile is told on the step
        if self._test_can_cancel():
            move._reverse_moves([{"ref": move.ref}], cancel=True)
        return True

    def action_onboarding_refresh_test(self):
        """Ask MobilePay how the test stands."""
        self.ensure_one()
        self.check_access("write")
        request = self.onboarding_move_id.mobilepay_invoice_id.sudo(False)
        if request.mobilepay_id:
            request.action_refresh_status()
        return True
