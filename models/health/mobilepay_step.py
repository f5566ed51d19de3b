from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

# an id names its row: eight for each event, request and transaction
WIDTH = 8
NEWS, TRANSFERRED = 0, 5


class MobilepayStep(models.Model):
    """The story of a request, step by step; a view, nothing is stored.

    What MobilePay told, each with when it happened there and how and when it was
    learnt; and what was done here: made, sent, taken back, posted, by whom.
    """

    _name = "mobilepay.step"
    _description = "Step of a MobilePay Request"
    _auto = False
    _order = "happened_on desc, place desc, id desc"

    request_id = fields.Many2one("mobilepay.invoice", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    event_id = fields.Many2one("mobilepay.event", readonly=True)
    transaction_id = fields.Many2one("mobilepay.transaction", readonly=True)
    kind = fields.Selection(
        [
            ("queued", "Queued"),
            ("sent", "Sent to MobilePay"),
            ("news", "News from MobilePay"),
            ("withdrawn", "To be taken back"),
            ("posted", "Payment posted"),
            ("transferred", "Paid out by MobilePay"),
        ],
        readonly=True,
    )
    place = fields.Integer(readonly=True, help="Order of what is of the same second.")
    happened_on = fields.Datetime(
        "When", readonly=True, help="For news: when MobilePay says that it happened."
    )
    learnt_on = fields.Datetime(
        "Learnt on", readonly=True, help="When it was known here."
    )
    source = fields.Selection(
        [
            ("callback", "Callback"),
            ("poll", "Status query"),
            ("answer", "Answer to our call"),
            ("settlement", "Settlement"),
            ("odoo", "Odoo"),
        ],
        "How We Know",
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "By", readonly=True)
    status = fields.Char("MobilePay's Word", readonly=True)
    sequence = fields.Integer("MobilePay's Sequence", readonly=True)
    result = fields.Selection(related="event_id.state", string="Result")
    reason = fields.Char(related="event_id.reason", string="Why Not Recorded")
    raw = fields.Text(
        "As It Came",
        related="event_id.raw",
        groups="account.group_account_manager",
    )
    name = fields.Char("What", compute="_compute_name")
    detail = fields.Char("Details", compute="_compute_detail")

    @api.depends_context("lang")
    @api.depends("kind", "status")
    def _compute_name(self):
        Request = self.env["mobilepay.invoice"]
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        states = dict(Request._fields["state"]._description_selection(self.env))
        for step in self:
            told = states.get(step.status, step.status)
            step.name = told if step.kind == "news" else kinds.get(step.kind)

    @api.depends_context("lang")
    @api.depends("kind", "event_id", "request_id", "transaction_id")
    def _compute_detail(self):
        for step in self:
            step.detail = step._detail()

    def _detail(self):
        """Return what there is to say of a step beside its name."""
        if self.kind == "news":
            return self.reason or self._news_detail()
        if self.kind == "withdrawn":
            reasons = self.request_id._fields["cancel_reason"]
            labels = dict(reasons._description_selection(self.env))
            return labels.get(self.request_id.cancel_reason)
        if self.kind == "posted":
            return self.request_id.payment_id.name
        if self.kind == "transferred":
            return self.transaction_id.transfer_id.reference
        return False

    def _news_detail(self):
        event = self.event_id
        if event.status == "accepted" and event.payment_date:
            day = format_date(self.env, event.payment_date)
            return self.env._("The payer pays on %s.", day)
        if event.status == "invalid":
            return self.env["mobilepay.messages"]._invalid_message(
                event.error_code, event.error_text
            )
        if event.status == "paid" and not event.confirmed:
            return self.env._("Not confirmed by MobilePay yet.")
        return False

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Look steps up by id through the rows that they are made of.

        PostgreSQL cannot tell them from the number: it would make all steps of all
        requests to find those of one form.
        """
        domain = Domain(domain)
        told = getattr(domain, "field_expr", ""), getattr(domain, "operator", "")
        if told == ("id", "in"):
            domain &= self._made_of(domain.value)
        return super()._search(domain, *args, **kwargs)

    def _made_of(self, ids):
        """Return the domain of the rows behind these ids."""
        rows = {NEWS: [], TRANSFERRED: []}
        requests = []
        for number in ids:
            row, kind = divmod(number, WIDTH)
            rows.get(kind, requests).append(row)
        return (
            Domain("event_id", "in", rows[NEWS])
            | Domain("transaction_id", "in", rows[TRANSFERRED])
            | Domain("request_id", "in", requests)
        )

    @property
    def _table_query(self):
        self.env.flush_all()
        return SQL(_QUERY)


_QUERY = """
SELECT 8 * e.id AS id, e.request_id, e.company_id, e.id AS event_id,
       NULL::int AS transaction_id, 'news' AS kind, 2 AS place,
       DATE_TRUNC('second', COALESCE(e.happened_on, e.create_date)) AS happened_on,
       e.create_date AS learnt_on, e.source, NULL::int AS user_id, e.status,
       NULLIF(e.sequence, -1) AS sequence
  FROM mobilepay_event e
 WHERE e.request_id IS NOT NULL
 UNION ALL
SELECT 8 * r.id + 1, r.id, r.company_id, NULL, NULL, 'queued', 0,
       DATE_TRUNC('second', r.create_date), r.create_date, 'odoo',
       COALESCE(b.user_id, r.create_uid), NULL, NULL
  FROM mobilepay_invoice r
  LEFT JOIN mobilepay_batch b ON b.id = r.batch_id
 UNION ALL
SELECT 8 * r.id + 2, r.id, r.company_id, NULL, NULL, 'sent', 1, r.sent_on, r.sent_on,
       'odoo', NULL, NULL, NULL
  FROM mobilepay_invoice r
 WHERE r.sent_on IS NOT NULL
 UNION ALL
SELECT 8 * r.id + 3, r.id, r.company_id, NULL, NULL, 'withdrawn', 1,
       r.cancel_wanted_on, r.cancel_wanted_on, 'odoo', r.cancel_user_id, NULL, NULL
  FROM mobilepay_invoice r
 WHERE r.cancel_wanted_on IS NOT NULL
 UNION ALL
SELECT 8 * r.id + 4, r.id, r.company_id, NULL, NULL, 'posted', 3,
       DATE_TRUNC('second', p.create_date), p.create_date, 'odoo', NULL, NULL, NULL
  FROM mobilepay_invoice r
  JOIN account_payment p ON p.id = r.payment_id
 UNION ALL
SELECT 8 * x.id + 5, x.request_id, x.company_id, NULL, x.id, 'transferred', 4,
       DATE_TRUNC('second', GREATEST(x.happened_on, x.transfer_date::timestamp)),
       x.create_date, 'settlement', NULL, NULL, NULL
  FROM mobilepay_transaction x
 WHERE x.request_id IS NOT NULL AND x.type = 'Payment'
"""
