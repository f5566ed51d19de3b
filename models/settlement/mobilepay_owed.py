from odoo import api, fields, models
from odoo.tools import SQL

OPEN_STAGES = ("requested", "accepted", "paid", "transferred", "other")


class MobilepayOwed(models.Model):
    """What MobilePay owes as of a day, row by row; a view, nothing is stored.

    One row for each request sent until that day, with the stage it had reached,
    and one for each other open item on the clearing account (a refund, an entry
    made by hand). ``owed`` is what of the row is open on the clearing account, so
    the sum of all rows is the account's balance. Of a payment or refund that is open
    for another amount than MobilePay confirmed, as of what is none, the stage is
    ``other``. A request's row has the request's id, another item's row that of its
    journal item, below zero. Requests of a go-live check are left out: nobody is
    asked for that money.

    The day is ``mobilepay_owed_on`` of the context (a date in the merchant's
    calendar), today without it.
    """

    _name = "mobilepay.owed"
    _description = "Owed by MobilePay"
    _inherit = ["mobilepay.sums"]
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
            ("other", "Not confirmed by MobilePay"),
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
# One branch for each stage: of those that nobody asks for, PostgreSQL reads no row.
# (It looks into branches only where all of them have the same types: hence the casts.
# It takes IS NULL of a comparison for rare: hence the COALESCE; and groups by one
# column of a CTE for 200: hence the payment's entry, of which it has one. To join all
# requests costs most: once, by payment, with what is found to belong to none.)
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
    SELECT l.id, l.move_id, l.partner_id, l.company_id, l.date, l.currency_id,
           l.payment_id, l.amount_residual + COALESCE(later.amount, 0) AS owed,
           l.balance, l.amount_currency
      FROM account_move_line l
 LEFT JOIN later ON later.line_id = l.id
     WHERE l.account_id IN %(accounts)s
       AND l.parent_state = 'posted'
       AND l.date <= %(day)s
       AND l.reconciled IS NOT TRUE
     UNION ALL
    SELECT l.id, l.move_id, l.partner_id, l.company_id, l.date, l.currency_id,
           l.payment_id, l.amount_residual + later.amount, l.balance,
           l.amount_currency
      FROM later
      JOIN account_move_line l ON l.id = later.line_id
     WHERE l.account_id IN %(accounts)s
       AND l.parent_state = 'posted'
       AND l.date <= %(day)s
       AND l.reconciled
), requests AS NOT MATERIALIZED (
    SELECT r.id, r.id AS request_id, NULL::int AS line_id, r.move_id,
           NULL::int AS partner_id, r.company_id, r.issuer_id,
           r.payment_reference AS reference, r.amount AS requested, r.currency_id,
           COALESCE(r.sent_on, r.create_date)::date AS requested_on,
           CASE WHEN r.accepted_on <= %(day)s THEN r.accepted_on END AS accepted_on,
           CASE WHEN r.paid_on <= %(day)s THEN r.paid_on END AS paid_on,
           r.tries, r.payment_id, r.accepted_on AS accepted_ever,
           r.paid_on AS paid_ever, r.ended_on, r.state, r.paid_amount
      FROM mobilepay_invoice r
), open AS (
    SELECT payment_id, SUM(owed) AS owed, SUM(balance) AS balance,
           SUM(amount_currency) AS amount_currency, MIN(currency_id) AS in_currency_id
      FROM clearing
     WHERE payment_id IS NOT NULL
  GROUP BY payment_id, move_id
), owed AS (
    SELECT q.*, open.owed, open.payment_id AS open_payment_id,
           open.owed = open.balance AND open.amount_currency = q.paid_amount
           AND open.in_currency_id = q.currency_id AS confirmed
      FROM open LEFT JOIN requests q ON q.payment_id = open.payment_id
), apart AS (
    SELECT id FROM owed WHERE id IS NOT NULL AND owed <> 0
     UNION ALL
    SELECT r.id
      FROM account_move m JOIN mobilepay_invoice r ON r.move_id = m.id
     WHERE m.mobilepay_check_step_id IS NOT NULL
), waiting AS (
    SELECT x.request_id, transit.date
      FROM mobilepay_transfer t
      JOIN account_move_line transit ON transit.id = t.transit_line_id
       AND transit.parent_state = 'posted'
      JOIN mobilepay_transaction x ON x.transfer_id = t.id AND x.type = 'Payment'
 LEFT JOIN later ON later.line_id = transit.id
     WHERE transit.date <= %(day)s
       AND t.transfer_date <= %(day)s
       AND t.state = 'settled'
       AND x.request_id IS NOT NULL
       AND transit.amount_residual + COALESCE(later.amount, 0) <> 0
), unpaid AS NOT MATERIALIZED (
    SELECT *
      FROM requests q
     WHERE (q.paid_ever IS NULL OR q.paid_ever > %(day)s)
       AND q.requested_on <= %(day)s AND q.tries > 0
       AND NOT EXISTS (SELECT FROM apart WHERE apart.id = q.id)
), staged AS (
    SELECT id, request_id, line_id, move_id, partner_id, company_id, issuer_id,
           reference, requested, currency_id, requested_on, accepted_on, paid_on,
           tries, payment_id, accepted_ever, paid_ever, ended_on, state, paid_amount,
           'paid'::text AS stage, owed, paid_on AS since
      FROM owed
     WHERE id IS NOT NULL AND owed <> 0 AND confirmed
     UNION ALL
    SELECT id, request_id, line_id, move_id, partner_id, company_id, issuer_id,
           reference, requested, currency_id, requested_on, accepted_on, paid_on,
           tries, payment_id, accepted_ever, paid_ever, ended_on, state, paid_amount,
           'other'::text, owed, paid_on
      FROM owed
     WHERE id IS NOT NULL AND owed <> 0 AND confirmed IS NOT TRUE
     UNION ALL
    SELECT q.*, 'transferred'::text, 0::numeric, waiting.date
      FROM waiting JOIN requests q ON q.id = waiting.request_id
     WHERE q.paid_ever <= %(day)s
       AND NOT EXISTS (SELECT FROM apart WHERE apart.id = q.id)
     UNION ALL
    SELECT q.*, 'bank'::text, 0::numeric, q.paid_on
      FROM requests q
     WHERE q.paid_ever <= %(day)s AND q.payment_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM apart WHERE apart.id = q.id)
       AND NOT EXISTS (SELECT FROM waiting WHERE waiting.request_id = q.id)
     UNION ALL
    SELECT q.*, 'paid'::text, 0::numeric, q.paid_on
      FROM requests q
     WHERE q.paid_ever <= %(day)s AND q.payment_id IS NULL AND q.state = 'paid'
       AND NOT EXISTS (SELECT FROM apart WHERE apart.id = q.id)
       AND NOT EXISTS (SELECT FROM waiting WHERE waiting.request_id = q.id)
     UNION ALL
    SELECT q.*, 'ended'::text, 0::numeric, q.ended_on
      FROM unpaid q
     WHERE q.ended_on <= %(day)s
     UNION ALL
    SELECT q.*, 'accepted'::text, 0::numeric, q.accepted_on
      FROM unpaid q
     WHERE q.accepted_ever <= %(day)s AND COALESCE(q.ended_on > %(day)s, true)
     UNION ALL
    SELECT q.*, 'requested'::text, 0::numeric, q.requested_on
      FROM unpaid q
     WHERE COALESCE(q.accepted_ever > %(day)s, true)
       AND COALESCE(q.ended_on > %(day)s, true)
)
SELECT u.id, u.request_id, u.line_id, u.move_id, u.company_id, u.issuer_id,
       u.reference, u.stage, u.requested, u.currency_id, u.owed, u.requested_on,
       u.accepted_on, u.paid_on, u.since,
       CASE WHEN u.line_id IS NULL THEN i.partner_id ELSE u.partner_id
       END AS partner_id,
       COALESCE(
           (
               SELECT t.id
                 FROM mobilepay_transaction x
                 JOIN mobilepay_transfer t ON t.id = x.transfer_id
                WHERE x.request_id = u.request_id AND x.type = 'Payment'
                  AND t.transfer_date <= %(day)s
           ),
           u.transfer_id
       ) AS transfer_id
  FROM (
      SELECT s.id, s.request_id, s.line_id, s.move_id, s.partner_id, s.company_id,
             s.issuer_id, s.reference, s.stage, s.requested, s.currency_id, s.owed,
             s.requested_on, s.accepted_on, s.paid_on, s.since,
             NULL::int AS transfer_id
        FROM staged s
       UNION ALL
      SELECT -c.id, NULL::int, c.id, c.move_id, c.partner_id, c.company_id, NULL::int,
             m.ref,
             CASE WHEN refund.id IS NULL THEN 'other'::text ELSE 'paid'::text END,
             NULL::numeric, c.currency_id, c.owed, NULL::date,
             NULL::date, NULL::date, c.date, t.id
        FROM clearing c
        JOIN account_move m ON m.id = c.move_id
   LEFT JOIN mobilepay_transfer t ON t.move_id = c.move_id
   LEFT JOIN mobilepay_transaction refund
          ON refund.payment_id = c.payment_id AND refund.type = 'Refund'
         AND refund.amount = c.amount_currency AND c.owed = c.balance
       WHERE c.owed <> 0
         AND (
             c.payment_id IS NULL
             OR c.payment_id IN (SELECT open_payment_id FROM owed WHERE id IS NULL)
         )
  ) u
  LEFT JOIN account_move i ON i.id = u.move_id
"""
