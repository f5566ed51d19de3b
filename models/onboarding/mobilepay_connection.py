from odoo import api, fields, models
from odoo.exceptions import UserError

#: in their order; what is not one of them is over
STEPS = ("ask", "credentials", "connect", "books", "payers", "test")
#: what is seen anew after each save, whatever was clicked or typed meanwhile
SHOWN_FIELDS = [
    *("onboarding_step", "onboarding_progress", "onboarding_finished"),
    "onboarding_phone",
]


class MobilepayConnection(models.Model):
    """The guided set-up: six steps, told by what is there.

    Where one stands is computed of the connection itself and of four facts that
    nothing else tells: that MobilePay was asked, that somebody checked the books
    and how payers meet MobilePay, and that the test was skipped. So the set-up
    can be left at any step, by any way, and goes on at the first unfinished one.

    Computed with all rights: a branch's user sees the parent's connection, not its
    books.
    """

    _inherit = "mobilepay.connection"
    _mobilepay_technical = (
        "onboarding_asked",
        "onboarding_books_checked",
        "onboarding_payers_checked",
        "onboarding_refusal",
        "onboarding_test_skipped",
    )

    onboarding_step = fields.Selection(
        [
            ("ask", "1. Ask MobilePay"),
            ("credentials", "2. Credentials"),
            ("connect", "3. Connect"),
            ("books", "4. Books"),
            ("payers", "5. Payers"),
            ("test", "6. Test"),
            ("done", "Done"),
        ],
        string="Step",
        compute="_compute_onboarding_step",
        compute_sudo=True,
        readonly=False,
        required=True,
        help="The first unfinished step. Click on another one to look at it.",
    )
    onboarding_progress = fields.Char(
        compute="_compute_onboarding_step", compute_sudo=True
    )
    onboarding_finished = fields.Char(
        compute="_compute_onboarding_step", compute_sudo=True
    )
    onboarding_asked = fields.Boolean(readonly=True, copy=False)
    onboarding_books_checked = fields.Boolean(readonly=True, copy=False)
    onboarding_payers_checked = fields.Boolean(readonly=True, copy=False)
    onboarding_test_skipped = fields.Boolean(readonly=True, copy=False)
    onboarding_refusal = fields.Char(
        readonly=True, copy=False, help="Why the last Connect in the set-up failed."
    )

    # depends on nothing: another step that was clicked on, or a test's number that
    # was typed, must survive any other change in the form
    def _compute_onboarding_step(self):
        for connection in self:
            finished = connection._origin._finished_steps()
            connection.onboarding_step = next(
                (step for step in STEPS if step not in finished), "done"
            )
            connection.onboarding_progress = self._progress_message(finished)
            connection.onboarding_finished = ",".join(finished)

    def _progress_message(self, finished):
        """Return how far one is, with the numbers of the finished steps."""
        if not finished:
            return self.env._("Six steps; you can stop after any of them.")
        if len(finished) == len(STEPS):
            return self.env._("All steps are done.")
        return self.env._(
            "%(done)s of %(all)s steps are done: %(numbers)s.",
            done=len(finished),
            all=len(STEPS),
            numbers=", ".join(str(STEPS.index(step) + 1) for step in finished),
        )

    def _finished_steps(self):
        """Return the steps of which nothing is left to do, in their order."""
        if not self:
            return []
        is_connected = self.state == "connected"
        has_credentials = not self._missing_credentials()
        finished = {
            "ask": is_connected
            or (
                (self.onboarding_asked or has_credentials)
                and not self._address_hindrance()
            ),
            "credentials": is_connected
            or (has_credentials and not self._vat_hindrance()),
            "connect": is_connected,
            "books": self.onboarding_books_checked and not self._books_hindrances(),
            "payers": self.onboarding_payers_checked,
            "test": self.onboarding_test_skipped or self._test_arrived(),
        }
        return [step for step in STEPS if finished[step]]

    def _wants_onboarding(self):
        """Whether the dashboard leads to the set-up: not begun, or left half-way.

        One that was connected without it is not asked to go through it.
        """
        if not self or self.state == "not_connected":
            return True
        return self.onboarding_asked and self.onboarding_step != "done"

    # ------------------------------------------------------------------- opening

    @api.model
    def _onboarding_of(self, company):
        """Return the action that opens the set-up of a company, at its next step."""
        own = self.search([("company_id", "=", company.id)], limit=1)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_mobilepay.action_mobilepay_setup"
        )
        return {
            **action,
            "res_id": own.id,
            "context": {"default_company_id": company.id},
        }

    # no @api.model: a form's button calls with its record, a menu with none
    def action_open_onboarding(self):
        """Open the set-up of the company one works in, or of this connection."""
        return self._onboarding_of(self.company_id or self.env.company)

    def _onboarding_path(self):
        """Return where a browser that comes back from MobilePay goes on."""
        return f"/odoo/accounting/mobilepay-setup/{self.id}"

    # ------------------------------------------------------------------- buttons

    def action_onboarding_continue(self):
        """Go on: what was typed is saved already, and tells the next step.

        :raises UserError: something is missing, or is no VAT number
        """
        self.check_access("write")
        missing = self._missing_credentials()
        if missing and self.state != "connected":
            raise UserError(self.env._("Still missing: %s", ", ".join(missing)))
        if problem := self._vat_hindrance():
            raise UserError(problem)
        return True

    def action_onboarding_asked(self):
        """Note that MobilePay was asked for the redirect URI."""
        return self.write({"onboarding_asked": True})

    def action_onboarding_connect(self):
        """Connect; what hinders it is told on the step, not in a dialog."""
        self.ensure_one()
        self.check_access("write")
        self.onboarding_refusal = False
        if self._connect_hindrances():
            return True
        try:
            return self.with_context(mobilepay_onboarding=True).action_connect()
        except UserError as error:
            self.onboarding_refusal = str(error)
        return True

    def action_onboarding_books(self):
        """Note that somebody looked at issuer, journal and accounts."""
        return self.write({"onboarding_books_checked": True})

    def action_onboarding_payers(self):
        """Note that somebody chose how payers meet MobilePay."""
        return self.write({"onboarding_payers_checked": True})

    def action_onboarding_skip_test(self):
        """End the set-up without a test."""
        return self.write({"onboarding_test_skipped": True})

    def action_open_connection(self):
        """Open the connection's own form, which has everything."""
        self.ensure_one()
        return self._get_records_action(name=self.env._("MobilePay"))

    # ------------------------------------------------------------------- keeping

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections.invalidate_recordset(SHOWN_FIELDS)
        return connections

    def write(self, vals):
        result = super().write(vals)
        self.invalidate_recordset(SHOWN_FIELDS)
        return result

    def _set_up_after_connect(self, merchant_id, issuers, user):
        self.onboarding_refusal = False
        return super()._set_up_after_connect(merchant_id, issuers, user)
