"""Odoo takes a request again whose transaction failed: MobilePay must not notice."""

import json
import sys
from urllib.parse import urlsplit

from odoo.tests import tagged

from ..crashing import CrashCase
from ..flow_items import paid_news, posted, sent
from ..oidc_case import OidcCase
from ..refused_doors import knock

CONTROLLERS = "odoo.addons.account_mobilepay.controllers."
HOME = "http://127.0.0.1:8069"


def endpoints():
    """Return the names of all our controllers' methods that have a route."""
    return {
        name
        for module in list(sys.modules)
        if module.startswith(CONTROLLERS)
        for controller in vars(sys.modules[module]).values()
        if isinstance(controller, type) and controller.__module__ == module
        for name, member in vars(controller).items()
        if hasattr(member, "original_routing")
    }


@tagged("post_install", "-at_install")
class TestRetryDoors(CrashCase):
    """One test for each route, by the name of its method."""

    def test_every_route_has_its_test(self):
        """A new route that is not tried here fails this."""
        tried = {name.removeprefix("test_door_") for name in dir(self)}
        self.assertEqual(endpoints() - tried, set())

    def knock(self, path, **request):
        """Knock; Odoo must have tried twice. Return the answer, and new calls."""
        before = self.calls()
        answer = self.run_real(knock, path=path, **request)
        self.assertEqual(answer["tries"], 2)
        return answer, self.calls() - before

    def calls(self):
        """Return how many calls of any kind MobilePay got."""
        return sum(
            count
            for call, count in self.inspect()["requests"].items()
            if " /control/" not in call
        )

    # ----------------------------------------------------------------------- news

    def test_door_deliver(self):
        [item] = paid_news(self, 1)
        [[path]] = self.sql("SELECT callback_path FROM mobilepay_connection")
        elements = item.values["elements"]
        answer, calls = self.knock(
            f"/mobilepay/callback/{path}",
            body=json.dumps(elements),
            headers={"Authorization": self.run_real(callback_secret)},
        )
        self.assertEqual((answer["status"], calls), (204, 0))
        ids = [one["InvoiceId"] for one in elements]
        stored = self.sql(
            "SELECT sequence FROM mobilepay_event WHERE source = 'callback'"
            " AND mobilepay_id = ANY(%s) ORDER BY sequence",
            ids,
        )
        self.assertEqual(stored, [(one["Sequence"],) for one in elements])
        self.recover([item])
        self.check_all_right([item])

    # -------------------------------------------------------------------- portal

    def test_door_mobilepay_pay(self):
        # protects: base/mobilepay_worker.py: _commit. One of its callers taken out
        # has the others behind it (sending/mobilepay_sender.py: _send and _claim;
        # _keep_outcome)
        [item] = posted(self, 1)
        token = self.run_real(portal_token, **item.values)
        answer, calls = self.knock(
            f"/my/invoices/{item.moves[0]}/mobilepay", form={"access_token": token}
        )
        [invoice] = self.at_mobilepay(item.moves)
        self.assertEqual(answer["status"], 303)
        self.assertIn(invoice["id"], answer["location"].lower())
        self.assertEqual((calls, invoice["create_attempts"]), (1, 1))
        self.check_all_right([item])

    def test_door_portal_my_invoice_detail(self):
        [item] = posted(self, 1)
        token = self.run_real(portal_token, **item.values)
        page = f"/my/invoices/{item.moves[0]}"
        self.knock(f"{page}/mobilepay", form={"access_token": token})
        [invoice] = self.at_mobilepay(item.moves)
        answer, calls = self.knock(f"{page}?access_token={token}&mobilepay=pay")
        self.assertEqual((answer["status"], calls), (303, 0))
        self.assertIn(invoice["id"], answer["location"].lower())
        self.check_all_right([item])

    def test_door_mobilepay_return(self):
        [item] = sent(self, 1)
        token = self.run_real(portal_token, **item.values)
        answer, calls = self.knock(f"/mobilepay/return/{item.moves[0]}/{token}")
        self.assertEqual((answer["status"], calls), (303, 0))
        self.assertIn("mobilepay=back", answer["location"])
        self.check_all_right([item])

    def test_door_mobilepay_state(self):
        [item] = sent(self, 1)
        token = self.run_real(portal_token, **item.values)
        answer, calls = self.knock(
            f"/my/invoices/{item.moves[0]}/mobilepay/state?access_token={token}"
        )
        self.assertEqual(json.loads(answer["text"]), {"state": "in_app"})
        self.assertEqual(calls, 0)

    # ------------------------------------------------------------------- monitors

    def test_door_tell(self):
        token = self.run_real(monitor_token)
        answer, calls = self.knock(f"/mobilepay/health?token={token}")
        self.assertIn(answer["status"], (200, 503))
        self.assertIs(json.loads(answer["text"])["connected"], True)
        self.assertEqual(calls, 0)

    # ---------------------------------------------------------------- connecting

    def begin(self):
        """Disconnect, press Connect, give consent; return MobilePay's answer."""
        self.addCleanup(self.prepare)
        path = "clients/demo-client/redirect-uris"
        self.control(path, redirect_uri=f"{HOME}/mobilepay/oidc/callback")
        url = self.run_real(press_connect, connection_id=self.connection_id)
        _address, answer = OidcCase.consent(self, url)
        return answer

    def stage(self, state):
        """Return how far an attempt to connect has come."""
        [[stage]] = self.sql("SELECT stage FROM mobilepay_login WHERE key = %s", state)
        return stage

    def test_door_fragment(self):
        answer, calls = self.knock("/mobilepay/oidc/callback")
        self.assertEqual((answer["status"], calls), (200, 0))

    def test_door_park(self):
        answer = self.begin()
        parked, calls = self.knock("/mobilepay/oidc/callback", form=answer)
        self.assertEqual((parked["status"], calls), (303, 0))
        self.assertEqual(self.stage(answer["state"]), "answered")

    def test_door_finish(self):
        # protects: connection/mobilepay_login.py: _take_up / _commit
        answer = self.begin()
        parked, _calls = self.knock("/mobilepay/oidc/callback", form=answer)
        page = urlsplit(parked["location"])
        before = self.inspect()["openid"].get("codes exchanged", 0)
        shown, _calls = self.knock(
            f"{page.path}?{page.query}", user_id=self.run_real(bookkeeper)
        )
        self.assertIn("used already. Press Connect once more", shown["text"])
        self.assertEqual(self.stage(answer["state"]), "used")
        self.assertEqual(self.state(), "not_connected")
        self.assertEqual(self.inspect()["openid"]["codes exchanged"], before + 1)


# ------------------------------------------------- what runs in the other process


def callback_secret(env):
    """Return what MobilePay shows when it calls."""
    connection = env["mobilepay.connection"].search([])
    return env["mobilepay.secret"]._get(connection, "callback")


def monitor_token(env):
    """Return what a monitor shows."""
    connection = env["mobilepay.connection"].search([])
    address = connection.action_renew_monitor_address()["context"]["default_address"]
    return address.partition("token=")[2]


def portal_token(env, move_id):
    """Return the token with which a payer sees the invoice."""
    return env["account.move"].browse(move_id)._portal_ensure_token()


def bookkeeper(env):
    """Return the id of a user who may connect."""
    user = env.ref("base.user_admin")
    user.group_ids += env.ref("account.group_account_manager")
    return user.id


def press_connect(env, connection_id):
    """Disconnect and press Connect as that user; return where the browser goes."""
    own = env(user=bookkeeper(env))["mobilepay.connection"].browse(connection_id)
    own.action_disconnect()
    own.env.cr.commit()
    return own.action_connect()["url"]
