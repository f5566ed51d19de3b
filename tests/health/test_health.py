"""What needs a person shows itself, with words and a next step."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestHealth(NewsCase):
    """Each trouble, made for real where that is possible, and gone again."""

    def setUp(self):
        super().setUp()
        self.crons = self.env["mobilepay.watcher"]._crons()
        self.crons.write({"nextcall": fields.Datetime.now() + timedelta(hours=1)})
        self.env["mobilepay.event"].sudo().search([]).unlink()

    def problems(self):
        self.env.invalidate_all()
        return self.connection.health_problems or ""

    def age(self, records, **ago):
        """Make rows older than they are."""
        self.env.flush_all()
        moment = fields.Datetime.now() - timedelta(**ago)
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
            [moment, records.ids],
        )
        records.invalidate_recordset()
        return moment

    def activities(self):
        return self.connection.activity_search(["account_mobilepay.activity_health"])

    def watch(self):
        self.env.ref("account_mobilepay.cron_watch").method_direct_trigger()

    # --------------------------------------------------------------------- books

    def test_archived_journal_is_said_before_money_comes(self):
        self.connection.journal_id.active = False
        self.check_books("is archived")

    def test_lost_payment_method_is_said_before_money_comes(self):
        lines = self.connection.journal_id.inbound_payment_method_line_ids
        lines.filtered(lambda line: line.code == "mobilepay").unlink()
        self.check_books("with a payment method MobilePay")

    def test_lost_with_the_journals_currency_is_said_before_money_comes(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.connection.journal_id.currency_id = euro
        self.check_books("with a payment method MobilePay")

    def check_books(self, words):
        """Panel, activity and the Send wizard say it; nothing goes out."""
        self.assertIn(words, self.problems())
        self.watch()
        self.assertIn(words, self.activities().note)
        move = self.invoice()
        wizard = self.env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"]}
        )
        alert = wizard.alerts["mobilepay_not_sendable"]
        self.assertIn(words, alert["message"])
        self.assertFalse(self.env["mobilepay.sender"]._fits(self.connection, move))

    # ------------------------------------------------------------------- figures

    def test_a_healthy_connection_says_nothing(self):
        request = self.paid()
        self.tell(*self.history(request, "created", "paid"))
        self.assertEqual(self.problems(), "")
        self.watch()
        self.assertFalse(self.activities())

    def test_last_callback_and_last_answer(self):
        request = self.sent()
        self.assertFalse(self.connection.last_callback_on)
        self.assertFalse(self.connection.last_poll_on)
        self.tell(*self.history(request, "created"))
        # inbox/mobilepay_poller.py: _ask notes when MobilePay answered
        request.action_refresh_status()
        self.connection.invalidate_recordset()
        now = fields.Datetime.now()
        for moment in (self.connection.last_callback_on, self.connection.last_poll_on):
            self.assertLess(now - moment, timedelta(minutes=1))

    # -------------------------------------------------------------------- events

    def test_news_that_wait_for_long(self):
        request = self.paid()
        self.control(
            "faults", rules=[{"kind": "status", "match": "GET /invoice-restapi/"}]
        )
        self.tell(*self.history(request, "created", "paid"))
        self.assertEqual(
            self.problems(), "", "an hour may pass before a person is told"
        )
        [event] = self.events(request, state="new")
        moment = self.age(event, hours=2)
        # health/mobilepay_watcher.py: _event_problem
        self.assertIn("News of MobilePay wait since", self.problems())
        self.assertIn(event.reason, self.problems())
        self.assertEqual(self.connection.oldest_event_on, moment)
        self.control("faults", rules=[])
        event.action_replay()
        self.assertEqual((request.state, self.problems()), ("paid", ""))

    def test_a_request_that_does_not_get_out(self):
        request = self.sent()
        # sudo: the system's to write
        request.sudo().state = "unconfirmed"
        self.assertEqual(self.problems(), "")
        moment = self.age(request, hours=2)
        # health/mobilepay_watcher.py: _request_problem
        self.assertIn("on its way to MobilePay since", self.problems())
        self.assertEqual(self.connection.oldest_request_on, moment)

    def test_callbacks_that_do_not_arrive(self):
        request = self.sent()
        self.pay(request)
        request.action_refresh_status()
        self.assertEqual(request.state, "paid")
        self.assertEqual(self.problems(), "", "the callback may be on its way")
        self.age(self.events(request, source="poll"), hours=2)
        # health/mobilepay_watcher.py: _callback_problem
        self.assertIn("callbacks do not arrive", self.problems())
        self.tell(*self.history(request, "created", "paid"))
        self.assertEqual(self.problems(), "", "one arrived: they do")

    def test_news_of_nobody(self):
        self.orphan()
        self.orphan()
        self.assertEqual(self.connection.orphan_count, 2)
        # health/mobilepay_watcher.py: _orphan_problem
        self.assertIn("belong to no request in Odoo: 2.", self.problems())
        action = self.connection.action_open_attention()
        found = self.env["mobilepay.event"].search(action["domain"])
        self.assertEqual(set(found.mapped("state")), {"orphan"})
        self.age(found, days=40)
        self.assertEqual(self.problems(), "", "nobody asked for a month")
        self.assertEqual(self.connection.orphan_count, 2)

    def test_news_that_could_not_be_read(self):
        self.tell({"InvoiceId": "17"})
        self.assertEqual(self.connection.unreadable_count, 1)
        # health/mobilepay_watcher.py: _unreadable_problem
        self.assertIn("were not confirmed: 1.", self.problems())

    # -------------------------------------------------------------------- access

    def test_access_that_was_not_used_for_a_year(self):
        self.assertEqual(self.problems(), "")
        token = self.env["mobilepay.token"].sudo()
        row = token.search([("connection_id", "=", self.connection.id)])
        row.expires_at = fields.Datetime.now() - timedelta(days=340)
        # health/mobilepay_watcher.py: _access_problem, 13 months being 396 days at most
        self.assertIn("ends on", self.problems())
        self.assertLess(
            self.connection.access_ends_on - fields.Date.today(), timedelta(days=60)
        )
        self.connection.action_test_connection()
        self.assertEqual(self.problems(), "")

    def test_reporting_that_is_refused(self):
        self.connection.sudo().reporting_problem = "The API key is not accepted."
        # health/mobilepay_watcher.py: _reporting_problem
        self.assertIn("The API key is not accepted.", self.problems())

    def test_what_is_not_connected_has_no_troubles_of_its_own(self):
        self.orphan()
        self.connection.action_disconnect()
        self.assertEqual(self.problems(), "")

    # --------------------------------------------------------------------- crons

    def test_a_failing_cron(self):
        cron = self.env.ref("account_mobilepay.cron_poll").sudo()
        cron.write({"failure_count": 3, "first_failure_date": "2026-01-05 10:00:00"})
        # health/mobilepay_watcher.py: _cron_problem
        self.assertIn("number of failures: 3.", self.problems())
        cron.write({"failure_count": 0, "first_failure_date": False})
        self.assertEqual(self.problems(), "")

    def test_a_cron_that_is_switched_off(self):
        self.env.ref("account_mobilepay.cron_send").sudo().active = False
        self.assertIn("is switched off", self.problems())

    def test_crons_that_nobody_runs(self):
        cron = self.env.ref("account_mobilepay.cron_process").sudo()
        cron.nextcall = fields.Datetime.now() - timedelta(minutes=50)
        self.assertEqual(self.problems(), "", "it may have to wait for another")
        cron.nextcall = fields.Datetime.now() - timedelta(minutes=70)
        # health/mobilepay_watcher.py: _is_overdue
        self.assertIn("scheduled actions do not run", self.problems())

    # ------------------------------------------------------------------ activity

    def test_one_activity_that_follows_the_troubles(self):
        self.connection.responsible_id = self.env.user
        self.orphan()
        self.watch()
        self.watch()
        [activity] = self.activities()
        self.assertEqual(activity.user_id, self.env.user)
        self.assertIn("in Odoo: 1.", activity.note)
        self.orphan()
        self.watch()
        self.assertEqual(self.activities(), activity)
        self.assertIn("in Odoo: 2.", activity.note)
        self.age(self.events(state="orphan"), days=40)
        self.watch()
        # health/mobilepay_watcher.py: _watch takes it away
        self.assertFalse(self.activities())

    def test_an_activity_whose_text_stays_is_not_written(self):
        self.connection.sudo().reporting_problem = "MobilePay's key isn't <known> & ok."
        self.watch()
        activity = self.activities()
        self.env.cr.execute("UPDATE mail_activity SET write_date = '2026-01-05'")
        activity.invalidate_recordset()
        self.watch()
        # health/mobilepay_watcher.py: _watch compares what is read, not how it is
        # stored
        self.assertEqual(str(activity.write_date.date()), "2026-01-05")

    def test_disconnecting_takes_the_activity_away(self):
        self.orphan()
        self.watch()
        self.assertTrue(self.activities())
        self.connection.action_disconnect()
        self.assertFalse(self.activities())

    def test_a_cron_writes_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("da_DK")
        self.connection.responsible_id = self.env.user
        self.env.user.lang = "da_DK"
        self.env.ref("account_mobilepay.cron_poll").sudo().write(
            {"failure_count": 3, "first_failure_date": "2026-01-05 10:00:00"}
        )
        self.watch()
        [activity] = self.activities()
        # a Danish date: the text itself is translated with the addon
        self.assertIn("05.01.2026", activity.note)
