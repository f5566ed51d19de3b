import json
import time

from odoo.tests import tagged

from ...models.connection import mobilepay_token
from ..common import MERCHANT_VAT
from ..real import RealDatabaseCase

TOKEN_CALL = "POST /merchant/connect/token"


def _connection(env, connection_id):
    return env["mobilepay.connection"].browse(connection_id)


def access_token(env, connection_id, rejected="", lock_wait=None):
    """Ask for a usable access token, as every API call does; and how long it took."""
    if lock_wait:
        mobilepay_token.LOCK_WAIT = lock_wait
    connection = _connection(env, connection_id)
    started = time.monotonic()
    token = env["mobilepay.token"]._access_token(connection, rejected)
    return token, time.monotonic() - started


def ask_merchant(env, connection_id):
    """Call the API with whatever token is there."""
    with _connection(env, connection_id)._service() as service:
        return service.merchant()


def ask_and_fail(env, connection_id):
    """Renew inside a transaction that is rolled back."""
    access_token(env, connection_id)
    raise RuntimeError("the caller fails")


def ask_with_dirty_connection(env, connection_id):
    """Renew while the caller's own transaction has written the connection."""
    connection = _connection(env, connection_id)
    connection.max_per_day = 11
    connection.flush_recordset()
    return ask_merchant(env, connection_id)


def ask_twice(env, connection_id):
    """Two calls in a row; returns the kinds of their errors."""
    kinds = []
    for _number in range(2):
        try:
            ask_merchant(env, connection_id)
        except Exception as error:
            kinds.append(type(error).__name__)
    return kinds


def note_loss(env, connection_id):
    """Note that the consent is lost, as each worker does who sees it."""
    _connection(env, connection_id)._note_consent_lost()


def renew_or_forget(env, connection_id, forget):
    """One worker renews while another one disconnects."""
    connection = _connection(env, connection_id)
    if forget:
        connection.action_disconnect()
    else:
        access_token(env, connection_id)


def use_gateway_secret(env, connection_id, secret):
    """Enter another gateway secret."""
    _connection(env, connection_id).gateway_secret = secret


def use_client_secret(env, connection_id, secret):
    """Store another client secret."""
    connection = _connection(env, connection_id)
    env["mobilepay.secret"]._put(connection, "client", secret)


def make_responsible(env, connection_id):
    """Make a Danish-speaking accountant responsible; returns the user's id."""
    env["res.lang"]._activate_lang("da_DK")
    user = env["res.users"].create(
        {
            "name": "Bodil",
            "login": "bodil",
            "lang": "da_DK",
            "group_ids": [(6, 0, env.ref("account.group_account_manager").ids)],
        }
    )
    _connection(env, connection_id).responsible_id = user
    return user.id


class TokenCase(RealDatabaseCase):
    def prepare(self):
        result = super().prepare()
        self.sql("DELETE FROM mail_activity")
        return result

    def expire(self):
        """Let the kept access token be over, as we believe."""
        self.sql("UPDATE mobilepay_token SET expires_at = '2020-01-01'")

    def refreshes(self):
        return self.inspect()["requests"].get(TOKEN_CALL, 0)

    def refusals(self):
        """What the provider complained about."""
        openid = self.inspect()["openid"]
        return {
            what for what in openid if what.startswith("refused") or "again" in what
        }

    def state(self):
        return self.sql("SELECT state FROM mobilepay_connection")[0][0]

    def activities(self):
        return self.sql(
            "SELECT user_id FROM mail_activity WHERE res_model = 'mobilepay.connection'"
        )

    def tokens(self):
        return self.sql(
            "SELECT access_ciphertext, refresh_ciphertext FROM mobilepay_token"
        )

    def call(self, function, **values):
        return self.run_real(function, connection_id=self.connection_id, **values)

    def fight(self, function, calls=4, **values):
        """Race with a slow provider, so that all are there while one renews."""
        self.control("settings", latency_seconds=0.3)
        return self.race(function, calls, connection_id=self.connection_id, **values)


