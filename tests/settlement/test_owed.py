"""What MobilePay owes: every row, as of any day, equal to the account."""

import base64
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools.safe_eval import safe_eval

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestOwed(SettlementCase):
    def report(self, days_ago=0):
        day = fields.Date.today() - timedelta(days=days_ago)
        return self.env["mobilepay.owed.wizard"].create(
            {"company_id": self.company.id, "day": day}
        )

    def rows(self, report):
        return report._owed_rows().search(list(report._of_company()))

    def stages(self, report, *requests):
        by_request = {row.request_id: row.stage for row in self.rows(report)}
        return [by_request.get(request) for request in requests]

    def at_mobilepay(self, request):
        [found] = [
            invoice
            for invoice in self.inspect()["invoices"]
            if invoice["id"] == request.mobilepay_id
        ]
        return found

    def check_proven(self, report, owed):
        self.assertEqual(report.owed, owed)
        self.assertEqual(report.clearing_balance, owed)
        self.assertTrue(report.is_proven)
        self.assertEqual(report.difference, 0.0)

    def check_apart(self, report, owed, unconfirmed):
        self.assertEqual((report.owed, report.unconfirmed), (owed, unconfirmed))
        self.assertEqual(report.clearing_balance, owed + unconfirmed)
        self.assertTrue(report.agrees)
        self.assertFalse(report.is_proven)

    def play(self):
        """Return requests in every stage but the bank's, the last one transferred."""
        self.use("daily")
        requested, accepted, rejected = (self.sent() for _number in range(3))
        later = fields.Date.today() + timedelta(days=3)
        self.pay(accepted, payment_date=str(later))
        self.control(f"invoices/{rejected.mobilepay_id}/reject")
        for request in (accepted, rejected):
            request.action_refresh_status()
        transferred = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        self.fetch()
        paid = self.paid_request(400.0)
        return requested, accepted, rejected, paid, transferred

    def test_every_stage_and_the_sum(self):
        *others, transferred = self.play()
        report = self.report()
        self.assertEqual(
            self.stages(report, *others, transferred),
            ["requested", "accepted", "ended", "paid", "transferred"],
        )
        self.check_proven(report, 500.0)
        self.assertEqual(report.transit_balance, 1000.0)
        self.assertEqual(report.requested, 2000.0)
        self.bank_line(transferred.transfer_id.reference, 1000.0)
        self.match()
        report = self.report()
        self.assertEqual(self.stages(report, transferred), ["bank"])
        self.check_proven(report, 500.0)
        self.assertEqual(report.transit_balance, 0.0)
        row = self.rows(report).filtered(lambda r: r.request_id == transferred)
        self.assertEqual(row.bank_line_id, transferred.bank_line_id)
        self.assertEqual(row.transfer_id, transferred.transfer_id)

    def test_as_of_a_day_that_is_past(self):
        *_others, paid, transferred = self.play()
        self.bank_line(transferred.transfer_id.reference, 1000.0)
        self.match()
        before = self.report(days_ago=self.DAYS)
        self.check_proven(before, 1000.0)
        # the other one was sent today
        self.assertEqual(self.stages(before, transferred, paid), ["paid", None])
        self.assertEqual(before.transit_balance, 0.0)
        after = self.report(days_ago=self.DAYS - 1)
        self.check_proven(after, 500.0)
        self.assertEqual(self.stages(after, transferred, paid), ["bank", "paid"])
        long_ago = self.report(days_ago=30)
        self.check_proven(long_ago, 0.0)
        self.assertFalse(self.rows(long_ago))

    def test_each_stage_since_the_day_it_happened(self):
        # protects: inbox/mobilepay_processor.py: _values / accepted_on, ended_on
        self.use("daily")
        request = self.sent()
        day = fields.Date.today() - timedelta(days=self.DAYS)
        request.sudo().sent_on = day - timedelta(days=1)
        later = str(fields.Date.today() + timedelta(days=3))
        self.pay(request, payment_date=later)
        self.go_to(self.DAYS - 1)
        self.control(f"invoices/{request.mobilepay_id}/reject")
        self.tell(*self.at_mobilepay(request)["history"])
        self.assertEqual(
            [
                self.stages(self.report(days_ago=self.DAYS + days), request)
                for days in (2, 1, 0, -1)
            ],
            [[None], ["requested"], ["accepted"], ["ended"]],
        )
        row = self.rows(self.report()).filtered("request_id")
        self.assertEqual(row.requested_on, day - timedelta(days=1))
        self.assertEqual(row.accepted_on, day)
        self.assertEqual(row.since, day + timedelta(days=1))

    def test_a_refused_request_that_lives_on_is_asked_for(self):
        # protects: inbox/mobilepay_processor.py: _values / ended_on again empty
        request = self.sent()
        day = fields.Date.today() - timedelta(days=self.DAYS)
        refused = {"state": "invalid", "ended_on": day, "sent_on": day}
        request.sudo().write(refused)
        self.assertEqual(self.stages(self.report(), request), ["ended"])
        self.go_to(self.DAYS - 1)
        self.pay(request)
        self.tell(*self.at_mobilepay(request)["history"])
        self.assertEqual(self.stages(self.report(), request), ["paid"])
        before = self.report(days_ago=self.DAYS)
        self.assertEqual(self.stages(before, request), ["requested"])

    def test_an_instant_payment_is_owed_until_it_is_on_the_bank(self):
        self.use("instant")
        request = self.paid_request(800.0)
        self.check_proven(self.report(), 1000.0)
        self.fetch()
        transfer = self.not_on_the_bank()
        self.assertEqual((len(transfer), transfer.stage), (1, "transit"))
        self.bank_line(request.payment_reference, 1000.0)
        self.match()
        self.assertFalse(self.not_on_the_bank())
        self.check_proven(self.report(), 0.0)
        self.assertEqual(self.stages(self.report(), request), ["bank"])
        # the bank line is of the next day
        earlier = self.report(days_ago=self.DAYS)
        self.check_proven(earlier, 1000.0)
        self.assertEqual(self.stages(earlier, request), ["paid"])

    def not_on_the_bank(self):
        """Return what the list of transfers shows by its filter of that name."""
        Transfer = self.env["mobilepay.transfer"]
        arch = etree.fromstring(Transfer.get_view(view_type="search")["arch"])
        domain = safe_eval(arch.find(".//filter[@name='transit']").get("domain"))
        return Transfer.search(domain)

    def entry_by_hand(self, company, amount=70.0):
        """Return a posted entry that adds 70 to what is owed."""
        account = self.connection._clearing_accounts()
        other = self.connection.other_account_id
        entry = self.env["account.move"].create(
            {
                "ref": "Opening balance",
                "company_id": company.id,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": amount}),
                    Command.create({"account_id": other.id, "balance": -amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_entries_made_by_hand_are_rows_too(self):
        self.use("daily")
        self.paid_request(800.0)
        entry = self.entry_by_hand(self.company)
        report = self.report()
        self.check_apart(report, 1000.0, 70.0)
        row = self.rows(report).filtered(lambda row: row.stage == "other")
        self.assertEqual((row.owed, row.move_id), (70.0, entry))

    def test_branches_are_in_it(self):
        self.use("daily")
        Company = self.env["res.company"]
        branch = Company.create({"name": "Branch", "parent_id": self.company.id})
        entry = self.entry_by_hand(branch)
        family = self.company + branch
        report = self.report().with_context(allowed_company_ids=family.ids)
        self.check_apart(report, 0.0, 70.0)
        self.assertEqual(self.rows(report).move_id, entry)

    def test_a_payment_made_by_hand_is_a_row_too(self):
        self.use("daily")
        self.paid_request(800.0)
        journal = self.connection.journal_id
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "amount": 70.0,
                "journal_id": journal.id,
                "payment_method_line_id": journal.outbound_payment_method_line_ids[
                    :1
                ].id,
            }
        )
        account = self.connection.clearing_account_id
        payment.outstanding_account_id = account
        payment.action_post()
        report = self.report()
        self.check_apart(report, 1000.0, -70.0)
        row = self.rows(report).filtered(lambda row: row.stage == "other")
        self.assertEqual((row.owed, row.move_id), (-70.0, payment.move_id))

    def test_entries_of_others_that_add_up_to_nothing_are_not_proven(self):
        self.entry_by_hand(self.company)
        self.entry_by_hand(self.company, -70.0)
        self.check_apart(self.report(), 0.0, 0.0)

    def test_a_payment_posted_with_another_amount_is_not_confirmed(self):
        self.use("daily")
        payment = self.paid_request(800.0).payment_id
        payment.action_draft()
        payment.amount = 900.0
        payment.action_post()
        self.check_apart(self.report(), 0.0, 900.0)

    def test_what_is_left_of_a_payment_is_not_confirmed(self):
        self.use("daily")
        self.paid_request(400.0)
        line = self.paid_request(800.0).payment_id._mobilepay_clearing_lines()
        entry = self.entry_by_hand(self.company, -70.0)
        (line + entry.line_ids.filtered("credit")).reconcile()
        self.check_apart(self.report(), 500.0, 930.0)

    def test_a_refund_of_an_undone_transfer_is_confirmed(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(400.0)
        self.refund(request, 200.0)
        self.night(self.DAYS - 1)
        self.fetch()[-1:].action_undo()
        self.check_proven(self.report(), 1300.0)

    def test_an_undone_transfer_is_owed_again(self):
        transfer = self.daily_transfer(800.0, 400.0)
        self.check_proven(self.report(), 0.0)
        transfer.action_undo()
        report = self.report()
        self.check_proven(report, 1500.0)
        requests = transfer.transaction_ids.request_id
        self.assertEqual(self.stages(report, *requests), ["paid", "paid"])

    def test_rows_are_opened_grouped_and_exported(self):
        self.play()
        action = self.report().action_show()
        rows = self.env["mobilepay.owed"].with_context(**action["context"])
        groups = dict(rows._read_group(action["domain"], ["stage"], ["owed:sum"]))
        self.assertEqual(groups["paid"], 500.0)
        found = rows.search(action["domain"])
        exported = found.export_data(["reference", "stage", "owed", "transfer_id"])
        self.assertEqual(len(exported["datas"]), 5)
        opened = found.filtered("request_id")[0].action_open()
        self.assertEqual(opened["res_model"], "mobilepay.invoice")

    def test_it_is_printed(self):
        self.play()
        report = self.report()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account_mobilepay.report_owed_document", report.ids
        )
        text = html.decode()
        for expected in ("500.00", "Accepted", report.company_id.name):
            self.assertIn(expected, text)
        pdf, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account_mobilepay.report_owed_document", report.ids)
        )
        self.assertTrue(pdf.startswith(b"%PDF"), base64.b64encode(pdf[:20]))

    def test_other_companies_are_not_in_it(self):
        self.play()
        other = self.setup_other_company()["company"]
        report = self.env["mobilepay.owed.wizard"].create({"company_id": other.id})
        self.check_proven(report, 0.0)
        stranger = new_test_user(
            self.env,
            "stranger",
            "account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.env["mobilepay.owed"].with_user(stranger).search([]))

    def test_the_number_of_queries_does_not_grow(self):
        self.use("daily")
        self.paid_request(800.0)
        few = self.queries()
        for _number in range(4):
            self.paid_request(100.0)
        self.assertEqual(self.queries(), few)

    def queries(self):
        # once before, so that what Odoo keeps for good is there
        self.assertTrue(self.report().agrees)
        self.env.invalidate_all()
        report = self.report()
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.assertTrue(report.agrees)
        self.assertTrue(all(self.rows(report).mapped("stage")))
        return self.cr.sql_log_count - before

    def printed(self, report):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account_mobilepay.report_owed_document", report.ids
        )
        return " ".join(etree.fromstring(html, etree.HTMLParser()).itertext())

    def test_a_print_says_whose_it_is_and_what_is_open(self):
        # protects: mobilepay_owed_print.py
        self.company.vat = "DK13585628"
        self.play()
        report = self.report()
        totals = dict(
            (label, (count, asked, owed))
            for label, count, asked, owed in report._stage_totals()
        )
        self.assertEqual(totals["Paid, owed by MobilePay"], (1, 500.0, 500.0))
        self.assertEqual(totals["Requested"][0], 1)
        self.assertEqual(sum(owed for *_other, owed in totals.values()), report.owed)
        asked = totals["Requested"][1] + totals["Accepted"][1]
        self.assertEqual(asked, report.requested)
        text = self.printed(report)
        for expected in (self.company.name, self.company.vat, "Printed on", "Total"):
            self.assertIn(expected, text)
        self.assertNotIn("To Be Explained", text)

    def test_a_print_has_what_waits_to_be_explained(self):
        # protects: mobilepay_owed_print.py _unexplained, _open_on_day
        self.use("daily")
        account = self.connection.other_account_id
        entry = self.entry_by_hand(self.company)
        line = entry.line_ids.filtered(lambda one: one.account_id == account)
        report = self.report()
        self.assertEqual(report._unexplained(), [(line, -70.0)])
        self.assertIn("To Be Explained", self.printed(report))
        self.assertFalse(self.report(days_ago=1)._unexplained())
        # explained later: as of the day before, it is open
        entry.button_draft()
        entry.date = fields.Date.today() - timedelta(days=2)
        entry.action_post()
        fees = self.connection.service_fee_account_id
        answer = self.env["account.move"].create(
            {
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": 70.0}),
                    Command.create({"account_id": fees.id, "credit": 70.0}),
                ]
            }
        )
        answer.action_post()
        (line + answer.line_ids.filtered("debit")).reconcile()
        before = self.report(days_ago=1)._unexplained()
        self.assertEqual(before, [(line, -70.0)])
        self.assertFalse(self.report()._unexplained())

    def test_a_print_has_the_transfers_that_are_not_entered(self):
        transfer = self.daily_transfer(800.0)
        transfer.action_undo()
        report = self.report()
        self.assertEqual(report._transfers_not_entered(), transfer)
        self.assertIn(transfer.reference, self.printed(report))
