"""The simulator tells a test which secrets passed by."""

from __future__ import annotations


def test_secrets_of_a_life(simulator, integrator, merchant):
    """Connect, refresh, register: each kind is there, the newest ones, too."""
    tokens = integrator.connect()
    fresh = integrator.refresh(tokens["refresh_token"]).json()
    merchant.register("https://odoo.example/callback", "basic")
    seen = simulator.control("secrets")
    for name, kind in (
        ("access_token", "access token"),
        ("refresh_token", "refresh token"),
        ("id_token", "ID token"),
    ):
        assert {tokens[name], fresh[name]} <= set(seen[kind])
    assert "demo-secret" in seen["client secret"]
    assert "demo-ibm-secret" in seen["gateway secret"]
    for kind in ("authorization code", "code verifier", "nonce", "callback secret"):
        assert seen[kind], kind


def test_a_reset_forgets(simulator, integrator):
    integrator.connect()
    simulator.control("reset", {})
    assert "refresh token" not in simulator.control("secrets")
