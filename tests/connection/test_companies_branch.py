"""Branches, and companies of two countries."""

from odoo.tests import tagged

from ..common import ANNA
from ..companies import CompaniesCase


@tagged("post_install", "-at_install")
class TestBranch(CompaniesCase):
    """A branch sends through its parent's connection, and keeps its own books."""

    def test_payment_is_in_the_branchs_books(self):
        move = self.bill(self.branch)
        request = self.send_in(self.branch, move)
        self.assertEqual(request.connection_id, self.connection)
        self.assertEqual(request.company_id, self.branch)
        self.pay(request)
        self.hear_all()
        payment = request.payment_id
        self.assertEqual(payment.company_id, self.branch)
        self.assertEqual(payment.move_id.company_id, self.branch)
        self.assertEqual(payment.journal_id, self.connection.journal_id)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(request.event_ids.company_id, self.branch)

    def test_batch_of_parent_and_branch_is_one_call(self):
        moves = self.bill(self.company) + self.bill(self.branch)
        batches = self.send_together(moves)
        self.assertEqual(batches.company_id, self.company + self.branch)
        self.assertEqual(self.batch_calls(), {"direct_batch": 1})
        self.hear_all()
        self.assertEqual(set(moves.mapped("mobilepay_state")), {"created"})
        companies = [request.company_id for request in moves.mobilepay_invoice_ids]
        self.assertEqual(companies, [move.company_id for move in moves])

    def test_branch_with_a_connection_of_its_own(self):
        self.theirs.action_disconnect()
        own = self.env["mobilepay.connection"].create(
            self.connection_values(
                company_id=self.branch.id, merchant_vat=self.theirs.merchant_vat
            )
        )
        self.connect(own)
        request = self.send_in(self.branch, self.bill(self.branch))
        self.assertEqual(request.connection_id, own)
        self.assertEqual(own.journal_id.company_id, self.branch)
        own.action_disconnect()
        own.action_archive()
        request = self.send_in(self.branch, self.bill(self.branch))
        self.assertEqual(request.connection_id, self.connection)

    def test_preference_is_the_branchs(self):
        self.payer.with_company(self.branch).mobilepay_kind = "link"
        batches = self.send_together(self.bill(self.company) + self.bill(self.branch))
        kinds = {request.company_id: request.kind for request in batches.request_ids}
        self.assertEqual(kinds, {self.company: "direct", self.branch: "link"})

    def test_customer_of_the_branch_consents(self):
        """The parent's merchant has the consent; the customer is the branch's."""
        customer = self.env["res.partner"].create(
            {"name": "K", "company_id": self.branch.id, "mobilepay_phone": ANNA}
        )
        consent = (
            self.env["mobilepay.consent"]
            .sudo()
            .create(
                {
                    "connection_id": self.connection.id,
                    "mobilepay_id": "c-1",
                    "phone": ANNA,
                    "state": "granted",
                    "source": "list",
                }
            )
        )
        self.partner_a.mobilepay_phone = False
        consent._find_partner()
        self.assertEqual(consent.partner_id, customer)


@tagged("post_install", "-at_install")
class TestFinnishCompany(CompaniesCase):
    """A Finnish company beside Danish ones: euro, and Helsinki's numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        finland = cls.env.ref("base.fi")
        cls.saari = cls._create_company(
            name="Saaren Pyörät Oy",
            country_id=finland.id,
            currency_id=cls.env.ref("base.EUR").id,
        )
        values = cls.connection_values(
            company_id=cls.saari.id,
            merchant_vat="FI12345678",
            custom_country_code="FI",
        )
        discovery = values["custom_discovery_url"].replace("/dk/", "/fi/")
        cls.finnish = cls.env["mobilepay.connection"].create(
            {**values, "custom_discovery_url": discovery}
        )
        cls.matti = cls.customer(cls.saari, mobilepay_phone="+358401111101")

    def test_each_in_its_currency_in_one_batch(self):
        self.connect(self.finnish)
        finnish = self.bill(self.saari, self.matti, amount=80)
        danish = self.bill(self.company)
        self.send_together(finnish + danish)
        self.assertEqual(finnish.mobilepay_state, "sending", finnish.mobilepay_error)
        self.assertEqual(finnish.mobilepay_invoice_id.currency_id.name, "EUR")
        self.assertEqual(danish.mobilepay_invoice_id.currency_id.name, "DKK")
        self.assertEqual(self.at_merchant(self.finnish), [finnish.name])
        self.assertEqual(self.at_merchant(self.connection), [danish.name])

    def test_a_number_of_the_other_country_gets_a_link(self):
        self.connect(self.finnish)
        request = self.send_in(self.saari, self.bill(self.saari, self.payer, 80))
        self.assertEqual(request.kind, "link")
