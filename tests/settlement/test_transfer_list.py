"""The list of transfers: how far each has come, and what they are made of."""

from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTransferList(SettlementCase):
    def test_from_transit_to_the_bank(self):
        transfer = self.daily_transfer(800.0)
        self.assertEqual(transfer.stage, "transit")
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.assertEqual(transfer.stage, "bank")
        line.action_undo_reconciliation()
        self.assertEqual(transfer.stage, "transit")
        transfer.action_undo()
        self.assertEqual(transfer.stage, "undone")

    def test_an_instant_payment_without_an_entry(self):
        self.use("instant")
        request = self.paid_request(800.0)
        transfer = self.fetch()
        self.assertFalse(transfer.move_id)
        self.assertEqual(transfer.stage, "transit")
        self.bank_line(request.payment_reference, 1000.0)
        self.match()
        self.assertEqual(transfer.stage, "bank")

    def test_totals(self):
        # protects: settlement/mobilepay_transfer_stage.py: what a grouped list adds up
        self.use("daily", fees="kept", transaction_fee="2.00")
        first = self.paid_request(800.0)
        self.paid_request(400.0)
        self.night(self.DAYS - 1)
        self.fetch()
        self.paid_request(800.0)
        self.refund(first, 100.0)
        self.night(self.DAYS - 2)
        transfers = self.fetch()
        self.env.flush_all()
        names = ["paid_total", "refund_total", "fee_total", "other_total"]
        self.assertTrue(all(sum(transfers.mapped(name)) for name in names[:3]))
        for function in ("sum", "sum_currency"):
            [sums] = transfers._read_group(
                [("id", "in", transfers.ids)],
                aggregates=[f"{name}:{function}" for name in names],
            )
            for name, found in zip(names, sums, strict=True):
                own = sum(transfers.mapped(name))
                self.assertAlmostEqual(float(found), own, 2, f"{name}:{function}")
        described = transfers.fields_get(names, ["aggregator"])
        self.assertEqual({one["aggregator"] for one in described.values()}, {"sum"})
