"""The story of a request: what was done here, and what MobilePay told."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTimeline(SettlementCase):
    # protects: health/mobilepay_step.py

    def kinds(self, request):
        """Return the steps, oldest first: kind, or MobilePay's word."""
        request.invalidate_recordset(["step_ids"])
        steps = request.step_ids.sorted(lambda s: (s.learnt_on, s.id))
        return [step.status or step.kind for step in steps]

    def step(self, request, word):
        request.invalidate_recordset(["step_ids"])
        [step] = request.step_ids.filtered(lambda s: word in (s.status, s.kind))
        return step

    def test_whole_story(self):
        transfer = self.daily_transfer()
        request = transfer.transaction_ids.request_id
        self.assertEqual(
            set(self.kinds(request)),
            {"queued", "sent", "created", "paid", "posted", "transferred"},
        )
        made = self.step(request, "queued")
        self.assertEqual(made.user_id, self.env.user)
        moment = request.create_date.replace(microsecond=0)
        self.assertEqual(made.happened_on, moment)
        self.assertEqual(self.step(request, "sent").happened_on, request.sent_on)
        paid = self.step(request, "paid")
        self.assertEqual(paid.source, "poll")
        self.assertEqual(paid.name, "Paid")
        self.assertEqual(paid.result, "done")
        posted = self.step(request, "posted")
        self.assertEqual(posted.detail, request.payment_id.name)
        out = self.step(request, "transferred")
        self.assertEqual(out.source, "settlement")
        self.assertEqual(out.detail, transfer.reference)

    def test_news_say_when_it_happened_and_when_it_was_learnt(self):
        request = self.send(self.invoice())
        day = fields.Date.today() + timedelta(days=3)
        news = self.news(request, "accepted", 1, PaymentDate=str(day))
        self.tell({**news, "Date": "2026-04-24T07:29:47.75+00:00"})
        step = self.step(request, "accepted")
        self.assertEqual(str(step.happened_on), "2026-04-24 07:29:47")
        self.assertEqual(step.learnt_on, step.event_id.create_date)
        self.assertEqual(step.source, "callback")
        self.assertIn("The payer pays on", step.detail)
        self.assertIn('"accepted"', step.sudo().raw)

    def test_one_after_the_other(self):
        """What is of the same second is in the order in which it must have been."""
        request = self.send(self.invoice())
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mobilepay_invoice SET create_date = %(now)s, sent_on = %(now)s",
            {"now": "2026-04-24 07:29:47"},
        )
        self.env.cr.execute(
            "UPDATE mobilepay_event SET happened_on = '2026-04-24 07:29:47.5'"
        )
        self.env.invalidate_all()
        kinds = request.step_ids.mapped("kind")
        self.assertEqual(kinds, ["news", "sent", "queued"], "the newest first")

    def test_who_took_it_back(self):
        request = self.send(self.invoice())
        biller = new_test_user(
            self.env,
            "timeline_biller",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        request.with_user(biller).action_cancel()
        step = self.step(request, "withdrawn")
        self.assertEqual(step.user_id, biller)
        self.assertEqual(step.detail, "Asked for by a person")
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()
        self.assertIn("canceled", self.kinds(request))

    def test_a_batch_names_who_sent_it(self):
        moves = self.invoice() + self.invoice()
        batch = self.env["mobilepay.batch"].sudo()._start(moves)
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()
        for request in batch.request_ids:
            self.assertEqual(self.step(request, "queued").user_id, batch.user_id)

    def test_steps_of_one_form_do_not_read_the_others(self):
        """Looked up by id, as the web client does, a step is found by its row."""
        request = self.send(self.invoice())
        self.send(self.invoice())
        self.env.invalidate_all()
        ids = request.step_ids.ids
        self.assertGreater(len(ids), 2)
        self.env.invalidate_all()
        Step = self.env["mobilepay.step"]
        self.assertEqual(Step.browse(ids).mapped("request_id"), request)
        domain = Step._made_of(ids)
        self.assertEqual(Step.search(domain).request_id, request)
        query = Step._search([("id", "in", ids)])
        self.assertIn("event_id", query.where_clause.code)

    def test_form_reads_it(self):
        request = self.send(self.invoice())
        self.env.invalidate_all()
        names = ("happened_on", "name", "detail", "source", "result", "learnt_on")
        [shown] = request.web_read(
            {"step_ids": {"fields": {name: {} for name in names}}}
        )
        self.assertEqual(
            [step["name"] for step in shown["step_ids"]].count("Waiting"), 1
        )

    def test_days_to_pay(self):
        # protects: request/mobilepay_invoice_days.py
        Request = self.env["mobilepay.invoice"].sudo()
        requests = [self.send(self.invoice()).sudo() for _number in range(3)]
        # late in the evening UTC is the next day in Copenhagen
        requests[0].write({"sent_on": "2026-07-01 22:30:00", "paid_on": "2026-07-04"})
        requests[1].write({"sent_on": "2026-07-01 12:00:00", "paid_on": "2026-07-01"})
        self.assertEqual([one.days_to_pay for one in requests], [2, 0, 0])
        [(average,)] = Request._read_group(
            [("id", "in", [one.id for one in requests])],
            aggregates=["days_to_pay:avg"],
        )
        self.assertEqual(average, 1.0, "what is not paid does not count")
