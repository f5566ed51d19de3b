"""Whether an ID token may be believed (section 2, point 5).

Signatures by joserfc, claims by Authlib. Only RS256 is accepted, whatever the
token says of itself, and only RSA keys of the provider's key set.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authlib.common.errors import (  # type: ignore[import-untyped]
    AuthlibBaseError,
)
from authlib.oidc.core import (  # type: ignore[import-untyped]
    CodeIDToken,
    HybridIDToken,
)
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, InvalidClaimError, JoseError
from joserfc.jwk import RSAKey

from .. import reading
from ..errors import BadDocument, BadIdToken

ALGORITHM = "RS256"

#: Seconds by which the provider's clock may differ from ours.
LEEWAY = 60

_LONGEST = 16 * 1024


def import_keys(document: Any) -> list[RSAKey]:
    """The RSA signing keys of a JWKS document; others in it are left out.

    :raises BadDocument: where none is left
    """
    keys = [
        key
        for entry in reading.items(reading.read(document, "keys"))
        if (key := _key(entry)) is not None
    ]
    if not keys:
        raise BadDocument("the provider's key set holds no RSA signing key")
    return keys


def _key(entry: Any) -> RSAKey | None:
    if not isinstance(entry, dict) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    try:
        return RSAKey.import_key(
            {name: entry[name] for name in ("kty", "n", "e", "kid") if name in entry}
        )
    except (JoseError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class Expected:
    """What an ID token must say.

    :param nonce: of our authorization request; never empty
    :param code: the code that came with the token, in the front channel
    :param access_token: the one that came with it, from the token endpoint
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    code: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


def verify(
    token: str, keys: Callable[[bool], list[RSAKey]], expected: Expected
) -> dict[str, Any]:
    """The claims of an ID token that passed every check.

    :param keys: gives the provider's keys; called with True it fetches them
        again, once, where the token names a key that is not among them
    :raises BadIdToken: for any check that failed; the message names it
    """
    try:
        claims, header = _signed(token, keys)
        _check_claims(claims, header, expected)
        return claims
    except (JoseError, AuthlibBaseError) as error:
        name = getattr(error, "claim", "") or getattr(error, "error", "")
        raise BadIdToken(f"the ID token failed a check: {name}") from None
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        OverflowError,
    ):
        raise BadIdToken("the ID token cannot be read") from None


def _signed(
    token: str, keys: Callable[[bool], list[RSAKey]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Claims and header of a token with a good signature."""
    if not token or len(token) > _LONGEST:
        raise ValueError("no token, or one without end")
    registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)
    parsed = jws.extract_compact(token.encode("ascii"), registry=registry)
    kid = parsed.protected.get("kid")
    for fresh in (False, True):
        named = [key for key in keys(fresh) if kid is None or key.kid == kid]
        for key in named:
            try:
                decoded = jwt.decode(token, key, registry=registry)
                return decoded.claims, dict(decoded.header)
            except BadSignatureError:
                continue
        if named:
            raise BadIdToken("the ID token's signature is wrong")
    raise BadIdToken("the ID token is signed by a key the provider does not name")


def _check_times(claims: dict[str, Any]) -> None:
    """Times are numbers: NaN would never expire, and older joserfc let it pass."""
    for name in ("exp", "iat"):
        value = claims.get(name)
        if type(value) not in (int, float) or not math.isfinite(value or 0):
            raise InvalidClaimError(name)


def _check_claims(
    claims: dict[str, Any], header: dict[str, Any], expected: Expected
) -> None:
    """Issuer, audience, times, nonce and hashes, by Authlib."""
    if not (expected.issuer and expected.client_id and expected.nonce):
        raise ValueError("nothing to hold the token against")
    _check_times(claims)
    kind = HybridIDToken if expected.code else CodeIDToken
    options = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
    }
    if expected.access_token:
        # the standard lets it be absent in the code flow; the contract asks for it:
        # without it nothing ties the access token to the user
        options["at_hash"] = {"essential": True}
    params = {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "code": expected.code,
        "access_token": expected.access_token,
    }
    kind(claims, header, options, params).validate(leeway=LEEWAY)
