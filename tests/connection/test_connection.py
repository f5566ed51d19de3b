import re

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...mobilepay.types import Issuer
from ..common import MERCHANT_VAT, MobilepayCommon

LOCKED = {
    "environment": "sandbox_dk",
    "custom_country_code": "FI",
    "custom_discovery_url": "https://elsewhere.example/openid-configuration",
    "custom_api_base": "https://elsewhere.example",
    "custom_reporting_base": "https://elsewhere.example",
    "merchant_vat": "DK87654321",
    "client_id": "another",
    "gateway_client_id": "another",
    "base_url": "https://elsewhere.example",
    "callback_auth": "basic",
}


@tagged("post_install", "-at_install")
class TestConnectionForm(MobilepayCommon):
    """What may be typed into the form, and when."""

    def disconnected(self):
        self.connection.action_disconnect()
        return self.connection

    def archive(self):
        self.connection.active = False
        self.connection.flush_recordset()

    # ---------------------------------------------------------------- one a company

    def test_one_active_connection_a_company(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.connection.create({"company_id": self.company.id})
        self.archive()
        second = self.connection.create({"company_id": self.company.id})
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.connection.active = True
            self.connection.flush_recordset()
        self.assertTrue(second.active)

    def test_new_connection_suits_the_company(self):
        self.archive()
        made = self.connection.create({"company_id": self.company.id})
        self.assertEqual(made.environment, "sandbox_dk")
        self.assertEqual(made.merchant_vat, self.company.vat or False)
        self.assertEqual((made.country_code, made.currency_id.name), ("DK", "DKK"))
        self.assertEqual(made.redirect_uri, f"{made.base_url}/mobilepay/oidc/callback")
        self.assertIn(self.company.name, made.name)

    def test_finnish_merchant(self):
        self.archive()
        made = self.connection.create({"environment": "production_fi"})
        self.assertEqual((made.country_code, made.currency_id.name), ("FI", "EUR"))
        self.assertEqual(made.max_amount, 2000)
        made.environment = "production_dk"
        self.assertEqual(made.max_amount, 300_000)

    # -------------------------------------------------------------------- addresses

    def test_custom_addresses_need_https_or_loopback(self):
        connection = self.disconnected()
        good = ("https://m.example", "http://localhost:1", "http://127.0.0.1:1/x")
        bad = (
            "http://m.example",
            "ftp://m.example",
            "m.example",
            "https://",
            "http://::1",
        )
        for name in (
            "custom_discovery_url",
            "custom_api_base",
            "custom_reporting_base",
        ):
            label = connection._fields[name]._description_string(self.env)
            for address in good:
                connection[name] = address
            for address in bad:
                with (
                    self.subTest(f"{name} = {address}"),
                    self.assertRaisesRegex(ValidationError, f"{label}.*https://"),
                    self.env.cr.savepoint(),
                ):
                    connection[name] = address

    def test_custom_addresses_must_be_there(self):
        connection = self.disconnected()
        for name in ("custom_discovery_url", "custom_api_base"):
            with (
                self.assertRaisesRegex(ValidationError, "discovery URL and an API"),
                self.env.cr.savepoint(),
            ):
                connection[name] = False
        connection.custom_reporting_base = False

    def test_addresses_of_other_environments_do_not_matter(self):
        self.disconnected().write(
            {"environment": "sandbox_dk", "custom_api_base": "http://m.example"}
        )
        self.assertIn("sandbox", self.connection._api_base())

    # ---------------------------------------------------------------------- locking

    def test_identity_is_locked_while_connected(self):
        for name, value in LOCKED.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "Disconnect fir"),
            ):
                self.connection[name] = value
        with self.assertRaisesRegex(UserError, "Disconnect first"):
            self.connection.company_id = self.env["res.company"].create({"name": "N"})

    def test_saving_the_same_values_is_no_change(self):
        before = {name: self.connection[name] for name in LOCKED}
        self.connection.write(before)
        self.assertEqual({name: self.connection[name] for name in LOCKED}, before)
        self.assertEqual(self.connection.state, "connected")

    def test_what_does_not_identify_may_change(self):
        issuer = self.connection.issuer_ids.filtered("enabled")[-1]
        self.connection.write({"max_amount": 9, "issuer_id": issuer.id})
        self.assertEqual(self.connection.issuer_id, issuer)

    def test_secrets_may_be_replaced_while_connected(self):
        # MobilePay's portal makes new ones: that must not cost the consent
        self.connection.gateway_secret = "wrong"
        with self.assertRaisesRegex(UserError, "gateway client ID and secret"):
            self.connection.action_test_connection()
        self.connection.gateway_secret = "demo-ibm-secret"
        self.assertTrue(self.connection.action_test_connection())

    def test_callback_is_locked_while_news_may_come(self):
        self.connection.state = "consent_lost"
        for name in ("base_url", "callback_auth"):
            with self.assertRaisesRegex(UserError, "Disconnect first"):
                self.connection[name] = LOCKED[name]
        self.connection.client_id = "another"

    def test_nothing_is_locked_after_disconnecting(self):
        self.disconnected().write(LOCKED)
        self.assertEqual(self.connection.callback_auth, "basic")

    def test_used_connection_stays_with_its_company_and_environment(self):
        self.send(self.invoice())
        connection = self.disconnected()
        other = self.env["res.company"].create({"name": "Nordlys"})
        for values in ({"environment": "sandbox_dk"}, {"company_id": other.id}):
            with self.assertRaisesRegex(UserError, "Archive it and make a new one"):
                connection.write(values)
        connection.client_id = "another"

    # --------------------------------------------------------------------- deleting

    def test_delete(self):
        with self.assertRaisesRegex(UserError, "Disconnect first"):
            self.connection.unlink()
        self.disconnected().unlink()
        self.assertFalse(self.env["mobilepay.secret"].sudo().search([]))

    def test_used_connection_is_not_deleted(self):
        self.send(self.invoice())
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.disconnected().unlink()

    # ---------------------------------------------------------------------- secrets

    def test_typed_secrets_are_never_shown_again(self):
        connection = self.disconnected()
        connection.write({"client_secret": "typed", "gateway_secret": "typed"})
        self.assertFalse(connection.client_secret or connection.gateway_secret)
        self.assertTrue(connection.has_client_secret and connection.has_gateway_secret)

    def test_empty_secret_keeps_what_is_there(self):
        self.connection.write({"client_secret": "", "gateway_secret": False})
        Secret = self.env["mobilepay.secret"]
        self.assertEqual(Secret._get(self.connection, "client"), "demo-secret")
        self.assertEqual(Secret._get(self.connection, "gateway"), "demo-ibm-secret")

    def test_copied_spaces_are_no_secret(self):
        self.connection.client_secret = " s3cret\n"
        Secret = self.env["mobilepay.secret"]
        self.assertEqual(Secret._get(self.connection, "client"), "s3cret")

    def test_typed_secret_survives_other_changes_in_the_form(self):
        self.disconnected().active = False
        with self.debug_mode():
            form = Form(self.env["mobilepay.connection"])
            form.client_secret = "typed first"
            form.environment = "production_dk"
            form.merchant_vat = MERCHANT_VAT
            saved = form.save()
        self.assertEqual(
            self.env["mobilepay.secret"]._get(saved, "client"), "typed first"
        )

    # ------------------------------------------------------------------------ words

    def test_state_in_words(self):
        self.connection.connected_on = "2026-03-31 23:30:00"
        self.env.user.tz = "Europe/Copenhagen"
        self.assertRegex(
            self.connection.with_context(tz="Europe/Copenhagen").state_text,
            f"^Connected as {MERCHANT_VAT} since 04/01/2026$",
        )
        self.connection.state = "consent_lost"
        self.assertRegex(self.connection.state_text, "no longer accepts.*Press Connect")
        self.assertRegex(self.disconnected().state_text, "Not connected.*press Connect")


