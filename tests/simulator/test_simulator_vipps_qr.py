"""QR: merchant redirect, and payments as codes (contract, sections 3 and 13)."""

from __future__ import annotations

import struct

import pytest
import requests
from vippsclient import PLAIN, VippsClient

TARGET = "https://odoo.example/my/invoices/7?access_token=4e1f-77"
PATH = "/qr/v1/merchant-redirect"


def make(vipps, accept: str | None = "image/png", **changes) -> requests.Response:
    body = {"id": "invoice-7", "redirectUrl": TARGET, **changes}
    return vipps.call("POST", PATH, json=body, headers={"Accept": accept})


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=5, allow_redirects=False)


def png_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_a_printed_code(vipps):
    response = make(vipps)
    assert response.status_code == 200
    content = response.json()
    assert content["id"] == "invoice-7" and content["redirectUrl"] == TARGET
    assert content["expiresIn"] == -1
    image = get(content["url"])
    assert image.headers["Content-Type"] == "image/png"
    assert png_size(image.content) == (1024, 1024)


def test_its_size_is_a_header(vipps):
    headers = {"Accept": "image/png", "Size": "300"}
    body = {"id": "small", "redirectUrl": TARGET}
    url = vipps.call("POST", PATH, json=body, headers=headers).json()["url"]
    assert png_size(get(url).content) == (300, 300)


@pytest.mark.parametrize("accept", ["image/svg+xml", "image/*"])
def test_as_svg(vipps, accept):
    image = get(make(vipps, accept).json()["url"])
    assert image.headers["Content-Type"].startswith("image/svg+xml")
    assert "<svg" in image.text


def test_who_scans_it_comes_to_the_merchant(vipps):
    url = make(vipps, "text/targetUrl").json()["url"]
    response = get(url)
    assert response.status_code == 302 and response.headers["Location"] == TARGET


def test_each_code_has_an_image_of_its_own(vipps):
    first, second = (make(vipps, id=name).json()["url"] for name in ("one", "two"))
    assert get(first).content != get(second).content == get(second).content


@pytest.mark.parametrize("accept", [None, "application/json", "*/*"])
def test_the_format_must_be_said(vipps, accept):
    assert make(vipps, accept).status_code == 415


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "x" * 129},
        {"id": "a/b"},
        {"id": None},
        {"redirectUrl": "http://odoo.example/7"},
        {"redirectUrl": "https://odoo.example/~7"},
        {"redirectUrl": None},
        {"ttl": 299},
    ],
    ids=str,
)
def test_bodies_are_checked(vipps, changes):
    assert make(vipps, **changes).status_code == 400


def test_a_target_of_a_demo(vipps):
    assert make(vipps, redirectUrl="http://127.0.0.1:8069/my?a=1").status_code == 200


def test_an_id_is_taken(simulator, vipps):
    make(vipps)
    assert make(vipps).status_code == 409
    assert make(VippsClient(simulator, PLAIN)).status_code == 200


def test_the_target_changes_the_print_stays(vipps):
    printed = make(vipps, "text/targetUrl").json()["url"]
    other = "https://odoo.example/my/invoices/8"
    path = f"{PATH}/invoice-7"
    headers = {"Accept": "text/targetUrl"}
    answer = vipps.call("PUT", path, json={"redirectUrl": other}, headers=headers)
    assert answer.json()["url"] == printed
    assert get(printed).headers["Location"] == other
    assert vipps.call("GET", path, headers=headers).json() == answer.json()
    (row,) = vipps.call("GET", PATH, headers=headers).json()
    assert row["redirectUrl"] == other


def test_a_deleted_codes_print_stays_dead(vipps):
    printed = make(vipps, "text/targetUrl").json()["url"]
    path = f"{PATH}/invoice-7"
    assert vipps.call("DELETE", path).status_code == 200
    assert vipps.call("DELETE", path).status_code == 404
    assert get(printed).status_code == 404
    again = make(vipps, "text/targetUrl").json()["url"]
    assert get(again).status_code == 302 and get(printed).status_code == 404


def test_a_code_that_ends(simulator, vipps):
    content = make(vipps, "text/targetUrl", ttl=300).json()
    assert 290 <= content["expiresIn"] <= 300
    simulator.advance(seconds=301)
    assert get(content["url"]).status_code == 404


# a payment's code


def qr_payment(vipps, **form) -> requests.Response:
    body = vipps.payment(userFlow="QR", returnUrl=None, qrFormat=form or None)
    url = vipps.write("", body).json()["redirectUrl"]
    return get(url)


def test_a_payment_as_svg_unless_asked_otherwise(vipps):
    image = qr_payment(vipps)
    assert image.headers["Content-Type"].startswith("image/svg+xml")


def test_a_payment_as_png(vipps):
    image = qr_payment(vipps, format="IMAGE/PNG", size=200)
    assert png_size(image.content) == (200, 200)


def test_a_payments_target(vipps):
    assert "Pay now" in qr_payment(vipps, format="TEXT/TARGETURL").text
