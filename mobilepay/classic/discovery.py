"""The provider's public documents: discovery and keys (sections 1 and 2).

Every endpoint comes from the discovery document. Its issuer is not a prefix of
its address, and its endpoints may be on other hosts; all must be https.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from .. import reading
from ..environments import check_address
from ..errors import BadAddress, BadDocument, Unavailable
from ..transport.failures import from_exception, retry_after
from ..transport.session import read_body

#: Seconds for which a discovery document is believed without asking again.
BELIEVED = 600

_cache: dict[str, tuple[float, "Document"]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Document:
    """What is used of a discovery document.

    :param auth_methods: how the token endpoint lets a client say who it is
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_methods: tuple[str, ...] = ()


def forget_documents() -> None:
    """Empty the cache, so that the next call asks the provider again."""
    with _lock:
        _cache.clear()


def fetch_json(
    session: requests.Session, url: str, timeout: tuple[float, float]
) -> Any:
    """A public JSON document, with retries, redirects not followed.

    :raises Unavailable: where it cannot be had now
    :raises BadDocument: where the answer is no JSON document
    """
    try:
        response = session.get(
            url,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
            headers={"Accept": "application/json"},
        )
    except (requests.RequestException, HTTPError, OSError) as error:
        raise from_exception(error, write=False) from None
    body = read_body(response, seconds=2 * timeout[1])
    _check_status(response)
    try:
        return reading.from_json(body or b"")
    except ValueError:
        raise BadDocument("the address does not give a JSON document") from None


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status >= 500 or status in (408, 429):
        raise Unavailable(
            f"the OpenID provider is not available ({status})",
            retry_after=retry_after(response.headers),
        )
    if status != 200:
        raise BadDocument(f"the address does not give a document ({status})")


def _endpoint(data: Any, name: str, discovery_url: str) -> str:
    """A URL of the document, exactly as it stands there."""
    url = reading.text(reading.read(data, name), 2000)
    if not url:
        raise BadDocument(f"the discovery document does not name its {name}")
    try:
        check_address(url)
    except BadAddress as error:
        raise BadDocument(f"{name} of the discovery document: {error}") from None
    if urlsplit(discovery_url).scheme == "https" and urlsplit(url).scheme != "https":
        raise BadDocument(f"{name} of the discovery document is not https")
    return url


def read_document(data: Any, discovery_url: str) -> Document:
    """The document, if it names everything that is needed.

    :raises BadDocument: naming what is missing or not https
    """
    issuer = reading.read(data, "issuer")
    if not isinstance(issuer, str) or not issuer:
        raise BadDocument("the discovery document does not name its issuer")
    methods = reading.read(data, "token_endpoint_auth_methods_supported")
    return Document(
        issuer=issuer,
        authorization_endpoint=_endpoint(data, "authorization_endpoint", discovery_url),
        token_endpoint=_endpoint(data, "token_endpoint", discovery_url),
        jwks_uri=_endpoint(data, "jwks_uri", discovery_url),
        auth_methods=tuple(reading.text(method) for method in reading.items(methods)),
    )


def fetch_document(
    session: requests.Session, discovery_url: str, timeout: tuple[float, float]
) -> Document:
    """The discovery document, at most ten minutes old.

    :raises BadAddress: where ``discovery_url`` is neither https nor loopback
    :raises BadDocument: where it cannot be used
    :raises Unavailable: where the provider does not answer
    """
    check_address(discovery_url)
    with _lock:
        fetched, document = _cache.get(discovery_url, (0.0, None))
    if document is not None and time.monotonic() - fetched < BELIEVED:
        return document
    fresh = read_document(fetch_json(session, discovery_url, timeout), discovery_url)
    with _lock:
        _cache[discovery_url] = (time.monotonic(), fresh)
    return fresh
