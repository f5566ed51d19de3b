from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import format_datetime

from ...mobilepay import rules
from .mobilepay_check_step import FINAL_STATES, KEYS

# what a person says of the test payer; all else is written by the system
TYPED = {"payer_phone", "payer_user", "payer_card"}


class MobilepayCheck(models.Model):
    """Go-live check: one run through MobilePay's own list, and its report.

    Life: ``draft`` (a person names the test payer) → ``running`` → ``done``. The
    steps are taken by ``mobilepay.checker``, from Start, from Continue and from a
    scheduled action, in any number of stages: each step says itself what is done
    of it, so that whoever goes on does only what is missing. What has to wait (a
    callback, MobilePay's verdict on a batch) is left and looked at again some
    seconds later; nobody waits for it.
    """

    _name = "mobilepay.check"
    _description = "MobilePay Go-Live Check"
    _order = "id desc"
    _mobilepay_technical = ("acted_on", "busy_until", "next_on")

    name = fields.Char(compute="_compute_name")
    connection_id = fields.Many2one(
        "mobilepay.connection",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    user_id = fields.Many2one("res.users", "Started by", readonly=True)
    state = fields.Selection(
        [("draft", "To be started"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        readonly=True,
    )
    result = fields.Selection(
        [("passed", "Passed"), ("failed", "Failed")],
        readonly=True,
        help="Passed: all that a machine can check is as MobilePay wants it.",
    )
    payer_phone = fields.Char(
        "Test Payer's Phone",
        help="The number of the test user that MobilePay gave you for the sandbox.",
    )
    payer_phone_masked = fields.Char(
        "Test Payer", compute="_compute_payer_phone_masked"
    )
    payer_user = fields.Char(
        "Test Payer's User ID",
        help="The ID of the same test user (a GUID): Odoo accepts, pays and rejects in"
        " its name, by MobilePay's user simulation.",
    )
    payer_card = fields.Char(
        "Test Payer's Card ID",
        help="The ID of the test user's card (a GUID), where MobilePay gave you one."
        " Empty: MobilePay takes the user's own.",
    )
    partner_id = fields.Many2one("res.partner", "Test Customer", readonly=True)
    step_ids = fields.One2many("mobilepay.check.step", "check_id", readonly=True)
    problem_count = fields.Integer("Failed Steps", compute="_compute_counts")
    open_count = fields.Integer("Open Steps", compute="_compute_counts")

    started_on = fields.Datetime(readonly=True)
    ended_on = fields.Datetime(readonly=True)
    acted_on = fields.Datetime(
        readonly=True, help="Since when all callbacks of this check are on their way."
    )
    next_on = fields.Datetime(readonly=True, help="When the next stage begins.")
    busy_until = fields.Datetime(
        readonly=True, help="Until then whoever is at it has it for himself."
    )

    _one_unfinished = models.UniqueIndex(
        "(connection_id) WHERE state <> 'done'",
        "A go-live check of this connection is not over yet.",
    )
    _next_index = models.Index("(next_on) WHERE state = 'running'")

    @api.depends("company_id", "started_on")
    def _compute_name(self):
        for check in self:
            moment = format_datetime(self.env, check.started_on)
            check.name = (
                self.env._("Go-live check of %(moment)s", moment=moment)
                if moment
                else self.env._("Go-live check, not started yet")
            )

    @api.depends("payer_phone")
    def _compute_payer_phone_masked(self):
        for check in self:
            phone = check.payer_phone
            check.payer_phone_masked = rules.mask_phone(phone) if phone else False

    @api.depends("step_ids.state")
    def _compute_counts(self):
        for check in self:
            states = check.step_ids.mapped("state")
            check.problem_count = states.count("failed")
            check.open_count = sum(state not in FINAL_STATES for state in states)

    def write(self, vals):
        if not self.env.su and (
            vals.keys() - TYPED or any(check.state != "draft" for check in self)
        ):
            raise AccessError(
                self.env._(
                    "Name the test payer before the start; all else is written by the"
                    " check itself."
                )
            )
        return super().write(vals)

    @api.model
    def _prepare(self, connection):
        """Return a new check of a connection, with the payer of the last one."""
        last = self.search([("connection_id", "=", connection.id)], limit=1)
        return self.create(
            {
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "partner_id": last.partner_id.id,
                **{name: last[name] for name in TYPED},
                "step_ids": [
                    Command.create({"number": number, "key": key})
                    for number, key in enumerate(KEYS, start=1)
                ],
            }
        )

    # ------------------------------------------------------------------- buttons

    def action_start(self):
        """Begin; what takes longer goes on by itself."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("This check was started already."))
        self.connection_id._check_checkable()
        # the test invoices are entered on it; it says itself where it is missing
        self.connection_id._other_account()
        typed = self._typed()
        # sudo: a check is written by the system; the right was checked
        system = self.sudo()
        system.write(
            {
                **typed,
                "state": "running",
                "user_id": self.env.uid,
                "started_on": fields.Datetime.now(),
                "next_on": fields.Datetime.now(),
            }
        )
        system.env["mobilepay.checker"]._run_steps(system)
        return True

    def action_continue(self):
        """Look now what has come meanwhile, and take what steps can be taken."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "running":
            raise UserError(self.env._("Only a check that runs can be continued."))
        # sudo: a check is written by the system; the right was checked
        system = self.sudo()
        if not system.env["mobilepay.checker"]._run_steps(system):
            raise UserError(
                self.env._(
                    "This check is being continued at this moment. Look again in a"
                    " minute."
                )
            )
        return True

    def action_print(self):
        """Print the report for MobilePay."""
        self.ensure_one()
        return self.env.ref("account_mobilepay.report_check").report_action(self)

    def _typed(self):
        """Return what the person typed, as MobilePay takes it.

        :raises UserError: where a number or an ID is none
        """
        country = self.connection_id.country_code
        service = self.connection_id._service()
        try:
            phone = rules.normalise_phone(self.payer_phone or "", country)
        except rules.InvalidPhone as error:
            raise UserError(
                self.env._(
                    "Enter the phone number of the test user that MobilePay gave you"
                    " for the sandbox."
                )
            ) from error
        try:
            user = service.payer_id(self.payer_user or "")
            card = service.payer_id(self.payer_card) if self.payer_card else False
        except ValueError as error:
            raise UserError(
                self.env._(
                    "Enter the test user's ID as MobilePay gave it to you: 32 digits"
                    " and letters a to f, with hyphens (a GUID). The card's ID looks"
                    " the same, or is empty."
                )
            ) from error
        return {"payer_phone": phone, "payer_user": user, "payer_card": card}

    # ------------------------------------------------------------------- helpers

    def _step(self, key):
        """Return the step with this key."""
        return self.step_ids.filtered(lambda step: step.key == key)

    def _moves(self):
        """Return all test invoices."""
        return self.step_ids.move_ids

    def _requests(self):
        """Return all requests at MobilePay of this check."""
        return self._moves().mobilepay_invoice_ids

    def _is_over(self):
        """Whether every step has its result."""
        return all(step.state in FINAL_STATES for step in self.step_ids)

    def _moment(self, name):
        """Return a moment as the report shows it: UTC, to the second."""
        moment = self[name]
        return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""

    def _filename(self):
        """Return the name of the printed report."""
        return self.env._(
            "MobilePay go-live check %(company)s %(day)s",
            company=self.company_id.name,
            day=(self.started_on or self.create_date).date(),
        )
