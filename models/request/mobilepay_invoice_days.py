from odoo import api, fields, models
from odoo.tools import SQL

from ...mobilepay import rules


class MobilepayInvoice(models.Model):
    """How long payers take, for the graph and the pivot; and until when they may."""

    _inherit = "mobilepay.invoice"

    days_to_pay = fields.Integer(
        "Days to Pay",
        compute="_compute_days_to_pay",
        store=True,
        aggregator="avg",
        help="From the day it was sent to the day it was paid, both in the merchant's"
        " time. The average counts what is paid.",
    )

    @api.depends("paid_on", "sent_on")
    def _compute_days_to_pay(self):
        for request in self:
            request.days_to_pay = request._days_to_pay() if request.paid_on else 0

    def _days_to_pay(self):
        # what a settlement told first was sent, but no answer said when
        sent = self.sent_on or self.create_date or fields.Datetime.now()
        day = self.connection_id._local_day(sent)
        return max((self.paid_on - day).days, 0)

    def _is_last_day_over(self):
        """Whether MobilePay has ended it by now, in the merchant's time."""
        last = self.due_date + rules.EXPIRES_AFTER
        return self.connection_id._today() > last

    def _read_group_select(self, aggregate_spec, query):
        """Leave what is not paid out of the average: zero days are no time yet."""
        select = super()._read_group_select(aggregate_spec, query)
        if not aggregate_spec.startswith("days_to_pay:"):
            return select
        paid_on = self._field_to_sql(self._table, "paid_on", query)
        return SQL("%s FILTER (WHERE %s IS NOT NULL)", select, paid_on)
