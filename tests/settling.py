"""Days of MobilePay's money in tests: paid, paid out, and on the bank."""

import itertools
from datetime import timedelta

import requests

from odoo import fields

from .common import simulator
from .news import NewsCase

# several statement lines of one test must not look alike by their number
_numbers = itertools.count(1)


class SettlementCase(NewsCase):
    """Pays requests at the simulator, has it pay out, and plays the bank.

    The simulator's clock stands some days ago, so that transfers lie in the past.
    """

    DAYS = 4

    def setUp(self):
        super().setUp()
        # access that outlives the days between which the clock is moved
        self.control("settings", access_token_seconds=30 * 24 * 3600)
        self.connect(self.connection)
        self.bank = self.company_data["default_journal_bank"]
        self.connection.write(
            {
                "bank_journal_ids": [(6, 0, self.bank.ids)],
                "transfers_fetched_to": fields.Date.today() - timedelta(days=9),
            }
        )
        self.go_to(days_ago=self.DAYS)

    # ---------------------------------------------------------------- MobilePay

    def go_to(self, days_ago, hour=10):
        """Make it ten o'clock (UTC) some days ago at MobilePay."""
        day = fields.Date.today() - timedelta(days=days_ago)
        self.control("clock", set=f"{day}T{hour:02}:00:00Z")

    def issuer(self, method):
        """Return the merchant's issuer whose transfers are ``daily`` or ``instant``."""
        return self.connection.issuer_ids.filtered(
            lambda issuer: issuer.enabled and issuer.transfer_method == method
        )

    def use(self, method, **values):
        """Send in the name of this issuer from now on; ``values`` change it there."""
        issuer = self.issuer(method)
        self.connection.issuer_id = issuer
        if values:
            vat = self.connection.merchant_vat
            self.control(f"merchants/{vat}/issuers/{issuer.mobilepay_id}", **values)
        return issuer

    def connect_anew(self):
        """Take the connection out of use and connect another; returns the earlier."""
        earlier = self.connection
        earlier.action_disconnect()
        earlier.action_archive()
        self.env.flush_all()
        values = self.connection_values(company_id=self.company.id)
        self.connection = earlier.create(values)
        self.connect(self.connection)
        return earlier

    def invoice(self, partner=None, amount=800.0, **values):
        day = fields.Date.today() - timedelta(days=self.DAYS)
        return super().invoice(partner, amount, **{"invoice_date": day, **values})

    def paid_request(self, amount=800.0):
        """Return a request that its payer has paid now, booked here."""
        request = self.paid_unheard(amount)
        request.action_refresh_status()
        self.assertEqual(request.state, "paid")
        self.assertTrue(request.payment_id)
        return request

    def paid_unheard(self, amount=800.0):
        """Return a request that its payer has paid; no news came here."""
        request = self.send(self.invoice(amount=amount))
        self.pay(request)
        return request

    def refund(self, request, amount):
        """Pay some of a payment back in MobilePay's portal."""
        return self.control(f"invoices/{request.mobilepay_id}/refund", amount=amount)

    def other(self, kind, amount, **more):
        """Have MobilePay put something else on the default issuer's balance."""
        vat, issuer = self.connection.merchant_vat, self.connection.issuer_id
        return self.control(
            f"merchants/{vat}/issuers/{issuer.mobilepay_id}/transactions",
            type=kind,
            amount=amount,
            **more,
        )

    def night(self, days_ago):
        """Let the nights pass until some days ago."""
        self.go_to(days_ago)

    def fetch(self):
        """Run the crons that fetch, book and enter, as they trigger each other."""
        for name in ("fetch", "settle", "process", "settle"):
            self.env.ref(f"account_mobilepay.cron_{name}").method_direct_trigger()
        return self.transfers()

    def transfers(self):
        """Return the company's transfers, oldest first, as the system."""
        # sudo: nobody writes transfers, but tests play what happened to them
        Transfer = self.env["mobilepay.transfer"].sudo()
        return Transfer.search(
            [("company_id", "=", self.company.id)], order="transfer_date, id"
        )

    def fetch_now(self):
        """Fetch again whatever is waiting, its pause being over."""
        self.transfers().write({"next_try_on": "2020-01-01 00:00:00"})
        return self.fetch()

    def daily_transfer(self, *amounts):
        """Return the settled transfer of payments of these amounts without VAT."""
        self.use("daily")
        for amount in amounts or (800.0,):
            self.paid_request(amount)
        self.night(self.DAYS - 1)
        return self.fetch()[-1:]

    # --------------------------------------------------------------------- bank

    def bank_line(self, text, amount, **values):
        """Return a new line of the bank's statement."""
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": fields.Date.today() - timedelta(days=self.DAYS - 1),
                "payment_ref": text,
                "amount": amount,
                **values,
            }
        )

    def match(self):
        """Run the matching cron."""
        self.env.ref("account_mobilepay.cron_match").method_direct_trigger()

    def statement(self, **choices):
        """Return the lines of the bank's statement, as JSON."""
        url = f"{simulator().url}/control/bank/{self.connection.merchant_vat}"
        answer = requests.get(url, {"format": "json", **choices}, timeout=60)
        answer.raise_for_status()
        return answer.json()["lines"]

    # -------------------------------------------------------------------- books

    def balance(self, accounts):
        """Return the balance of accounts in the books, posted entries only."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            [("account_id", "in", accounts.ids), ("parent_state", "=", "posted")],
            aggregates=["balance:sum"],
        )
        return self.company.currency_id.round(balance or 0.0)

    def owed(self):
        """Return the balance of the clearing account: what MobilePay owes."""
        return self.balance(self.connection._clearing_accounts())

    def in_transit(self):
        """Return the balance of the account in transit."""
        return self.balance(self.connection._transit_account())

    def entry_lines(self, move):
        """Return ``(account, amount)`` of an entry's lines, in their order."""
        return [(line.account_id, line.balance) for line in move.line_ids.sorted("id")]

    # ------------------------------------------------------------------ checks

    def check_matched(self, line, target):
        """The bank line is matched, with this journal item and no other."""
        self.assertTrue(line.is_reconciled, line.mobilepay_note)
        self.assertEqual(
            line.move_id.line_ids._mobilepay_counterparts(), target.move_id
        )
        self.assertTrue(target.reconciled)
        self.assertEqual(line.mobilepay_note, f"Matched with {target.move_id.name}.")

    def check_left(self, line, *words):
        """The bank line is left to a person, and its note says why."""
        self.assertFalse(line.is_reconciled)
        for word in words:
            self.assertIn(word, line.mobilepay_note or "")
