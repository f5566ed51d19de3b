"""Payments reported by a reference that more than one request has had."""

from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestSharedReference(SettlementCase):
    """A refused request gives its reference to the next one of its invoice."""

    def setUp(self):
        super().setUp()
        self.use("daily")

    def twin(self, request, state, **values):
        """Return a request sent before ``request`` under the same reference."""
        values = {"state": state, "tries": 1, "superseded": True, **values}
        return request.sudo().copy(values)

    def test_a_payment_reported_again_is_not_that_of_the_refused_one(self):
        # protects: settlement/mobilepay_linker.py: _untold / transaction_id
        self.go_to(days_ago=0, hour=0)
        request = self.paid_request()
        refused = self.twin(request, "invalid")
        self.fetch()
        self.assertEqual(refused.state, "invalid")
        self.assertFalse(self.events(refused))
        self.assertEqual(len(self.payments(request)), 1)

    def test_nor_where_it_was_paid_over_an_earlier_connection(self):
        # protects: settlement/mobilepay_linker.py: _by_id / company
        self.go_to(days_ago=0, hour=0)
        request = self.paid_request()
        self.connect_anew()
        self.use("daily")
        refused = self.twin(request, "invalid", connection_id=self.connection.id)
        self.fetch()
        self.assertEqual(refused.state, "invalid")
        self.assertFalse(self.events(refused))

    def test_a_payment_that_nobody_told_of_is_that_of_the_open_one(self):
        # protects: settlement/mobilepay_linker.py: _untold / likely
        pairs = []
        for number, state in enumerate(("invalid", "rejected", "expired", "canceled")):
            request = self.paid_unheard(800.0 + number)
            ended = self.twin(request, state, reference_shared=True)
            pairs.append((request, ended, state))
        self.night(self.DAYS - 1)
        self.assertEqual(self.fetch().state, "settled")
        for request, ended, state in pairs:
            with self.subTest(state):
                self.assertEqual((request.state, ended.state), ("paid", state))
                self.assertEqual(len(self.payments(request)), 1)
        self.assertEqual(self.owed(), 0.0)

    def test_of_ended_ones_it_is_that_of_one_that_was_not_refused(self):
        # protects: settlement/mobilepay_linker.py: _untold / invalid
        request = self.paid_unheard()
        refused = self.twin(request, "invalid")
        request.sudo().write({"state": "expired", "mobilepay_id": False})
        self.night(self.DAYS - 1)
        self.fetch()
        self.assertEqual((request.state, refused.state), ("paid", "invalid"))

    def test_a_payment_of_a_refused_one_alone_is_its_own(self):
        # protects: settlement/mobilepay_linker.py: _untold / the last resort
        request = self.paid_unheard()
        request.sudo().write({"state": "invalid", "mobilepay_id": False})
        self.night(self.DAYS - 1)
        self.fetch()
        self.assertEqual(request.state, "paid")
        self.assertEqual(len(self.payments(request)), 1)
