from odoo import api, fields, models
from odoo.tools import SQL

OPEN_STAGES = ("requested", "accepted", "paid", "transferred", "other")


class MobilepayOwed(models.Model):
    """What MobilePay owes as of a day, row by row; a view, nothing is stored.

    One row for each request sent until that day, with the stage it had reached,
    and one for each other open item on the clearing account (a refund, an entry
    made by hand). ``owed`` is what of the row is open on the clearing account, so
    the sum of all rows is the account's balance. Requests of a go-live check are
    left out: nobody is asked for that money.

    The day is ``mobilepay_owed_on`` of the context (a date in the merchant's
    calendar), today without it.
    """

    _name = "mobilepay.owed"
    _description = "Owed by MobilePay"
    _auto = False
    _order = "since, id"
    _rec_name = "reference"

    request_id = fields.Many2one("mobilepay.invoice", readonly=True)
    line_id = fields.Many2one("account.move.line", "Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", "Invoice or Entry", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    issuer_id = fields.Many2one("mobilepay.issuer", readonly=True)
    reference = fields.Char("Payment Reference", readonly=True)
    stage = fields.Selection(
        [
            ("requested", "Requested"),
            ("accepted", "Accepted"),
            ("paid", "Paid, owed by MobilePay"),
            ("transferred", "Transferred, not on the bank yet"),
            ("bank", "On the bank"),
            ("ended", "Not paid"),
            ("other", "Other entry"),
        ],
        readonly=True,
    )
    requested = fields.Monetary(
        readonly=True, currency_field="currency_id", help="What the payer is asked for."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    owed = fields.Monetary(readonly=True, currency_field="company_currency_id")
    since = fields.Date(readonly=True, help="Since when it has been in this stage.")
    requested_on = fields.Date("Requested on", readonly=True)
    accepted_on = fields.Date("Accepted on", readonly=True)
    paid_on = fields.Date("Paid on", readonly=True)
    transfer_id = fields.Many2one("mobilepay.transfer", readonly=True)
    bank_line_id = fields.Many2one(
        "account.bank.statement.line", compute="_compute_bank_line_id"
    )

    @api.depends("request_id", "transfer_id", "stage")
    def _compute_bank_line_id(self):
        for row in self:
            on_bank = row.stage == "bank"
            row.bank_line_id = row.request_id.bank_line_id if on_bank else False

    def action_open(self):
        """Open what stands behind a row: the request, else the entry."""
        self.ensure_one()
        record = self.request_id or self.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    @api.model
    def _day(self):
        """Return the day of the report."""
        day = fields.Date.to_date(self.env.context.get("mobilepay_owed_on"))
        return day or fields.Date.context_today(self)

    @api.model
    def _clearing_accounts(self):
        """Return every connection's clearing accounts."""
        # sudo: a view has no company; its rows have, and a rule
        connections = (
            self.env["mobilepay.connection"].sudo().with_context(active_test=False)
        ).search([("journal_id", "!=", False)])
        return connections._clearing_accounts()

    @property
    def _table_query(self):
        self.env.flush_all()
        accounts = tuple(self._clearing_accounts().ids) or (0,)
        return SQL(_QUERY, day=self._day(), accounts=accounts)


# What is open on a line as of a day is what is open now, and what was matched later.
_QUERY = """
WITH later AS (
    SELECT side.line_id, SUM(side.amount) AS amount
      FROM (
          SELECT debit_move_id AS line_id, amount
            FROM account_partial_reconcile WHERE max_date > %(day)s
           UNION ALL
          SELECT credit_move_id, -amount
            FROM account_partial_reconcile WHERE max_date > %(day)s
      ) side
  GROUP BY side.line_id
), clearing AS (
    SELECT l.id, l.move_id, l.partner_id, l.company_id, l.date, l.payment_id,
           l.currency_id, l.amount_residual + COALESCE(later.amount, 0) AS owed
      FROM account_move_line l
 LEFT JOIN later ON later.line_id = l.id
     WHERE l.account_id IN %(accounts)s
       AND l.parent_state = 'posted'
       AND l.date <= %(day)s
       AND (l.reconciled IS NOT TRUE OR later.line_id IS NOT NULL)
), entered AS (
    SELECT t.id, m.date,
           COALESCE(transit.amount_residual, 0) + COALESCE(later.amount, 0) AS waits
      FROM mobilepay_transfer t
      JOIN account_move m ON m.id = t.move_id AND m.state = 'posted'
 LEFT JOIN account_move_line transit ON transit.id = t.transit_line_id
 LEFT JOIN later ON later.line_id = transit.id
     WHERE m.date <= %(day)s AND t.state = 'settled'
), told AS (
    SELECT request_id,
           MIN(happened_on) FILTER (WHERE status = 'accepted') AS accepted_on,
           MIN(happened_on) FILTER (
               WHERE status IN ('invalid', 'rejected', 'expired', 'canceled')
           ) AS ended_on
      FROM mobilepay_event
     WHERE state = 'done' AND status NOT IN ('created', 'paid')
       AND happened_on < %(day)s::date + 1
  GROUP BY request_id
), owed AS (
    SELECT p.mobilepay_invoice_id AS request_id, SUM(c.owed) AS owed
      FROM clearing c JOIN account_payment p ON p.id = c.payment_id
     WHERE p.mobilepay_invoice_id IS NOT NULL
  GROUP BY p.mobilepay_invoice_id
), staged AS (
    SELECT r.id, r.move_id, i.partner_id, r.company_id, r.issuer_id,
           r.payment_reference AS reference, r.amount AS requested, r.currency_id,
           COALESCE(o.owed, 0) AS owed,
           COALESCE(r.sent_on, r.create_date)::date AS requested_on,
           told.accepted_on::date AS accepted_on,
           CASE WHEN r.paid_on <= %(day)s THEN r.paid_on END AS paid_on,
           told.ended_on::date AS ended_on, t.id AS transfer_id,
           e.date AS entered_on,
           CASE
               WHEN COALESCE(o.owed, 0) <> 0 THEN 'paid'
               WHEN r.paid_on <= %(day)s AND e.waits <> 0 THEN 'transferred'
               WHEN r.paid_on <= %(day)s AND r.payment_id IS NOT NULL THEN 'bank'
               WHEN r.paid_on <= %(day)s THEN 'paid'
               WHEN told.ended_on IS NOT NULL THEN 'ended'
               WHEN told.accepted_on IS NOT NULL THEN 'accepted'
               ELSE 'requested'
           END AS stage
      FROM mobilepay_invoice r
      JOIN account_move i ON i.id = r.move_id
 LEFT JOIN owed o ON o.request_id = r.id
 LEFT JOIN told ON told.request_id = r.id
 LEFT JOIN mobilepay_transaction x ON x.request_id = r.id AND x.type = 'Payment'
 LEFT JOIN mobilepay_transfer t
           ON t.id = x.transfer_id AND t.transfer_date <= %(day)s
 LEFT JOIN entered e ON e.id = t.id
     WHERE o.request_id IS NOT NULL
        OR i.mobilepay_check_step_id IS NULL AND (
               COALESCE(r.sent_on, r.create_date) < %(day)s::date + 1 AND r.tries > 0
            OR r.paid_on <= %(day)s
           )
)
SELECT 2 * s.id AS id, s.id AS request_id, NULL::int AS line_id, s.move_id,
       s.partner_id, s.company_id, s.issuer_id, s.reference, s.stage, s.requested,
       s.currency_id, s.owed, s.requested_on, s.accepted_on, s.paid_on,
       s.transfer_id,
       CASE s.stage
           WHEN 'paid' THEN s.paid_on
           WHEN 'transferred' THEN s.entered_on
           WHEN 'bank' THEN s.paid_on
           WHEN 'accepted' THEN s.accepted_on
           WHEN 'ended' THEN s.ended_on
           ELSE s.requested_on
       END AS since
  FROM staged s
 UNION ALL
SELECT 2 * c.id + 1, NULL, c.id, c.move_id, c.partner_id, c.company_id, NULL,
       m.ref, 'other', NULL, c.currency_id, c.owed, NULL, NULL, NULL, t.id, c.date
  FROM clearing c
  JOIN account_move m ON m.id = c.move_id
  LEFT JOIN account_payment p ON p.id = c.payment_id
  LEFT JOIN mobilepay_transfer t ON t.move_id = c.move_id
 WHERE p.mobilepay_invoice_id IS NULL AND c.owed <> 0
"""
