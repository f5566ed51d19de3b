from decimal import Decimal

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from ..payloads import PayloadCase

CENT = Decimal("0.01")
PRICES = st.integers(-100_000, 9_000_000).map(lambda ore: ore / 100)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "price": PRICES,
            "quantity": st.sampled_from([1, 2, 3, 7, 0.5, 1.25, 0.333, 12.001]),
            "discount": st.sampled_from([0, 0, 0, 5, 10, 33.33, 99.99, 100]),
            "taxes": st.sampled_from(["", "25", "12", "25i", "12+25", "10~25", "fix"]),
        }
    ),
    min_size=1,
    max_size=6,
)


@tagged("post_install", "-at_install")
class TestPayloadArticles(PayloadCase):
    """Invoice lines become articles; whatever they are, they add up to the øre."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_levy = cls.tax("10 % levy", 10, include_base_amount=True, sequence=1)
        cls.tax_fixed = cls.tax("2.37 a piece", 2.37, amount_type="fixed")
        cls.taxes = {
            "": cls.env["account.tax"],
            "25": cls.tax_25,
            "12": cls.tax_12,
            "25i": cls.tax_25_included,
            "12+25": cls.tax_12 + cls.tax_25,
            "10~25": cls.tax_levy + cls.tax_25,
            "fix": cls.tax_fixed,
        }

    # no shrinking: each example is an invoice posted in earnest
    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(
        lines=LINES,
        method=st.sampled_from(["round_per_line", "round_globally"]),
        paid=st.sampled_from([0, 0, 0.01, 0.37]),
    )
    def test_any_invoice_adds_up_and_keeps_to_the_specification(
        self, lines, method, paid
    ):
        self.company.tax_calculation_rounding_method = method
        move = self.invoice_of(
            # positive in sum, as an invoice is
            self.line(700_000, self.tax_25),
            *(self._random_line(**line) for line in lines),
        )
        if paid:
            self._pay(move, move.currency_id.round(move.amount_total * paid))
        self.connection.max_amount = 10**9
        request = self.request_for(move)
        due = Decimal(repr(move.amount_residual)).quantize(CENT)
        self.assertEqual(request.total, due)
        self.assertEqual(sum(a.total_including_vat for a in request.articles), due)
        vat = sum(a.total_vat for a in request.articles)
        self.assertEqual(vat, request.total_vat)
        self.assert_specified(self.encode(request), "direct")

    def _random_line(self, price, quantity, discount, taxes):
        return self.line(
            price, *self.taxes[taxes], quantity=quantity, discount=discount
        )

    def _pay(self, move, amount):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register.create({"amount": amount})._create_payments()

    def test_a_line_is_an_article(self):
        self.product_a.default_code = "CYK-7"
        hours = self.env.ref("uom.product_uom_hour")
        move = self.invoice_of(
            self.line(
                288,
                self.tax_25,
                name="Hjul",
                quantity=1.5,
                product_id=self.product_a.id,
                product_uom_id=hours.id,
            )
        )
        self.assertEqual(
            self.articles_of(move),
            [
                {
                    "ArticleNumber": "CYK-7",
                    "ArticleDescription": "Hjul",
                    "VATRate": 25,
                    "TotalVATAmount": Decimal("108.00"),
                    "TotalPriceIncludingVat": Decimal("540.00"),
                    "Unit": hours.name,
                    "Quantity": Decimal("1.5"),
                    "PricePerUnit": 288,
                }
            ],
        )

    def test_discount_is_an_amount_without_vat(self):
        move = self.invoice_of(self.line(200, self.tax_25, quantity=3, discount=10))
        [article] = self.articles_of(move)
        self.assertEqual(article["PriceDiscount"], 60)
        self.assertEqual(article["PricePerUnit"], 200)
        self.assertEqual(article["TotalPriceIncludingVat"], 675)

    def test_price_with_vat_in_it_is_sent_without(self):
        move = self.invoice_of(
            self.line(125, self.tax_25_included, quantity=2, discount=20)
        )
        [article] = self.articles_of(move)
        self.assertEqual(article["PricePerUnit"], 100)
        self.assertEqual(article["PriceDiscount"], 40)
        self.assertEqual(article["TotalVATAmount"], 40)
        self.assertEqual(article["TotalPriceIncludingVat"], 200)

    def test_wholly_discounted_line_with_vat_in_its_price(self):
        move = self.invoice_of(
            self.line(100, self.tax_25),
            self.line(125, self.tax_25_included, discount=100),
        )
        free = self.articles_of(move)[1]
        self.assertEqual(free["PricePerUnit"], 100)
        self.assertEqual(free["PriceDiscount"], 100)
        self.assertEqual(free["TotalPriceIncludingVat"], 0)

    def test_several_rates_on_one_invoice(self):
        move = self.invoice_of(
            self.line(100, self.tax_25), self.line(100, self.tax_12), self.line(50)
        )
        payload = self.payload_of(move)
        rates = [article["VATRate"] for article in payload["InvoiceArticles"]]
        self.assertEqual(rates, [25, 12, 0])
        self.assertEqual(payload["TotalVATAmount"], 37)
        self.assertEqual(payload["TotalAmount"], 287)

    def test_taxes_that_are_no_percentage_name_no_rate(self):
        move = self.invoice_of(
            self.line(100, self.tax_fixed), self.line(100, self.tax_levy, self.tax_25)
        )
        for article in self.articles_of(move):
            self.assertNotIn("VATRate", article)

    def test_negative_line_is_a_negative_article(self):
        move = self.invoice_of(
            self.line(500, self.tax_25), self.line(-100, self.tax_25, name="Rabat")
        )
        self.assertEqual(self.articles_of(move)[1]["TotalPriceIncludingVat"], -125)

    def test_sections_and_notes_are_no_articles(self):
        move = self.invoice_of(
            Command.create({"display_type": "line_section", "name": "Værksted"}),
            self.line(100, self.tax_25),
            Command.create({"display_type": "line_note", "name": "Tak"}),
        )
        self.assertEqual(len(self.articles_of(move)), 1)

    def test_line_without_a_description_has_a_dash(self):
        move = self.invoice_of(self.line(100, self.tax_25, name="  "))
        self.assertEqual(self.articles_of(move)[0]["ArticleDescription"], "-")

    def test_cash_rounding_is_an_article(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Whole kroner",
                "rounding": 1,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        move = self.invoice_of(
            self.line(100.33, self.tax_25), invoice_cash_rounding_id=rounding.id
        )
        self.assertEqual(move.amount_total, 125)
        last = self.articles_of(move)[-1]
        self.assertEqual(last["ArticleDescription"], "Rounding")
        self.assertEqual(last["TotalPriceIncludingVat"], Decimal("-0.41"))

    def test_part_payment_leaves_what_is_due(self):
        move = self.invoice_of(self.line(800, self.tax_25))
        self._pay(move, 400)
        payload = self.payload_of(move)
        self.assertEqual(payload["TotalAmount"], 600)
        self.assertEqual(payload["TotalVATAmount"], 120)
        paid = payload["InvoiceArticles"][-1]
        self.assertEqual(paid["ArticleDescription"], "Already paid or credited")
        self.assertEqual(paid["TotalPriceIncludingVat"], -400)
        self.assertEqual(paid["TotalVATAmount"], -80)

    def test_the_payer_reads_it_in_his_language(self):
        self.env["res.lang"]._activate_lang("fi_FI")
        move = self.invoice_of(self.line(800, self.tax_25))
        move.partner_id.lang = "fi_FI"
        self._pay(move, 400)
        paid = self.articles_of(move)[-1]
        finnish = self.env["mobilepay.payload"].with_context(lang="fi_FI")
        [portion] = move._mobilepay_portions(self.connection)
        words = finnish._rest_message(portion)
        self.assertNotEqual(words, "Already paid or credited")
        self.assertEqual(paid["ArticleDescription"], words)

    def test_credit_note_already_matched_leaves_what_is_due(self):
        move = self.invoice_of(self.line(800, self.tax_25))
        credit = self.invoice_of(self.line(200, self.tax_25), move_type="out_refund")
        lines = (move + credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        payload = self.payload_of(move)
        self.assertEqual(payload["TotalAmount"], 750)
        self.assertEqual(payload["InvoiceArticles"][-1]["TotalPriceIncludingVat"], -250)
