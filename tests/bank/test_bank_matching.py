"""Bank lines: matched by reference and exact amount, or left with the reason."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestBankMatching(SettlementCase):
    def instant(self, amount=800.0):
        """Return a request paid and paid out at once, and its clearing line."""
        self.use("instant")
        request = self.paid_request(amount)
        return request, request.payment_id._mobilepay_clearing_lines()

    # ------------------------------------------------------------------- matched

    def test_a_daily_transfer(self):
        transfer = self.daily_transfer(800.0, 400.0)
        line = self.bank_line(transfer.reference, 1500.0)
        self.match()
        self.check_matched(line, transfer.transit_line_id)
        self.assertEqual((self.owed(), self.in_transit()), (0.0, 0.0))
        self.assertEqual(transfer.bank_line_id, line)
        self.assertEqual(transfer.transaction_ids.request_id.bank_line_id, line)

    def test_an_instant_payment(self):
        request, target = self.instant()
        line = self.bank_line(f"MobilePay: {request.payment_reference}", 1000.0)
        self.match()
        self.check_matched(line, target)
        self.assertEqual(self.owed(), 0.0)
        self.assertEqual(request.bank_line_id, line)

    def test_an_instant_payment_less_its_fee(self):
        self.use("instant", fees="kept", transaction_fee="2.00")
        request = self.paid_request(800.0)
        transfer = self.fetch()
        line = self.bank_line(request.payment_reference, 998.0)
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_an_instant_payment_by_its_transfer_s_reference(self):
        _request, target = self.instant()
        transfer = self.fetch()
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.check_matched(line, target)

    def test_a_withdrawal(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        self.fetch()
        self.refund(request, 1000.0)
        self.night(self.DAYS - 2)
        transfer = self.fetch()[-1:]
        line = self.bank_line(transfer.reference, -1000.0)
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_the_bank_line_comes_first(self):
        self.use("daily")
        self.paid_request(800.0)
        self.night(self.DAYS - 1)
        reference = self.statement()[0]["text"]
        line = self.bank_line(reference, 1000.0)
        self.match()
        self.assertFalse(line.is_reconciled)
        transfer = self.fetch()
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_the_bank_line_comes_before_the_news_of_the_payment(self):
        self.use("instant")
        request = self.paid_unheard(800.0)
        line = self.bank_line(request.payment_reference, 1000.0)
        self.match()
        self.check_left(line, "not posted yet")
        request.action_refresh_status()
        self.match()
        self.check_matched(line, request.payment_id._mobilepay_clearing_lines())

    def test_two_transfers_of_the_same_amount(self):
        first = self.daily_transfer(800.0)
        self.paid_request(800.0)
        self.night(self.DAYS - 2)
        second = self.fetch()[-1:]
        self.assertEqual(first.total, second.total)
        late = self.bank_line(second.reference, 1000.0)
        early = self.bank_line(first.reference, 1000.0)
        self.match()
        self.check_matched(early, first.transit_line_id)
        self.check_matched(late, second.transit_line_id)

    def test_two_payments_of_the_same_amount_on_one_day(self):
        first, target = self.instant()
        second, other = self.instant()
        late = self.bank_line(second.payment_reference, 1000.0)
        early = self.bank_line(first.payment_reference, 1000.0)
        self.match()
        self.check_matched(early, target)
        self.check_matched(late, other)

    def test_a_reference_that_returns_after_a_year(self):
        transfer = self.daily_transfer(800.0)
        last_year = transfer.copy(
            {
                "transfer_date": transfer.transfer_date - timedelta(days=366),
                "state": "waiting",
            }
        )
        transfer.transaction_ids.copy(
            {
                "transfer_id": last_year.id,
                "type": "Adjustment",
                "key": "last year's",
                "payment_id": False,
                "request_id": False,
            }
        )
        self.env["mobilepay.entry"].sudo()._create_transfer_move(last_year)
        last_year.state = "settled"
        self.assertEqual(last_year.transit_line_id.balance, 1000.0)
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.check_matched(line, transfer.transit_line_id)
        older = self.bank_line(transfer.reference, 1000.0, date=last_year.transfer_date)
        self.match()
        self.check_matched(older, last_year.transit_line_id)

    def test_every_field_of_a_line_is_read(self):
        request, target = self.instant()
        text = request.payment_reference
        for values in (
            {"ref": text},
            {"narration": f"<p>Structured Reference (RmtInf): {text}</p>"},
            {"transaction_details": {"remittance": [{"unstructured": text}]}},
        ):
            with self.subTest(values=values):
                line = self.bank_line("Overførsel", 1000.0, **values)
                self.match()
                self.check_matched(line, target)
                line.action_undo_reconciliation()
                line.unlink()

    def test_lines_of_other_journals_are_left_alone(self):
        request, _target = self.instant()
        other = self.bank.copy({"name": "Other bank", "code": "OBNK"})
        line = self.bank_line(request.payment_reference, 1000.0, journal_id=other.id)
        self.match()
        self.assertFalse(line.is_reconciled)
        self.assertFalse(line.mobilepay_looked_on)

    def test_a_new_text_is_looked_at_again(self):
        request, target = self.instant()
        line = self.bank_line("?", 1000.0)
        self.match()
        self.assertTrue(line.mobilepay_looked_on)
        line.payment_ref = request.payment_reference
        self.assertFalse(line.mobilepay_looked_on)
        self.match()
        self.check_matched(line, target)

    def test_a_foreign_currency_is_another_amount(self):
        request, _target = self.instant()
        euro = self.env.ref("base.EUR")
        euro.active = True
        journal = self.bank.copy(
            {"name": "Euro", "code": "EUR1", "currency_id": euro.id}
        )
        self.connection.bank_journal_ids += journal
        line = self.bank_line(request.payment_reference, 1000.0, journal_id=journal.id)
        self.match()
        self.check_left(line, "by hand")

    # ---------------------------------------------------------------------- left

    def test_another_amount(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 999.99)
        self.match()
        self.check_left(line, transfer.reference, "1,000.00", "999.99")

    def test_no_reference(self):
        self.daily_transfer(800.0)
        plain = self.bank_line("Husleje", 1000.0)
        hint = self.bank_line("MOBILEPAY UDBETALING", 1000.0)
        self.match()
        self.assertFalse(plain.is_reconciled)
        self.assertFalse(plain.mobilepay_note)
        self.check_left(hint, "no reference")

    def test_a_second_line_of_the_same_transfer(self):
        transfer = self.daily_transfer(800.0)
        self.bank_line(transfer.reference, 1000.0)
        self.match()
        again = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.check_left(again, "another bank line")

    def test_two_lines_for_one_payment(self):
        request, _target = self.instant()
        lines = self.bank_line(request.payment_reference, 1000.0)
        lines += self.bank_line(request.payment_reference, 1000.0)
        self.match()
        for line in lines:
            self.check_left(line, "Several bank lines")

    def test_two_references_that_both_fit(self):
        first, _target = self.instant()
        second, _other = self.instant()
        text = f"{first.payment_reference} {second.payment_reference}"
        line = self.bank_line(text, 1000.0)
        self.match()
        self.check_left(line, "one of several")

    def test_a_longer_known_reference_hides_the_shorter_one(self):
        first, target = self.instant()
        again = self.send(self.invoice()).sudo()
        again.payment_reference = f"{first.payment_reference}-2"
        text = again.payment_reference.replace("-", " ").replace("/", " ")
        line = self.bank_line(text, 1000.0)
        self.match()
        # the second one is not paid as far as we know: it is not the first's money
        self.assertFalse(target.reconciled)
        self.check_left(line, "not posted yet")

    def test_a_customer_who_paid_to_the_bank_is_not_mobilepay(self):
        self.use("daily")
        request = self.paid_request(800.0)
        line = self.bank_line(request.payment_reference, 1000.0)
        self.match()
        self.check_left(line, "pays out daily")
        self.assertEqual(self.owed(), 1000.0)

    def test_a_locked_period(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        # Odoo itself locks no period that holds open bank lines: it was open then
        self.env.cr.execute(
            "UPDATE res_company SET fiscalyear_lock_date = %s WHERE id = %s",
            [line.date, self.company.id],
        )
        self.company.invalidate_recordset()
        self.match()
        self.check_left(line, "locked")
        self.company.fiscalyear_lock_date = False
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_one_failure_does_not_hold_up_the_others(self):
        first = self.daily_transfer(800.0)
        self.paid_request(400.0)
        self.night(self.DAYS - 2)
        second = self.fetch()[-1:]
        bad = self.bank_line(first.reference, 1000.0)
        good = self.bank_line(second.reference, 500.0)
        matcher = type(self.env["mobilepay.matcher"])
        reconcile = matcher._reconcile

        def failing(this, pairs, moment):
            reconcile(this, pairs, moment)
            if bad in pairs:
                raise ValueError("boom")

        self.patch(matcher, "_reconcile", failing)
        with self.assertLogs("odoo.addons.account_mobilepay", "ERROR"):
            self.match()
        self.check_left(bad, "unexpected")
        self.check_matched(good, second.transit_line_id)


@tagged("post_install", "-at_install")
class TestBankMatchingCapped(SettlementCase):
    """The step works in chunks and gets to every line."""

    def test_more_lines_than_a_chunk(self):
        from ...models.bank import mobilepay_matcher

        self.patch(mobilepay_matcher, "CHUNK", 2)
        transfer = self.daily_transfer(800.0)
        strangers = [self.bank_line(f"Husleje {number}", 9.0) for number in range(5)]
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.assertTrue(line.is_reconciled)
        self.assertTrue(all(stranger.mobilepay_looked_on for stranger in strangers))

    def test_strangers_are_looked_at_once(self):
        stranger = self.bank_line("Husleje", 9.0)
        self.match()
        seen = fields.Datetime.to_datetime("2026-01-01 00:00:00")
        stranger._mobilepay_stamp(mobilepay_looked_on=seen)
        self.match()
        self.assertEqual(stranger.mobilepay_looked_on, seen)
