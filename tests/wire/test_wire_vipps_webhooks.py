"""News of Vipps MobilePay: who signed them, what they say, who is told of them."""

import base64
import contextlib
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_server import Reply
from wire_vipps import MSN, REFERENCE, event, money, problem

from mobilepay.errors import (
    BadAddress,
    BadAnswer,
    BadDelivery,
    OutcomeUnknown,
    Rejected,
)
from mobilepay.types import NO_SEQUENCE, BadNews, Happening, Status, StatusNews
from mobilepay.vipps.news import parse
from mobilepay.vipps.signature import _NOWHERE, is_signed

# the vector that MobilePay has published (section 8)
PUBLISHED_SECRET = (
    "A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6"
    "FhGKhiHTBsG2wo/xU6FY/A=="
)
PUBLISHED_URL = "https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63"
PUBLISHED_BODY = (
    b'{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}'
)
SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
PUBLISHED = {
    "x-ms-date": "Thu, 30 Mar 2023 08:38:32 GMT",
    "x-ms-content-sha256": "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
    "Authorization": SCHEME + "agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=",
}
THEN = datetime(2023, 3, 30, 8, 38, 32, tzinfo=timezone.utc)
SECRET = "090a478d-37ff-4e77-970e-d457aeb26a3a"
OTHER = "190a478d-37ff-4e77-970e-d457aeb26a3a"
URL = "https://odoo.example/prefix/mobilepay/webhook/x1?db=books"
BODY = b'{"name": "AUTHORIZED"}'
DATE = "Mon, 30 Nov 2026 12:00:00 GMT"
NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)


def signed(url=URL, body=BODY, secret=SECRET, date=DATE, host=None):
    """Headers as MobilePay makes them, by the published recipe."""
    rest = url.split("://", 1)[1]
    name, _slash, path = rest.partition("/")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    text = f"POST\n/{path}\n{date};{host or name};{digest}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return {
        "X-Ms-Date": date,
        "X-Ms-Content-Sha256": digest,
        "Authorization": SCHEME + base64.b64encode(signature).decode(),
    }


def accepted(headers, body=BODY, url=URL, secrets=(SECRET,), **others):
    return is_signed(headers, body, url=url, secrets=secrets, now=NOW, **others)


# signatures


def test_the_published_vector():
    assert is_signed(
        PUBLISHED,
        PUBLISHED_BODY,
        url=PUBLISHED_URL,
        secrets=[PUBLISHED_SECRET],
        now=THEN,
        window=timedelta(seconds=300),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"secrets": [PUBLISHED_SECRET[:-1]]},
        {"secrets": [base64.b64decode(PUBLISHED_SECRET).decode("latin-1")]},
        {"secrets": [""]},
        {"secrets": []},
        {"url": PUBLISHED_URL + "x"},
        {"url": PUBLISHED_URL.replace("webhook.site", "webhook.example")},
        {"url": ""},
        {"url": "not an address"},
        {"url": "https://[broken"},
        {"body": PUBLISHED_BODY + b" "},
        {"headers": {}},
        *({"headers": {**PUBLISHED, left: ""}} for left in PUBLISHED),
        {"headers": {**PUBLISHED, "x-ms-date": "Thu, 30 Mar 2023 08:38:33 GMT"}},
        {"headers": {**PUBLISHED, "x-ms-content-sha256": "x"}},
        {"headers": {**PUBLISHED, "Authorization": SCHEME}},
        {"headers": {**PUBLISHED, "Authorization": "Bearer x"}},
    ],
)
def test_anything_else_is_not_signed(change):
    given_ = {
        "headers": PUBLISHED,
        "body": PUBLISHED_BODY,
        "url": PUBLISHED_URL,
        "secrets": [PUBLISHED_SECRET],
        **change,
    }
    assert not is_signed(**given_, now=THEN)


def test_path_query_and_prefix_of_the_registered_address_are_signed():
    assert accepted(signed())
    for other in (
        "https://odoo.example/prefix/mobilepay/webhook/x1",
        "https://odoo.example/mobilepay/webhook/x1?db=books",
        "https://odoo.example/prefix/mobilepay/webhook/x1?db=other",
    ):
        assert not accepted(signed(url=other))


def test_a_port_of_its_own_is_a_part_of_the_host():
    url = "https://odoo.example:8443/mobilepay/webhook/x1"
    assert accepted(signed(url=url), url=url)
    assert not accepted(signed(url=url, host="odoo.example:9999"), url=url)


def test_where_a_port_of_its_own_is_not_signed_it_is_taken_too():
    """Nothing published says so in words."""
    url = "https://odoo.example:8443/mobilepay/webhook/x1"
    assert accepted(signed(url=url, host="odoo.example"), url=url)


def test_the_schemes_own_port_is_no_part_of_the_host():
    url = "https://odoo.example:443/mobilepay/webhook/x1"
    assert accepted(signed(url=url, host="odoo.example"), url=url)
    assert not accepted(signed(url=url), url=url)


