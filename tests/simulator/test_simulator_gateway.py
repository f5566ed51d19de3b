"""The gateway, the merchant's own data and the process itself."""

from __future__ import annotations

import requests
from simclient import (
    DANISH,
    PATIENCE,
    MerchantClient,
    SimulatorProcess,
    wait_for,
)


def check_gateway_error(response: requests.Response, status: int) -> None:
    assert response.status_code == status
    body = response.json()
    assert body["httpCode"] == str(status)
    assert set(body) == {"httpCode", "httpMessage", "moreInformation"}


def test_gateway_credentials_are_required(merchant):
    for headers in (
        {"x-ibm-client-id": None},
        {"x-ibm-client-id": "wrong"},
        {"x-ibm-client-secret": None},
        {"x-ibm-client-secret": "wrong"},
    ):
        response = merchant.call("GET", "/merchants/me", headers=headers)
        check_gateway_error(response, 401)


def test_bearer_token_is_required(merchant):
    for value in (None, "Bearer nonsense", "Basic abc", "Bearer"):
        headers = {"Authorization": value}
        response = merchant.call("GET", "/merchants/me", headers=headers)
        check_gateway_error(response, 401)


def test_scope_invoice_is_required(simulator, merchant):
    asked = {"scope": "openid transactionreporting"}
    token = simulator.control("tokens", asked)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    check_gateway_error(merchant.call("GET", "/merchants/me", headers=headers), 403)


def test_unknown_path_is_answered_by_the_gateway(merchant):
    check_gateway_error(merchant.call("GET", "/nothing/here"), 404)
    check_gateway_error(merchant.call("DELETE", "/merchants/me"), 405)


def test_correlation_id_comes_back(merchant):
    headers = {"CorrelationId": "11111111-2222-3333-4444-555555555555"}
    response = merchant.call("GET", "/merchants/me", headers=headers)
    assert response.headers["CorrelationId"] == headers["CorrelationId"]
    path = merchant.path("invoices")
    response = merchant.call("POST", path, json={}, headers=headers)
    assert response.json()["correlation_id"] == headers["CorrelationId"]
    response = merchant.call("POST", path, json={})
    made = response.json()["correlation_id"]
    assert len(made) == 36 and response.headers["CorrelationId"] == made


def test_issuers_and_their_status(simulator, merchant):
    response = merchant.call("GET", merchant.path("invoiceissuers"))
    states = [row["Status"] for row in response.json()["InvoiceIssuers"]]
    assert states == ["enabled", "enabled", "disabled"]
    issuer = merchant.issuers["Daily"]
    simulator.control(f"merchants/{DANISH}/issuers/{issuer}", {"status": "pending"})
    response = merchant.post(merchant.invoice())
    assert response.json()["error_code"] == "10202"


def test_another_merchants_path_is_not_found(merchant, finn):
    response = merchant.call("GET", finn.path("invoiceissuers"))
    assert response.status_code == 409
    assert response.json()["error_code"] == "10302"
    response = merchant.call("GET", "/merchants/not-a-guid/invoiceissuers")
    assert response.status_code == 400
    invoice = finn.create(
        ConsumerAlias={"Alias": "+358401111101", "AliasType": "Phone"}
    )
    response = merchant.call("GET", merchant.path(f"invoices/{invoice}"))
    assert response.status_code == 404


def test_answers_in_camel_case(simulator, merchant):
    simulator.settings(names="camel", error_code_as="number")
    assert list(merchant.call("GET", "/merchants/me").json()) == ["merchantId"]
    body = merchant.post(merchant.invoice(TotalAmount=0)).json()
    assert body["errorCode"] == 10008
    assert {"correlationId", "errorDescription", "errorContext"} < set(body)


def test_state_counts_what_came(simulator, merchant):
    merchant.create()
    merchant.post([merchant.invoice()], "/batch")
    state = simulator.state()
    assert state["create_calls"] == {"direct": 1, "direct_batch": 1}
    rule = "/invoice-restapi/api/v1/merchants/<merchant_id>/invoices"
    assert state["requests"][f"POST {rule}"] == 1
    assert state["latest_requests"][-2]["status"] == 202
    assert [row["status"] for row in state["invoices"]][0] == "created"
    text = requests.get(f"{simulator.url}/control/state", timeout=PATIENCE).text
    assert "demo-secret" not in text


def test_settings_are_checked(simulator):
    for wrong in (
        {"nothing": 1},
        {"names": "kebab"},
        {"speed": 0},
        {"daily_limit": "10"},
        {"amount_limits": 5},
    ):
        assert "error" in simulator.control("settings", wrong, status=400)
    assert "error" in simulator.control("clock", {"set": "yesterday"}, status=400)
    assert "error" in simulator.control("merchants/DK00000000/revoke", {}, status=404)


def test_world_can_be_changed(simulator):
    vat = "DK11223344"
    simulator.control("merchants", {"vat": vat, "name": "New", "users": ["eva"]})
    issuer = simulator.control(f"merchants/{vat}/issuers", {"name": "New (Only)"})
    simulator.control("payers", {"phone": "+4522222222", "name": "Vera"})
    client = MerchantClient(simulator, vat)
    assert client.issuers == {"Only": issuer["id"]}
    alias = {"Alias": "22222222", "AliasType": "Phone"}
    app = {"client_id": "two", "client_secret": "secret-two"}
    simulator.control("gateway-apps", app)
    client.headers["x-ibm-client-id"] = "two"
    assert client.call("GET", "/merchants/me").status_code == 401
    client.headers["x-ibm-client-secret"] = "secret-two"
    client.create(InvoiceIssuer=issuer["id"], ConsumerAlias=alias)
    assert "New" in simulator.pages("/").text


def test_starts_with_one_line_and_stops_on_sigterm():
    process = SimulatorProcess()
    assert process.first_line == f"simulator listening on {process.url}\n"
    assert process.control("health")["ok"]
    assert process.stop() == 0
    assert process.rest == ""


def test_sqlite_file_survives_a_restart(tmp_path):
    arguments = ("--database", str(tmp_path / "state.sqlite"))
    first = SimulatorProcess(*arguments)
    client = MerchantClient(first)
    request = client.invoice()
    invoice = client.post(request).json()["InvoiceId"]
    token = client.headers["Authorization"].split()[1]
    keys = first.pages("/merchant/.well-known/openid-configuration/jwks").json()
    assert first.stop() == 0

    second = SimulatorProcess(*arguments)
    client = MerchantClient(second, token=token)
    assert client.status(invoice) == "created"
    assert client.post(request).json()["error_code"] == "10104"
    assert client.details(invoice)["TotalAmount"] == 360.5
    path = "/merchant/.well-known/openid-configuration/jwks"
    assert second.pages(path).json() == keys
    assert second.stop() == 0


def test_slow_answers(simulator, merchant):
    simulator.settings(latency_seconds=0.3)
    response = merchant.call("GET", "/merchants/me")
    assert response.elapsed.total_seconds() >= 0.3
    assert wait_for(lambda: simulator.control("health")["ok"])
