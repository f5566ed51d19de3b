"""The provider's addresses: discovery, keys, authorize page, token endpoint.

A script can do what a person does on the authorize page: GET the authorize URL,
then POST to the same URL (query included) these form fields:

``username``
    a user of the merchant, ``merchant`` in the demo data;
``decision``
    ``grant`` or ``refuse``;
``merchant``
    VAT number; only needed when the request has no ``merchant_vat``.

The answer is the form_post page (200) or a redirect with a fragment (302). An
invalid request ends on an error page (400) and nothing is sent back.
"""

from __future__ import annotations

from typing import Any, cast

from authlib.oauth2 import OAuth2Error
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from ...core import simulator
from ...records import Merchant
from ..parts import classic
from .provider import RESPONSE_MODES, create_server, issuer
from .records import AUTH_METHODS, GRANT_TYPES, RESPONSE_TYPES, SCOPES, Person

blueprint = Blueprint("openid", __name__)

WELL_KNOWN = ".well-known/openid-configuration"
TOKEN_PATH = "/merchant/connect/token"
REVOCATION_PATH = "/merchant/connect/revocation"
KEYS_PATH = "/merchant/.well-known/openid-configuration/jwks"


class PageError(Exception):
    """The authorize request ends on an error page."""


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    """Make the authorization server when the blueprint joins the application."""
    app = cast(Flask, state.app)
    app.extensions["openid_server"] = create_server(app)


@blueprint.get(f"/<any(dk, fi):country>/account/{WELL_KNOWN}")
def discovery(country: str) -> Response:
    """The discovery document of Denmark or Finland."""
    base = simulator().base_url
    return jsonify(
        issuer=issuer(),
        authorization_endpoint=f"{base}/{country}/account/connect/authorize",
        token_endpoint=f"{base}{TOKEN_PATH}",
        revocation_endpoint=f"{base}{REVOCATION_PATH}",
        jwks_uri=f"{base}{KEYS_PATH}",
        scopes_supported=SCOPES,
        response_types_supported=RESPONSE_TYPES,
        response_modes_supported=RESPONSE_MODES,
        grant_types_supported=GRANT_TYPES,
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        token_endpoint_auth_methods_supported=AUTH_METHODS,
        code_challenge_methods_supported=["S256"],
    )


@blueprint.get(f"/merchant-authentication-openidconnect/{WELL_KNOWN}")
def second_discovery() -> Response:
    """The second discovery URL that the reporting documents name."""
    return discovery("dk")


@blueprint.get(KEYS_PATH)
def keys() -> Response:
    """The public keys."""
    return jsonify(classic().sessions.key_set().as_dict(private=False))


@blueprint.route(
    "/<any(dk, fi):country>/account/connect/authorize", methods=["GET", "POST"]
)
def authorize(country: str) -> ResponseReturnValue:
    """Log in, choose the merchant, grant or refuse."""
    server = current_app.extensions["openid_server"]
    try:
        grant = server.get_consent_grant()
        _check_request()
        merchants = _merchants(country.upper())
    except OAuth2Error as error:
        return _error_page(error.error, error.get_error_description())
    except PageError as error:
        return _error_page("invalid_request", str(error))
    if request.method == "GET":
        return _page(merchants)
    return _decide(server, grant, merchants)


@blueprint.post(TOKEN_PATH)
def token() -> ResponseReturnValue:
    """Code or refresh token in, tokens out."""
    response = current_app.extensions["openid_server"].create_token_response()
    if response.status_code != 200:
        error = (response.get_json(silent=True) or {}).get("error", "unknown")
        simulator().journal.count("openid", f"refused: {error}")
    return response


@blueprint.post(REVOCATION_PATH)
def revocation() -> ResponseReturnValue:
    """RFC 7009."""
    server = current_app.extensions["openid_server"]
    return server.create_endpoint_response("revocation")


def _check_request() -> None:
    mode = request.values.get("response_mode", "fragment")
    if mode not in RESPONSE_MODES:
        raise PageError("response_mode must be form_post or fragment")
    if not request.values.get("state"):
        raise PageError("Missing 'state'")


def _merchants(country: str) -> list[Merchant]:
    """Whom the user may choose: the one of ``merchant_vat``, else the country's."""
    vat = request.values.get("merchant_vat")
    if vat is None:
        return simulator().merchants.find(country=country)
    merchant = simulator().merchant_by_vat(vat)
    if merchant is None or merchant.country != country:
        raise PageError(f"No merchant with VAT number {vat}")
    return [merchant]


def _decide(server: Any, grant: Any, merchants: list[Merchant]) -> ResponseReturnValue:
    decision = request.form.get("decision")
    if decision == "refuse":
        simulator().journal.count("openid", "refused by the merchant")
        return server.create_authorization_response(grant.request, None, grant)
    username = request.form.get("username", "").strip()
    chosen = request.form.get("merchant") or merchants[0].vat
    merchant = next((entry for entry in merchants if entry.vat == chosen), None)
    if decision != "grant" or merchant is None:
        return _page(merchants, "Choose a merchant and then Grant or Refuse.", 400)
    if username not in merchant.users:
        text = f"{username or 'This user'} has no access to {merchant.name}."
        return _page(merchants, text, 403)
    person = Person(username, merchant.id, merchant.vat)
    return server.create_authorization_response(grant.request, person, grant)


def _page(
    merchants: list[Merchant], problem: str | None = None, status: int = 200
) -> tuple[str, int]:
    scopes = request.values.get("scope", "").split()
    username = request.form.get("username", "")
    page = render_template(
        "classic/authorize.html",
        merchants=merchants,
        problem=problem,
        scopes=scopes,
        username=username,
    )
    return page, status


def _error_page(error: str, text: str) -> tuple[str, int]:
    simulator().journal.count("openid", f"error page: {error}")
    page = render_template("error.html", title="This request cannot be used", text=text)
    return page, 400
