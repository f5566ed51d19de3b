"""What MobilePay repeats of our secrets, or of a payer's number, is in no error."""

import pytest
import wire_provider as forge
from wire_provider import CODE, NONCE, front_token
from wire_server import Reply

from mobilepay.classic.callbacks import parse
from mobilepay.classic.oidc import Provider
from mobilepay.errors import MobilePayError
from mobilepay.types import Kind

PHONE = "+4511111101"
KEY = "callback-key-0123456789"
VERIFIER = "v" * 64


def held(error: MobilePayError) -> str:
    """All that an error tells."""
    return " ".join([str(error), error.code, error.text, error.correlation_id])


def echo(*secrets: str) -> dict[str, str]:
    """A body that repeats them, in every field that is read."""
    words = f"What is {' and '.join(secrets)}, sent with {PHONE}?"
    names = ("error_description", "error_code", "correlation_id", "message", "error")
    return dict.fromkeys(names, words)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_apis(server, connect, status, method):
    # mobilepay/transport/failures.py: own_words / for secret in, and mask_phones_in
    tokens = (
        ["access-token-1", "access-token-2"] if status == 401 else ["access-token-1"]
    )
    secrets = ("gateway-secret-1", *tokens)
    server.answers(*[Reply(status, echo(*secrets))] * 8)
    with pytest.raises(MobilePayError) as caught:
        connect(server.url).request(method, "/x", body="{}")
    for secret in (*secrets, PHONE):
        assert secret not in held(caught.value)
    assert "What is" in caught.value.text


@pytest.mark.parametrize("scheme", ["apikey", "basic"])
def test_the_callbacks_registration(server, api, scheme):
    # mobilepay/classic/invoices.py: _put / private=
    url = "https://odoo.example/mobilepay/callback/path-0123456789"
    server.answers(Reply(400, echo(KEY, url)))
    with pytest.raises(MobilePayError) as caught:
        if scheme == "apikey":
            api.register_api_key(url, KEY)
        else:
            api.register_basic(url, "odoo-1", KEY)
    assert KEY not in held(caught.value)
    assert "path-0123456789" not in held(caught.value)


def test_a_secret_that_is_cut_off_is_not_left_in_part(server, connect):
    # mobilepay/transport/failures.py: own_words / [:longest] comes last
    words = "x" * 495 + "gateway-secret-1"
    server.answers(Reply(400, {"error_description": words}))
    with pytest.raises(MobilePayError) as caught:
        connect(server.url).request("POST", "/x", body="{}")
    assert "gatew" not in caught.value.text


@pytest.mark.parametrize("grant", ["code", "refresh"])
@pytest.mark.parametrize("status", [400, 401, 500])
def test_the_token_endpoint(provider, grant, status):
    # mobilepay/classic/tokens.py: ask / secrets =
    secrets = (forge.CLIENT_SECRET, CODE, VERIFIER, "old-refresh-token")
    provider.token_status = status
    provider.token_answer = echo(*secrets)
    with (
        Provider(
            provider.discovery_url,
            client_id=forge.CLIENT_ID,
            client_secret=forge.CLIENT_SECRET,
        ) as client,
        pytest.raises(MobilePayError) as caught,
    ):
        if grant == "refresh":
            client.refresh("old-refresh-token")
        else:
            client.finish(
                code=CODE,
                id_token=front_token(),
                redirect_uri="https://odoo.example/mobilepay/oidc/callback",
                nonce=NONCE,
                code_verifier=VERIFIER,
            )
    told = held(caught.value)
    used = secrets[:3] if grant == "code" else (secrets[0], secrets[3])
    assert not [secret for secret in (*used, PHONE) if secret in told]


def test_what_a_callback_says_of_a_payer():
    # mobilepay/classic/callbacks.py: _good / own_words
    element = (
        b'[{"InvoiceId": "fc3e4ea5-5ad8-4b1b-a4b6-ee2ed3ba6bfb", "Status": "invalid",'
        b' "Date": "2026-04-24T07:29:47Z", "Sequence": 1, "ErrorCode": "+4511111101",'
        b' "ErrorMessage": "No user has +4511111101"}]'
    )
    [news] = parse(element)
    assert PHONE not in news.error_code + news.error_text
    assert "No user has +45" in news.error_text


def test_what_a_batch_says_of_a_payer(server, api):
    # mobilepay/classic/invoices.py: _refusal / own_words
    refused = {"ErrorCode": "10101", "ErrorText": f"No user has {PHONE}"}
    rejected = [{"InvoiceNumber": "1", "Errors": [refused]}]
    server.answers(Reply(202, {"Accepted": [], "Rejected": rejected}))
    result = api.create_batch(Kind.DIRECT, ["{}"])
    assert PHONE not in str(result)
