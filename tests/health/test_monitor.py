"""A monitor outside asks how a connection is doing; nobody else is told."""

import json
from datetime import timedelta

import requests

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..connection.test_token_secrecy import PURPOSES
from ..deliveries import CallbackCase
from ..news import NewsCase
from ..whole.test_retry_doors import monitor_token

MANAGER = "base.group_user,account.group_account_manager"
WELL = {
    "ok": True,
    "connected": True,
    "state": "connected",
    "troubles": [],
    "last_callback_age": None,
    "last_answer_age": None,
    "news_waiting": 0,
    "oldest_news_age": None,
    "requests_waiting": 0,
    "oldest_request_age": None,
    "news_for_a_person": 0,
    "scheduled_actions_overdue": 0,
}


@tagged("post_install", "-at_install")
class TestMonitor(NewsCase):
    def setUp(self):
        super().setUp()
        crons = self.env["mobilepay.watcher"]._crons()
        crons.write({"nextcall": fields.Datetime.now() + timedelta(hours=1)})
        self.env["mobilepay.event"].sudo().search([]).unlink()
        self.token = self.renew()

    def renew(self):
        action = self.connection.action_renew_monitor_address()
        address = action["context"]["default_address"]
        base = f"{self.connection.base_url}/mobilepay/health?token="
        self.assertTrue(address.startswith(base))
        return address.removeprefix(base)

    def ask(self, token=None):
        """Return status and report, as a stranger with this token gets them."""
        self.env.flush_all()
        self.env.invalidate_all()
        nobody = self.env.ref("base.public_user")
        Connection = self.env["mobilepay.connection"].with_user(nobody).sudo()
        return Connection._answer_monitor(self.token if token is None else token)

    def report(self):
        """Return the report of a connection that is not well."""
        status, report = self.ask()
        self.assertEqual((status, report["ok"]), (503, False))
        return report

    def make_old(self, records):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(hours=2), records.ids],
        )

    # ----------------------------------------------------------------- who may ask

    def test_nobody_without_the_token(self):
        number, _dot, key = self.token.partition(".")
        wrong = ["", ".", number, key, f"{number}.", f"{number}.{key[:-1]}"]
        wrong += [f"{number}.{key}x", f".{key}", f"0.{key}", f"{int(number) + 1}.{key}"]
        for token in wrong:
            with self.subTest(token):
                self.assertEqual(self.ask(token), (401, {}))

    def test_nobody_where_none_was_made(self):
        # models/health/mobilepay_connection_monitor.py: _is_monitor / self and kept
        self.env["mobilepay.secret"]._put(self.connection, "monitor", "")
        number = self.token.partition(".")[0]
        self.assertEqual(self.ask(), (401, {}))
        self.assertEqual(self.ask(f"{number}."), (401, {}))

    def test_a_new_address_ends_the_old_one(self):
        old, self.token = self.token, self.renew()
        self.assertEqual(self.ask(old), (401, {}))
        self.assertEqual(self.ask(), (200, WELL))

    def test_an_archived_connection_answers_nobody(self):
        self.connection.action_archive()
        self.assertEqual(self.ask(), (401, {}))

    def test_the_address_is_shown_and_not_kept(self):
        manager = new_test_user(
            self.env, "monitor_manager", MANAGER, company_id=self.company.id
        )
        action = self.connection.with_user(manager).action_renew_monitor_address()
        shown = self.env[action["res_model"]].with_context(**action["context"])
        told = shown.with_user(manager).onchange({}, [], {"address": {}})
        address = action["context"]["default_address"]
        self.assertEqual(told["value"]["address"], address)
        with self.assertRaises(AccessError):
            shown.with_user(self.env.ref("base.public_user")).onchange(
                {}, [], {"address": {}}
            )
        key = address.rpartition(".")[2]
        self.env.flush_all()
        self.env.cr.execute("SELECT string_agg(t::text, ' ') FROM mobilepay_secret t")
        self.assertNotIn(key, self.env.cr.fetchone()[0])

    # ---------------------------------------------------------------- what is told

    def test_all_is_well(self):
        self.assertEqual(self.ask(), (200, WELL))
        request = self.sent()
        self.tell(*self.history(request, "created"))
        status, report = self.ask()
        self.assertEqual(status, 200)
        self.assertLess(report["last_callback_age"], 60)

    def test_news_that_wait(self):
        request = self.paid()
        self.control(
            "faults", rules=[{"kind": "status", "match": "GET /invoice-restapi/"}]
        )
        self.addCleanup(self.control, "faults", rules=[])
        self.tell(*self.history(request, "created", "paid"))
        [event] = self.events(request, state="new")
        self.make_old(event)
        report = self.report()
        self.assertEqual(report["troubles"], ["event"])
        self.assertEqual(report["news_waiting"], 1)
        self.assertAlmostEqual(report["oldest_news_age"], 7200, delta=60)

    def test_a_request_that_does_not_get_out(self):
        request = self.sent()
        request.sudo().state = "unconfirmed"
        self.make_old(request)
        report = self.report()
        self.assertEqual(report["troubles"], ["request"])
        self.assertEqual(report["requests_waiting"], 1)
        self.assertAlmostEqual(report["oldest_request_age"], 7200, delta=60)

    def test_scheduled_actions(self):
        send = self.env.ref("account_mobilepay.cron_send").sudo()
        process = self.env.ref("account_mobilepay.cron_process").sudo()
        send.active = False
        process.nextcall = fields.Datetime.now() - timedelta(minutes=70)
        report = self.report()
        self.assertEqual(report["troubles"], ["crons"])
        self.assertEqual(report["scheduled_actions_overdue"], 2)

    def test_not_connected(self):
        for state in ("consent_lost", "not_connected"):
            self.connection.sudo().state = state
            report = self.report()
            self.assertEqual((report["connected"], report["state"]), (False, state))

    def test_nothing_secret_and_nobody_is_named(self):
        self.orphan()
        self.connection.sudo().reporting_problem = "The key of Anna Holm is refused."
        self.assertEqual(self.report()["troubles"], ["reporting", "orphan"])
        told = json.dumps(self.report())
        Secret = self.env["mobilepay.secret"]
        connection = self.connection.sudo()
        secrets = [Secret._get(connection, purpose) for purpose in PURPOSES]
        secrets += [connection.callback_path, self.token.partition(".")[2]]
        named = [connection.client_id, connection.merchant_id, connection.merchant_vat]
        named += [self.company.name, self.partner_a.name, "Anna", "key of"]
        for text in filter(None, [*secrets, *named]):
            self.assertNotIn(text, told)

    def test_it_costs_the_same_however_much_waits(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.ask()
            return self.env.cr.sql_log_count - before

        self.orphan()
        queries()
        few = queries()
        for _time in range(5):
            self.orphan()
            self.sent().sudo().state = "unconfirmed"
        self.assertEqual(queries(), few)
        self.assertLess(few, 25)


@tagged("post_install", "-at_install")
class TestMonitorDoor(CallbackCase):
    """Over HTTP, as a monitor comes."""

    def get(self, method="GET", **options):
        url = f"{self.server.url}/mobilepay/health"
        return requests.request(method, url, timeout=60, **options)

    def test_by_query_and_by_header(self):
        # controllers/health.py: _shown
        token = self.run_real(monitor_token)
        bearer = {"Authorization": f"Bearer {token}"}
        for way in ({"params": {"token": token}}, {"headers": bearer}):
            answer = self.get(**way)
            self.assertEqual(set(answer.json()), set(WELL))
            self.assertEqual(answer.status_code, 200 if answer.json()["ok"] else 503)
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertFalse(answer.cookies)
            head = self.get("HEAD", **way)
            self.assertEqual((head.status_code, head.text), (answer.status_code, ""))

    def test_refused(self):
        token = self.run_real(monitor_token)
        wrong = [{}, {"params": {"token": "x"}}, {"params": {"token": f"{token}x"}}]
        wrong += [{"headers": {"Authorization": token}}]
        for way in wrong:
            answer = self.get(**way)
            self.assertEqual((answer.status_code, answer.json()), (401, {}))
        self.assertEqual(self.get("POST", params={"token": token}).status_code, 405)
