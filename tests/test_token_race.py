from odoo.tests import tagged

from .real import RealDatabaseCase


def access_token(env, connection_id, rejected=""):
    """Ask for a usable access token, as every API call does."""
    connection = env["mobilepay.connection"].browse(connection_id)
    return env["mobilepay.token"]._access_token(connection, rejected)


def expire(env):
    """Let the kept access token be over."""
    env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")


@tagged("post_install", "-at_install")
class TestTokenRace(RealDatabaseCase):
    """Several workers want the one token at once, each on its own connection."""

    def test_expired_token_is_renewed_once(self):
        self.run_real(expire)
        outcomes = self.race(access_token, 4, connection_id=self.connection_id)
        self.assertEqual([outcome.error for outcome in outcomes], [""] * 4)
        self.assertEqual(len({outcome.value for outcome in outcomes}), 1)
        self.assertEqual(
            self.inspect()["requests"].get("POST /merchant/connect/token"), 1
        )