class TokenRace:
    """Several workers want the one token at once, each on its own connection."""

    def test_living_token_is_not_renewed(self):
        self.call(access_token)
        self.assertEqual(self.refreshes(), 0)

    def test_expired_token_is_renewed_once(self):
        self.expire()
        outcomes = self.fight(access_token)
        self.assertEqual([outcome.error for outcome in outcomes], [""] * 4)
        self.assertEqual(len({outcome.value[0] for outcome in outcomes}), 1)
        self.assertEqual(self.refreshes(), 1)
        self.assertFalse(self.refusals())

    def test_two_use_the_token_that_one_renewed(self):
        self.expire()
        outcomes = self.fight(ask_merchant, 2)
        self.assertEqual([outcome.error for outcome in outcomes], ["", ""])
        self.assertEqual(self.refreshes(), 1)

    def test_refused_token_is_renewed_once(self):
        # the provider's clock is ahead: to us the token seems to live
        self.control("clock", advance_seconds=301)
        outcomes = self.fight(ask_merchant)
        self.assertEqual([outcome.error for outcome in outcomes], [""] * 4)
        self.assertEqual(self.refreshes(), 1)
        self.assertFalse(self.refusals())

    def test_old_refusal_gets_the_new_token(self):
        old, _seconds = self.call(access_token)
        new, _seconds = self.call(access_token, rejected=old)
        # not because it was renewed a moment ago
        self.sql("UPDATE mobilepay_token SET forced_on = '2020-01-01'")
        again, _seconds = self.call(access_token, rejected=old)
        self.assertNotEqual(old, new)
        self.assertEqual(new, again)
        self.assertEqual(self.refreshes(), 1)

    def test_wrong_gateway_keys_do_not_renew_at_every_call(self):
        self.call(use_gateway_secret, secret="wrong")
        self.assertEqual(self.call(ask_twice), ["Unauthorized"] * 2)
        self.assertEqual(self.refreshes(), 1)
        self.assertEqual(self.state(), "connected")
        self.call(use_gateway_secret, secret="demo-ibm-secret")
        self.assertTrue(self.call(ask_merchant))

    def test_rotated_token_survives_the_callers_rollback(self):
        self.expire()
        [outcome] = self.fight(ask_and_fail, 1)
        self.assertEqual(outcome.error, "RuntimeError")
        self.assertEqual(self.refreshes(), 1)
        # the first refresh token is spent: only the one of that answer works
        self.expire()
        self.assertTrue(self.call(ask_merchant))
        self.assertEqual(self.refreshes(), 2)
        self.assertFalse(self.refusals())

    def test_caller_that_wrote_the_connection_does_not_wait_for_itself(self):
        self.expire()
        self.assertTrue(self.call(ask_with_dirty_connection))
        self.assertEqual(
            self.sql("SELECT max_per_day FROM mobilepay_connection"), [(11,)]
        )

    def test_waiting_for_the_lock_is_bounded(self):
        self.expire()
        with self.raw() as other:
            other.cursor().execute("SELECT 1 FROM mobilepay_token FOR UPDATE")
            started = time.monotonic()
            [outcome] = self.fight(access_token, 1, lock_wait="300ms")
            self.assertEqual(outcome.error, "Unavailable")
            self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(self.refreshes(), 0)
        self.assertEqual(self.state(), "connected")

    def test_living_token_waits_for_no_lock(self):
        with self.raw() as other:
            other.cursor().execute("SELECT 1 FROM mobilepay_token FOR UPDATE")
            _token, seconds = self.call(access_token)
        self.assertLess(seconds, 5)

    def test_disconnect_beside_a_renewal(self):
        self.expire()
        outcomes = self.fight(renew_or_forget, [{"forget": True}, {"forget": False}])
        self.assertIn(outcomes[0].error, "", outcomes[0].message)
        self.assertIn(outcomes[1].error, ("", "ConsentLost"), outcomes[1].message)
        self.assertFalse(self.tokens())
        self.assertEqual(self.state(), "not_connected")
        self.assertFalse(self.activities())


