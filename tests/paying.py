"""Invoices in parts, whose requests come and go, as their payers meet them."""

from odoo.fields import Command

from .common import MobilepayCommon

PLACES = ("show_on_pdf", "show_in_email", "show_in_portal")


class PayerCase(MobilepayCommon):
    """An invoice in parts, whose requests come and go."""

    def halves(self, days=90, **values):
        """Return an invoice of 1,000: half due now, half in some days."""
        term = self.env["account.payment.term"].create(
            {
                "name": "halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": number}
                    )
                    for number in (0, days)
                ],
            }
        )
        self.connection.write({"instalment_rule": "each", "instalment_days": 10})
        return self.invoice(
            self.partner_b,
            invoice_payment_term_id=term.id,
            invoice_date_due=False,
            **values,
        )

    def register_payment(self, move, amount):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"amount": amount}).action_create_payments()

    def hear(self, request, status="paid", **more):
        if status == "paid":
            self.pay(request)
        self.deliver(self.news(request, status, request.last_sequence + 2, **more))
        self.process()

    def take_back(self):
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()

    def assert_shown(self, move, view, state, request=None):
        """All places say the same, and the list finds what it shows."""
        for place in PLACES:
            self.assertEqual(move._mobilepay_payer_view(place), view)
        self.assertEqual(move.mobilepay_state, state)
        link = request.link_url if request else False
        self.assertEqual(move.mobilepay_link_url, link)
        if link:
            self.assertEqual(move._mobilepay_pay_url(), link)
            amount = move.currency_id.format(request.amount)
            self.assertIn(amount, move.mobilepay_link_text)
            self.assertIn(
                request.due_date.strftime("%m/%d/%Y"), move.mobilepay_link_text
            )
        else:
            self.assertFalse(move.mobilepay_link_text)
        states = list(
            self.env["mobilepay.invoice"]._fields["state"].get_values(self.env)
        )
        for one in (*states, False):
            found = move.search([("mobilepay_state", "=", one), ("id", "=", move.id)])
            self.assertEqual(bool(found), one == state, one)
