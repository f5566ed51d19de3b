"""Each check of an ID token, by a token that fails this check alone."""

import time

import pytest
import wire_provider as forge
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from wire_provider import (
    ACCESS,
    CODE,
    ISSUER,
    KEY,
    NEW_KEY,
    NONCE,
    OTHER_KEY,
    REFRESH,
    back_token,
    claims,
    front_token,
    half_hash,
    hs256_with_public_key,
    sign,
    token_answer,
    unsigned,
)
from wire_server import Reply

from mobilepay.classic.idtoken import Expected, verify
from mobilepay.classic.oidc import Provider
from mobilepay.errors import BadDocument, BadIdToken, Unavailable

REDIRECT = "https://odoo.example/mobilepay/oidc/return"
HASHED = {"c_hash": half_hash(CODE)}


@pytest.fixture
def finish(provider):
    """Finish a login with this front-channel token and this answer."""

    def run(id_token=None, answer=None, **changes):
        if answer is not None:
            provider.token_answer = answer
        settings = {
            "code": CODE,
            "id_token": front_token() if id_token is None else id_token,
            "redirect_uri": REDIRECT,
            "nonce": NONCE,
            "code_verifier": "v" * 64,
            **changes,
        }
        client = Provider(
            provider.discovery_url,
            client_id=forge.CLIENT_ID,
            client_secret=forge.CLIENT_SECRET,
            timeout=(1, 1),
        )
        with client:
            return client.finish(**settings)

    return run


def assert_refused_before_the_exchange(provider, finish, **changes):
    with pytest.raises(BadIdToken) as caught:
        finish(**changes)
    assert provider.forms == [], "the code was used"
    assert CODE not in str(caught.value)
    return str(caught.value)


def test_good_tokens_connect(provider, finish):
    tokens = finish()
    assert (tokens.access_token, tokens.refresh_token) == (ACCESS, REFRESH)
    assert tokens.subject == "user-1"
    assert len(provider.forms) == 1


# signature


def test_a_signature_of_somebody_elses_key(provider, finish):
    said = assert_refused_before_the_exchange(
        provider, finish, id_token=front_token(OTHER_KEY)
    )
    assert "signature" in said


def test_a_payload_changed_after_signing(provider, finish):
    mine, other = front_token(), front_token(sub="user-2")
    head, _payload, signature = mine.split(".")
    forged = ".".join([head, other.split(".")[1], signature])
    assert_refused_before_the_exchange(provider, finish, id_token=forged)


def test_no_signature(provider, finish):
    assert_refused_before_the_exchange(
        provider, finish, id_token=unsigned(claims(**HASHED))
    )
    cut = front_token().rsplit(".", 1)[0] + "."
    assert_refused_before_the_exchange(provider, finish, id_token=cut)


def test_hs256_with_the_public_key_as_its_secret(provider, finish):
    forged = hs256_with_public_key(claims(**HASHED))
    assert_refused_before_the_exchange(provider, finish, id_token=forged)


def test_hs256_with_a_secret_of_the_key_set(provider, finish):
    secret = OctKey.import_key("x" * 32, {"kid": "shared"})
    provider.key_sets[0].append(secret.as_dict(private=True))
    forged = sign(claims(**HASHED), secret, alg="HS256")
    assert_refused_before_the_exchange(provider, finish, id_token=forged)


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_other_algorithms_of_a_good_key(provider, finish, alg):
    bare = {name: KEY.as_dict(private=True)[name] for name in KEY.as_dict(private=True)}
    bare.pop("alg")
    key = type(KEY).import_key(bare)
    forged = sign(claims(**HASHED), key, alg=alg)
    assert_refused_before_the_exchange(provider, finish, id_token=forged)


def test_a_key_meant_for_encryption_signs_nothing(provider, finish):
    provider.key_sets = [[{**KEY.as_dict(private=False), "use": "enc"}]]
    with pytest.raises(BadDocument):
        finish()
    assert provider.forms == []


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "..", "é" * 10, "a" * 20_000, "eyJhbGciOiJSUzI1NiJ9.e30.", "{}"],
)
def test_what_is_no_token(provider, finish, token):
    assert_refused_before_the_exchange(provider, finish, id_token=token)


def test_a_token_whose_claims_are_no_object(provider, finish):
    odd = jws.serialize_compact({"alg": "RS256", "kid": "key-1"}, b"[1]", KEY)
    assert_refused_before_the_exchange(provider, finish, id_token=odd)


# keys


def test_an_unknown_key_is_asked_for_once_more(provider, finish):
    old, new = KEY.as_dict(private=False), NEW_KEY.as_dict(private=False)
    provider.key_sets = [[old], [old, new]]
    finish(front_token(NEW_KEY), token_answer(id_token=back_token(NEW_KEY)))
    assert provider.count("/jwks") == 2


def test_a_key_that_nobody_knows(provider, finish):
    assert_refused_before_the_exchange(provider, finish, id_token=front_token(NEW_KEY))
    assert provider.count("/jwks") == 2, "once, and once more"


def test_known_keys_are_not_asked_for_again(provider, finish):
    finish()
    assert provider.count("/jwks") == 1


def test_a_token_without_kid_is_tried_with_every_key(provider, finish):
    keys = [NEW_KEY.as_dict(private=False), KEY.as_dict(private=False)]
    provider.key_sets = [keys]
    front = sign(claims(**HASHED), KEY, kid=None)
    finish(front)
    forged = sign(claims(**HASHED), OTHER_KEY, kid=None)
    provider.forms.clear()
    assert_refused_before_the_exchange(provider, finish, id_token=forged)


