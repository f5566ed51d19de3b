from odoo.tests import tagged

from ..payloads import PayloadCase


@tagged("post_install", "-at_install")
class TestPayloadReferences(PayloadCase):
    """The PaymentReference: what the payer's bank shows, unique for the merchant."""

    def _reference(self, move):
        payload = self.env["mobilepay.payload"].sudo()
        return payload._reference(self.connection, move)

    def _request(self, move, state, reference=None, connection=None):
        """Return a request that was made before, in ``state``."""
        connection = connection or self.connection
        return (
            self.env["mobilepay.invoice"]
            .sudo()
            .create(
                {
                    "move_id": move.id,
                    "connection_id": connection.id,
                    "issuer_id": self.connection.issuer_id.id,
                    "company_id": move.company_id.id,
                    "kind": "link",
                    "state": state,
                    "payment_reference": reference or self._reference(move),
                    "amount": move.amount_residual,
                    "currency_id": move.currency_id.id,
                    "due_date": move.invoice_date_due,
                }
            )
        )

    def test_it_is_the_invoices_payment_reference(self):
        move = self.invoice(payment_reference="RF18539007547034")
        self.assertEqual(self._reference(move), "RF18539007547034")

    def test_it_has_characters_that_banks_keep(self):
        move = self.invoice(payment_reference="Æblegård_7")
        self.assertEqual(self._reference(move), "AEblegaard-7")

    def test_longer_than_a_bank_shows_it_is_the_number(self):
        fits = self.invoice(payment_reference="X" * 30)
        long = self.invoice(payment_reference="X" * 31)
        self.assertEqual(self._reference(fits), "X" * 30)
        self.assertEqual(self._reference(long), long.name)

    def test_taken_by_another_invoice_it_is_the_number(self):
        self._request(self.invoice(payment_reference="Customer_7"), "paid")
        move = self.invoice(payment_reference="Customer 7")
        self.assertEqual(self._reference(move), "Customer 7")
        move.payment_reference = "Customer_7"
        self.assertEqual(self._reference(move), move.name)

    def test_an_invalid_one_of_another_invoice_is_taken_too(self):
        self._request(self.invoice(payment_reference="C7"), "invalid")
        move = self.invoice(payment_reference="C7")
        self.assertEqual(self._reference(move), move.name)

    def test_both_taken_it_is_counted_on(self):
        number = self.invoice()
        self._request(self.invoice(payment_reference=number.name), "paid")
        self.assertEqual(self._reference(number), f"{number.name}-2")

    def test_another_merchants_references_are_not_ours(self):
        other = self.connection.copy({"active": False})
        other.merchant_id = "11111111-1111-4111-8111-111111111111"
        taken = self.invoice(payment_reference="C7")
        self._request(taken, "paid", connection=other)
        move = self.invoice(payment_reference="C7")
        self.assertEqual(self._reference(move), "C7")

    def test_the_same_merchant_connected_before_counts(self):
        former = self.connection.copy({"active": False})
        former.merchant_id = self.connection.merchant_id
        taken = self.invoice(payment_reference="C7")
        self._request(taken, "paid", connection=former)
        move = self.invoice(payment_reference="C7")
        self.assertEqual(self._reference(move), move.name)

    def test_after_a_request_that_mobilepay_had_it_is_counted(self):
        for state in ("rejected", "expired", "canceled"):
            move = self.invoice(payment_reference=f"C-{state}")
            self._request(move, state)
            self.assertEqual(self._reference(move), f"C-{state}-2")
            self._request(move, state)
            self.assertEqual(self._reference(move), f"C-{state}-3")

    def test_after_invalid_it_is_the_same_again(self):
        move = self.invoice(payment_reference="C8")
        self._request(move, "invalid")
        self.assertEqual(self._reference(move), "C8")
        self._request(move, "rejected")
        self._request(move, "invalid")
        self.assertEqual(self._reference(move), "C8-2")

    def test_a_counted_one_may_be_another_invoices(self):
        self._request(self.invoice(payment_reference="C9-2"), "created")
        move = self.invoice(payment_reference="C9")
        self._request(move, "rejected")
        self.assertEqual(self._reference(move), f"{move.name}-2")

    def test_a_long_one_is_cut_for_its_count(self):
        move = self.invoice(payment_reference="Y" * 30)
        self._request(move, "expired")
        self.assertEqual(self._reference(move), "Y" * 28 + "-2")
