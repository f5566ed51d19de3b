"""The service that models speak to: classic's, held against the protocol."""

import inspect

import pytest
from wire_reports import POINT
from wire_requests import invoice
from wire_server import Reply

import mobilepay.parts
from mobilepay.classic.payload import encode
from mobilepay.classic.service import ClassicService
from mobilepay.errors import NotFound, Unauthorized
from mobilepay.parts import (
    Batches,
    Callbacks,
    Consents,
    Settlement,
    SimulatedPayer,
)
from mobilepay.service import Service
from mobilepay.service import TestPayer as Payer
from mobilepay.types import Kind, Status

MERCHANT = "11111111-8433-4196-b25f-690871be5b3d"
IDS = [f"89a140f4-8433-4196-b25f-69087100000{number}" for number in range(4)]
URL = "https://odoo.example/mobilepay/callback/x"
PAID = {"Status": "paid"}


@pytest.fixture
def made():
    """What was connected so far, by its kind."""
    return []


@pytest.fixture
def service(connect, server, bearer, made):
    """The service at the scripted server."""

    def invoices(given):
        made.append("invoices")
        return connect(server.url, bearer=given)

    def reporting():
        made.append("reporting")
        return "v3", connect(server.url)

    def merchant_id():
        made.append("merchant")
        return MERCHANT

    return ClassicService(
        bearer=bearer, merchant_id=merchant_id, invoices=invoices, reporting=reporting
    )


def public(thing):
    return {
        name: member
        for name, member in vars(thing).items()
        if not name.startswith("_") or name in ("__enter__", "__exit__")
    }


PARTS = (Service, Batches, Consents, Callbacks, Settlement)


def test_each_method_is_the_protocols():
    wanted = {name: member for part in PARTS for name, member in public(part).items()}
    assert wanted.keys() == public(ClassicService).keys()
    for name, member in wanted.items():
        if inspect.isfunction(member):
            own = inspect.signature(getattr(ClassicService, name)).parameters
            assert list(own) == list(inspect.signature(member).parameters), name


def test_each_method_of_the_protocol_says_when_it_is_called():
    parts = [part for part in vars(mobilepay.parts).values() if inspect.isclass(part)]
    protocols = [part for part in parts if getattr(part, "_is_protocol", False)]
    assert {*PARTS, Payer, SimulatedPayer} <= {Service, *protocols}
    members = {
        name: member
        for part in (Service, *protocols)
        for name, member in public(part).items()
    }
    for name in members.keys() - {"abilities", "__enter__", "__exit__"}:
        said = inspect.getdoc(members[name])
        assert "Called" in said or name == "is_reached", name


def test_what_asks_nobody_connects_nowhere(service, made, bearer):
    with service:
        assert service.encode(invoice()) == encode(invoice())
        assert service.parse(b"[]") == []
        assert not service.is_authentic("x", method="apikey", secrets=["", ""])
        assert service.payer_id(f" {POINT.upper()} ") == POINT
        assert service.abilities.largest_batch == 2000
    assert made == bearer.asked == []


def test_it_connects_once_to_each(service, server, made):
    server.answers(
        Reply(200, PAID),
        Reply(200, PAID),
        Reply(200, {"paymentPoints": []}),
        Reply(200, {"paymentPoints": []}),
    )
    with service:
        assert service.status(IDS[0]) is service.status(IDS[1]) is Status.PAID
        assert service.payment_points() == service.payment_points() == []
    assert made == ["invoices", "merchant", "reporting"]


def test_the_end_of_the_block_gives_the_connections_back(connect, server, bearer):
    closed = []

    def invoices(given):
        transport = connect(server.url, bearer=given)
        closes = transport.close
        transport.close = lambda: closed.append(closes())
        return transport

    server.answers(Reply(404))
    service = ClassicService(
        bearer=bearer,
        merchant_id=lambda: MERCHANT,
        invoices=invoices,
        reporting=lambda: ("v2", invoices(bearer)),
    )
    with pytest.raises(NotFound), service:
        service.status(IDS[0])
    assert len(closed) == 1
    with service:
        server.answers(Reply(200, PAID))
        service.details_of(IDS, at_once=2, seconds=5)
    assert len(closed) >= 3


def test_a_batch_holds_what_the_abilities_say(service, server):
    most = service.abilities.largest_batch
    with pytest.raises(ValueError):
        service.create_batch(Kind.LINK, ["{}"] * (most + 1))
    server.answers(Reply(200, {"Accepted": [], "Rejected": []}))
    service.create_batch(Kind.LINK, ["{}"] * most)
    assert len(server.last.json) == most


def test_many_details_have_one_token_and_a_connection_for_each_thread(
    service, server, made, bearer
):
    server.answers(Reply(200, PAID, delay=0.05))
    found = service.details_of(IDS, at_once=3, seconds=5)
    assert {name: one.status for name, one in found.items()} == dict.fromkeys(
        IDS, Status.PAID
    )
    assert made == ["merchant", *["invoices"] * 3]
    assert bearer.asked == [False]
    tokens = {one.headers["Authorization"] for one in server.asked}
    assert tokens == {"Bearer access-token-1"}


def test_a_refused_token_ends_the_questions_and_a_fresh_one_asks_the_rest(
    service, server, bearer
):
    server.answers(Reply(401))
    found = service.details_of(IDS, at_once=1, seconds=5)
    assert [type(one) for one in found.values()] == [Unauthorized]
    server.answers(Reply(200, PAID))
    found = service.details_of(IDS, at_once=1, seconds=5, renew=True)
    assert found.keys() == set(IDS)
    assert bearer.asked == [False, True]
    assert server.last.headers["Authorization"] == "Bearer access-token-2"


def test_callbacks_are_registered_with_a_user_name_or_without(service, server):
    server.answers(Reply(204))
    service.register_callback(URL, "k" * 32)
    assert server.last.path.endswith("/auth/apikey")
    service.register_callback(URL, "p" * 32, "odoo-7")
    assert server.last.path.endswith("/auth/basic")
    assert server.last.json["Username"] == "odoo-7"


def test_a_payer_of_the_test_system_speaks_to_the_same_address(service, server, made):
    server.answers(Reply(200))
    with service:
        service.payer(POINT).reject(IDS[0])
    assert server.last.headers["AuthenticatedUser"] == POINT
    assert made == ["invoices"]