def test_the_case_of_a_host_does_not_matter():
    url = "https://ODOO.Example/mobilepay/webhook/x1"
    assert accepted(signed(url=url, host="odoo.example"), url=url)


def test_the_signature_may_come_in_the_header_that_servers_leave_alone():
    headers = signed()
    headers["X-Vipps-Authorization"] = headers.pop("Authorization")
    assert accepted(headers)
    assert accepted({**headers, "Authorization": "Basic cHJveHk6eA=="})
    assert not accepted({**headers, "X-Vipps-Authorization": "Basic x"})


def test_an_older_secret_is_taken_while_it_is_given():
    headers = signed(secret=OTHER)
    assert accepted(headers, secrets=[SECRET, OTHER])
    assert accepted(headers, secrets=["", OTHER])
    assert not accepted(headers, secrets=[SECRET, ""])


def test_a_secret_that_could_be_guessed_is_never_taken():
    assert not accepted(signed(secret="short"), secrets=["short"])


@pytest.mark.parametrize("off", [-301, -300, 0, 300, 301])
def test_a_window_is_kept_where_one_is_wanted(off):
    late = NOW + timedelta(seconds=off)
    found = is_signed(
        signed(),
        BODY,
        url=URL,
        secrets=[SECRET],
        now=late,
        window=timedelta(seconds=300),
    )
    assert found is (abs(off) <= 300)


def test_without_a_window_a_delivery_of_last_week_is_taken():
    late = NOW + timedelta(days=7)
    assert is_signed(signed(), BODY, url=URL, secrets=[SECRET], now=late)


def test_a_date_that_is_none_is_near_to_nothing():
    headers = signed(date="yesterday")
    assert not accepted(headers, window=timedelta(days=3650))
    assert accepted(headers)


@given(
    st.dictionaries(
        st.sampled_from([*PUBLISHED, "X-Vipps-Authorization", "x-MS-date", "Host"]),
        st.text(max_size=80),
    ),
    st.binary(max_size=60),
    st.text(max_size=30),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_it_never_raises_and_says_no(headers, body, url, secrets):
    assert not is_signed(
        headers, body, url=url, secrets=secrets, now=NOW, window=timedelta(days=1)
    )


def test_the_same_is_compared_whatever_the_secrets_are(monkeypatch):
    """So that the time it takes tells nothing."""
    done = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        "mobilepay.vipps.signature.hmac.compare_digest",
        lambda one, other: done.append(0) or compare(one, other),
    )
    counts = set()
    accepted(signed(), secrets=[""])
    one = len(done)
    done.clear()
    accepted(signed(), secrets=[])
    assert len(done) == one, "as for a connection that has none"
    for secrets in ([SECRET, OTHER], [OTHER, SECRET], ["", ""], ["short", OTHER]):
        for url in (URL, ""):
            done.clear()
            accepted(signed(), url=url, secrets=secrets)
            counts.add(len(done))
    assert counts == {3}


@pytest.mark.parametrize("url", ["", "not an address", "https://[broken", "https://"])
def test_an_address_that_is_none_is_never_signed_for(url):
    """Not even where somebody signs for what is compared in its place."""
    assert not accepted(signed(url=_NOWHERE), url=url)


# what they say


def news(**more):
    [found] = parse(json.dumps(event(**more)).encode())
    return found


@pytest.mark.parametrize(
    ("name", "happening", "status", "failed"),
    [
        ("CREATED", Happening.CREATED, Status.CREATED, Status.CREATED),
        ("AUTHORIZED", Happening.AUTHORIZED, Status.ACCEPTED, Status.CREATED),
        ("CAPTURED", Happening.CAPTURED, Status.PAID, Status.ACCEPTED),
        ("CANCELLED", Happening.RELEASED, Status.CANCELED, Status.ACCEPTED),
        ("REFUNDED", Happening.REFUNDED, Status.PAID, Status.PAID),
        ("ABORTED", Happening.ABORTED, Status.REJECTED, Status.CREATED),
        ("EXPIRED", Happening.EXPIRED, Status.EXPIRED, Status.CREATED),
        ("TERMINATED", Happening.TERMINATED, Status.CANCELED, Status.CREATED),
    ],
)
def test_each_event_says_what_happened_and_what_that_leaves(
    name, happening, status, failed
):
    for spelled in (name, name.lower(), f"epayments.payment.{name.lower()}.v1"):
        found = news(name=spelled)
        assert (found.happening, found.status) == (happening, status)
        assert found.success
    found = news(name=name, success=False)
    assert (found.status, found.success) == (failed, False)


def test_all_that_is_needed_is_read():
    found = news(
        name="AUTHORIZED",
        psp="psp-7",
        captureGuaranteedUntil="2026-12-14T11:00:00+01:00",
    )
    assert found.invoice_id == REFERENCE
    assert found.merchant == MSN
    assert found.key == "psp-7/AUTHORIZED"
    assert found.transaction_id == "psp-7"
    assert (found.amount, found.currency) == (Decimal("360.00"), "DKK")
    assert found.date == datetime(2026, 11, 30, 12, 0, 0, 123000, timezone.utc)
    assert found.guaranteed_until == datetime(2026, 12, 14, 10, tzinfo=timezone.utc)
    assert found.sequence == NO_SEQUENCE


