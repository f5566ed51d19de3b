"""Go-live check: what none is begun with, and the report for MobilePay."""

from datetime import timedelta

import requests

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..checking import CheckCase, payer_user
from ..common import ANNA, simulator


@tagged("post_install", "-at_install")
class TestCheckRefused(CheckCase):
    """What a check is not begun with."""

    def in_production(self, **values):
        self.connection.sudo().state = "not_connected"
        self.connection.write(values)
        self.connection.sudo().state = "connected"

    def test_production_is_refused(self):
        # models/golive/mobilepay_connection.py: _check_checkable
        check = self.prepared()
        for values in (
            {"environment": "production_dk"},
            {
                "environment": "custom",
                "custom_api_base": "https://api.mobilepay.dk/invoice-restapi",
            },
        ):
            with self.subTest(**values):
                self.in_production(**values)
                self.assertTrue(self.connection.is_production)
                for press in (self.connection.action_check, check.action_start):
                    with self.assertRaisesRegex(UserError, "sandbox only"):
                        press()
                with (
                    self.assertRaisesRegex(UserError, "sandbox only"),
                    self.connection._test_payer(check),
                ):
                    self.fail("nobody plays a real payer")
        self.assertFalse(check.sudo()._moves())

    def test_not_connected(self):
        self.connection.sudo().state = "not_connected"
        with self.assertRaisesRegex(UserError, "Connect first"):
            self.connection.action_check()

    def test_payer_who_is_none(self):
        for phone, user, words in (
            ("12", payer_user(), "phone number of the test user"),
            (ANNA, "Anna", "test user's ID"),
        ):
            with self.subTest(phone=phone, user=user):
                check = self.prepared(phone, user)
                with self.assertRaisesRegex(UserError, words):
                    check.action_start()
                self.assertEqual(check.state, "draft")

    def test_account_that_is_missing(self):
        check = self.prepared()
        self.connection.other_account_id = False
        with self.assertRaisesRegex(UserError, "To Be Explained"):
            check.action_start()

    def test_started_once(self):
        check = self.started()
        with self.assertRaisesRegex(UserError, "started already"):
            check.action_start()

    def test_results_are_nobodys_to_write(self):
        check = self.prepared()
        manager = self.env.user
        own = check.with_user(manager)
        with self.assertRaises(AccessError):
            own.write({"result": "passed"})
        own.action_start()
        with self.assertRaises(AccessError):
            own.write({"payer_phone": ANNA})


@tagged("post_install", "-at_install")
class TestCheckReport(CheckCase):
    def test_report_has_each_step_and_every_correlation_id(self):
        check = self.checked()
        page = self.page(check)
        labels = dict(check.step_ids._fields["key"].selection)
        for step in check.step_ids:
            with self.subTest(step=step.key):
                self.assertIn(labels[step.key].replace("'", "&#39;"), page)
                for call in step.calls or []:
                    self.assertIn(call["correlation_id"], page)
                    self.assertIn(call["moment"], page)
        self.assertIn("UTC", page)
        for known in ("demo-client", "demo-ibm-id", MASKED, check.company_id.name):
            self.assertIn(known, page)

    def test_report_tells_no_secret_and_no_number(self):
        check = self.checked()
        page = self.page(check) + "".join(check.step_ids.mapped("call_text"))
        url = f"{simulator().url}/control/secrets"
        passed_by = requests.get(url, timeout=60).json()
        secrets = [one for some in passed_by.values() for one in some]
        self.assertTrue(secrets)
        Secret = self.env["mobilepay.secret"].sudo()
        for purpose in ("client", "gateway", "callback"):
            secrets.append(Secret._get(self.connection, purpose))
        secrets += [self.connection.sudo().callback_path, check.payer_user]
        for secret in filter(None, secrets):
            self.assertNotIn(secret, page)
        for number in (ANNA, ANNA[3:], "11 11 11 01"):
            self.assertNotIn(number, page)

    def test_pdf(self):
        check = self.checked()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf(
                "account_mobilepay.report_check", check.ids
            )
        self.assertEqual(kind, "pdf")
        self.assertEqual(content[:4], b"%PDF")

    def test_payer_is_erased_with_the_rest(self):
        # models/health/mobilepay_eraser.py: _erase_checks
        check = self.checked()
        self.connection.keep_days = 30
        erase = self.env.ref("account_mobilepay.cron_erase")
        erase.method_direct_trigger()
        self.assertTrue(check.payer_phone)
        check.sudo().ended_on -= timedelta(days=31)
        erase.method_direct_trigger()
        self.assertFalse(check.payer_phone or check.payer_user or check.payer_card)
        self.assertEqual(check.result, "passed")


MASKED = "+45••••••01"
