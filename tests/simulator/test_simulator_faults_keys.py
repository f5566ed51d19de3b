"""The provider's clock that is wrong, and its keys that change."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet


@pytest.fixture(autouse=True)
def calm_after_all(simulator):
    yield
    simulator.control("faults", {"rules": []})


def published(integrator) -> KeySet:
    url = integrator.document["jwks_uri"]
    return KeySet.import_key_set(requests.get(url, timeout=5).json())


def decode(integrator, id_token: str) -> Any:
    return jwt.decode(id_token, published(integrator), algorithms=["RS256"])


def kid_of(id_token: str) -> str:
    return jws.extract_compact(id_token.encode()).headers()["kid"]


@pytest.mark.parametrize("skew", [-3600, 600])
def test_clock_skew_of_id_tokens(simulator, integrator, skew):
    rules = [{"kind": "id_token_skew", "seconds": skew}]
    simulator.control("faults", {"rules": rules})
    before = time.time()
    claims = decode(integrator, integrator.connect()["id_token"]).claims
    assert abs(claims["iat"] - before - skew) < 10
    assert claims["exp"] == claims["iat"] + 300
    assert simulator.control("faults")["struck"] == {"id_token_skew": 2}


def test_no_skew_without_a_rule(integrator):
    claims = decode(integrator, integrator.connect()["id_token"]).claims
    assert abs(claims["iat"] - time.time()) < 10


@pytest.mark.parametrize("keep_old", [True, False])
def test_rotation_of_the_keys(simulator, integrator, keep_old):
    tokens = integrator.connect()
    old = kid_of(tokens["id_token"])
    kids = simulator.control("keys/rotate", {"keep_old": keep_old})["kids"]
    assert (old in kids) == keep_old
    assert [key.kid for key in published(integrator).keys] == kids
    fresh = integrator.refresh(tokens["refresh_token"]).json()
    assert kid_of(fresh["id_token"]) == kids[-1] != old
    assert decode(integrator, fresh["id_token"])
    if keep_old:
        assert decode(integrator, tokens["id_token"])
    else:
        with pytest.raises(InvalidKeyIdError):
            decode(integrator, tokens["id_token"])


def test_access_tokens_outlive_a_rotation(simulator, merchant):
    simulator.control("keys/rotate", {"keep_old": False})
    assert merchant.create()
