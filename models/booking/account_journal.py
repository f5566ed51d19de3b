from odoo import api, models
from odoo.fields import Command

METHOD = "account_mobilepay.account_payment_method_mobilepay"
# what each chart of accounts calls the charges of banks, or what comes next to it
BANK_CHARGES = {
    "dk": "dk_coa_2390",
    "fi": "account_8560",
    "no": "chart7770",
    "se": "a6570",
}
LANGUAGES = {"DK": "da_DK", "FI": "fi_FI", "NO": "nb_NO", "SE": "sv_SE"}


class AccountJournal(models.Model):
    _inherit = "account.journal"

    @api.model
    def _mobilepay_journal(self, company):
        """Return the company's MobilePay journal, made with its accounts if missing.

        A bank journal whose own account is *in transit* (transferred by
        MobilePay, not yet on the bank) and whose payment method posts on the
        *clearing* account: what MobilePay owes. Both can be changed later.
        """
        # sudo: chart and journals are made once, for whoever connects
        Journal = (
            self.sudo().with_company(company)._mobilepay_in_company_language(company)
        )
        ours = [("payment_method_id.code", "=", "mobilepay")]
        return (
            Journal._mobilepay_inbound(company, ours).journal_id
            or Journal._mobilepay_former_journal(company)
            or Journal.create(Journal._mobilepay_values(company))
        )

    def _mobilepay_inbound(self, company, domain):
        """Return one payment method line of the company's journals."""
        return self.env["account.payment.method.line"].search(
            [
                ("journal_id.company_id", "=", company.id),
                ("payment_type", "=", "inbound"),
                *domain,
            ],
            limit=1,
        )

    def _mobilepay_former_journal(self, company):
        """Return the journal of an earlier installation, its methods ours again.

        Uninstalling leaves it with lines of Odoo's manual method (hooks.py).
        """
        former = [
            ("payment_method_id.code", "=", "manual"),
            ("name", "=", self.env.ref(f"{METHOD}_in").name),
            ("payment_account_id", "!=", False),
            ("journal_id.code", "=like", "MPA%"),
        ]
        line = self._mobilepay_inbound(company, former)
        journal = line.journal_id
        line.payment_method_id = self.env.ref(f"{METHOD}_in")
        journal.outbound_payment_method_line_ids.filtered(
            lambda out: out.payment_account_id == line.payment_account_id
        ).payment_method_id = self.env.ref(f"{METHOD}_out")
        return journal

    @api.model
    def _mobilepay_in_company_language(self, company):
        """Return journals in the company's language, else in that of the user.

        Accounts and journals are named once, for everybody who works with them.
        """
        # sudo: a language is no secret
        lang = company.sudo().partner_id.lang or self.env.user.lang or "en_US"
        spoken = LANGUAGES.get(company.sudo().account_fiscal_country_id.code)
        # nobody chose English where Odoo's own language was never changed
        if lang == "en_US" and self.env["res.lang"]._get_code(spoken):
            lang = spoken
        return self.with_context(lang=lang)

    def _mobilepay_values(self, company):
        clearing = self._mobilepay_account(company, self.env._("MobilePay clearing"))
        transit = self._mobilepay_account(company, self.env._("MobilePay in transit"))
        return {
            "name": "MobilePay",
            "code": self._mobilepay_code(company),
            "type": "bank",
            "company_id": company.id,
            "default_account_id": transit.id,
            "inbound_payment_method_line_ids": [
                self._mobilepay_line(self.env.ref(f"{METHOD}_in"), clearing)
            ],
            "outbound_payment_method_line_ids": [
                self._mobilepay_line(self.env.ref(f"{METHOD}_out"), clearing)
            ],
        }

    def _mobilepay_line(self, method, account):
        return Command.create(
            {
                "name": method.name,
                "payment_method_id": method.id,
                "payment_account_id": account.id,
            }
        )

    def _mobilepay_account(self, company, name):
        """Create a reconcilable current asset beside the transfer account."""
        return self._mobilepay_new_account(
            company, name, "asset_current", company.transfer_account_id, reconcile=True
        )

    def _mobilepay_fee_account(self, company):
        """Create an expense beside the charges of banks, in their line of reports."""
        beside = self._mobilepay_bank_charges(company)
        account = self._mobilepay_new_account(
            company, self.env._("MobilePay fees"), "expense", beside
        )
        account.tag_ids = beside.tag_ids
        return account

    def _mobilepay_bank_charges(self, company):
        """Return the account of bank charges of the company's chart; none elsewhere."""
        name = BANK_CHARGES.get((company.root_id.chart_template or "")[:2])
        Chart = self.env["account.chart.template"].with_company(company)
        found = name and Chart.ref(name, raise_if_not_found=False)
        return found or self.env["account.account"]

    @api.model
    def _mobilepay_new_account(self, company, name, kind, neighbour, reconcile=False):
        """Create an account of a kind, with the first free code after a neighbour's.

        :param neighbour: an account, or none: any of the same kind
        """
        Account = self.env["account.account"].with_company(company)
        own = Account._check_company_domain(company)
        neighbour = (
            neighbour
            or Account.search([*own, ("account_type", "=", kind)], limit=1)
            or Account.search(own, limit=1)
        )
        start_code = neighbour.with_company(company).code or "100000"
        return Account.create(
            {
                "name": name,
                "code": Account._search_new_account_code(start_code),
                "account_type": kind,
                "reconcile": reconcile,
                "company_ids": [Command.set(company.ids)],
            }
        )

    def _mobilepay_code(self, company):
        """Return MPAY, or the next free code after it (five characters at most)."""
        taken = set(
            self.with_context(active_test=False)
            .search(
                [
                    *self._check_company_domain(company),
                    ("code", "=like", "MPA%"),
                ]
            )
            .mapped("code")
        )
        codes = ["MPAY", *(f"MPA{number}" for number in range(1, 100))]
        return next(code for code in codes if code not in taken)
