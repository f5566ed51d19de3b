"""Codes on paper, and a payer of the test environment."""

import pytest
from wire_server import Reply
from wire_vipps import KEYS, REFERENCE, problem

from mobilepay.errors import BadAnswer, MobilePayError, NotFound, Rejected, Unavailable

NAME = "odoo-7-INV_2026_00012"
TARGET = "https://odoo.example/my/invoices/7?access_token=89a140f4-8433"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(32))


@pytest.fixture
def made(server):
    """An answer that says where the image lies: at the scripted server, too."""
    where = f"{server.url}/generate/qr.png?x=1"
    return Reply(200, {"id": NAME, "url": where, "redirectUrl": TARGET})


def test_a_code_is_made_and_its_image_fetched(vipps, server, made):
    server.answers(made, Reply(200, PNG))
    assert vipps.make_code(NAME, TARGET, size=500) == PNG
    asked, fetched = server.asked
    assert (asked.method, asked.path) == ("POST", "/qr/v1/merchant-redirect")
    assert asked.json == {"id": NAME, "redirectUrl": TARGET}
    assert asked.headers["Accept"] == "image/png", "415 without it"
    assert asked.headers["Size"] == "500"
    assert fetched.path == "/generate/qr.png?x=1"


def test_no_key_goes_where_the_image_lies(vipps, server, made):
    server.answers(made, Reply(200, PNG))
    vipps.make_code(NAME, TARGET)
    said = str(server.last.headers)
    assert "Authorization" not in server.last.headers
    assert not any(key in said for key in KEYS.values())


def test_a_name_that_is_taken_is_led_to_the_address(vipps, server, made):
    """What is printed stays good."""
    for refusal in (Reply(409, problem("", 409)), Reply(409), Reply(400)):
        server.answers(refusal, made, Reply(200, PNG))
        assert vipps.make_code(NAME, TARGET) == PNG
        asked = server.asked[-2]
        path = f"/qr/v1/merchant-redirect/{NAME}"
        assert (asked.method, asked.path) == ("PUT", path)
        assert asked.json == {"redirectUrl": TARGET}
        assert asked.headers["Accept"] == "image/png"


def test_a_refusal_of_a_name_that_is_free_is_a_refusal(vipps, server):
    server.answers(Reply(400, problem("4090")), Reply(404))
    with pytest.raises(Rejected) as caught:
        vipps.make_code(NAME, TARGET)
    assert caught.value.code == "4090"


def test_what_lies_there_must_be_an_image(vipps, server, made):
    for body in (b"<html>", b"", PNG[:5]):
        server.answers(made, Reply(200, body))
        with pytest.raises(BadAnswer):
            vipps.make_code(NAME, TARGET)
    server.answers(made, Reply(404))
    with pytest.raises(Unavailable):
        vipps.make_code(NAME, TARGET)


@pytest.mark.parametrize("where", [None, "", "http://qr.example/x.png", "file:///etc"])
def test_an_image_is_fetched_over_https_only(vipps, server, where):
    server.answers(Reply(200, {"id": NAME, "url": where}))
    with pytest.raises(BadAnswer):
        vipps.make_code(NAME, TARGET)


@pytest.mark.parametrize(
    ("name", "url", "size"),
    [
        ("", TARGET, 500),
        ("a/b", TARGET, 500),
        ("x" * 129, TARGET, 500),
        (NAME, "http://odoo.example", 500),
        (NAME, "https://odoo.example/~me", 500),
        (NAME, TARGET, 99),
        (NAME, TARGET, 2001),
    ],
)
def test_what_mobilepay_does_not_take_is_not_sent(vipps, server, name, url, size):
    with pytest.raises(ValueError):
        vipps.make_code(name, url, size=size)
    assert server.asked == []


def test_no_error_repeats_the_payers_address(vipps, server):
    server.answers(Reply(400, problem("4090", detail=TARGET)), Reply(404))
    with pytest.raises(MobilePayError) as caught:
        vipps.make_code(NAME, TARGET)
    assert "access_token" not in str(vars(caught.value))


# the test environment's payer


def test_a_test_payer_approves_by_a_call(vipps, server):
    server.answers(Reply(200))
    payer = vipps.payer(vipps.payer_id("11 11 11 01"))
    assert payer.accept(REFERENCE, None) == ""
    assert server.last.path == f"/epayment/v1/test/payments/{REFERENCE}/approve"
    assert server.last.json == {"customer": {"phoneNumber": "4511111101"}}


def test_an_approval_that_fails_is_told_by_its_code(vipps, server):
    server.answers(Reply(400, problem("10050", detail="no card of 4511111101")))
    with pytest.raises(Rejected) as caught:
        vipps.payer("+4511111101").accept(REFERENCE, None)
    assert caught.value.code == "10050" and caught.value.own
    assert "11111101" not in caught.value.text
    server.answers(Reply(404))
    with pytest.raises(NotFound):
        vipps.payer("+4511111101").accept(REFERENCE, None)


@pytest.mark.parametrize("text", ["", "nobody", "123", "+1 202 555 0100"])
def test_a_test_payer_is_a_phone_number(vipps, text):
    with pytest.raises(ValueError):
        vipps.payer_id(text)
    with pytest.raises(ValueError):
        vipps.payer("nobody")