@tagged("post_install", "-at_install")
class TestConnectionLife(MobilepayCommon):
    """Disconnect, issuers, and the person who hears of a lost consent."""

    def test_disconnect(self):
        self.assertTrue(self.connection.action_disconnect())
        self.assertEqual(self.connection.state, "not_connected")
        self.assertFalse(self.env["mobilepay.token"].sudo().search([]))
        self.assertIn("Disconnected", self.connection.message_ids[0].body)
        self.assertFalse(self.connection._usable())

    def test_archived_connection_is_not_connected(self):
        self.connection.action_disconnect()
        self.connection.action_archive()
        with self.assertRaisesRegex(UserError, "archived"):
            self.connection.action_connect()

    def test_issuers_are_read(self):
        issuers = self.connection.issuer_ids
        self.assertEqual(
            {
                re.search(r"\((.*)\)", issuer.name)[1]: (
                    issuer.enabled,
                    issuer.transfer_method,
                )
                for issuer in issuers
            },
            {
                "Instant": (True, "instant"),
                "Daily": (True, "daily"),
                "Closed branch": (False, "daily"),
            },
        )
        self.assertTrue(self.connection.issuer_id.enabled)

    def test_refreshing_issuers_keeps_what_people_said(self):
        issuer = self.connection.issuer_ids.filtered(lambda row: "Daily" in row.name)
        issuer.transfer_method = "instant"
        self.connection.action_refresh_issuers()
        self.assertEqual(len(self.connection.issuer_ids), 3)
        self.assertEqual(issuer.transfer_method, "instant")

    def take_over(self, *issuers):
        self.env["mobilepay.issuer"]._take_over(self.connection, list(issuers))

    def test_default_issuer_that_vanishes_is_replaced_and_said(self):
        before = self.connection.issuer_id
        [other] = self.connection.issuer_ids.filtered("enabled") - before
        self.take_over(Issuer(other.mobilepay_id, other.name, "enabled"))
        self.assertFalse(before.enabled)
        self.assertEqual(self.connection.issuer_id, other)
        body = self.connection.message_ids[0].body
        self.assertIn(before.name, body)
        self.assertIn(other.name, body)

    def test_no_issuer_is_left(self):
        self.take_over()
        self.assertFalse(self.connection.issuer_id)
        self.assertFalse(self.connection._usable())
        self.take_over()

    def test_issuer_named_twice_or_without_a_name(self):
        self.take_over(Issuer("i1", "", "Enabled"), Issuer("i1", "Twice", "Enabled"))
        [issuer] = self.connection.issuer_ids.filtered("enabled")
        self.assertEqual((issuer.name, self.connection.issuer_id), ("Twice", issuer))

    def test_lost_consent_is_told_to_somebody_who_is_there(self):
        user = new_test_user(
            self.env,
            "gone",
            "account.group_account_manager",
            company_id=self.company.id,
        )
        self.connection.responsible_id = user
        user.active = False
        self.env.flush_all()
        self.connection._note_consent_lost()
        self.assertEqual(self.connection.state, "consent_lost")
        self.assertEqual(self.connection.activity_ids.user_id, self.env.user)

    def test_lost_consent_is_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("da_DK")
        self.connection.responsible_id.lang = "da_DK"
        self.env.flush_all()
        seen = []
        model = type(self.connection)
        schedule = model.activity_schedule
        self.patch(
            model,
            "activity_schedule",
            lambda own, *args, **values: (
                seen.append(own.env.lang) or schedule(own, *args, **values)
            ),
        )
        self.connection._note_consent_lost()
        self.assertEqual(seen, ["da_DK"])

    def test_nearest_company_decides(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        model = self.env["mobilepay.connection"]
        self.assertEqual(model._for_company(branch), self.connection)
        own = model.create({"company_id": branch.id})
        self.assertEqual(model._for_company(branch), own)
        own.active = False
        self.assertEqual(model._for_company(branch), self.connection)
        stranger = self.env["res.company"].create({"name": "Nordlys"})
        self.assertFalse(model._for_company(stranger))
