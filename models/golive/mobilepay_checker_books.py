from contextlib import suppress
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...mobilepay import errors
from ..request.mobilepay_invoice import OPEN_STATES
from .mobilepay_invoice import TEST_JOURNAL

PRICE = 1.0


class MobilepayChecker(models.AbstractModel):
    """The test invoices of a go-live check, and how they leave the books again.

    They are real, posted invoices: what is to be shown is that sending, payment,
    posting and reconciliation work. So that the books are as before, they

    * are numbered in a sales journal of their own, so no number of a real invoice is
      used up; their payments are posted as any other, and keep their numbers in the
      MobilePay journal;
    * cost about one krone or euro each, without tax, on the account *MobilePay, to
      be explained*: no revenue, no VAT return has them at any moment;
    * are cancelled at the end, their payments first: cancelled entries count in no
      balance and no report. They are not reversed, as a reversal would stay in the
      ledgers of customer and MobilePay for ever; nor deleted, as MobilePay knows
      them by their numbers.

    The test customer is archived then, without its phone number.
    """

    _inherit = "mobilepay.checker"

    def _test_invoices(self, step, count=1):
        """Return the step's test invoices, made where missing.

        Whoever sends them commits them with their requests, before MobilePay is
        called: neither is ever there without the other.
        """
        if not step.move_ids:
            moves = self.env["account.move"].create(
                [self._invoice_values(step, number) for number in range(count)]
            )
            moves.action_post()
            step.invalidate_recordset(["move_ids"])
        return step.move_ids.sorted("id")

    def _invoice_values(self, step, number):
        connection = step.check_id.connection_id
        today = connection._today()
        # told apart by amount, where nothing else tells them
        price = PRICE + (10 * step.number + number) / 100
        return {
            "move_type": "out_invoice",
            "mobilepay_check_step_id": step.id,
            "journal_id": self._journal(connection).id,
            "company_id": step.company_id.id,
            "currency_id": connection.currency_id.id,
            "partner_id": self._customer(step.check_id).id,
            "invoice_date": today,
            "invoice_date_due": today + timedelta(days=14),
            "invoice_payment_term_id": False,
            "fiscal_position_id": False,
            "narration": self.env._("Test invoice of the MobilePay go-live check."),
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": self.env._("Go-live check, step %s", step.number),
                        "quantity": 1,
                        "price_unit": price,
                        "tax_ids": [Command.clear()],
                        "account_id": connection._other_account().id,
                    }
                )
            ],
        }

    def _journal(self, connection):
        """Return the sales journal of test invoices, the set-up's own included."""
        company = connection.company_id
        Journal = self.env["account.journal"].with_company(company)
        known = Journal.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("code", "=", TEST_JOURNAL)], limit=1
        )
        return known or Journal.create(
            {
                "name": self.env._("MobilePay go-live check"),
                "code": TEST_JOURNAL,
                "type": "sale",
                "company_id": company.id,
                "default_account_id": connection._other_account().id,
                "show_on_dashboard": False,
            }
        )

    def _customer(self, check):
        """Return the customer of test invoices, that of the last check if there is."""
        values = {"active": True, "mobilepay_phone": check.payer_phone}
        partner = check.partner_id.exists()
        if partner:
            if not partner.active or partner.mobilepay_phone != check.payer_phone:
                partner.write(values)
            return partner
        check.partner_id = partner.create(
            {
                **values,
                "name": self.env._("MobilePay test payer"),
                "company_id": check.company_id.id,
                "country_id": check.company_id.country_id.id,
                "mobilepay_ask_consent": "never",
            }
        )
        return check.partner_id

    # ----------------------------------------------------------------- afterwards

    def _do_tidy(self, step):
        check = step.check_id
        others = check.step_ids - step
        if not all(other.ended_on for other in others):
            return None
        try:
            self._withdraw_consents(check)
            left = self._take_back(check)
        except (errors.MobilePayError, UserError) as error:
            return self._tidy_at_home(step, error)
        if left:
            return self._waits_or_fails(step, left)
        self._cancel_entries(check)
        check.partner_id.write({"active": False, "mobilepay_phone": False})
        return self._passed(
            self.env._(
                "%(count)s test invoices were cancelled, with their payments; what was"
                " still open at MobilePay was taken back there.",
                count=len(check._moves()),
            ),
            self.env._("Nothing of this check counts in the books."),
        )

    def _tidy_at_home(self, step, error):
        """Where MobilePay does not answer for good, the books are tidied all the same.

        :return: the verdict, None to try once more
        """
        if isinstance(error, UserError):
            verdict = self._failed(step, str(error))
        else:
            verdict = self._trouble(step, error)
        if verdict:
            self._cancel_entries(step.check_id)
        return verdict

    def _waits_or_fails(self, step, left):
        """Have what MobilePay does not let go tried again by itself, to the end."""
        if not self._is_too_late(step):
            return None
        self._cancel_entries(step.check_id)
        return self._failed(
            step,
            self.env._("Still open at MobilePay: %s.", ", ".join(left.mapped("name"))),
            self.env._("Nothing: they are taken back by themselves, or expire."),
        )

    def _withdraw_consents(self, check):
        """Have the test payer take its consent back, and hear of it."""
        Consent = self.env["mobilepay.consent"]
        given = Consent.search(
            Domain("request_id", "in", check._requests().ids)
            & Domain("state", "=", "granted")
        )
        if not given:
            return
        with check.connection_id._test_payer(check) as test_payer:
            for consent in given:
                # NotFound: withdrawn already, by whoever was here before
                with suppress(errors.NotFound, errors.Rejected):
                    test_payer.withdraw_consent(consent.mobilepay_id)
        Consent._sync(check.connection_id)

    def _take_back(self, check):
        """Cancel at MobilePay what is open; return what still is."""
        is_open = Domain("state", "in", OPEN_STATES)
        requests = check._requests().filtered_domain(is_open)
        requests._want_cancel("person")
        self.env["mobilepay.worker"]._commit()
        for request in requests:
            self.env["mobilepay.canceler"]._cancel(request)
            self.env["mobilepay.worker"]._commit()
        return requests.filtered_domain(is_open)

    def _cancel_entries(self, check):
        """Take the test invoices and their payments out of the ledgers."""
        moves = check._moves()
        payments = moves.mobilepay_invoice_ids.payment_id
        for payment in payments.filtered(lambda p: p.state in ("in_process", "paid")):
            entry = payment.move_id
            payment.action_draft()
            # not the payment's own Cancel, which deletes the entry and its number
            entry.button_cancel()
        moves.filtered(lambda m: m.state == "posted").button_draft()
        moves.filtered(lambda m: m.state == "draft").button_cancel()
        self.env["mobilepay.worker"]._commit()
