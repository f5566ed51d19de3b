import socket

import requests

from odoo.tests import tagged

from ..interceptor import (
    DISCOVERY,
    TOKEN,
    Interceptor,
    bent,
    claims_of,
    forged,
    unsigned,
)
from ..oidc_case import FailureCase

LOST = "UPDATE mobilepay_connection SET state = 'consent_lost'"
NOTHING = "nothing was connected|Nothing was connected"
AGAIN_LATER = "Press Connect again in a few minutes"


def closed_port():
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NotStarted:
    """What is known to fail before the browser leaves Odoo."""

    def test_provider_not_reachable(self):
        address = f"http://127.0.0.1:{closed_port()}/openid-configuration"
        self.change(custom_discovery_url=address)
        self.assert_not_started("cannot be reached", NOTHING, AGAIN_LATER)

    def test_address_is_no_provider(self):
        self.change(custom_discovery_url=f"{self.server.url}/web/login")
        self.assert_not_started("Check the OpenID discovery URL", NOTHING)

    def test_redirect_uri_not_https(self):
        self.change(base_url="http://odoo.example.com")
        self.assert_not_started("http://odoo.example.com.*https://.*administrator")

    def test_public_address_is_none(self):
        for address in ("odoo", "https://", "ftp://odoo.example.com", "https://o o"):
            with self.subTest(address):
                self.change(base_url=address)
                self.assert_not_started("https://.*administrator")

    def test_malformed_vat_numbers(self):
        for vat in ("DK1234567", "DK123456789", "SE12345678", "Havnens Cykler"):
            with self.subTest(vat):
                self.change(merchant_vat=vat)
                self.assert_not_started("VAT number of DK and eight digits.*Correct it")

    def test_vat_number_as_people_write_it(self):
        self.change(merchant_vat="dk 12 34 56 78")
        self.assertIn("merchant_vat=DK12345678", self.press_connect())

    def test_missing_credentials_are_named(self):
        names = {"client_id": "OpenID Client ID", "gateway_client_id": "Gateway Client"}
        for field, label in names.items():
            with self.subTest(field):
                self.change(**{field: False})
                self.assert_not_started(f"Fill in first: .*{label}")
        self.sql("DELETE FROM mobilepay_secret")
        self.before = self.snapshot()
        self.assert_not_started("OpenID Client Secret.*Gateway Client Secret")


class EndsAtMobilepay:
    """MobilePay shows an error page and nothing ever comes back."""

    def assert_ends_there(self):
        page = requests.get(self.press_connect(), timeout=30)
        self.assertEqual(page.status_code, 400)
        self.assertEqual(self.sql("SELECT stage FROM mobilepay_login"), [("open",)])
        self.assertEqual(self.snapshot(), self.before)

    def test_unknown_client(self):
        self.change(client_id="nobody")
        self.assert_ends_there()

    def test_redirect_uri_not_registered(self):
        self.change(base_url="https://odoo.example.com")
        self.assert_ends_there()

    def test_unknown_merchant(self):
        self.change(merchant_vat="DK99999999")
        self.assert_ends_there()


class NotConnected:
    """What fails after the merchant has decided."""

    def test_merchant_refuses(self):
        page = self.arrive(self.bring(self.answered(decision="refuse")))
        self.assert_refused(page, "refused at MobilePay", NOTHING, "Connect again when")

    def test_other_errors_are_shown_as_text(self):
        page = self.finish(error="server_error", error_description="<b>busy</b>")
        self.assert_refused(page, "server_error <b>busy</b>", NOTHING, "once more")
        self.assertNotIn("<b>busy", page.text)

    def test_no_enabled_issuer(self):
        self.disable_issuers()
        self.assert_refused(self.finish(), "no enabled invoice issuer", "connect again")

    def test_wrong_client_secret(self):
        self.change(client_secret="wrong")
        self.assert_refused(
            self.finish(), NOTHING, "Check the OpenID client ID and sec"
        )

    def test_wrong_gateway_credentials(self):
        for field in ("gateway_secret", "gateway_client_id"):
            with self.subTest(field):
                self.change(**{field: "wrong"})
                self.assert_refused(self.finish(), NOTHING, "Check the gateway client")
                self.change(gateway_client_id="demo-ibm-id")

    def test_code_of_nobody(self):
        # c_hash is checked first, so the code never reaches MobilePay
        self.assert_refused(self.finish(code="invented"), "could not be verified")
        self.assertNotIn("POST /merchant/connect/token", self.inspect()["requests"])

    def test_code_too_old(self):
        answer = self.answered()
        self.control("clock", advance_seconds=301)
        page = self.arrive(self.bring(answer))
        self.assert_refused(page, "invalid_grant", NOTHING, "Press Connect once more")

    def test_second_try_after_a_failure_connects(self):
        self.change(client_secret="wrong")
        self.finish()
        self.change(client_secret="demo-secret")
        self.finish()
        self.assertEqual(self.state(), "connected")

    def test_tokens_cannot_be_kept(self):
        # the last step of all, after everything else was written
        for statement in (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'held' USING ERRCODE = '55P03'; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON mobilepay_token"
            " FOR EACH ROW EXECUTE FUNCTION refuse()",
        ):
            self.sql(statement)
        self.addCleanup(self.sql, "DROP FUNCTION refuse CASCADE")
        self.assert_refused(self.finish(), NOTHING, AGAIN_LATER)

    def test_key_of_the_server_is_another(self):
        parked = self.bring(self.answered())
        self.sql("UPDATE mobilepay_login SET sealed = 'gAAAAA'")
        self.assert_refused(self.arrive(parked), "put it back.*odoo.conf")


