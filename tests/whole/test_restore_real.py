import requests

from odoo.tests import tagged

from .. import staff
from ..common import ANNA, MERCHANT_VAT
from ..dumps import DumpMixin
from ..real import RealDatabaseCase, connect
from ..scale import scaled
from ..sending.test_sending_real import take_delivery
from ..truth import TruthMixin


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestRestoreReal(DumpMixin, TruthMixin, RealDatabaseCase):
    """Yesterday's dump is restored: MobilePay is a day ahead of the books.

    In the dump some invoices were sent, some waited in the queue, some in a batch,
    some were not sent at all; all are at MobilePay when it is restored.
    """

    EACH = scaled(6, 60)

    def test_yesterdays_dump(self):
        # protects: settlement/mobilepay_linker.py: _tell, by which a payment is heard
        # that no news came of. That MobilePay's "it exists" is no refusal stands twice
        # (sending/mobilepay_sender_outcome.py: _write_failure,
        # _continue_after_refusal): test_forgotten.py misses either
        self.control("settings", daily_limit=100 * self.EACH)
        self.run_real(staff.use_daily_issuer)
        sent, queued, batch, unsent = (
            self.run_real(staff.make_both_kinds, count=self.EACH) for _ in range(4)
        )
        self.send(sent)
        self.send_in_vain(queued)
        self.run_real(prepare_batch, move_ids=[id for id, _number in batch])
        self.dump()
        self.let_a_day_pass(unsent)
        self.restore()
        before = self.known()
        self.check_restored(sent, queued, batch)
        self.come_back()
        self.assertEqual(self.known(), before, "something was sent again")
        self.check_found_again(sent, queued, batch)
        self.check_shown(unsent)

    # ----------------------------------------------------------------- the story

    def send(self, moves):
        self.run_real(staff.staff, singly=[move_id for move_id, _number in moves])

    def send_in_vain(self, moves):
        """Send, and MobilePay has no time: they wait in the queue."""
        rule = {"kind": "status", "status": 429, "match": "POST /invoice-restapi/"}
        self.control("faults", rules=[rule])
        self.send(moves)
        self.end_faults()

    def end_faults(self):
        url = f"{self.control_url}/faults"
        requests.delete(url, timeout=60).raise_for_status()

    def let_a_day_pass(self, unsent):
        """All is sent; a third is paid and paid out, a third is rejected."""
        later = self.run_real(staff.make_both_kinds, count=self.EACH)
        self.send([*unsent, *later])
        self.let_days_pass(2, hours=1)
        states = {invoice["status"] for invoice in self.inspect()["invoices"]}
        self.assertEqual(states, {"created"})
        for place, invoice in enumerate(self.inspect()["invoices"]):
            if place % 3 == 0:
                self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
            if place % 3 == 1:
                self.control(f"invoices/{invoice['id']}/expire")
        self.tell()
        self.let_days_pass(1)
        self.check_true_states()

    def tell(self, only=()):
        """Let MobilePay's callbacks come: of all, or of these numbers only."""
        told = [
            news
            for invoice in self.inspect()["invoices"]
            if not only or invoice["number"] in only
            for news in invoice["history"]
        ]
        self.run_real(take_delivery, elements=told)

    def come_back(self):
        """The consent is given again, as the dump's refresh token is used up."""
        self.let_days_pass(1, hours=0.2)
        self.assertEqual(
            self.sql("SELECT state FROM mobilepay_connection"), [("consent_lost",)]
        )
        self.run_real(
            connect,
            values=self.connection_values(),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )
        self.let_days_pass(2)
        # now those pay who had the time; MobilePay calls, also of what is unknown
        waiting = [i for i in self.inspect()["invoices"] if i["status"] == "created"]
        for invoice in waiting:
            self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        self.tell(only=[invoice["number"] for invoice in waiting])
        self.let_days_pass(10)
        self.let_days_pass(3, hours=24 * 16)

    # -------------------------------------------------------------------- checks

    def known(self):
        """Return the ids of all that MobilePay has taken."""
        return {i["id"] for found in self.truth().values() for i in found}

    def states(self, moves):
        ids = [move_id for move_id, _number in moves]
        return self.sql(
            "SELECT state, count(*) FROM mobilepay_invoice WHERE move_id = ANY(%s)"
            " GROUP BY state",
            ids,
        )

    def check_restored(self, sent, queued, batch):
        """The books are those of yesterday."""
        self.assertEqual(self.states(sent), [("created", self.EACH)])
        self.assertEqual(self.states(queued), [("queued", self.EACH)])
        self.assertEqual(self.states(batch), [("queued", self.EACH)])
        self.assertEqual(self.sql("SELECT 1 FROM account_payment"), [])

    def check_found_again(self, *groups):
        """What MobilePay has is known again, and booked once."""
        numbers = [number for moves in groups for _id, number in moves]
        truth = {i["number"]: i for found in self.truth().values() for i in found}
        rows = self.sql(
            "SELECT m.name, r.state, r.mobilepay_id, p.amount::float,"
            "       p.payment_reference, m.payment_state IN ('paid', 'in_payment')"
            "  FROM account_move m"
            "  JOIN mobilepay_invoice r ON r.move_id = m.id"
            "  LEFT JOIN account_payment p ON p.mobilepay_invoice_id = r.id"
        )
        self.assertEqual(sorted(row[0] for row in rows), sorted(numbers))
        for number, state, _id, amount, transaction, is_paid in rows:
            invoice = truth[number]
            self.assertEqual(state, invoice["status"], number)
            paid = invoice["status"] == "paid"
            self.assertEqual(is_paid, paid)
            self.assertEqual(
                (amount, transaction),
                (float(invoice["total_amount"]), invoice["transaction_id"])
                if paid
                else (None, None),
            )
        self.check_nothing_stuck()
        self.assertEqual(self.check_owed(), 0)

    def check_shown(self, unsent):
        """Requests that the dump does not know are a person's, and not dropped."""
        ours = dict(self.sql("SELECT payment_reference, id FROM mobilepay_invoice"))
        forgotten = [
            i
            for reference, found in self.truth().items()
            if reference not in ours
            for i in found
        ]
        self.assertEqual(len(forgotten), 2 * len(unsent))
        told = self.sql(
            "SELECT t.merchant_reference, a.note FROM mobilepay_transaction t"
            "  JOIN mail_activity a ON a.res_id = t.transfer_id"
            "   AND a.res_model = 'mobilepay.transfer'"
            " WHERE t.type = 'Payment' AND t.request_id IS NULL"
        )
        paid = {i["reference"] for i in forgotten if i["status"] == "paid"}
        self.assertTrue(paid)
        self.assertEqual({reference for reference, _note in told}, paid)
        for reference in paid:
            notes = [note for named, note in told if named == reference]
            self.assertTrue(any("belongs to no invoice" in note for note in notes))
        # and what was told of them after the restore is kept
        orphans = self.sql(
            "SELECT DISTINCT mobilepay_id FROM mobilepay_event WHERE state = 'orphan'"
        )
        late = {i["id"] for i in forgotten if i["history"][-1]["Status"] == "paid"}
        self.assertTrue({id for (id,) in orphans} & late)


def prepare_batch(env, move_ids):
    """Press Send in the list; the server goes down before anything is sent."""
    env["mobilepay.batch"]._start(env["account.move"].browse(move_ids))
    while env["mobilepay.batch_sender"]._prepare_some():
        pass
