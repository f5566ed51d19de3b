from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

FEE_FIELDS = {
    "TransactionFee": ("transaction_fee_account_id", "transaction_fee_tax_id"),
    "ServiceFee": ("service_fee_account_id", "service_fee_tax_id"),
}


class MobilepayConnection(models.Model):
    """Where a company's settlements come from, and how they are entered."""

    _inherit = "mobilepay.connection"

    reporting_problem = fields.Char(readonly=True, copy=False)
    transfers_fetched_to = fields.Date(
        readonly=True, copy=False, help="Last day for which transfers were asked."
    )
    transaction_fee_account_id = fields.Many2one(
        "account.account",
        "Transaction Fees",
        copy=False,
        check_company=True,
        help="Fees per payment that MobilePay keeps back. Fees that are invoiced to"
        " you are no part of a transfer: book their bill as any other.",
    )
    transaction_fee_tax_id = fields.Many2one(
        "account.tax",
        "Tax in Transaction Fees",
        copy=False,
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="Where the fees include a tax. Payment services are exempt as a rule.",
    )
    service_fee_account_id = fields.Many2one(
        "account.account",
        "Service Fees",
        copy=False,
        check_company=True,
        help="Fees that MobilePay keeps back and that belong to no single payment.",
    )
    service_fee_tax_id = fields.Many2one(
        "account.tax",
        "Tax in Service Fees",
        copy=False,
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="Where the fees include a tax. Payment services are exempt as a rule.",
    )
    other_account_id = fields.Many2one(
        "account.account",
        "To Be Explained",
        copy=False,
        check_company=True,
        help="Adjustments, returned transfers and payments that belong to no invoice"
        " of this company wait here for a person.",
    )
    bank_journal_ids = fields.Many2many(
        "account.journal",
        string="Bank Journals",
        copy=False,
        check_company=True,
        domain="[('type', '=', 'bank'), ('id', '!=', journal_id)]",
        help="Their statement lines are matched with MobilePay's transfers. The bank"
        " accounts to which MobilePay pays out.",
    )
    transfer_ids = fields.One2many("mobilepay.transfer", "connection_id")

    # ------------------------------------------------------------------- buttons

    def action_fetch_transfers(self):
        """Ask for new transfers now and enter what is complete."""
        self.ensure_one()
        self.check_access("write")
        # sudo: transfers are written by the system; the right was checked
        system = self.sudo().with_company(self.company_id)
        if not system._has_reporting():
            raise UserError(self._no_reporting_message())
        with system._raise_as_user_error():
            system.env["mobilepay.reporter"]._fetch(system)
        waiting = system.transfer_ids.filtered(lambda t: t.state == "waiting")
        system.env["mobilepay.settler"]._settle_now(waiting)
        system.reporting_problem = False
        self.env.ref("account_mobilepay.cron_match")._trigger()
        return self._notify(
            self.env._(
                "Transfers are fetched up to %s.",
                format_date(self.env, system.transfers_fetched_to),
            )
        )

    # ------------------------------------------------------------------ accounts

    def _fee_booking(self, kind):
        """Return account and tax for a kind of fee.

        :raises UserError: no account was chosen
        """
        account_field, tax_field = FEE_FIELDS[kind]
        return self._needed_account(account_field), self[tax_field]

    def _other_account(self):
        """Return the account for what no invoice explains.

        :raises UserError: none was chosen
        """
        return self._needed_account("other_account_id")

    def _transit_account(self):
        """Return the account for what was paid out and is not on the bank yet.

        :raises UserError: it cannot be reconciled, so no bank line could match it
        """
        account = self._payment_method_line().journal_id.default_account_id
        if not account.reconcile:
            raise UserError(
                self.env._(
                    "Account %s of the MobilePay journal must allow reconciliation:"
                    " transfers wait on it for their bank lines.",
                    account.display_name,
                )
            )
        return account

    def _needed_account(self, field_name):
        if not self[field_name]:
            raise UserError(
                self.env._(
                    "Choose the account “%s” on the MobilePay connection.",
                    self._fields[field_name]._description_string(self.env),
                )
            )
        return self[field_name]

    def _propose_settlement(self):
        """Fill in what is empty: accounts of our own, the only bank journal."""
        # sudo: chart and journals are made once, for whoever connects
        Journal = self.env["account.journal"].sudo().with_company(self.company_id)
        company = self.company_id.sudo()
        Journal = Journal._mobilepay_in_company_language(company)
        if not self.transaction_fee_account_id:
            self.transaction_fee_account_id = Journal._mobilepay_fee_account(company)
        if not self.service_fee_account_id:
            self.service_fee_account_id = self.transaction_fee_account_id
        if not self.other_account_id:
            self.other_account_id = Journal._mobilepay_account(
                company, Journal.env._("MobilePay, to be explained")
            )
        if not self.bank_journal_ids:
            self.bank_journal_ids = self._only_bank_journal()

    def _only_bank_journal(self):
        """Return the company's bank journal in MobilePay's currency, if it has one."""
        found = self.env["account.journal"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("type", "=", "bank"),
                ("id", "!=", self.journal_id.id),
            ]
        )
        fitting = found.filtered(
            lambda journal: (
                (journal.currency_id or journal.company_id.currency_id)
                == self.currency_id
            )
        )
        return fitting if len(fitting) == 1 else fitting.browse()

    @api.constrains("bank_journal_ids", "journal_id")
    def _check_bank_journals(self):
        for connection in self:
            if connection.journal_id in connection.bank_journal_ids:
                raise UserError(
                    self.env._(
                        "The MobilePay journal is no bank account: choose the journals"
                        " of the bank accounts to which MobilePay pays out."
                    )
                )

    # ---------------------------------------------------------------------- bank

    @api.model
    def _of_bank(self, journals):
        """Return the connections that name one of these bank journals."""
        return self.search([("bank_journal_ids", "in", journals.ids)])

    def _settlement_accounts(self):
        """Return clearing and in-transit accounts, as they are set now."""
        return self._clearing_accounts() | self.journal_id.default_account_id

    def _clearing_accounts(self):
        """Return the accounts whose balance is what MobilePay owes."""
        return self._method_lines().payment_account_id
