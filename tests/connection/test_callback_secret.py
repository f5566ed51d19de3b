"""The callback's secret is renewed; for a while the old one is good, too."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestCallbackSecret(NewsCase):
    def secret(self):
        return self.env["mobilepay.secret"]._get(self.connection, "callback")

    def answer_to(self, key):
        """Return the status that a delivery with this key is answered with."""
        connection = self.connection.sudo()
        return connection._take_delivery(connection.callback_path, key, b"[]")

    def test_the_old_one_is_accepted_for_three_days(self):
        old = self.secret()
        self.connection.action_renew_callback_secret()
        new = self.secret()
        self.assertNotEqual(new, old)
        self.assertEqual((self.answer_to(new), self.answer_to(old)), (204, 204))
        rotated = fields.Datetime.now() - timedelta(days=3, seconds=1)
        self.connection.callback_rotated_on = rotated
        self.assertEqual((self.answer_to(new), self.answer_to(old)), (204, 401))

    def test_only_the_last_old_one_is_kept(self):
        oldest = self.secret()
        for _time in range(2):
            self.connection.action_renew_callback_secret()
        self.assertEqual(self.answer_to(oldest), 401)

    def test_a_failed_renewal_leaves_both_ends_agreeing(self):
        old = self.secret()
        self.repoint(custom_api_base="http://127.0.0.1:9/invoice-restapi")
        problems = []
        # not assertRaises: it would roll back what is committed in earnest
        try:
            self.connection.action_renew_callback_secret()
        except UserError as error:
            problems.append(str(error))
        self.assertEqual(len(problems), 1)
        self.assertEqual(self.secret(), old)
        self.assertEqual(self.answer_to(old), 204)
        # MobilePay may have heard it all the same
        coming = self.env["mobilepay.secret"]._get(self.connection, "callback_next")
        self.assertEqual(self.answer_to(coming), 204)

    def test_it_needs_a_living_connection(self):
        self.connection.action_disconnect()
        with self.assertRaisesRegex(UserError, "Connect first"):
            self.connection.action_renew_callback_secret()
