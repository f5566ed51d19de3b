"""What stands before the APIs (contract, section 1): keys, token, headers.

Refusals are the Azure gateway's own, in another shape than the APIs'.
"""

from __future__ import annotations

import secrets

from flask import g, request

from ..core import simulator
from .errors import GatewayError, WrongField
from .parts import vipps
from .records import SalesUnit

SYSTEM_HEADERS = (
    "Vipps-System-Name",
    "Vipps-System-Version",
    "Vipps-System-Plugin-Name",
    "Vipps-System-Plugin-Version",
)
LONGEST_SYSTEM_HEADER = 30
LONGEST_KEY = 50


def current_unit() -> SalesUnit:
    """The sales unit whose keys the request carries."""
    unit: SalesUnit = g.unit
    return unit


def check_all() -> None:
    """Before each request of an API: subscription key, token, MSN, system headers."""
    g.unit = check_subscription_key()
    _check_token(g.unit)
    check_msn(g.unit, is_needed=request.path.startswith("/epayment/"))
    if not g.unit.enabled:
        raise GatewayError(403, "The sales unit does not have this product.")
    check_system_headers()


def check_subscription_key() -> SalesUnit:
    """The sales unit of the primary or secondary key; 401 for none."""
    given = request.headers.get("Ocp-Apim-Subscription-Key", "")
    if not given:
        raise GatewayError(
            401, "Access denied due to missing subscription key. Send one."
        )
    for unit in simulator().store.table(SalesUnit).all():
        if is_same(given, unit.primary_key) or is_same(given, unit.secondary_key):
            return unit
    raise GatewayError(401, "Access denied due to invalid subscription key.")


def check_msn(unit: SalesUnit, is_needed: bool) -> None:
    """The keys are those of one sales unit; another one's number is forbidden."""
    msn = request.headers.get("Merchant-Serial-Number", "")
    if not msn and is_needed:
        raise WrongField("Merchant-Serial-Number", "The header is required")
    if msn and msn != unit.msn:
        raise GatewayError(403, "These keys do not belong to this sales unit.")


def check_system_headers() -> None:
    """At most 30 characters each; what is missing is counted, or refused if so set."""
    for name in SYSTEM_HEADERS:
        value = request.headers.get(name, "")
        if len(value) > LONGEST_SYSTEM_HEADER:
            raise WrongField(name, f"At most {LONGEST_SYSTEM_HEADER} characters")
        if not value:
            simulator().journal.count("vipps_missing_headers", name)
            if vipps().settings.vipps_system_headers:
                raise WrongField(name, "The header is required")


def idempotency_key(is_needed: bool) -> str | None:
    """The header's value, at most 50 characters."""
    key = request.headers.get("Idempotency-Key", "")
    if not key and is_needed:
        raise WrongField("Idempotency-Key", "The header is required")
    if len(key) > LONGEST_KEY:
        raise WrongField("Idempotency-Key", f"At most {LONGEST_KEY} characters")
    return key or None


def is_same(given: str, expected: str) -> bool:
    """Compare two secrets."""
    return secrets.compare_digest(given.encode(), expected.encode())


def _check_token(unit: SalesUnit) -> None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or vipps().tokens.judge(token) != unit.msn:
        raise GatewayError(401, "Unauthorized. Access token is missing or invalid.")