class TokenLoss:
    """What becomes of a connection whose token cannot be renewed."""

    def test_revoked_consent_is_noted_once(self):
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        outcomes = self.fight(ask_merchant)
        # the functions raised, so their own transactions were rolled back
        self.assertEqual({outcome.error for outcome in outcomes}, {"ConsentLost"})
        self.assertEqual(self.state(), "consent_lost")
        self.assertEqual(len(self.activities()), 1)

    def test_later_calls_add_no_activity(self):
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        for _number in range(2):
            self.race(ask_merchant, 1, connection_id=self.connection_id)
        self.assertEqual(len(self.activities()), 1)

    def test_noting_at_the_same_moment(self):
        for _round in range(3):
            self.sql("UPDATE mobilepay_connection SET state = 'connected'")
            self.sql("DELETE FROM mail_activity")
            outcomes = self.race(note_loss, 6, connection_id=self.connection_id)
            self.assertEqual([outcome.error for outcome in outcomes], [""] * 6)
            self.assertEqual(self.state(), "consent_lost")
            self.assertEqual(len(self.activities()), 1)

    def test_activity_goes_to_the_responsible(self):
        user_id = self.call(make_responsible)
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        self.race(ask_merchant, 1, connection_id=self.connection_id)
        self.assertEqual(self.activities(), [(user_id,)])

    def test_caller_that_holds_the_connection_hears_of_it_and_the_next_notes_it(self):
        self.expire()
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        [outcome] = self.fight(ask_with_dirty_connection, 1)
        self.assertEqual(outcome.error, "ConsentLost")
        self.assertEqual(self.state(), "connected")
        [outcome] = self.fight(ask_merchant, 1)
        self.assertEqual((outcome.error, self.state()), ("ConsentLost", "consent_lost"))

    def test_connecting_again_ends_the_activity(self):
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        self.race(ask_merchant, 1, connection_id=self.connection_id)
        RealDatabaseCase.prepare(self)
        self.assertEqual(self.state(), "connected")
        self.assertFalse(self.activities())
        self.assertTrue(self.call(ask_merchant))

    def test_provider_not_reachable_loses_nothing(self):
        self.expire()
        before = self.tokens()
        self.sql(
            "UPDATE mobilepay_connection"
            " SET custom_discovery_url = 'http://127.0.0.1:9/openid-configuration'"
        )
        [outcome] = self.fight(ask_merchant, 1)
        self.assertEqual(outcome.error, "Unavailable")
        self.assertEqual((self.state(), self.tokens()), ("connected", before))

    def test_refused_client_loses_nothing(self):
        self.expire()
        before = self.tokens()
        self.call(use_client_secret, secret="wrong")
        [outcome] = self.fight(ask_merchant, 1)
        self.assertEqual(outcome.error, "ClientRefused")
        self.assertEqual((self.state(), self.tokens()), ("connected", before))
        self.call(use_client_secret, secret="demo-secret")
        self.assertTrue(self.call(ask_merchant))

    def test_tokens_are_gone(self):
        self.sql("DELETE FROM mobilepay_token")
        [outcome] = self.fight(ask_merchant, 1)
        self.assertEqual((outcome.error, self.state()), ("ConsentLost", "consent_lost"))

    def test_no_token_in_the_log(self):
        self.expire()
        token, _seconds = self.call(access_token)
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        self.race(ask_merchant, 1, connection_id=self.connection_id)
        log = self.worker.log()
        self.assertIn("access token renewed in", log)
        self.assertNotIn(token, log)
        self.assertNotIn("eyJ", log)
        self.assertNotIn("demo-secret", json.dumps(log))


@tagged("post_install", "-at_install")
class TestToken(TokenRace, TokenLoss, TokenCase):
    pass
