"""What MobilePay knows, compared with what the books say; and time that passes."""

from collections import Counter, defaultdict

from . import staff
from .common import MERCHANT_VAT, simulator
from .settlement.test_settlement_real import balances


class TruthMixin:
    """For a RealDatabaseCase: its class furnishes the books once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [made] = cls.worker.run(staff.furnish, [{}])
        if made.error:
            raise RuntimeError(made.message)

    @property
    def control_url(self):
        return f"{simulator().url}/control"

    def let_days_pass(self, days, hours=24):
        """Run all crons for some days, here and at MobilePay."""
        self.run_real(staff.catch_up, control=self.control_url, days=days, hours=hours)

    # ------------------------------------------------------------------- checks

    def truth(self):
        """Return MobilePay's invoices by PaymentReference, refused ones left out."""
        living = defaultdict(list)
        for invoice in self.inspect()["invoices"]:
            if invoice["status"] != "invalid":
                living[invoice["reference"]].append(invoice)
        return living

    def check_true_states(self):
        """Each request is what MobilePay says it is, and none of it is unknown here."""
        living = self.truth()
        rows = self.sql(
            "SELECT payment_reference, state, mobilepay_id FROM mobilepay_invoice"
            " WHERE state <> 'invalid'"
        )
        self.assertEqual(set(living) - {row[0] for row in rows}, set())
        wrong = []
        for reference, state, mobilepay_id in rows:
            known = [invoice["status"] for invoice in living[reference]]
            if not known:
                known = ["canceled"]
            elif not mobilepay_id and known[0] not in ("paid", "accepted", "created"):
                # no answer and no news ever came: that it is over is all we can know
                known = ["expired"]
            if known != [state]:
                wrong.append((reference, state, known))
        self.assertEqual(wrong, [])

    def check_sent_once(self):
        """No payer has two invoices for the same thing."""
        numbers = Counter(
            invoice["number"]
            for invoices in self.truth().values()
            for invoice in invoices
            if invoice["status"] != "canceled"
        )
        self.assertEqual([n for n, count in numbers.items() if count > 1], [])
        twice = [r for r, invoices in self.truth().items() if len(invoices) > 1]
        self.assertEqual(twice, [])

    def check_all_sent(self):
        """No invoice was left behind: each has a request that MobilePay took.

        But for those that were taken back or paid otherwise before they were sent.
        """
        self.assertEqual(
            self.sql(
                "SELECT m.name, m.payment_state FROM account_move m"
                " WHERE m.move_type = 'out_invoice' AND m.state = 'posted'"
                "   AND m.payment_state = 'not_paid' AND NOT EXISTS ("
                "       SELECT 1 FROM mobilepay_invoice r"
                "        WHERE r.move_id = m.id AND r.mobilepay_id IS NOT NULL"
                "          AND r.state <> 'invalid')"
                "   AND NOT EXISTS ("
                "       SELECT 1 FROM mobilepay_invoice r"
                "        WHERE r.move_id = m.id AND r.error_code IN ('10104', '10301'))"
            ),
            [],
        )

    def check_booked_once(self):
        """Each payment is booked once, with its amount and transaction id."""
        paid = sorted(
            (invoice["transaction_id"], float(invoice["total_amount"]))
            for invoices in self.truth().values()
            for invoice in invoices
            if invoice["status"] == "paid"
        )
        booked = self.sql(
            "SELECT p.payment_reference, p.amount::float FROM account_payment p"
            "  JOIN account_move m ON m.id = p.move_id AND m.state = 'posted'"
            " WHERE p.mobilepay_invoice_id IS NOT NULL ORDER BY 1"
        )
        self.assertEqual(booked, paid)
        self.assertTrue(paid)

    def check_owed(self):
        """The clearing account's balance is what MobilePay says it owes."""
        owed = sum(
            float(row["balance"])
            for row in self.inspect()["balances"]
            if row["merchant_vat"] == MERCHANT_VAT
        )
        [clearing, _transit] = self.run_real(balances)
        self.assertAlmostEqual(clearing, owed, places=2, msg=self.unsettled())
        return owed

    def unsettled(self):
        """Return what does not belong together, for who looks for a difference."""
        return "\n".join(
            str(row)
            for query in (
                "SELECT reference, state, problem, tries FROM mobilepay_transfer"
                " WHERE state <> 'settled'",
                "SELECT type, amount, transaction_id, merchant_reference"
                "  FROM mobilepay_transaction WHERE payment_id IS NULL"
                "   AND type IN ('Payment', 'Refund')",
                "SELECT id, payment_reference, state, transaction_id, payment_id"
                "  FROM mobilepay_invoice WHERE payment_reference IN ("
                "       SELECT payment_reference FROM mobilepay_invoice"
                "        GROUP BY payment_reference HAVING count(*) > 1)",
            )
            for row in self.sql(query)
        )

    def unexpected(self):
        """Return what the workers' log says of what nobody foresaw."""
        _before, *found = self.worker.log().split("could not be processed")
        return "\n".join(text[:4000] for text in found)

    def check_nothing_stuck(self):
        """No request hangs, and no event waits; foreign ones are kept as orphans."""
        self.assertEqual(
            self.sql(
                "SELECT state, error_text FROM mobilepay_invoice"
                " WHERE state IN ('queued', 'sending', 'unconfirmed')"
            ),
            [],
        )
        self.assertEqual(
            self.sql(
                "SELECT mobilepay_id, status, reason FROM mobilepay_event"
                " WHERE state = 'new'"
            ),
            [],
            self.unexpected(),
        )
        self.assertEqual(
            self.sql(
                "SELECT reference, state, problem FROM mobilepay_transfer"
                " WHERE state <> 'settled'"
            ),
            [],
        )

    def check_foreign_news(self):
        """News of ids that MobilePay does not know changed nothing, and are kept."""
        ids = [i["id"] for i in self.inspect()["invoices"]]
        strange = self.sql(
            "SELECT state, request_id FROM mobilepay_event"
            " WHERE mobilepay_id IS NOT NULL AND NOT mobilepay_id = ANY(%s)",
            ids,
        )
        self.assertTrue(strange)
        self.assertEqual(set(strange), {("orphan", None)})