def test_other_keys_in_the_set_hurt_nobody(provider, finish):
    curve = ECKey.generate_key("P-256", {"kid": "key-1"}).as_dict(private=False)
    odd = [curve, {"kty": "NEW", "kid": "key-1"}, {"kty": "RSA"}, "text", None]
    provider.key_sets[0][:0] = odd
    assert finish()


@pytest.mark.parametrize("keys", [[], [{"kty": "RSA", "n": "!", "e": "AQAB"}]])
def test_a_key_set_without_keys(provider, finish, keys):
    provider.key_sets = [keys]
    with pytest.raises(BadDocument):
        finish()


def test_keys_that_cannot_be_had(provider, finish, server):
    server.answers(Reply(503, headers={"Retry-After": "60"}))
    provider.changes["jwks_uri"] = server.url + "/jwks"
    with pytest.raises(Unavailable):
        finish()
    assert provider.forms == []


# claims of the front-channel token

BAD_CLAIMS = [
    ("iss", {"iss": "https://issuer.example"}),
    ("iss", {"iss": None}),
    ("iss", {"iss": [ISSUER]}),
    ("aud", {"aud": "client-2"}),
    ("aud", {"aud": ["client-2"]}),
    ("aud", {"aud": []}),
    ("aud", {"aud": None}),
    ("azp", {"aud": ["client-1", "client-2"]}),
    ("azp", {"aud": ["client-1", "client-2"], "azp": "client-2"}),
    ("azp", {"azp": "client-2"}),
    ("exp", {"exp": int(time.time()) - 3600}),
    ("exp", {"exp": None}),
    ("exp", {"exp": "tomorrow"}),
    ("exp", {"exp": float("nan")}),
    ("exp", {"exp": float("inf")}),
    ("iat", {"iat": int(time.time()) + 36_000}),
    ("iat", {"iat": None}),
    ("nonce", {"nonce": "nonce-2"}),
    ("nonce", {"nonce": None}),
    ("nonce", {"nonce": ""}),
    ("sub", {"sub": None}),
    ("sub", {"sub": ""}),
    ("sub", {"sub": 7}),
    ("c_hash", {"c_hash": None}),
    ("c_hash", {"c_hash": ""}),
    ("c_hash", {"c_hash": half_hash("code-2")}),
    ("c_hash", {"c_hash": half_hash(CODE)[:-2]}),
]


@pytest.mark.parametrize(("claim", "changes"), BAD_CLAIMS)
def test_one_bad_claim(provider, finish, claim, changes):
    said = assert_refused_before_the_exchange(
        provider, finish, id_token=front_token(**changes)
    )
    assert claim in said


@pytest.mark.parametrize("odd", ["7", ["x"], {"a": 1}, True])
@pytest.mark.parametrize(
    "claim", ["c_hash", "nonce", "azp", "exp", "iat", "iss", "aud"]
)
def test_claims_of_an_odd_kind(provider, finish, claim, odd):
    assert_refused_before_the_exchange(
        provider, finish, id_token=front_token(**{claim: odd})
    )


def test_clocks_may_differ_a_little(finish):
    now = int(time.time())
    assert finish(front_token(iat=now + 30, exp=now + 330))
    assert finish(front_token(iat=now - 330, exp=now - 30))


def test_clocks_may_not_differ_much(provider, finish):
    now = int(time.time())
    assert_refused_before_the_exchange(
        provider, finish, id_token=front_token(iat=now + 120)
    )
    assert_refused_before_the_exchange(
        provider, finish, id_token=front_token(exp=now - 120)
    )


def test_several_audiences_with_us_as_the_party(finish):
    assert finish(front_token(aud=["client-1", "client-2"], azp="client-1"))


def test_a_login_without_a_nonce_finishes_nothing(provider, finish):
    token = front_token(nonce=None)
    assert_refused_before_the_exchange(provider, finish, id_token=token, nonce="")


@pytest.mark.parametrize("name", ["issuer", "client_id", "nonce"])
def test_nothing_to_hold_a_token_against(name):
    known = {"issuer": ISSUER, "client_id": forge.CLIENT_ID, "nonce": NONCE, name: ""}
    empty = {"issuer": "iss", "client_id": "aud", "nonce": "nonce"}[name]
    token = front_token(**{empty: ""})
    with pytest.raises(BadIdToken):
        verify(token, lambda _fresh: [KEY], Expected(code=CODE, **known))


def test_an_answer_without_a_code_finishes_nothing(provider, finish):
    assert_refused_before_the_exchange(provider, finish, code="")


# the second token


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        7,
        back_token(OTHER_KEY),
        unsigned(claims()),
        hs256_with_public_key(claims()),
        back_token(iss="https://issuer.example"),
        back_token(aud="client-2"),
        back_token(aud=["client-1", "client-2"]),
        back_token(exp=int(time.time()) - 3600),
        back_token(iat=int(time.time()) + 36_000),
        back_token(nonce="nonce-2"),
        back_token(nonce=None),
        back_token(at_hash=half_hash("another access token")),
        back_token(at_hash=7),
        back_token(sub="user-2"),
    ],
)
def test_a_bad_second_token(finish, token):
    with pytest.raises(BadIdToken) as caught:
        finish(answer=token_answer(id_token=token))
    assert ACCESS not in str(caught.value)


def test_a_second_token_without_at_hash_is_refused(finish):
    with pytest.raises(BadIdToken, match="at_hash"):
        finish(answer=token_answer(id_token=back_token(at_hash=None)))


def test_the_second_token_spelt_with_a_hyphen(finish):
    answer = token_answer(id_token=None)
    assert finish(answer={**answer, "id-token": back_token()})
