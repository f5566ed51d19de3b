"""Bank lines whose reference a narrow field has changed, split or joined."""

from datetime import timedelta

from odoo.tests import tagged

from ..settling import SettlementCase

REFERENCE = "20260000112344"
# nobody's, as wide as a field of a Finnish bank
PADDED = REFERENCE.rjust(20, "0")


@tagged("post_install", "-at_install")
class TestBankGuesses(SettlementCase):
    def instant(self, reference=REFERENCE, amount=800.0):
        """Return a request with this reference, paid and paid out at once."""
        self.use("instant")
        self.connection.reference_rule = "payment_reference"
        move = self.invoice(amount=amount)
        move.payment_reference = reference
        request = self.send(move)
        self.pay(request)
        request.action_refresh_status()
        return request

    def clearing_line(self, request):
        return request.payment_id._mobilepay_clearing_lines()

    def two_transfers(self):
        first = self.daily_transfer(800.0)
        self.paid_request(400.0)
        self.night(self.DAYS - 2)
        return first, self.fetch()[-1:]

    # ------------------------------------------------------------------- matched

    def test_zeros_in_front_are_added(self):
        request = self.instant()
        line = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        self.match()
        self.check_matched(line, self.clearing_line(request))

    def test_zeros_in_front_are_cut(self):
        transfer = self.daily_transfer(800.0)
        self.assertTrue(transfer.reference.startswith("0"))
        line = self.bank_line(
            "MobilePay", 1000.0, transaction_details={"ref": int(transfer.reference)}
        )
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_only_sixteen_digits_are_left(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(f"Viite: {transfer.reference[:16]}", 1000.0)
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_a_line_ends_within_it(self):
        for reference in ("INV/2026/00007", REFERENCE):
            with self.subTest(reference=reference):
                request = self.instant(reference)
                text = f"MobilePay {reference[:9]}\n{reference[9:]} Anna"
                line = self.bank_line(text, 1000.0)
                self.match()
                self.check_matched(line, self.clearing_line(request))

    def test_a_reference_of_another_year_is_another(self):
        request = self.instant()
        older = self.instant(REFERENCE.rjust(16, "0"))
        day = older.paid_on - timedelta(days=366)
        older.sudo().paid_on = day
        line = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        self.match()
        self.check_matched(line, self.clearing_line(request))

    # ---------------------------------------------------------------------- left

    def test_another_amount(self):
        request = self.instant()
        line = self.bank_line("Tilisiirto", 999.99, ref=PADDED)
        self.match()
        self.check_left(line, request.name, "1,000.00", "999.99")

    def test_it_could_be_several(self):
        first = self.instant()
        second = self.instant(REFERENCE.rjust(16, "0"), 400.0)
        line = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        self.match()
        self.check_left(line, "one of several", first.name, second.name)

    def test_an_open_request_makes_it_several(self):
        first = self.instant()
        move = self.invoice(self.partner_b)
        move.payment_reference = REFERENCE.rjust(16, "0")
        second = self.send(move)
        line = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        self.match()
        self.check_left(line, "one of several", first.name, second.name)

    def test_the_beginning_of_several(self):
        self.instant(REFERENCE + "001")
        self.instant(REFERENCE + "002")
        line = self.bank_line("Viite", 1000.0, ref=REFERENCE + "00")
        self.match()
        self.check_left(line, "one of several", "344001", "344002")

    def test_digits_within_a_text(self):
        self.instant()
        line = self.bank_line(f"Tilisiirto {PADDED} Anna", 1000.0)
        self.match()
        self.check_left(line)

    def test_a_whole_reference_in_the_line_goes_first(self):
        self.instant()
        other = self.instant("20260000112999", 400.0)
        line = self.bank_line(other.payment_reference, 1000.0, ref=PADDED)
        self.match()
        self.check_left(line, other.name, "500.00")

    def test_a_line_with_the_whole_reference_goes_first(self):
        request = self.instant()
        guessed = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        sure = self.bank_line("Tilisiirto", 1000.0, ref=REFERENCE)
        self.match()
        self.check_matched(sure, self.clearing_line(request))
        self.check_left(guessed, "another bank line")

    def test_two_guesses_of_one_payment(self):
        self.instant()
        lines = self.bank_line("Tilisiirto", 1000.0, ref=PADDED)
        lines += self.bank_line("Tilisiirto", 1000.0, ref="0" + PADDED)
        self.match()
        for line in lines:
            self.check_left(line, "Several bank lines")

    # -------------------------------------------------------- joined, and in parts

    def test_two_payouts_on_one_line(self):
        first, second = self.two_transfers()
        line = self.bank_line(f"{first.reference} {second.reference}", 1500.0)
        self.match()
        self.check_left(line, first.reference, second.reference, "at once")

    def test_two_instant_payouts_on_one_line(self):
        first = self.instant("20260000112344")
        second = self.instant("20260000112351", 400.0)
        text = f"{first.name}, {second.name}"
        line = self.bank_line(text, 1500.0)
        self.match()
        self.check_left(line, first.name, second.name, "at once")

    def test_two_payouts_of_which_one_is_not_entered_yet(self):
        first, second = self.two_transfers()
        second.action_undo()
        line = self.bank_line(f"{second.reference}\n{first.reference}", 1500.0)
        self.match()
        self.check_left(line, first.reference, second.reference, "at once")

    def test_one_payout_on_two_lines(self):
        transfer = self.daily_transfer(800.0)
        lines = self.bank_line(transfer.reference, 400.0)
        lines += self.bank_line(transfer.reference.lstrip("0"), 600.0)
        self.match()
        for line in lines:
            self.check_left(line, transfer.reference, "1,000.00", "in parts")
            self.check_left(line, *lines.move_id.mapped("name"), "400.00", "600.00")

    def test_a_part_beside_the_whole_is_none(self):
        transfer = self.daily_transfer(800.0)
        part = self.bank_line(transfer.reference, 400.0)
        more = self.bank_line(transfer.reference, 600.0)
        whole = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.check_matched(whole, transfer.transit_line_id)
        for line in part + more:
            self.check_left(line)
            self.assertNotIn("parts", line.mobilepay_note)
