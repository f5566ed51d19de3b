from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...models.settlement.mobilepay_owed import OPEN_STAGES

# stages of requests that nobody has paid
WAITING = ("requested", "accepted")


class MobilepayOwedWizard(models.TransientModel):
    """What MobilePay owes a company as of a day, and the proof of it.

    The proof: what MobilePay confirmed is the balance of the clearing account on that
    day, and what waits for the bank is the balance of the account in transit. What
    others put on the clearing account is a figure of its own: nothing is proven of it.
    """

    _name = "mobilepay.owed.wizard"
    _description = "What MobilePay Owes"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    day = fields.Date(
        "As of", required=True, default=lambda self: fields.Date.context_today(self)
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    owed = fields.Monetary(
        compute="_compute_amounts",
        help="Before the fees that MobilePay may keep back when it pays out.",
    )
    unconfirmed = fields.Monetary(
        "Not confirmed by MobilePay",
        compute="_compute_amounts",
        help="Open on the clearing account, but MobilePay has not confirmed it: entries"
        " and payments made by hand, payments that were changed or matched in part.",
    )
    is_proven = fields.Boolean(compute="_compute_amounts")
    clearing_balance = fields.Monetary(
        "Balance of the clearing account", compute="_compute_amounts"
    )
    difference = fields.Monetary(compute="_compute_amounts")
    agrees = fields.Boolean(compute="_compute_amounts")
    transit_balance = fields.Monetary(
        "Paid out, not on the bank yet",
        compute="_compute_amounts",
        help="Balance of the account in transit.",
    )
    requested = fields.Monetary("Requested, not paid yet", compute="_compute_amounts")
    oldest = fields.Date("Oldest amount owed since", compute="_compute_amounts")

    @api.depends("company_id", "day")
    def _compute_amounts(self):
        for report in self:
            stages = report._by_stage()
            owing = [stage for stage in stages if stage[0] not in (*WAITING, "other")]
            others = [stage for stage in stages if stage[0] == "other"]
            currency = report.currency_id
            report.owed = currency.round(sum(stage[2] for stage in owing))
            report.unconfirmed = currency.round(sum(stage[2] for stage in others))
            report.oldest = min((stage[4] for stage in owing), default=False)
            report.requested = report._requested(stages)
            report.clearing_balance = report._balance(report._clearing_accounts())
            report.transit_balance = report._balance(report._transit_accounts())
            rows = report.owed + report.unconfirmed
            report.difference = currency.round(rows - report.clearing_balance)
            report.agrees = currency.is_zero(report.difference)
            # two entries of others may add up to nothing
            report.is_proven = report.agrees and not others

    def _owed_rows(self):
        """Return the report's model as of this wizard's day."""
        rows = self.env["mobilepay.owed"].with_context(
            mobilepay_owed_on=fields.Date.to_string(self.day)
        )
        # rows of another day have the same ids
        rows.invalidate_model()
        return rows

    def _of_company(self):
        """Return the domain of the company's and its branches' rows.

        By their ids: PostgreSQL takes ``child_of``, a comparison of paths, for rare,
        and reads the report in a slower way.
        """
        family = self.env["res.company"].search(
            [("id", "child_of", self.company_id.ids)]
        )
        return Domain("company_id", "in", family.ids)

    def _by_stage(self):
        """Return what is owed or asked for: stage, currency, both sums, since when."""
        owed_or_asked = Domain("owed", "!=", 0) | Domain("stage", "in", WAITING)
        return self._owed_rows()._read_group(
            self._of_company() & owed_or_asked,
            ["stage", "currency_id"],
            ["owed:sum", "requested:sum", "since:min"],
        )

    def _requested(self, stages):
        """Return what open requests ask for, in the company's currency."""
        return sum(
            currency._convert(asked, self.currency_id, self.company_id, self.day)
            for stage, currency, _owed, asked, _since in stages
            if stage in WAITING
        )

    def _connections(self):
        # sudo: the accounts' numbers are the reader's to see, the connection not
        return (
            self.env["mobilepay.connection"]
            .sudo()
            .with_context(active_test=False)
            .search([("company_id", "parent_of", self.company_id.ids)])
        )

    def _clearing_accounts(self):
        return self._connections()._clearing_accounts()

    def _transit_accounts(self):
        return self._connections().journal_id.default_account_id

    def _balance(self, accounts):
        """Return the balance of accounts on the day, in the company's currency."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            self._of_company()
            & Domain("account_id", "in", accounts.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("date", "<=", self.day),
            aggregates=["balance:sum"],
        )
        return self.currency_id.round(balance or 0.0)

    # ------------------------------------------------------------------- buttons

    def action_show(self):
        """Open the rows: list, groups, export."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_mobilepay.action_mobilepay_owed"
        )
        action["name"] = action["display_name"] = self._title()
        action["domain"] = list(self._of_company())
        action["context"] = {
            "mobilepay_owed_on": fields.Date.to_string(self.day),
            "search_default_open": 1,
            "search_default_stage": 1,
        }
        return action

    def action_show_clearing(self):
        """Open the journal items of the clearing account until the day."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Clearing account"),
            "res_model": "account.move.line",
            "view_mode": "list",
            "domain": list(
                self._of_company()
                & Domain("account_id", "in", self._clearing_accounts().ids)
                & Domain("parent_state", "=", "posted")
                & Domain("date", "<=", self.day)
            ),
        }

    def action_print(self):
        """Print the report."""
        self.ensure_one()
        return self.env.ref("account_mobilepay.report_owed").report_action(self)

    # ------------------------------------------------------------------- report

    def _title(self):
        return self.env._("Owed by MobilePay as of %s", format_date(self.env, self.day))

    def _open_rows(self):
        """Return the open rows for the printed report, by stage."""
        rows = self._owed_rows().search(
            self._of_company() & Domain("stage", "in", OPEN_STAGES),
            order="stage, since, id",
        )
        labels = dict(rows._fields["stage"]._description_selection(self.env))
        return [(labels[stage], some) for stage, some in rows.grouped("stage").items()]
