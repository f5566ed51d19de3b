"""A file that MobilePay made for us, fetched from where it says it lies."""

import requests
from urllib3.exceptions import HTTPError

from ..environments import check_address
from ..errors import BadAddress, BadAnswer, Unavailable
from .failures import from_exception, retry_after
from .session import make_session, read_body


def fetch_file(
    url: str, beginning: bytes, *, timeout: tuple[float, float] = (5.0, 30.0)
) -> bytes:
    """The bytes at an address. No credentials go there, and no redirect is followed.

    :param beginning: what a file of the wanted kind begins with
    :raises BadAnswer: the address is not https, or another kind of file lies there
    :raises Unavailable: it could not be had now
    """
    try:
        base = check_address(url)
    except BadAddress:
        raise BadAnswer(
            "MobilePay's answer names no address that can be used"
        ) from None
    with make_session(base) as session:
        try:
            response = session.get(
                url,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                auth=_as_is,
                headers={"Accept": "*/*"},
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            raise from_exception(error, write=False) from None
        body = read_body(response, seconds=2 * timeout[1])
    if response.status_code != 200 or body is None:
        raise Unavailable(
            f"the file could not be had ({response.status_code})",
            retry_after=retry_after(response.headers),
        )
    if not body.startswith(beginning):
        raise BadAnswer("the file is of another kind than was asked for")
    return body


def _as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an Authorization header: no ``.netrc``."""
    return request
