"""Webhooks: registration, signature, order and retries (contract, section 8)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from inprocess import demo_data  # noqa: F401  (puts the simulator on the path)
from simclient import wait_for
from vippsclient import ALL_EVENTS, PLAIN, VippsClient, WebhookReceiver

from simulator.vipps.webhooks.queue import RETRY_SECONDS
from simulator.vipps.webhooks.signature import sign

URL = "https://odoo.example/mobilepay/webhook/7"


def registered(vipps) -> list[dict]:
    response = vipps.call("GET", "/webhooks/v1/webhooks")
    assert response.status_code == 200
    return response.json()["webhooks"]


def delete(vipps, webhook_id: str) -> int:
    return vipps.call("DELETE", f"/webhooks/v1/webhooks/{webhook_id}").status_code


def log(simulator) -> list[dict]:
    return simulator.control("vipps/webhooks")["deliveries"]


# registrations


def test_the_secret_is_shown_once(vipps):
    made = vipps.register(URL)
    assert len(made["secret"]) == 88
    (row,) = registered(vipps)
    assert row == {"id": made["id"], "url": URL, "events": ALL_EVENTS}


def test_a_secret_may_be_a_guid(simulator, vipps):
    simulator.settings(vipps_secret_form="guid")
    assert vipps.register(URL)["secret"].count("-") == 4


def test_deleted_is_gone(simulator, vipps, hook):
    made, kept = vipps.register(hook.url), vipps.register(URL)
    assert delete(vipps, made["id"]) == 204
    assert [row["id"] for row in registered(vipps)] == [kept["id"]]
    assert delete(vipps, made["id"]) == 404
    vipps.create()
    simulator.flush()
    assert hook.is_silent()


def test_another_units_is_not_there(simulator, vipps):
    made = vipps.register(URL)
    other = VippsClient(simulator, PLAIN)
    assert registered(other) == [] and delete(other, made["id"]) == 404
    assert len(registered(vipps)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"url": URL},
        {"url": URL, "events": []},
        {"url": URL, "events": ["epayments.payment.invented.v1"]},
        {"url": URL, "events": ["nonsense"]},
        {"url": URL, "events": [7]},
        {"events": ALL_EVENTS},
        {"url": "http://odoo.example/hook", "events": ALL_EVENTS},
        {"url": "nowhere", "events": ALL_EVENTS},
        {"url": None, "events": ALL_EVENTS},
    ],
    ids=str,
)
def test_registrations_are_checked(vipps, body):
    response = vipps.call("POST", "/webhooks/v1/webhooks", json=body)
    assert response.status_code == 400
    assert response.json()["extraDetails"][0]["name"] in ("url", "events")


def test_the_sales_unit_is_known_by_its_keys(vipps):
    headers = {"Merchant-Serial-Number": None}
    vipps.register(URL)
    response = vipps.call("GET", "/webhooks/v1/webhooks", headers=headers)
    assert len(response.json()["webhooks"]) == 1


def test_events_of_other_services_are_taken(vipps):
    assert vipps.register(URL, ["recurring.agreement-activated.v1"])


def test_twenty_five_for_each_event(simulator, vipps):
    for number in range(25):
        vipps.register(f"{URL}{number}", ALL_EVENTS[:1])
    body = {"url": URL, "events": ALL_EVENTS}
    response = vipps.call("POST", "/webhooks/v1/webhooks", json=body)
    assert response.status_code == 400
    vipps.register(URL, ALL_EVENTS[1:])
    VippsClient(simulator, PLAIN).register(URL)


# deliveries


def test_signed_over_the_registered_address(vipps, hook):
    made = vipps.register(hook.url)
    reference = vipps.create()
    found = hook.next()
    assert found.path == "/hook/x?key=a%2Fb"
    assert found.is_signed(made["secret"], hook.url)
    assert not found.is_signed(made["secret"] + "x", hook.url)
    assert found.headers["webhook-id"] == made["id"]
    date = parsedate_to_datetime(found.headers["x-ms-date"])
    assert abs(date.timestamp() - time.time()) < 60
    event = vipps.events(reference)[0]
    assert found.body == {"msn": vipps.msn, **event}


def test_the_published_vector():
    secret = (
        "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHT"
        "BsG2wo/xU6FY/A=="
    )
    body = b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}'
    url = "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63"
    headers = sign(url, body, secret, "Thu, 30 Mar 2023 08:38:32 GMT")
    digest = "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4="
    assert headers["x-ms-content-sha256"] == digest
    signature = headers["Authorization"].partition("&Signature=")[2]
    assert signature == "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U="


def test_only_what_was_asked_for(simulator, vipps, hook):
    vipps.register(hook.url, ["epayments.payment.captured.v1"])
    vipps.capture(vipps.approved(), 36050)
    simulator.flush()
    assert hook.next().name == "CAPTURED" and hook.is_silent()


def test_the_amount_is_the_events(vipps, hook):
    vipps.register(hook.url, ["epayments.payment.captured.v1"])
    reference = vipps.approved()
    vipps.capture(reference, 100)
    vipps.capture(reference, 250)
    found = [hook.next().body for _ in range(2)]
    assert [body["amount"]["value"] for body in found] == [100, 250]
    assert found[0]["pspReference"] != found[1]["pspReference"]


def test_approved_says_until_when(vipps, hook):
    vipps.register(hook.url)
    reference = vipps.approved()
    created, authorized = hook.next().body, hook.next().body
    until = vipps.get(reference)["captureGuaranteedUntil"]
    assert authorized["captureGuaranteedUntil"] == until
    assert "captureGuaranteedUntil" not in created


def test_every_event_comes(simulator, vipps, hook):
    vipps.register(hook.url)
    reference = vipps.approved()
    vipps.capture(reference, 100)
    vipps.refund(reference, 50)
    vipps.cancel(reference)
    vipps.act(vipps.create(), "abort")
    vipps.act(vipps.create(), "expire")
    vipps.cancel(vipps.create())
    simulator.flush()
    assert set(hook.names(11)) == {name.split(".")[2].upper() for name in ALL_EVENTS}


def test_each_registration_is_told(vipps, hook):
    other = WebhookReceiver()
    try:
        first, second = vipps.register(hook.url), vipps.register(other.url)
        vipps.create()
        assert hook.next().is_signed(first["secret"], hook.url)
        assert other.next().is_signed(second["secret"], other.url)
    finally:
        other.close()


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_success_will_do(simulator, vipps, hook, status):
    hook.status = status
    vipps.register(hook.url)
    vipps.create()
    hook.next()
    wait_for(lambda: log(simulator)[0]["state"] == "delivered")
    assert len(log(simulator)[0]["attempts"]) == 1


@pytest.mark.parametrize("status", [302, 404, 500])
def test_anything_else_is_tried_again(simulator, vipps, hook, status):
    simulator.control("callbacks/pause", {})
    hook.status = status
    vipps.register(hook.url)
    vipps.create()
    assert simulator.flush() == {"tried": 1, "delivered": 0, "failed": 1}
    first = hook.next()
    hook.status = 200
    assert simulator.flush(retries=False)["tried"] == 0
    assert simulator.flush() == {"tried": 1, "delivered": 1, "failed": 0}
    assert hook.next().raw == first.raw


def test_the_schedule(simulator, vipps, hook):
    simulator.control("callbacks/pause", {})
    hook.status = 503
    vipps.register(hook.url)
    vipps.create()
    waits = []
    for _ in range(8):
        simulator.flush()
        (row,) = log(simulator)
        due, tried = row["due_at"], row["attempts"][-1]["at"]
        waits.append((moment(due) - moment(tried)).total_seconds())
    expected = [2, 2, 2, 60, 120, 3600, 3600, 3600]
    assert waits == pytest.approx(expected, abs=1)
    assert RETRY_SECONDS.count(3600) == 23


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_on_the_clock(simulator, vipps, hook):
    hook.status = 503
    vipps.register(hook.url)
    vipps.create()
    wait_for(lambda: len(log(simulator)[0]["attempts"]) == 1)
    simulator.advance(seconds=2)
    wait_for(lambda: len(log(simulator)[0]["attempts"]) == 2)
    hook.status = 200
    simulator.advance(seconds=2)
    wait_for(lambda: log(simulator)[0]["state"] == "delivered")
    assert len(log(simulator)[0]["attempts"]) == 3


def test_given_up_after_a_week(simulator, vipps, hook):
    hook.status = 503
    vipps.register(hook.url)
    vipps.create()
    wait_for(lambda: log(simulator)[0]["attempts"])
    simulator.advance(days=7)
    wait_for(lambda: log(simulator)[0]["state"] == "given up")
    assert len(registered(VippsClient(simulator))) == 1


def test_a_failing_one_keeps_back_the_later_ones(simulator, vipps, hook):
    simulator.control("callbacks/pause", {})
    vipps.register(hook.url)
    hook.statuses["CREATED"] = 500
    reference = vipps.approved()
    vipps.capture(reference, 36050)
    simulator.flush()
    assert hook.names(1) == ["CREATED"] and hook.is_silent()
    hook.statuses.clear()
    simulator.flush()
    assert hook.names(3) == ["CREATED", "AUTHORIZED", "CAPTURED"]


def test_another_payment_is_not_kept_back(simulator, vipps, hook):
    simulator.control("callbacks/pause", {})
    vipps.register(hook.url)
    hook.statuses["AUTHORIZED"] = 500
    vipps.approved()
    vipps.create()
    simulator.flush()
    assert sorted(hook.names(3)) == ["AUTHORIZED", "CREATED", "CREATED"]


def test_another_registration_is_not_kept_back(simulator, vipps, hook):
    simulator.control("callbacks/pause", {})
    vipps.register("http://127.0.0.1:9/nobody")
    vipps.register(hook.url)
    vipps.approved()
    simulator.flush()
    assert hook.names(2) == ["CREATED", "AUTHORIZED"]


def test_paused_sends_nothing_by_itself(simulator, vipps, hook):
    simulator.control("callbacks/pause", {})
    vipps.register(hook.url)
    vipps.create()
    assert hook.is_silent(seconds=0.2)
    simulator.control("callbacks/resume", {})
    hook.next()


def test_a_dead_address_loses_its_registration(simulator, vipps, hook):
    dead = vipps.register("http://127.0.0.1:9/nobody")
    alive = vipps.register(hook.url)
    vipps.create()
    hook.next()
    wait_for(lambda: any(row["attempts"] for row in log(simulator)))
    simulator.flush()
    simulator.advance(days=15)
    ids = [row["id"] for row in registered(VippsClient(simulator))]
    assert dead["id"] not in ids and alive["id"] in ids


def test_mobilepay_loses_a_registration(simulator, vipps):
    lost, kept = vipps.register(URL), vipps.register(URL)
    path = f"{simulator.url}/control/vipps/webhooks"
    vipps.call("DELETE", path.removeprefix(simulator.url), json={"id": lost["id"]})
    assert [row["id"] for row in registered(vipps)] == [kept["id"]]


def test_injected(simulator, vipps, hook):
    made = vipps.register(hook.url)
    body = {"name": "CAPTURED", "reference": "forged-17"}
    content = {"id": made["id"], "body": body}
    assert simulator.control("vipps/webhooks/inject", content)["ok"]
    found = hook.next()
    assert found.body == body and found.is_signed(made["secret"], hook.url)
    content["headers"] = {"Authorization": None, "x-ms-date": "yesterday"}
    simulator.control("vipps/webhooks/inject", content)
    found = hook.next()
    assert "authorization" not in found.headers
    assert found.headers["x-ms-date"] == "yesterday"


def test_expiry_is_told(simulator, vipps, hook):
    vipps.register(hook.url)
    vipps.create()
    before = hook.next().body["timestamp"]
    simulator.advance(minutes=11)
    found = hook.next().body
    assert found["name"] == "EXPIRED"
    elapsed = moment(found["timestamp"]) - moment(before)
    assert elapsed == pytest.approx(timedelta(minutes=10), abs=timedelta(seconds=1))


def test_flush_counts_both_services(simulator, vipps, merchant, hook, receiver):
    simulator.control("callbacks/pause", {})
    vipps.register(hook.url)
    merchant.register(receiver.url)
    vipps.create()
    merchant.create()
    assert simulator.flush() == {"tried": 2, "delivered": 2, "failed": 0}


def test_secrets_are_not_in_the_state(simulator, vipps):
    made = vipps.register(URL)
    for path in ("state", "vipps", "vipps/webhooks"):
        text = str(simulator.control(path))
        assert made["id"] in text and made["secret"] not in text
