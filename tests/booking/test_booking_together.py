import re
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from ...models.booking.account_move import TOGETHER
from ..news import NewsCase

# everything that books, reports or matching read of a journal item
LINE_FIELDS = (
    "name",
    "ref",
    "date",
    "date_maturity",
    "debit",
    "credit",
    "balance",
    "amount_currency",
    "amount_residual",
    "amount_residual_currency",
    "reconciled",
    "parent_state",
    "display_type",
    "quantity",
    "price_unit",
    "price_subtotal",
    "price_total",
    "no_followup",
    "analytic_distribution",
    "tax_base_amount",
)
LINE_LINKS = (
    "account_id",
    "partner_id",
    "currency_id",
    "company_id",
    "journal_id",
    "tax_ids",
    "tax_line_id",
    "tax_repartition_line_id",
    "tax_tag_ids",
)
# of a line, as soon as it is made
KNOWN = ("date", "ref", "payment_id", "no_followup", "price_subtotal", "price_total")
PAYMENT_FIELDS = (
    "state",
    "is_reconciled",
    "is_matched",
    "amount",
    "amount_company_currency_signed",
    "date",
)


@tagged("post_install", "-at_install")
class TestBookingTogether(NewsCase):
    """Many payments are posted at once; the books are those of Odoo's own wizard.

    Protects booking/account_payment.py `_generate_journal_entry`: what it leaves out of
    Odoo's way must not be missing in the books.
    """

    COUNT = 3

    def setUp(self):
        super().setUp()
        # else the first payment of the month is numbered in another way
        self.register(self.invoice())

    def register(self, moves, day=None):
        """Register payments with Odoo's wizard, one for each invoice."""
        # a transaction of its own, but for the test's: no number of before is kept
        self.env.cr.precommit.data.pop("sequence.mixin", None)
        line = self.connection._payment_method_line()
        values = {"group_payment": False, "payment_method_line_id": line.id}
        values["journal_id"] = line.journal_id.id
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({**values, "payment_date": day or self.connection._today()})
        )
        return wizard._create_payments()

    def hear(self, requests):
        """Hear of all payments in one delivery, and process."""
        for request in requests:
            self.pay(request)
        self.tell(*(self.news(request, "paid", 2) for request in requests))
        payments = requests.payment_id
        self.assertEqual(len(payments), len(requests))
        return payments

    def both(self, **values):
        """Return payments of equal invoices: ours, and Odoo's."""
        ours = [self.invoice(**values) for _number in range(self.COUNT)]
        theirs = [self.invoice(**values) for _number in range(self.COUNT)]
        requests = self.env["mobilepay.invoice"].union(*map(self.send, ours))
        payments = self.hear(requests)
        twins = self.env["account.move"].union(*theirs)
        return payments, self.register(twins, payments[:1].date)

    def books(self, payments):
        """Return what was posted for payments: entries with all their lines."""
        moves = payments.move_id
        # entries that a payment brings about, of cash-basis taxes for example
        partials = moves.line_ids.matched_debit_ids | moves.line_ids.matched_credit_ids
        moves |= self.env["account.move"].search(
            [("tax_cash_basis_rec_id", "in", partials.ids)]
        )
        return sorted(
            (move.state, move.move_type, move.date, self.lines(move)) for move in moves
        )

    def lines(self, move):
        """Return the lines of an entry; what names its invoice left out."""
        return sorted(
            [
                *(
                    str(line[name])
                    for name in LINE_FIELDS
                    if name not in ("name", "ref")
                ),
                *(str(line[name].ids) for name in LINE_LINKS),
            ]
            for line in move.line_ids
        )

    def check_alike(self, ours, theirs):
        self.assertEqual(self.books(ours), self.books(theirs))
        for name in PAYMENT_FIELDS:
            self.assertEqual(ours.mapped(name), theirs.mapped(name), name)
        for line in ours.move_id.line_ids:
            self.assertEqual(line.ref, line.move_id.ref)
        for name in ("payment_state", "amount_residual"):
            self.assertEqual(
                ours.reconciled_invoice_ids.mapped(name),
                theirs.reconciled_invoice_ids.mapped(name),
            )
        self.assertEqual(len(ours.reconciled_invoice_ids), self.COUNT)
        self.assertEqual(
            [len(move.matched_payment_ids) for move in ours.reconciled_invoice_ids],
            [1] * self.COUNT,
        )

    # -------------------------------------------------------------------- alike

    def test_books_are_those_of_odoos_wizard(self):
        ours, theirs = self.both()
        self.check_alike(ours, theirs)

    def test_a_receivable_account_of_the_customers_own(self):
        other = self.company_data["default_account_receivable"].copy()
        self.partner_a.property_account_receivable_id = other
        ours, theirs = self.both()
        self.check_alike(ours, theirs)
        self.assertIn(other, ours.move_id.line_ids.account_id)

    def test_taxes_on_payment_are_moved(self):
        self.company.tax_exigibility = True
        transition = self.company_data["default_account_tax_sale"].copy(
            {"reconcile": True}
        )
        self.tax_sale_a.write(
            {
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        ours, theirs = self.both()
        self.check_alike(ours, theirs)
        self.assertGreater(len(self.books(ours)), self.COUNT, "no cash-basis entry")

    def test_analytic_rules_are_kept(self):
        plan = self.env["account.analytic.plan"].create({"name": "Shops"})
        shop = self.env["account.analytic.account"].create(
            {"name": "Nyhavn", "plan_id": plan.id, "company_id": self.company.id}
        )
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "analytic_distribution": {str(shop.id): 100},
            }
        )
        ours, theirs = self.both()
        self.check_alike(ours, theirs)
        self.assertTrue(all(ours.move_id.line_ids.mapped("analytic_distribution")))

    def test_an_entry_of_a_locked_day_is_dated_as_odoo_dates_it(self):
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        request = self.send(self.invoice())
        self.pay(request)
        element = self.news(
            request, "paid", 2, Date="2026-02-03T10:00:00.0000000+00:00"
        )
        self.tell(element)
        self.assertGreater(request.payment_id.date, date(2026, 3, 31))
        self.assertEqual(request.payment_id.move_id.date, request.payment_id.date)

    def test_entries_are_hashed_where_the_journal_is(self):
        journal = self.connection._payment_method_line().journal_id
        journal.restrict_mode_hash_table = True
        requests = self.env["mobilepay.invoice"].union(
            *(self.send(self.invoice()) for _number in range(self.COUNT))
        )
        payments = self.hear(requests)
        self.assertTrue(all(payments.move_id.mapped("inalterable_hash")))

    def test_what_is_known_of_lines_and_payments_is_not_written_again(self):
        # protects: booking/account_payment.py _mobilepay_move_values; booking
        # _payment_values
        requests = self.env["mobilepay.invoice"].union(
            *(self.send(self.invoice()) for _number in range(self.COUNT))
        )
        with self.assertLogs("odoo.sql_db", "DEBUG") as log:
            self.hear(requests)
        written = re.findall(
            r'UPDATE "(account_move_line|account_payment)"\s+SET (.*?)\s+FROM',
            "\n".join(log.output),
        )
        lines = [columns for table, columns in written if table.endswith("line")]
        payments = [columns for table, columns in written if table.endswith("payment")]
        self.assertIn('"amount_residual" =', " ".join(lines))
        for name in KNOWN:
            self.assertNotIn(f'"{name}" =', " ".join(lines))
        # found to be so in the end, not to be not so before
        self.assertEqual(sum('"is_reconciled" =' in columns for columns in payments), 1)
        # with the link to the entry, its number and its state: three in all
        self.assertLessEqual(len(payments), 3, payments)

    # ------------------------------------------------------------------ numbers

    def test_numbers_follow_each_other_without_a_gap(self):
        requests = self.env["mobilepay.invoice"].union(
            *(self.send(self.invoice()) for _number in range(self.COUNT))
        )
        last = self.register(self.invoice()).move_id
        payments = self.hear(requests)
        after = self.register(self.invoice()).move_id
        numbers = [
            move.sequence_number
            for move in (last | payments.move_id | after).sorted("sequence_number")
        ]
        first = last.sequence_number
        self.assertEqual(numbers, list(range(first, first + self.COUNT + 2)))
        self.assertFalse(any(payments.move_id.mapped("made_sequence_gap")))
        self.assertEqual(payments.mapped("name"), payments.move_id.mapped("name"))

    def test_a_name_given_by_hand_is_followed(self):
        [first] = self.hear(self.send(self.invoice()))
        first.move_id.button_draft()
        first.move_id.name = "MP-CHOSEN/2026/0041"
        first.move_id.action_post()
        # ends with the transaction, which tests do not end
        self.env.cr.precommit.data.pop(TOGETHER, None)
        [second] = self.hear(self.send(self.invoice()))
        self.assertEqual(second.name, "MP-CHOSEN/2026/0042")

    def test_numbers_of_another_month_begin_anew(self):
        requests = self.env["mobilepay.invoice"].union(
            *(self.send(self.invoice()) for _number in range(2))
        )
        requests.sudo().write({"state": "paid", "paid_amount": 1000.0})
        january, march = requests.sudo()
        january.write({"paid_on": date(2026, 1, 15), "transaction_id": "january"})
        march.write({"paid_on": date(2026, 3, 15), "transaction_id": "march"})
        self.env["mobilepay.booking"].sudo()._book(requests.sudo())
        self.assertEqual(january.payment_id.move_id.date, date(2026, 1, 15))
        self.assertEqual(march.payment_id.move_id.date, date(2026, 3, 15))
        names = requests.payment_id.move_id.mapped("name")
        self.assertEqual(len(set(names)), 2, names)

    # ----------------------------------------------------------------- together

    def test_one_that_fails_leaves_the_others_booked(self):
        requests = self.env["mobilepay.invoice"].union(
            *(self.send(self.invoice()) for _number in range(self.COUNT))
        )
        for request in requests:
            self.pay(request)
        bad = requests[1]
        self.tell(*(self.news(request, "paid", 2) for request in requests - bad))
        taken = (requests - bad)[0].transaction_id
        # a transaction that is booked already: the database refuses it
        bad.sudo().write(
            {
                "state": "paid",
                "paid_amount": 1000.0,
                "paid_on": self.connection._today(),
                "transaction_id": taken,
            }
        )
        late = self.send(self.invoice())
        self.pay(late)
        self.tell(self.news(late, "paid", 2))
        self.assertTrue(late.payment_id)
        self.assertFalse(bad.payment_id)
        self.assertIn("not posted", bad.error_text)

    def test_two_instalments_of_one_invoice_in_one_delivery(self):
        self.connection.instalment_rule = "each"
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50}),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 5}
                    ),
                ],
            }
        )
        move = self.invoice(invoice_payment_term_id=term.id, invoice_date_due=False)
        self.send(move)
        requests = move.mobilepay_invoice_ids
        self.assertEqual(len(requests), 2)
        payments = self.hear(requests)
        self.assertEqual(payments.mapped("amount"), [500.0, 500.0])
        self.assertEqual(move.amount_residual, 0)
        told = [body for body in move.message_ids.mapped("body") if "posted as" in body]
        self.assertEqual(len(told), 1)
        for payment in payments:
            self.assertIn(payment.name, told[0])
