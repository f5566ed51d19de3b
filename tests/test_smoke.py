from odoo.tests import tagged

from .common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestMainJob(MobilepayCommon):
    def test_sent_paid_posted(self):
        move = self.invoice()
        request = self.send(move)
        self.assertEqual(request.state, "created")
        self.pay(request)
        self.deliver(self.news(request, "paid", 2))
        self.process()
        self.assertEqual(request.state, "paid")
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(request.payment_id.amount, 1000.0)
        self.assertEqual(request.payment_id.memo, request.payment_reference)
