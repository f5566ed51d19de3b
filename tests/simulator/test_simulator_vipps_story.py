"""From keys to captured money, as the whole thing is used."""

from __future__ import annotations

from vippsclient import ANNA


def test_push_is_approved_on_the_phone_and_captured(simulator, vipps, hook):
    webhook = vipps.register(hook.url)
    reference = vipps.create(vipps.push())
    assert vipps.get(reference)["state"] == "CREATED"
    page = simulator.pages(f"/phone/{ANNA}").text
    assert reference in page and "360,50 kr." in page
    payment_id = page.split('data-payment-id="')[1].split('"')[0]
    path = f"/phone/{ANNA}/payments/{payment_id}/approve"
    assert simulator.pages(path, x="1").status_code == 303
    found = vipps.get(reference)
    assert found["state"] == "AUTHORIZED" and found["captureGuaranteedUntil"]
    assert vipps.capture(reference, 36050).status_code == 200
    assert vipps.moved(reference)["captured"] == 36050
    seen = [hook.next() for _ in range(3)]
    assert [row.name for row in seen] == ["CREATED", "AUTHORIZED", "CAPTURED"]
    assert all(row.is_signed(webhook["secret"], hook.url) for row in seen)
    assert all(row.headers["webhook-id"] == webhook["id"] for row in seen)
    assert seen[2].body["msn"] == vipps.msn and seen[2].body["success"] is True


def test_both_services_stand_on_one_port(simulator, vipps, merchant):
    """One phone has what came from either."""
    merchant.create()
    reference = vipps.create(vipps.push())
    page = simulator.pages(f"/phone/{ANNA}").text
    assert 'class="invoice"' in page and 'class="payment"' in page
    assert reference in page
    index = simulator.pages("/").text
    assert "/invoice-restapi" in index and vipps.unit["client_id"] in index
