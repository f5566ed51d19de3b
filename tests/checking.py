"""Go-live checks in tests: who plays the payer, and MobilePay's callbacks."""

import requests

from .common import ANNA, MobilepayCommon, simulator

#: what no machine can check
BY_HAND = {"branding": "by_hand"}
#: each call of the Invoice API and of reporting that a whole check makes
CALLS = (
    "POST /api/v1/merchants/{id}/invoices",
    "POST /api/v1/merchants/{id}/invoices/batch",
    "POST /api/v1/merchants/{id}/invoices/link",
    "POST /api/v1/merchants/{id}/invoices/link/batch",
    "PUT /api/v1/merchants/{id}/invoices/{id}/cancel",
    "POST /api/v1/directinvoiceconsents",
    "PUT /api/v1/consumers/me/invoices/{id}/accept",
    "PUT /api/v1/consumers/me/invoices/{id}/reject",
    "PUT /api/v1/consumers/me/invoices/directinvoiceconsent/{id}",
    "DELETE /api/v1/directinvoiceconsents/{id}",
    "GET /api/v1/merchants/{id}/invoices/{id}/status",
    "GET /api/v1/merchants/{id}/invoices/{id}",
    "GET /api/merchant/v1/paymentpoints",
)


def payer_user(phone=ANNA):
    """Return the ID under which MobilePay's user simulation knows a payer."""
    payers = requests.get(f"{simulator().url}/control/payers", timeout=60).json()
    [user] = [payer["user_id"] for payer in payers if payer["phone"] == phone]
    return user


class CheckCase(MobilepayCommon):
    """Runs go-live checks as an accounting administrator does."""

    def setUp(self):
        super().setUp()
        # callbacks are delivered by the tests
        self.control("callbacks/pause")

    def prepared(self, phone="11 11 11 01", user=""):
        """Press Go-live check and name the test payer; return the check."""
        action = self.connection.action_check()
        check = self.env["mobilepay.check"].browse(action["res_id"])
        check.write({"payer_phone": phone, "payer_user": user or payer_user()})
        return check

    def started(self):
        """Return a check whose first stage is over: callbacks are to come."""
        check = self.prepared()
        check.action_start()
        return check

    def hear(self):
        """Have MobilePay decide on batches, and deliver all that it has to tell."""
        self.control("callbacks/flush")
        news = [
            element
            for invoice in self.inspect()["invoices"]
            for element in invoice["history"]
        ]
        self.assertEqual(self.deliver(*news), 204)

    def checked(self):
        """Return a check that has come to its end, as callbacks arrived."""
        check = self.started()
        self.hear()
        check.action_continue()
        return check

    def give_up_waiting(self, check):
        """Let the time for callbacks be over, and continue."""
        self.control("callbacks/flush")
        check.sudo().acted_on = "2020-01-01 00:00:00"
        check.action_continue()

    def results(self, check, *keys):
        """Return the results of these steps, or of all, by key."""
        steps = check.step_ids.filtered(lambda step: not keys or step.key in keys)
        return {step.key: step.state for step in steps}

    def not_passed(self, check):
        """Return which steps were not passed, and how they ended."""
        found = self.results(check)
        return {key: state for key, state in found.items() if state != "passed"}

    def step(self, check, key):
        """Return one step of a check."""
        return check.step_ids.filtered(lambda step: step.key == key)

    def words(self, step):
        """Return all that a step says."""
        return "\n".join(filter(None, (step.done, step.answer, step.advice)))

    def page(self, check):
        """Return the report as HTML."""
        report = self.env["ir.actions.report"]
        content, _kind = report._render_qweb_html(
            "account_mobilepay.report_check", check.ids
        )
        return content.decode()
