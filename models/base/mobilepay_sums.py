from odoo import models
from odoo.tools import SQL


class MobilepaySums(models.AbstractModel):
    """Money in several currencies is summed at their rates, or not at all.

    Odoo sums them in the company's currency, in lists, pivots and graphs; but what
    it knows no rate of counts one to one there, a euro as a krone. Such a sum is
    left empty; grouped by currency, each has its own.
    """

    _name = "mobilepay.sums"
    _description = "MobilePay Sums"

    def _read_group_select(self, aggregate_spec, query):
        sums = super()._read_group_select(aggregate_spec, query)
        name, _colon, function = aggregate_spec.partition(":")
        if function != "sum_currency":
            return sums
        currency = self._fields[name].get_currency_field(self)
        rates = query.make_alias(self._table, f"{currency}__rates")
        return SQL(
            "CASE WHEN BOOL_AND(%s IS NOT NULL OR %s = %s) THEN %s END",
            SQL.identifier(rates, "rate"),
            self._field_to_sql(self._table, currency, query),
            self.env.company.currency_id.id,
            sums,
        )
