"""Access token, gateway and headers (contract, sections 1 and 2)."""

from __future__ import annotations

import time

import pytest
from vippsclient import PLAIN, VippsClient

PAYMENT = "/epayment/v1/payments/unknown-payment"


def status(vipps, **headers: str | None) -> int:
    return vipps.call("GET", PAYMENT, headers=headers).status_code


def test_numbers_are_strings(vipps):
    answer = vipps.token()
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == "3600"
    numbers = ("expires_in", "ext_expires_in", "expires_on", "not_before")
    assert all(isinstance(answer[name], str) for name in numbers)
    assert abs(int(answer["expires_on"]) - time.time() - 3600) < 60
    assert answer["resource"] and answer["access_token"].count(".") == 2


def test_the_paths_case_does_not_matter(vipps):
    headers = {name: vipps.unit[name] for name in ("client_id", "client_secret")}
    assert vipps.call("POST", "/accessToken/get", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_id": None}, 400),
        ({"client_secret": None}, 400),
        ({"client_id": "another"}, 401),
        ({"client_secret": "another"}, 401),
        # a hyphen makes another header of it
        ({"client_id": None, "client-id": "x", "client-secret": "x"}, 400),
        ({"Ocp-Apim-Subscription-Key": None}, 401),
        ({"Ocp-Apim-Subscription-Key": "0" * 32}, 401),
        ({"Merchant-Serial-Number": None}, 200),
        ({"Merchant-Serial-Number": PLAIN}, 403),
    ],
    ids=str,
)
def test_credentials_are_headers(vipps, changes, expected):
    assert vipps.ask_token(**changes).status_code == expected


def test_another_units_secret_is_none(simulator, vipps):
    other = VippsClient(simulator, PLAIN).unit
    assert vipps.ask_token(client_secret=other["client_secret"]).status_code == 401


def test_several_tokens_are_valid_at_once(vipps):
    first, second = (f"Bearer {vipps.token()['access_token']}" for _ in range(2))
    assert first != second
    assert status(vipps, Authorization=first) == 404
    assert status(vipps, Authorization=second) == 404


def test_a_token_ends_on_the_clock(simulator, vipps):
    simulator.advance(minutes=59)
    assert status(vipps) == 404
    simulator.advance(minutes=2)
    assert status(vipps) == 401


def test_revoked_tokens_are_refused_until_a_new_one(simulator, vipps):
    assert simulator.control("vipps/tokens/revoke", {})["ended"] >= 1
    assert status(vipps) == 401
    assert status(vipps, Authorization=f"Bearer {vipps.token()['access_token']}") == 404


def test_the_secondary_key_is_as_good(vipps):
    key = vipps.unit["secondary_key"]
    assert status(vipps, **{"Ocp-Apim-Subscription-Key": key}) == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": None},
        {"Authorization": "Bearer nothing"},
        {"Ocp-Apim-Subscription-Key": None},
        {"Ocp-Apim-Subscription-Key": "0" * 32},
    ],
    ids=str,
)
def test_the_gateway_has_a_shape_of_its_own(vipps, headers):
    response = vipps.call("GET", PAYMENT, headers=headers)
    assert response.status_code == 401
    assert set(response.json()) == {"statusCode", "message"}
    assert response.headers["Content-Type"] == "application/json"


def test_the_word_bearer_is_needed(vipps):
    token = vipps.headers["Authorization"].removeprefix("Bearer ")
    assert status(vipps, Authorization=token) == 401
    assert status(vipps, Authorization=f"Basic {token}") == 401


def test_a_token_of_another_unit(simulator, vipps):
    other = VippsClient(simulator, PLAIN)
    assert status(vipps, Authorization=other.headers["Authorization"]) == 401


def test_the_number_of_the_sales_unit(vipps):
    assert status(vipps, **{"Merchant-Serial-Number": None}) == 400
    assert status(vipps, **{"Merchant-Serial-Number": PLAIN}) == 403


def test_a_unit_without_the_product(vipps):
    vipps.control(enabled=False)
    assert status(vipps) == 403


@pytest.mark.parametrize("length", [30, 31])
def test_system_headers_are_short(vipps, length):
    expected = 404 if length == 30 else 400
    assert status(vipps, **{"Vipps-System-Name": "x" * length}) == expected


def test_missing_system_headers_are_counted_or_refused(simulator, vipps):
    name = "Vipps-System-Plugin-Name"
    assert status(vipps, **{name: None}) == 404
    assert simulator.control("vipps")["missing_headers"] == {name: 1}
    simulator.settings(vipps_system_headers=True)
    assert status(vipps, **{name: None}) == 400
    assert status(vipps) == 404


def test_nothing_there_is_the_gateways_word(vipps):
    response = vipps.call("GET", "/epayment/v9/payments")
    assert response.status_code == 404
    assert response.json()["statusCode"] == 404


def test_secrets_are_kept_for_leak_checks(simulator, vipps):
    secret = vipps.register("https://odoo.example/hook")["secret"]
    seen = simulator.control("secrets")
    assert vipps.unit["client_secret"] in seen["client secret"]
    assert vipps.unit["primary_key"] in seen["subscription key"]
    assert vipps.headers["Authorization"][7:] in seen["access token"]
    assert secret in seen["webhook secret"]
