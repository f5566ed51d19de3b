"""The OpenID provider against an ordinary client (contract, section 2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import KeySet
from simclient import (
    DANISH,
    PATIENCE,
    Integrator,
    MerchantClient,
    SimulatorProcess,
    form_fields,
    fragment_fields,
)


def claims_of(integrator: Integrator, id_token: str) -> dict:
    """Check an ID token as an ordinary client does; return its claims."""
    jwks = requests.get(integrator.document["jwks_uri"], timeout=PATIENCE).json()
    assert all("d" not in key for key in jwks["keys"])
    token = jwt.decode(id_token, KeySet.import_key_set(jwks), algorithms=["RS256"])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": integrator.document["issuer"]},
        aud={"essential": True, "value": "demo-client"},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    registry.validate(token.claims)
    return token.claims


def half_hash(text: str) -> str:
    return create_half_hash(text, "RS256").decode()


# discovery


@pytest.mark.parametrize("country", ["dk", "fi"])
def test_discovery_issuer_is_no_prefix_of_its_url(simulator, country):
    document = Integrator(simulator, country).document
    assert document["issuer"] == f"{simulator.url}/merchant"
    assert f"/{country}/" in document["authorization_endpoint"]
    assert not document["authorization_endpoint"].startswith(document["issuer"])


def test_second_discovery_url_names_the_same_endpoints(simulator, integrator):
    path = "/merchant-authentication-openidconnect/.well-known/openid-configuration"
    assert simulator.pages(path).json() == integrator.document


# the whole flow


@pytest.mark.parametrize("country", ["dk", "fi"])
def test_flow_by_form_post(simulator, country):
    integrator = Integrator(simulator, country)
    page = integrator.decide()
    fields = form_fields(page)
    assert f'action="{integrator.asked["redirect_uri"]}"' in page.text
    assert set(fields) == {"code", "id_token", "state", "scope", "session_state"}
    assert fields["state"] == integrator.asked["state"]
    assert fields["scope"] == integrator.asked["scope"]
    front = claims_of(integrator, fields["id_token"])
    assert front["nonce"] == integrator.asked["nonce"]
    assert front["c_hash"] == half_hash(fields["code"])

    tokens = integrator.exchange(fields["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    back = claims_of(integrator, tokens["id_token"])
    assert back["nonce"] == integrator.asked["nonce"]
    assert back["at_hash"] == half_hash(tokens["access_token"])
    assert back["sub"] == front["sub"]
    client = MerchantClient(simulator, token=tokens["access_token"])
    assert client.issuers


def test_flow_by_fragment(integrator):
    integrator.open(response_mode="fragment")
    fields = fragment_fields(integrator.decide())
    assert fields["state"] == integrator.asked["state"]
    assert claims_of(integrator, fields["id_token"])["c_hash"]
    assert integrator.exchange(fields["code"]).status_code == 200


def test_merchant_is_the_one_of_merchant_vat(simulator, integrator):
    page = integrator.open()
    assert "Havnens Cykler" in page.text and "Nordlys" not in page.text
    integrator.connect()
    (session,) = simulator.state()["sessions"]
    assert session["merchant_vat"] == DANISH


def test_without_merchant_vat_the_user_chooses(simulator, integrator):
    page = integrator.open(merchant_vat=None)
    assert "Nordlys" in page.text and "Havnens Cykler" in page.text
    answer = integrator.decide(username="other", merchant="DK87654321")
    integrator.exchange(form_fields(answer)["code"])
    (session,) = simulator.state()["sessions"]
    assert session["merchant_vat"] == "DK87654321"


def test_everything_in_one_form(integrator):
    endpoint = integrator.document["authorization_endpoint"]
    form = {**integrator.asked, "username": "merchant", "decision": "grant"}
    answer = requests.post(endpoint, data=form, timeout=PATIENCE)
    fields = form_fields(answer)
    assert integrator.exchange(fields["code"]).status_code == 200


def test_client_secret_in_basic_authentication(integrator):
    response = requests.post(
        integrator.document["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "code": integrator.granted()["code"],
            "redirect_uri": integrator.asked["redirect_uri"],
            "code_verifier": integrator.verifier,
        },
        auth=("demo-client", "demo-secret"),
        timeout=PATIENCE,
    )
    assert response.status_code == 200


# refusals on the authorize page


@pytest.mark.parametrize("mode", ["form_post", "fragment"])
def test_refusal_goes_back_by_the_same_way(integrator, mode):
    integrator.open(response_mode=mode)
    answer = integrator.decide("refuse")
    fields = form_fields(answer) if mode == "form_post" else fragment_fields(answer)
    assert fields["error"] == "access_denied"
    assert fields["error_description"]
    assert fields["state"] == integrator.asked["state"]
    assert "code" not in fields


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"nonce": None},
        {"state": None},
        {"client_id": "someone-else"},
        {"client_id": None},
        {"redirect_uri": "https://odoo.example/mobilepay/redirect/"},
        {"redirect_uri": None},
        {"response_type": "code"},
        {"response_type": "code token"},
        {"response_mode": "query"},
        {"scope": "invoice"},
        {"scope": "openid everything"},
        {"merchant_vat": "DK99999999"},
        {"merchant_vat": "FI12345678"},
    ],
    ids=str,
)
def test_invalid_request_ends_on_an_error_page(integrator, change):
    page = integrator.open(**change)
    assert page.status_code == 400
    assert "This request cannot be used" in page.text
    assert not page.history
    assert 'name="code"' not in integrator.decide().text


def test_nonce_works_once(integrator):
    integrator.granted()
    assert integrator.open().status_code == 400
    assert integrator.open(nonce="another one").status_code == 200


def test_user_without_access_to_the_merchant(integrator):
    for username in ("other", "", "nobody"):
        answer = integrator.decide(username=username)
        assert answer.status_code == 403
        assert "has no access" in answer.text


def test_redirect_uri_registered_by_control(simulator, integrator):
    uri = "http://127.0.0.1:8069/redirect?db=one"
    assert integrator.open(redirect_uri=uri).status_code == 400
    path = "clients/demo-client/redirect-uris"
    simulator.control(path, {"redirect_uri": uri})
    assert integrator.open().status_code == 200


# token endpoint


def refused(response: requests.Response) -> str:
    assert response.status_code in (400, 401), response.text
    return response.json()["error"]


def test_code_works_once_and_its_reuse_ends_the_session(simulator, integrator):
    code = integrator.granted()["code"]
    tokens = integrator.exchange(code).json()
    assert refused(integrator.exchange(code)) == "invalid_grant"
    assert refused(integrator.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_code_lives_five_minutes(simulator, integrator):
    early, late = integrator.granted()["code"], None
    simulator.advance(seconds=290)
    assert integrator.exchange(early).status_code == 200
    integrator.open(nonce="second")
    late = integrator.granted()["code"]
    simulator.advance(seconds=301)
    assert refused(integrator.exchange(late)) == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://odoo.example/other"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": "someone-else"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "never issued"}, "invalid_grant"),
    ],
    ids=str,
)
def test_exchange_is_refused(integrator, change, error):
    code = integrator.granted()["code"]
    assert refused(integrator.exchange(code, **change)) == error


def test_another_client_cannot_use_the_code(simulator, integrator):
    other = {"client_id": "two", "client_secret": "two-secret"}
    simulator.control("clients", other)
    code = integrator.granted()["code"]
    assert refused(integrator.exchange(code, **other)) == "invalid_grant"


def test_refresh_tokens_rotate_and_work_once(simulator, integrator):
    first = integrator.connect()
    second = integrator.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    claims = claims_of(integrator, second["id_token"])
    assert claims["at_hash"] == half_hash(second["access_token"])
    assert refused(integrator.refresh(first["refresh_token"])) == "invalid_grant"
    third = integrator.refresh(second["refresh_token"])
    assert third.status_code == 200
    counts = simulator.state()["openid"]
    assert counts["refreshes"] == 2
    assert counts["refresh tokens used again"] == 1


def test_one_of_many_refreshes_at_once_wins(integrator):
    token = integrator.connect()["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(integrator.refresh, [token] * 8))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


def test_a_reused_refresh_token_may_end_the_session(simulator, integrator):
    simulator.settings(reused_refresh_token_ends_session=True)
    first = integrator.connect()
    second = integrator.refresh(first["refresh_token"]).json()
    integrator.refresh(first["refresh_token"])
    assert refused(integrator.refresh(second["refresh_token"])) == "invalid_grant"


def test_refresh_tokens_slide_for_thirteen_months(simulator, integrator):
    tokens = integrator.connect()
    simulator.advance(days=390)
    tokens = integrator.refresh(tokens["refresh_token"]).json()
    simulator.advance(days=390)
    tokens = integrator.refresh(tokens["refresh_token"]).json()
    simulator.advance(days=396)
    assert refused(integrator.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_without_offline_access_there_is_no_refresh_token(integrator):
    integrator.open(scope="openid invoice")
    assert "refresh_token" not in integrator.connect()


def test_refresh_may_spell_id_token_with_a_hyphen(simulator, integrator):
    simulator.settings(refresh_id_token_name="id-token")
    tokens = integrator.connect()
    assert "id_token" in tokens
    assert "id-token" in integrator.refresh(tokens["refresh_token"]).json()


# the end of a consent


def call_with(simulator: SimulatorProcess, token: str) -> int:
    headers = {
        "Authorization": f"Bearer {token}",
        "x-ibm-client-id": "demo-ibm-id",
        "x-ibm-client-secret": "demo-ibm-secret",
    }
    url = f"{simulator.url}/invoice-restapi/api/v1/merchants/me"
    return requests.get(url, headers=headers, timeout=PATIENCE).status_code


def test_access_token_is_short_lived(simulator, integrator):
    tokens = integrator.connect()
    assert call_with(simulator, tokens["access_token"]) == 200
    simulator.advance(seconds=301)
    assert call_with(simulator, tokens["access_token"]) == 401
    tokens = integrator.refresh(tokens["refresh_token"]).json()
    assert call_with(simulator, tokens["access_token"]) == 200


@pytest.mark.parametrize("way", ["portal", "control", "integrator"])
def test_revoked_consent(simulator, integrator, way):
    tokens = integrator.connect()
    if way == "portal":
        assert "demo-client" in simulator.pages(f"/portal/{DANISH}").text
        simulator.pages(f"/portal/{DANISH}/revoke", submit="1")
    elif way == "control":
        assert simulator.control(f"merchants/{DANISH}/revoke", {}) == {"ended": 1}
    else:
        requests.post(
            integrator.document["revocation_endpoint"],
            data={"token": tokens["refresh_token"]},
            auth=("demo-client", "demo-secret"),
            timeout=PATIENCE,
        ).raise_for_status()
    assert call_with(simulator, tokens["access_token"]) == 401
    assert refused(integrator.refresh(tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("ends", [False, True])
def test_a_later_flow_may_end_the_earlier_session(simulator, ends):
    simulator.settings(new_flow_ends_earlier=ends)
    first = Integrator(simulator).connect()
    second = Integrator(simulator).connect()
    assert call_with(simulator, first["access_token"]) == (401 if ends else 200)
    assert call_with(simulator, second["access_token"]) == 200
