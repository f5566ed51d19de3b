"""A neutralized copy of a busy database does nothing at MobilePay, nor hears it."""

import requests

from odoo.tests import tagged

from ..common import simulator
from ..oidc_case import OidcCase
from ..real import Worker, make_invoices
from ..role_tables import ACTIONS, HARMLESS

# isort: split
from play.office import Office, OfficeError

from stack import Databases, OdooServer, neutralize

PAST = "2020-01-01 00:00:00"
#: parts of what a busy original asks of MobilePay when its crons run
ASKED = ("POST /invoice", "GET /invoice", "/cancel", "/transaction-reporting", "/token")


def keep_busy(env):
    """Leave work behind for every cron that speaks to MobilePay."""
    send(env, env["account.move"].browse(make_invoices(env, count=4)))
    waiting = env["account.move"].browse(make_invoices(env, count=2))
    wizard = env["account.move.send.batch.wizard"].create(
        {"move_ids": [(6, 0, waiting.ids)]}
    )
    waiting.partner_id.invoice_sending_method = "mobilepay"
    wizard.action_send_and_print()
    queued, polled, canceled, _other = env["mobilepay.invoice"].search(
        [("state", "=", "created")], order="id"
    )
    queued.write({"state": "queued", "mobilepay_id": False, "next_try_on": PAST})
    polled.next_poll_on = PAST
    canceled.action_cancel()
    canceled.next_cancel_on = PAST
    env.cr.execute("UPDATE mobilepay_token SET expires_at = %s", [PAST])


def send(env, moves):
    """Send each as the wizard does."""
    for move in moves:
        values = {"move_id": move.id, "sending_methods": ["mobilepay"]}
        env["account.move.send.wizard"].create(values).action_send_and_print()


def run_all_crons(env):
    """Run every cron of the addon, active or not; return their names."""
    crons = env["ir.model.data"].search(
        [("module", "=", "account_mobilepay"), ("model", "=", "ir.cron")]
    )
    for cron in (
        env["ir.cron"].with_context(active_test=False).browse(crons.mapped("res_id"))
    ):
        cron.method_direct_trigger()
    return crons.mapped("name")


def make_and_send(env):
    """Send another invoice, as a person does."""
    send(env, env["account.move"].browse(make_invoices(env)))


def pay(env):
    """Ask for a link, as a payer on the portal does; return it."""
    move = env["account.move"].browse(make_invoices(env))
    return move._mobilepay_link_for_payer()


def stored(env):
    """Return what is left to act with, and where MobilePay would call."""
    connection = env["mobilepay.connection"].search([])
    return {
        "path": connection.callback_path,
        "state": connection.state,
        "rows": [
            env[model].search_count([])
            for model in ("mobilepay.secret", "mobilepay.token", "mobilepay.login")
        ],
    }


@tagged("post_install", "-at_install")
class TestNeutralizedCopy(OidcCase):
    """On a real copy, neutralized by Odoo's command, with the original's key file."""

    def setUp(self):
        super().setUp()
        self.office.connect(self.connection_id)
        self.control("callbacks/pause")
        self.run_real(keep_busy)
        self.path, self.key = self.secrets_of_the_door()
        self.copy = f"{self.database}_copy"
        databases = Databases.from_environment()
        # a database that somebody is connected to cannot be copied
        self.server.stop()
        databases.clone(self.database, self.copy)
        self.addCleanup(databases.drop, self.copy)

    def secrets_of_the_door(self):
        """Return path and key that MobilePay calls the original with."""
        [(path,)] = self.sql("SELECT callback_path FROM mobilepay_connection")
        seen = requests.get(f"{simulator().url}/control/secrets", timeout=30).json()
        [key] = seen["callback secret"]
        return path, key

    def asked(self):
        """Return how often MobilePay was asked for what, but for its own doors."""
        return {
            call: count
            for call, count in self.inspect()["requests"].items()
            if "/control/" not in call
        }

    # ------------------------------------------------------------------ the copy

    def wake_up(self):
        """Start a second Odoo on the copy, and a worker."""
        server = OdooServer(self.copy)
        server.start()
        self.addCleanup(server.stop)
        worker = Worker(self.copy)
        self.addCleanup(worker.stop)
        return server, worker

    def on_copy(self, worker, function):
        """Run a function on the copy; return its outcome."""
        [outcome] = worker.run(function, [{}])
        return outcome

    def press_all(self, server):
        """Press every button on every kind of row; return which gave an error."""
        office = Office(server.url, self.copy)
        office.log_in("admin", "admin")
        pressed = [
            *ACTIONS,
            *((m, name) for m, names in HARMLESS.items() for name in names),
        ]
        refused = set()
        for model, action in sorted(pressed):
            ids = office.call(model, "search", [])
            for row_id in ids[:4]:
                try:
                    office.call(model, action, [row_id])
                except OfficeError:
                    refused.add(action)
        return refused

    def test_does_nothing_at_mobilepay_and_hears_nothing(self):
        # data/neutralize.sql: SET state and callback_path, and each DELETE
        neutralize(self.copy)
        server, worker = self.wake_up()
        left = self.on_copy(worker, stored).value
        # now, as some of the buttons below leave no more behind
        self.assertEqual((left["state"], left["rows"]), ("not_connected", [0, 0, 0]))
        self.assertNotEqual(left["path"], self.path)
        before = self.asked()
        crons = self.on_copy(worker, run_all_crons)
        self.assertEqual(crons.error, "", crons.message)
        self.assertGreaterEqual(len(crons.value), 11)
        refused = self.press_all(server)
        self.assertLessEqual(
            {"action_connect", "action_test_connection", "action_sync_consents"},
            refused,
        )
        self.assertIn("not connected", self.on_copy(worker, make_and_send).message)
        self.assertEqual(self.on_copy(worker, pay).value, "")
        self.assertEqual(self.asked(), before)
        self.check_door(server, left["path"])
        self.check_original(before)

    def check_door(self, server, own_path):
        """The callback is answered as any unknown address is."""
        answers = set()
        for path in (self.path, own_path, "no-such-path"):
            url = f"{server.url}/mobilepay/callback/{path}"
            headers = {"Authorization": self.key}
            answer = requests.post(url, "[]", headers=headers, timeout=30)
            answers.add((answer.status_code, answer.text))
        self.assertEqual(answers, {(401, "")})

    def check_original(self, before):
        """The same crons on the original: it had a lot to say."""
        self.run_real(run_all_crons)
        now = self.asked()
        told = [call for call in now if now[call] > before.get(call, 0)]
        for part in ASKED:
            self.assertTrue([call for call in told if part in call], f"{part}: {told}")
