"""Several companies in tests: one simulator, a merchant for each."""

import json

from odoo.fields import Command

from .common import BO, MobilepayCommon

OTHER_VAT = "DK87654321"


class CompaniesCase(MobilepayCommon):
    """A second connected company, *Nordlys*, and a branch of the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nordlys = cls.second_company("Nordlys")
        cls.branch = cls.env["res.company"].create(
            {"name": "Havnens filial", "parent_id": cls.company.id}
        )
        cls.cr.precommit.run()  # the branch gets its parent's chart there
        cls.env.user.company_ids = [Command.link(cls.branch.id)]
        cls.theirs = cls.env["mobilepay.connection"].create(
            cls.connection_values(company_id=cls.nordlys.id, merchant_vat=OTHER_VAT)
        )
        cls.payer = cls.customer(cls.nordlys, name="Bo Lindegaard", mobilepay_phone=BO)

    def setUp(self):
        super().setUp()
        self.connect(self.theirs)

    @classmethod
    def customer(cls, *companies, method="mobilepay", **values):
        """Return a shared customer who gets MobilePay in all of ``companies``."""
        partner = cls.env["res.partner"].create({"name": "Customer", **values})
        for company in (cls.company, cls.branch, *companies):
            partner.with_company(company).invoice_sending_method = method
        return partner

    def bill(self, company, partner=None, amount=800.0, **values):
        """Return a posted invoice in the books of ``company``."""
        tax = company.root_id.account_sale_tax_id
        line = {
            "name": "Ladcykel, service",
            "price_unit": amount,
            "tax_ids": [Command.set(tax.ids)],
            "account_id": self.income(company).id,
        }
        own = self.env(context={"allowed_company_ids": self.allowed(company)})
        move = own["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": company.id,
                "partner_id": (partner or self.payer).id,
                "invoice_date": "2026-01-05",
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return self.env["account.move"].browse(move.id)

    def allowed(self, company):
        """Return the companies that are switched on, ``company`` first."""
        return [company.id, *(self.env.user.company_ids - company).ids]

    def income(self, company):
        """Return an income account of the company's chart."""
        Account = self.env["account.account"].with_company(company)
        return Account.search(
            [
                *Account._check_company_domain(company),
                ("account_type", "=", "income"),
            ],
            limit=1,
        )

    # ----------------------------------------------------------------- sending

    def send_together(self, moves):
        """Press Send in the list, all companies switched on; return the batches."""
        action = self.press_send(moves)
        self.run_cron("cron_batch")
        return self.env["mobilepay.batch"].search(
            action.get("domain") or [("id", "=", action["res_id"])]
        )

    def press_send(self, moves):
        """Press Send in the list; nothing has run yet. Returns the action."""
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        return wizard.action_send_and_print()

    def send_in(self, company, move):
        """Send one invoice as a person of ``company`` does; return the request."""
        own = self.env(context={"allowed_company_ids": self.allowed(company)})
        wizard = own["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"]}
        )
        wizard.action_send_and_print()
        return move.mobilepay_invoice_id

    def run_cron(self, name):
        """Run one of the addon's crons."""
        self.env.ref(f"account_mobilepay.{name}").method_direct_trigger()

    def batch_calls(self):
        """Return how many create calls MobilePay got, by kind."""
        return {k: n for k, n in self.inspect()["create_calls"].items() if n}

    def at_merchant(self, connection):
        """Return the numbers of the invoices that this merchant has at MobilePay."""
        return sorted(
            invoice["values"]["InvoiceNumber"]
            for invoice in self.inspect()["invoices"]
            if invoice["merchant_id"] == connection.merchant_id
        )

    # -------------------------------------------------------------------- news

    def hear_all(self):
        """Deliver to each company what MobilePay has for its merchant; process."""
        self.control("callbacks/flush")
        for delivery in self.inspect()["callbacks"]["deliveries"]:
            for connection in self.connection + self.theirs:
                if connection.merchant_id == delivery["merchant_id"]:
                    answer = self.knock(connection, connection, delivery["messages"])
                    self.assertEqual(answer, 204)
        self.process()

    def knock(self, door, key_of, elements):
        """Deliver at one connection's door with a key; return the HTTP status."""
        key = self.env["mobilepay.secret"]._get(key_of, "callback")
        return (
            self.env["mobilepay.connection"]
            .sudo()
            ._take_delivery(
                door.sudo().callback_path, key, json.dumps(elements).encode()
            )
        )

    # ----------------------------------------------------------------- trouble

    def lock_out(self, connection):
        """The server lost the key to this company's secrets."""
        rows = self.env["mobilepay.secret"].sudo()
        rows.search([("connection_id", "=", connection.id)]).ciphertext = "lost"

    def move_away(self, connection):
        """Nobody answers at the address of this company's MobilePay."""
        system = connection.sudo()
        system.state = "not_connected"
        system.custom_api_base = "http://127.0.0.1:9"
        system.state = "connected"
