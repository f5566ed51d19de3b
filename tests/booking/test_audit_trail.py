"""The audit trail: what the addon books leaves the lines that Odoo's ways leave."""

import re

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

from ..settling import SettlementCase

# what is said of a message, beside its author, its text and what was tracked
ABOUT = ("model", "message_type", "is_internal", "subject", "email_add_signature")
LINKS = ("subtype_id", "record_company_id", "record_alias_domain_id")
TRACKED = ("integer", "float", "char", "text", "datetime")


@tagged("post_install", "-at_install")
class TestAuditTrail(SettlementCase):
    """Protects models/booking/mobilepay_trail.py, and who books in its context."""

    COUNT = 3

    def setUp(self):
        # tests are made without chatter, people's work is not
        context = self.env.context.items()
        spoken = {k: v for k, v in context if k not in DISABLED_MAIL_CONTEXT}
        self.env = self.env(context=spoken)
        self.connection = self.connection.with_env(self.env)
        self.company = self.company.with_env(self.env)
        super().setUp()
        self.company.restrictive_audit_trail = True
        # it is OdooBot that books and matches: it, too, shall see accounts' codes
        bot = self.env.ref("base.user_root")
        bot.group_ids += self.env.ref("account.group_account_readonly")

    # ------------------------------------------------------------------- the trail

    def mark(self):
        """Begin a transaction, as it were; returns the last message until now."""
        self.cr.flush()
        return self.env["mail.message"].sudo().search([], order="id desc", limit=1).id

    def trail(self, mark, *documents):
        """Return the lines of documents since a mark, our own notes left out."""
        self.cr.flush()
        messages = self.env["mail.message"].sudo()
        return [
            [
                self.line(message)
                for message in messages.search(
                    [
                        ("model", "=", document._name),
                        ("res_id", "=", document.id),
                        ("id", ">", mark),
                    ],
                    order="id",
                )
                if "MobilePay: paid on" not in (message.body or "")
            ]
            for records in documents
            for document in records
        ]

    def line(self, message):
        """Return a line of the trail; numbers of records left out."""
        return (
            unnumbered(message.body),
            *(unnumbered(message[name]) for name in ABOUT),
            *(message[name].id for name in LINKS),
            message.author_id.email_formatted == message.email_from,
            bool(message.reply_to),
            message.parent_id.res_id in (0, message.res_id),
            bool(message.parent_id),
            [
                (
                    value.field_id.name,
                    value.currency_id.id,
                    *(
                        unnumbered(value[f"{side}_value_{kind}"])
                        for kind in TRACKED
                        for side in ("old", "new")
                    ),
                )
                for value in message.tracking_value_ids.sorted("id")
            ],
        )

    def check_same(self, ours, theirs):
        self.maxDiff = None
        self.assertEqual(ours, theirs)
        self.assertTrue(any(theirs), "Odoo leaves lines, else nothing is compared")

    # --------------------------------------------------------------------- booking

    def register(self, moves, day):
        line = self.connection._payment_method_line()
        values = {"group_payment": False, "payment_method_line_id": line.id}
        values |= {"journal_id": line.journal_id.id, "payment_date": day}
        Wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        )
        return Wizard.create(values)._create_payments()

    def hear(self, requests):
        """Hear of all payments in one delivery, and process; returns the payments."""
        for request in requests:
            self.pay(request)
        self.deliver(*(self.news(request, "paid", 2) for request in requests))
        self.process()
        self.assertEqual(len(requests.payment_id), len(requests))
        return requests.payment_id

    def booked(self, count=COUNT, **values):
        """Return documents and trail of what is booked here, and by the wizard."""
        ours = [self.invoice(**values) for _number in range(count)]
        theirs = [self.invoice(**values) for _number in range(count)]
        requests = self.env["mobilepay.invoice"].union(*map(self.send, ours))
        mark = self.mark()
        mine = self.hear(requests)
        documents = (mine, mine.move_id, requests.move_id)
        trail = self.trail(mark, *documents)
        mark = self.mark()
        moves = self.env["account.move"].union(*theirs)
        twins = self.register(moves, mine[:1].date)
        their_documents = (twins, twins.move_id, moves)
        return trail, self.trail(mark, *their_documents), documents, their_documents

    def test_booking_leaves_what_the_wizard_leaves(self):
        ours, theirs, *_documents = self.booked()
        self.check_same(ours, theirs)

    def test_one_alone_leaves_what_the_wizard_leaves(self):
        ours, theirs, *_documents = self.booked(count=1)
        self.check_same(ours, theirs)

    def test_who_follows_is_told_as_by_the_wizard(self):
        user = new_test_user(self.env, "follower", "account.group_account_invoice")
        user.partner_id.email = "follower@example.com"
        paid = self.env.ref("account.mt_invoice_paid")
        subscribe = type(self.env["account.move"]).create

        def create(moves, vals_list):
            made = subscribe(moves, vals_list)
            sold = made.filtered(lambda move: move.move_type == "out_invoice")
            sold[:1].message_subscribe(user.partner_id.ids, paid.ids)
            return made

        self.patch(type(self.env["account.move"]), "create", create)
        ours, theirs, mine, twins = self.booked(count=2)
        self.check_same(ours, theirs)
        told = [
            len(move.message_ids.notified_partner_ids & user.partner_id)
            for documents in (mine, twins)
            for move in documents[2]
        ]
        self.assertEqual(told, [1] * 4)

    def test_without_a_trail_payments_have_no_chatter(self):
        self.company.restrictive_audit_trail = False
        request = self.send(self.invoice())
        mark = self.mark()
        payment = self.hear(request)
        self.assertEqual(self.trail(mark, payment, payment.move_id), [[], []])

    # ------------------------------------------------------------------- transfers

    def entry_by_hand(self, transfer, lines):
        """Post a transfer's entry and reconcile it line by line."""
        move = self.env["account.move"].create(
            {
                "journal_id": transfer.move_id.journal_id.id,
                "date": transfer.transfer_date,
                "ref": transfer.reference,
                "line_ids": [
                    *(
                        Command.create(
                            {"account_id": line.account_id.id, "balance": -line.balance}
                        )
                        for line in lines
                    ),
                    Command.create(
                        {
                            "account_id": self.connection._transit_account().id,
                            "balance": sum(lines.mapped("balance")),
                        }
                    ),
                ],
            }
        )
        move.action_post()
        made = move.line_ids.sorted("id")[: len(lines)]
        for line, counterpart in zip(lines, made, strict=True):
            (line + counterpart).reconcile()
        return move

    def test_a_transfer_leaves_what_an_entry_by_hand_leaves(self):
        self.use("daily")
        for amount in (800.0, 400.0, 1200.0):
            self.paid_request(amount)
        self.night(self.DAYS - 1)
        mark = self.mark()
        transfer = self.fetch()
        payments = transfer.transaction_ids.payment_id
        ours = self.trail(mark, transfer.move_id, payments, payments.move_id)
        transfer.action_undo()
        mark = self.mark()
        lines = payments._mobilepay_clearing_lines()
        entry = self.entry_by_hand(transfer, lines)
        theirs = self.trail(mark, entry, payments, payments.move_id)
        self.assertTrue(ours[0], "the entry has its line")
        self.assertEqual(ours, theirs)

    def test_a_refund_leaves_what_a_payment_by_hand_leaves(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(1600.0)
        self.refund(request, 200.0)
        self.night(self.DAYS - 1)
        mark = self.mark()
        rows = self.fetch().transaction_ids
        refund = rows.filtered(lambda row: row.type == "Refund").payment_id
        ours = self.trail(mark, refund, refund.move_id)
        mark = self.mark()
        twin = refund.copy({"payment_reference": refund.payment_reference})
        twin.action_post()
        # matched, too
        lines = (refund + twin)._mobilepay_clearing_lines()
        self.entry_by_hand(rows.transfer_id, lines[1:])
        theirs = self.trail(mark, twin, twin.move_id)
        self.check_same(ours, theirs)

    # ------------------------------------------------------------------------ bank

    def matched(self, lines, targets, *documents):
        """Return the trail of lines that are matched here, and by hand."""
        mark = self.mark()
        self.match()
        self.assertTrue(all(lines.mapped("is_reconciled")))
        ours = self.trail(mark, lines.move_id, *documents)
        lines.action_undo_reconciliation()
        mark = self.mark()
        for line, target in zip(lines, targets, strict=True):
            _bank, suspense, _other = line._seek_for_lines()
            suspense.account_id = target.account_id
            (suspense + target).reconcile()
        return ours, self.trail(mark, lines.move_id, *documents)

    def test_bank_lines_of_payments_leave_what_a_match_by_hand_leaves(self):
        self.use("instant")
        requests = [self.paid_request(amount) for amount in (800.0, 400.0, 1200.0)]
        lines = self.env["account.bank.statement.line"]
        for request in requests:
            lines += self.bank_line(request.payment_reference, request.paid_amount)
        payments = self.env["account.payment"].union(*(r.payment_id for r in requests))
        targets = payments._mobilepay_clearing_lines()
        ours, theirs = self.matched(lines, targets, payments)
        self.check_same(ours, theirs)

    def test_a_transfer_s_bank_line_leaves_what_a_match_by_hand_leaves(self):
        transfer = self.daily_transfer(800.0, 400.0)
        line = self.bank_line(transfer.reference, 1500.0)
        ours, theirs = self.matched(line, transfer.transit_line_id)
        self.check_same(ours, theirs)


def unnumbered(value):
    """Return a text without the numbers by which records differ."""
    return re.sub(r"\d+", "#", value) if isinstance(value, str) else value
