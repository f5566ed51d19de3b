"""What Odoo's own work costs more with the addon, and what is seen of it at once."""

from collections import Counter

from odoo.tests import tagged

from ..settling import SettlementCase

# of Odoo, what entries, payments and statements are made of
WORK = (
    "account.account",
    "account.bank.statement",
    "account.bank.statement.line",
    "account.full.reconcile",
    "account.journal",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "res.company",
    "res.currency",
    "res.partner",
)
# ways from Odoo's fields to one of ours; Odoo follows each of them at each entry
FEW = 5


def ways(tree):
    """Yield each field that the change of another is followed to, once for each way."""
    yield from tree.root
    for inner in tree.values():
        yield from ways(inner)


def is_ours(field):
    return "mobilepay" in f"{field.model_name}.{field.name}"


@tagged("post_install", "-at_install")
class TestStockWork(SettlementCase):
    def test_few_ways_lead_from_an_entry_to_a_request(self):
        # protects: what the fields that are only shown depend on
        found = Counter()
        for name in WORK:
            for field in self.env[name]._fields.values():
                if not is_ours(field):
                    tree = self.env.registry.get_field_trigger_tree(field)
                    found.update(filter(is_ours, ways(tree)))
        self.assertTrue(found)
        many = {str(field): count for field, count in found.items() if count > FEW}
        self.assertEqual(many, {})


@tagged("post_install", "-at_install")
class TestSeenAtOnce(SettlementCase):
    """What is shown of a request, before and after others' work, in one transaction."""

    def shown(self, request):
        return request.situation, request.next_step, request.bank_line_id.id

    def check_matched_and_undone(self, method):
        self.use(method)
        request = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()[-1:]
        instant = method == "instant"
        text = request.payment_reference if instant else transfer.reference
        line = self.bank_line(text, 1000.0)
        before = self.shown(request), transfer.bank_line_id
        line.action_mobilepay_match()
        self.assertEqual(request.bank_line_id, line)
        self.assertEqual(transfer.bank_line_id, line)
        self.assertNotEqual(request.next_step, before[0][1])
        line.action_undo_reconciliation()
        after = self.shown(request), transfer.bank_line_id
        self.assertEqual(after, before)

    def test_a_daily_transfers_bank_line_matched_and_undone(self):
        # protects: takeback/account_partial_reconcile.py: create, unlink / _look_again
        self.check_matched_and_undone("daily")

    def test_an_instant_payments_bank_line_matched_and_undone(self):
        # protects: takeback/account_partial_reconcile.py: create, unlink / _look_again
        self.check_matched_and_undone("instant")

    def test_an_invoice_paid_otherwise(self):
        # protects: request/account_move.py: _mobilepay_may_send, and what the screen
        # shows
        move = self.invoice(amount=800.0)
        self.assertTrue(move.mobilepay_can_send)
        self.assertTrue(move._mobilepay_may_send())
        context = {"active_model": move._name, "active_ids": move.ids}
        register = self.env["account.payment.register"].with_context(**context)
        register.create({"journal_id": self.bank.id})._create_payments()
        self.assertFalse(move._mobilepay_may_send())
        self.assertFalse(move.mobilepay_can_send)

    def test_an_invoice_reset_to_draft(self):
        # protects: takeback/account_move.py: _mobilepay_take_back / _look_again
        request = self.sent()
        self.control(f"invoices/{request.mobilepay_id}/reject")
        request.action_refresh_status()
        before = request.next_step
        self.assertEqual(request.situation, "refused")
        request.move_id.button_draft()
        self.assertFalse(request.situation)
        self.assertNotEqual(request.next_step, before)