class BadIdToken:
    """ID tokens that were not meant for us, now."""

    def assert_unverified(self, **changes):
        self.assert_refused(
            self.finish(**changes), "could not be verified", "Press Connect again"
        )
        self.assertNotIn("POST /merchant/connect/token", self.inspect()["requests"])

    def test_no_id_token(self):
        self.assert_unverified(id_token="")

    def test_garbage(self):
        self.assert_unverified(id_token="a.b.c")

    def test_bent(self):
        answer = self.answered()
        page = self.arrive(self.bring({**answer, "id_token": bent(answer["id_token"])}))
        self.assert_refused(page, "could not be verified")

    def test_unsigned(self):
        answer = self.answered()
        answer["id_token"] = unsigned(answer["id_token"])
        self.assert_refused(self.arrive(self.bring(answer)), "could not be verified")

    def test_unknown_key(self):
        answer = self.answered()
        answer["id_token"] = forged(answer["id_token"])
        self.assert_refused(self.arrive(self.bring(answer)), "could not be verified")

    def test_of_another_login(self):
        # a good token with a good code, but another nonce than ours
        other = self.answered()
        self.assert_unverified(code=other["code"], id_token=other["id_token"])

    def test_code_of_another_login(self):
        self.assert_unverified(code=self.answered()["code"])

    def test_of_another_client(self):
        self.control(
            "clients",
            client_id="other",
            client_secret="other",
            redirect_uris=[self.redirect_uri],
        )
        url = self.press_connect().replace("client_id=demo-client", "client_id=other")
        _address, answer = self.consent(url)
        self.assertEqual(claims_of(answer["id_token"])["aud"], ["other"])
        self.assert_refused(self.arrive(self.bring(answer)), "could not be verified")


class Meddled:
    """A interceptor is between Odoo and the simulator."""

    def setUp(self):
        super().setUp()
        self.between = self.meddle()


class BadClaims(Meddled):
    """Well signed ID tokens with one wrong claim, in both channels."""

    def assert_front(self, good=False, **changes):
        answer = self.answered()
        answer["id_token"] = forged(answer["id_token"], **changes)
        page = self.arrive(self.bring(answer))
        if good:
            self.assertEqual(self.state(), "connected")
        else:
            self.assert_refused(page, "could not be verified")

    def assert_back(self, good=False, **changes):
        def forge(status, data):
            return status, {**data, "id_token": forged(data["id_token"], **changes)}

        self.between.change(TOKEN, forge)
        page = self.finish()
        if good:
            self.assertEqual(self.state(), "connected")
        else:
            self.assert_refused(page, "could not be verified")

    def test_front_unchanged(self):
        self.assert_front(good=True)

    def test_back_unchanged(self):
        self.assert_back(good=True)

    def test_front_issuer(self):
        self.assert_front(iss="https://evil.example")

    def test_front_expired(self):
        self.assert_front(exp=1_600_000_000)

    def test_front_without_nonce(self):
        self.assert_front(nonce=None)

    def test_front_without_c_hash(self):
        self.assert_front(c_hash=None)

    def test_back_other_user(self):
        self.assert_back(sub="somebody else")

    def test_back_at_hash(self):
        self.assert_back(at_hash="AAAAAAAAAAAAAAAAAAAAAA")

    def test_back_audience(self):
        self.assert_back(aud="somebody else")

    def test_back_nonce(self):
        self.assert_back(nonce="another")