def test_the_same_news_have_the_same_key_and_two_captures_have_not():
    assert news().key == news(idempotencyKey=None, timestamp="2026-12-01").key
    assert news(psp="psp-1").key != news(psp="psp-2").key
    assert news(name="CAPTURED").key != news(name="REFUNDED").key


def test_nothing_of_the_payer_is_kept():
    found = news(
        userDetails={"mobileNumber": "4512345678"},
        shippingDetails={"x": "Storgade 1"},
        sub="payer-1",
    )
    assert "payer-1" not in found.raw and "Storgade" not in found.raw
    assert "4512345678" not in found.raw and "pspReference" in found.raw


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "INV/1"},
        {"reference": None},
        {"pspReference": ""},
        {"name": "POSTPONED"},
        {"name": "recurring.charge-captured.v1"},
        {"name": 7},
        {"timestamp": "soon"},
        {"success": "no"},
    ],
)
def test_what_cannot_be_read_is_kept_to_be_looked_at(change):
    found = news(**change)
    assert isinstance(found, BadNews) and found.reason and found.raw


def test_an_amount_that_cannot_be_read_spoils_nothing():
    """Money is booked by what MobilePay says when it is asked."""
    for amount in (None, {}, {"value": "many"}, {"value": 1.5}):
        assert news(amount=amount).amount is None


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 5000])
def test_a_body_that_is_no_event_is_no_delivery(body):
    with pytest.raises(BadDelivery):
        parse(body)


@given(st.binary(max_size=200))
def test_no_body_breaks_it(body):
    with contextlib.suppress(BadDelivery):
        assert all(isinstance(one, StatusNews | BadNews) for one in parse(body))


# registrations

ID = "89a140f4-8433-4196-b25f-690871be5b3d"


def test_all_events_of_a_payment_are_registered_and_read(vipps, server):
    server.answers(Reply(201, {"id": ID, "secret": SECRET}))
    made = vipps.register_webhook(URL, vipps.event_names())
    assert (made.id, made.secret) == (ID, SECRET)
    assert server.last.path == "/webhooks/v1/webhooks"
    assert server.last.json["url"] == URL
    assert len(server.last.json["events"]) == 8
    for name in vipps.event_names():
        assert isinstance(news(name=name), StatusNews)


def test_a_secret_is_shown_by_nothing(vipps, server):
    server.answers(Reply(201, {"id": ID, "secret": SECRET}))
    assert SECRET not in repr(vipps.register_webhook(URL, ["x"]))


@pytest.mark.parametrize(
    "answer", [{}, {"id": ID}, {"id": ID, "secret": ""}, {"id": "x", "secret": SECRET}]
)
def test_a_registration_without_its_secret_is_none(vipps, server, answer):
    server.answers(Reply(201, answer))
    with pytest.raises(OutcomeUnknown):
        vipps.register_webhook(URL, ["x"])


def test_no_error_repeats_our_secret_address(vipps, server):
    server.answers(Reply(400, problem("", detail=f"{URL} does not answer")))
    with pytest.raises(Rejected) as caught:
        vipps.register_webhook(URL, ["x"])
    assert URL not in str(vars(caught.value))
    with pytest.raises(BadAddress):
        vipps.register_webhook("http://odoo.example/x", ["x"])


def test_all_registrations_are_listed_others_too(vipps, server):
    entries = [
        {"id": ID.upper(), "url": URL, "events": ["a.v1", "b.v1"]},
        {"id": ID, "url": "https://shop.example/hook", "events": []},
    ]
    server.answers(Reply(200, {"webhooks": entries}))
    first, other = vipps.webhooks()
    assert (first.id, first.url, first.events) == (ID, URL, ("a.v1", "b.v1"))
    assert other.url == "https://shop.example/hook"
    assert URL not in repr(first)


@pytest.mark.parametrize("answer", [{}, [], {"webhooks": None}, {"webhooks": [{}]}])
def test_a_list_that_is_none_is_not_taken_for_an_empty_one(vipps, server, answer):
    server.answers(Reply(200, answer))
    with pytest.raises(BadAnswer):
        vipps.webhooks()


def test_a_registration_is_deleted_and_a_gone_one_is_no_error(vipps, server):
    server.answers(Reply(204))
    vipps.delete_webhook(ID)
    assert (server.last.method, server.last.path) == (
        "DELETE",
        f"/webhooks/v1/webhooks/{ID}",
    )
    server.answers(Reply(404))
    vipps.delete_webhook(ID)
    with pytest.raises(ValueError):
        vipps.delete_webhook("../x")


def test_an_amount_is_read_in_the_minor_units_it_has():
    assert news(amount=money("0.29")).amount == Decimal("0.29")
