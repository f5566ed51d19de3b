from odoo import api, fields, models

# MobilePay's list (contract, section 10) in its order, and our own last step
LIST = [
    ("direct", "Create a direct invoice"),
    ("directs", "Create several direct invoices (batch)"),
    ("cancel", "Cancel an unpaid invoice"),
    ("link", "Create an invoice link"),
    ("links", "Create several invoice links (batch)"),
    ("consent", "Consent: from link to direct"),
    ("callback", "Callback URL with an authentication method"),
    ("order", "Callbacks sorted by Date and Sequence"),
    ("reference", "PaymentReference and InvoiceNumber fit for reconciliation"),
    ("handled", "All callbacks handled, successful or not"),
    ("status", "GET status as the fallback when callbacks are missed"),
    ("reporting", "Transaction reporting for reconciliation"),
    ("branding", "MobilePay branding"),
    ("shown", "QR code or payment button wherever the bill is shown"),
    ("tidy", "Afterwards: the test invoices are taken back and cancelled"),
]
KEYS = [key for key, _label in LIST]
FINAL_STATES = ("passed", "failed", "by_hand", "not_possible")


class MobilepayCheckStep(models.Model):
    """One line of MobilePay's list in one go-live check.

    ``todo`` → ``waiting`` (begun; what is missing is still to come) → one of the
    results. ``by_hand`` is what only a person can judge, ``not_possible`` what
    this environment of MobilePay does not have.
    """

    _name = "mobilepay.check.step"
    _description = "MobilePay Go-Live Check Step"
    _order = "check_id desc, number"
    _rec_name = "check_id"

    check_id = fields.Many2one(
        "mobilepay.check", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    number = fields.Integer("No.", required=True, aggregator=None, readonly=True)
    key = fields.Selection(LIST, "MobilePay's List", required=True, readonly=True)
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("waiting", "Waiting"),
            ("passed", "Passed"),
            ("failed", "Failed"),
            ("by_hand", "By hand"),
            ("not_possible", "Not possible here"),
        ],
        "Result",
        required=True,
        default="todo",
        readonly=True,
    )
    done = fields.Text("What Was Done", readonly=True)
    answer = fields.Text("What MobilePay Answered", readonly=True)
    advice = fields.Text("Next Step", readonly=True)
    calls = fields.Json(
        "Raw",
        help="Each call of the step: moment (UTC), method, path, status and"
        " correlation id.",
    )
    call_text = fields.Text("Calls", compute="_compute_call_text")
    tries = fields.Integer(help="How often MobilePay was not there.")
    started_on = fields.Datetime(readonly=True)
    ended_on = fields.Datetime(readonly=True)
    move_ids = fields.One2many(
        "account.move", "mobilepay_check_step_id", "Test Invoices"
    )

    _key_unique = models.Constraint(
        "UNIQUE(check_id, key)", "A check has each step once."
    )

    @api.depends("calls")
    def _compute_call_text(self):
        for step in self:
            step.call_text = "\n".join(map(step._call_line, step.calls or []))

    def _call_line(self, call):
        """Return one call as a line of text; times are UTC."""
        return self.env._(
            "%(moment)s UTC  %(method)s %(path)s  %(status)s  correlation id %(id)s",
            moment=call["moment"],
            method=call["method"],
            path=call["path"],
            status=call["status"] or self.env._("no answer"),
            id=call["correlation_id"],
        )

    def _moment(self, name):
        """Return a moment as the report shows it, in UTC."""
        moment = self[name]
        return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "…"

    def _requests(self):
        """Return the requests at MobilePay that this step made."""
        return self.move_ids.mobilepay_invoice_ids

    def _request(self):
        """Return the latest request for the step's first invoice."""
        return self.move_ids.sorted("id")[:1].mobilepay_invoice_id