class MobilepayFails(Meddled):
    """MobilePay itself fails, at each of the calls that connecting makes."""

    def assert_fails(self, path, answer, *words):
        self.between.change(path, lambda _status, _data: answer)
        self.assert_refused(self.finish(), *words)

    def test_token_endpoint_down(self):
        self.assert_fails(TOKEN, (503, b"maintenance"), NOTHING, AGAIN_LATER)

    def test_token_endpoint_hangs_up(self):
        self.assert_fails(TOKEN, None, NOTHING, AGAIN_LATER)

    def test_token_endpoint_throttles(self):
        self.assert_fails(TOKEN, (429, {}), NOTHING, AGAIN_LATER)

    def test_token_endpoint_speaks_html(self):
        self.assert_fails(TOKEN, (200, b"<html>"), NOTHING, AGAIN_LATER)

    def test_token_endpoint_refuses_the_code(self):
        answer = (400, {"error": "invalid_grant"})
        self.assert_fails(TOKEN, answer, "invalid_grant", NOTHING, "once more")

    def test_no_refresh_token(self):
        self.between.change(
            TOKEN, lambda status, data: (status, {**data, "refresh_token": None})
        )
        self.assert_refused(self.finish(), NOTHING, "developer support.*offline_access")

    def test_no_access_token(self):
        self.assert_fails(TOKEN, (200, {"token_type": "Bearer"}), NOTHING, AGAIN_LATER)

    def test_provider_gone_meanwhile(self):
        answer = self.answered()
        with Interceptor("http://127.0.0.1:9") as gone:
            self.sql(
                "UPDATE mobilepay_connection SET custom_discovery_url = %s",
                f"{gone.url}/{DISCOVERY}",
            )
        page = self.arrive(self.bring(answer))
        self.assert_refused(page, NOTHING, AGAIN_LATER)

    def test_merchant_unknown_to_the_api(self):
        self.assert_fails("/merchants/me", (404, {}), "othing was connected")

    def test_api_down(self):
        self.assert_fails("/merchants/me", (500, {}), NOTHING, AGAIN_LATER)

    def test_merchant_cannot_be_read(self):
        self.assert_fails("/merchants/me", (200, {"MerchantId": 7}), NOTHING)

    def test_issuers_cannot_be_read(self):
        self.assert_fails("/invoiceissuers", (200, b"oops"), NOTHING, AGAIN_LATER)

    def test_no_issuers(self):
        answer = (200, {"InvoiceIssuers": []})
        self.assert_fails("/invoiceissuers", answer, "no enabled invoice issuer")

    def test_callback_registration_refused(self):
        error = {"error": "InputError", "error_description": "CallbackUrl is bad"}
        self.assert_fails("/auth/apikey", (400, error), NOTHING, "CallbackUrl is bad")

    def test_callback_registration_fails(self):
        self.assert_fails("/auth/apikey", (500, {}), NOTHING, AGAIN_LATER)

    def test_callback_registration_is_not_answered(self):
        # MobilePay did register the new secret: we know it, in case of need
        self.assert_fails("/auth/apikey", None, NOTHING, AGAIN_LATER)
        self.assertTrue(
            self.sql("SELECT 1 FROM mobilepay_secret WHERE purpose = 'callback_next'")
        )


class AfterLoss:
    """The same where a consent was lost before: what was there stays."""

    def prepare(self):
        result = super().prepare()
        self.arrive(self.bring(self.answered()))
        self.sql(LOST)
        self.sql("DELETE FROM mobilepay_login")
        self.control("reset", keep_sessions=True)
        return result


@tagged("post_install", "-at_install")
class TestOidcFailures(
    NotStarted, EndsAtMobilepay, NotConnected, BadIdToken, FailureCase
):
    pass


@tagged("post_install", "-at_install")
class TestOidcFailuresOfMobilepay(BadClaims, MobilepayFails, FailureCase):
    pass


@tagged("post_install", "-at_install")
class TestOidcFailuresAfterLoss(AfterLoss, NotConnected, MobilepayFails, FailureCase):
    pass
