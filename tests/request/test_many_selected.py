"""Many requests or invoices at once: found, grouped, sent again, sent as a link."""

from lxml import etree
from markupsafe import escape

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import ANNA, BO
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestManyRequests(NewsCase):
    def setUp(self):
        super().setUp()
        self.partner_a.email = "anna@example.com"

    def rejected(self):
        request = self.sent()
        self.control(f"invoices/{request.mobilepay_id}/reject", phone=ANNA)
        self.tell(self.news(request, "rejected", 3))
        return request

    def cancel_cron(self):
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()

    def mails(self, move):
        return self.env["mail.mail"].search(
            [("model", "=", "account.move"), ("res_id", "=", move.id)]
        )

    def test_send_again(self):
        again, waiting = self.rejected() + self.rejected(), self.sent()
        action = (again + waiting).action_send_again()
        self.assertEqual(action["res_model"], "account.move.send.batch.wizard")
        self.assertEqual(action["context"]["active_ids"], again.move_id.ids)
        self.assertTrue(action["context"]["mobilepay_chosen"])
        with self.assertRaisesRegex(UserError, "not paid and have no open"):
            waiting.action_send_again()

    def test_send_as_link(self):
        rejected, waiting, accepted = self.rejected(), self.sent(), self.sent()
        self.tell(self.news(accepted, "accepted", 1, PaymentDate="2030-05-18"))
        asked = rejected + waiting
        biller = new_test_user(
            self.env,
            "biller",
            "base.group_user,account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[fields.Command.set(self.company.ids)],
        )
        (asked + accepted).with_user(biller).action_send_as_link()
        self.cancel_cron()
        for request in asked:
            link = request.move_id.mobilepay_invoice_id
            self.assertEqual((link.kind, link.state), ("link", "created"))
            self.assertTrue(link.link_url)
            # who collects is written to as well
            bodies = "".join(self.mails(request.move_id).mapped("body_html"))
            self.assertIn(escape(request.move_id._mobilepay_bill_url()), bodies)
            self.assertTrue(request.superseded)
        self.assertEqual(accepted.state, "accepted")
        # once, however often the cron comes
        before = self.create_calls()
        self.cancel_cron()
        self.assertEqual(self.create_calls(), before)

    def test_paid_meanwhile_is_not_asked_for_again(self):
        request = self.paid()
        request.action_send_as_link()
        self.cancel_cron()
        self.process()
        self.cancel_cron()
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.mobilepay_invoice_ids, request)

    def test_nothing_to_send_as_link(self):
        link = self.sent(self.partner_b)
        with self.assertRaisesRegex(UserError, "direct requests"):
            link.action_send_as_link()


@tagged("post_install", "-at_install")
class TestManyInvoices(NewsCase):
    def search(self, moves, name):
        """Return which of the invoices a filter of the list finds."""
        view = self.env.ref("account_mobilepay.view_account_invoice_filter")
        [node] = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
        return self.env["account.move"].search(
            Domain(safe_eval(node.get("domain"))) & Domain("id", "in", moves.ids)
        )

    def some(self):
        """Return invoices of many kinds by name."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.connection.max_amount = 100000
        paid, draft = self.invoice(), self.invoice()
        self._register_payment(paid)
        draft.button_draft()
        rejected = self.sent()
        self.control(f"invoices/{rejected.mobilepay_id}/reject", phone=ANNA)
        self.tell(self.news(rejected, "rejected", 3))
        unbooked = self.sent()
        unbooked.sudo().state = "paid"
        return {
            "fresh": self.invoice(),
            "limit": self.invoice(amount=80000),
            "rejected": rejected.move_id,
            "waiting": self.sent().move_id,
            "unbooked": unbooked.move_id,
            "paid": paid,
            "draft": draft,
            "large": self.invoice(amount=80000.01),
            "foreign": self.invoice(currency_id=euro.id),
            "refund": self.invoice(move_type="out_refund"),
        }

    def named(self, some, found):
        return {name for name, move in some.items() if move in found}

    def test_can_be_sent(self):
        some = self.some()
        moves = self.env["account.move"].union(*some.values())
        found = self.search(moves, "mobilepay_sendable")
        self.assertEqual(self.named(some, found), {"fresh", "limit", "rejected"})
        # as each says of itself
        self.env.invalidate_all()
        self.assertEqual(moves.filtered("mobilepay_sendable"), found)
        others = self.env["account.move"].search(
            [("id", "in", moves.ids), ("mobilepay_sendable", "=", False)]
        )
        self.assertEqual(others, moves - found)
        self.connection.sudo().state = "consent_lost"
        self.assertFalse(self.search(moves, "mobilepay_sendable"))

    def test_not_sent_yet(self):
        some = self.some()
        moves = self.env["account.move"].union(*some.values())
        self.assertEqual(
            self.named(some, self.search(moves, "mobilepay_unsent")),
            {"fresh", "limit", "large", "foreign"},
        )

    def test_grouped_by_mobilepays_status(self):
        some = self.some()
        moves = self.env["account.move"].union(*some.values())
        again = self.send(some["rejected"], mobilepay_phone=BO)
        self.assertEqual(again.state, "created")
        biller = new_test_user(
            self.env,
            "biller",
            "base.group_user,account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[fields.Command.set(self.company.ids)],
        )
        Move = self.env["account.move"].with_user(biller)
        groups = Move.formatted_read_group(
            [("id", "in", moves.ids)], ["mobilepay_state"], ["__count"]
        )
        counted = {group["mobilepay_state"]: group["__count"] for group in groups}
        self.assertEqual(counted, {"created": 2, "paid": 1, False: 7})
        # each group is opened by its own domain
        for group in groups:
            domain = [("id", "in", moves.ids), *group["__extra_domain"]]
            self.assertEqual(Move.search_count(domain), group["__count"])
        self.assertTrue(
            Move.fields_get(["mobilepay_state"])["mobilepay_state"]["groupable"]
        )
