"""Requests as nobody should send them, for hypothesis to choose from.

A :class:`HostileRequest` is all of a request but its path and its key: the same one is
sent to several doors, so that their answers can be compared.
"""

import gzip
import json
from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st

from .deliveries import news

EVIL = "evil.example"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class HostileRequest:
    """:param framing: how the body's length is told: see ``FRAMINGS``"""

    method: str
    query: str
    headers: tuple
    body: bytes
    framing: str

    @property
    def is_plain(self):
        """Whether nothing but the key can be wrong with it as a delivery."""
        names = {name for name, _value in self.headers}
        return (
            self.method == "POST"
            and self.framing in ("length", "chunked")
            and "multipart" not in dict(self.headers).get("Content-Type", "")
            and not names & {"X-Odoo-Database", "Host"}
        )


# any character that a header can carry over the wire, the rest is percent-encoded
latin = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"),
    max_size=30,
)
word = st.text(max_size=20) | st.sampled_from(
    ["", "\0", "\ud800", "æ", "../..", "%s", "'; --", "a" * 3000, "\r\nX-Evil: 1"]
)
token = word.filter(lambda text: text.strip("./") and "/" not in text)


def quoted(text):
    """Percent-encode any text, half surrogate pairs too."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


# --------------------------------------------------------------------------- bodies

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([2**63, 10**400, 1e308, "\ud800", "\0", "2026-02-30"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)
ELEMENT = st.fixed_dictionaries(
    {},
    optional={
        name: JSON
        for name in ("InvoiceId", "Status", "Date", "Sequence", "Links", "PaymentDate")
    },
).map(lambda changes: news(**changes))
DELIVERY = st.lists(ELEMENT | JSON, max_size=3)

# what json.dumps cannot write
ODD_TEXTS = st.sampled_from(
    [
        "",
        " ",
        "[",
        "[]]",
        "[,]",
        "[NaN]",
        "[-Infinity]",
        "[1e999999999999]",
        "[" + "9" * 6000 + "]",
        '[{"Status": "paid", "Status": "created", "Status": null}]',
        '[{"InvoiceId": "\\ud800\\ud800"}]',
        '["\\u0000"]',
        '["\0"]',
        '["unended',
        '"\\"' * 3000,
        "[1]\n[2]",
        "/* */ []",
        "[0x1]",
        "['a']",
    ]
)


@st.composite
def texts(draw):
    """Return JSON, nearly JSON, or nested without end."""
    kind = draw(st.sampled_from(["delivery", "delivery", "json", "odd", "deep"]))
    if kind == "deep":
        pair = draw(st.sampled_from(["[]", '{"a":}']))
        depth = draw(st.integers(0, 600) | st.sampled_from([1000, 20_000]))
        closing = draw(st.sampled_from([pair[-1], ""]))
        return "[" + pair[:-1] * depth + closing * depth + "]"
    if kind == "odd":
        return draw(ODD_TEXTS)
    value = draw(DELIVERY if kind == "delivery" else JSON)
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def forms(draw):
    """Return a form, urlencoded or in parts, right or torn."""
    pairs = draw(st.lists(st.tuples(NAMES, word), max_size=4))
    if draw(st.booleans()):
        return "&".join(f"{quoted(n)}={quoted(v)}" for n, v in pairs).encode()
    ending = draw(st.sampled_from(["--x--\r\n", "--x--", "", "--"]))
    file = draw(st.sampled_from(["", '; filename="f"', "; filename*=utf-8''%ff"]))
    disposition = "--x\r\nContent-Disposition: form-data; name="
    parts = (
        f'{disposition}"{quoted(name)}"{file}\r\n\r\n{value}\r\n'
        for name, value in pairs
        # a file for a token is an error 500 in any form of Odoo's own
        if not (file and name == "csrf_token")
    )
    return ("".join(parts) + ending).encode("utf-8", "surrogatepass")


@st.composite
def bodies(draw):
    """Return a body: JSON in any encoding, a form, or just bytes."""
    kind = draw(st.sampled_from(["text", "text", "text", "form", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    if kind == "form":
        return draw(forms())
    encoding = draw(st.sampled_from(["utf-8"] * 4 + ["utf-8-sig", "utf-16", "utf-32"]))
    body = draw(texts()).encode(encoding, "surrogatepass")
    damage = draw(st.sampled_from(["none"] * 4 + ["cut", "gzip", "nul", "twice"]))
    damaged = {
        "cut": body[: len(body) // 2],
        "gzip": gzip.compress(body, mtime=0),
        "nul": body + b"\0",
        "twice": body + body,
    }
    return damaged.get(damage, body)


# ---------------------------------------------------------------- all around a body

# those that Odoo or we read, and one of nobody
NAMES = word | st.sampled_from(
    [
        "self",
        "path",
        "state",
        "code",
        "id_token",
        "error",
        "redirect",
        "next",
        "url",
        "access_token",
        "token",
        "csrf_token",
        "debug",
        "db",
        "lang",
        "login",
        "invoice_id",
        "status",
    ]
)
VALUES = word | st.sampled_from(
    [f"//{EVIL}/", f"https://{EVIL}", f"/\\{EVIL}", "javascript:alert(1)", "1", "paid"]
)
QUERY = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(
    lambda pairs: "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)
) | st.sampled_from(["%", "%zz=%", "&&==", "%ff=%ff", "a" * 2000])

CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/json-rpc",
        "text/plain",
        FORM,
        f"{FORM}; charset=none",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "",
        "/",
        ";;;",
    ]
)
HEADERS = st.one_of(
    st.tuples(st.just("Content-Type"), CONTENT_TYPES | latin),
    st.tuples(
        st.just("Content-Encoding"), st.sampled_from(["gzip", "deflate", "br", "x"])
    ),
    st.tuples(
        st.just("Cookie"),
        latin
        | st.sampled_from(
            [
                "session_id=" + "a" * 84,
                "session_id=../../etc; frontend_lang=xx_YY; tz=Mars",
                "cids=1-2-3; cids=a; color_scheme=dark; debug=assets",
                'session_id="\\000\\377"',
            ]
        ),
    ),
    st.tuples(
        st.just("Accept-Language"),
        latin | st.sampled_from(["da", "../../x", "zh-Hans-CN-x-y;q=zz", "-", "*"]),
    ),
    st.tuples(st.just("Host"), st.sampled_from([EVIL, f"{EVIL}:80", "[::1]", "a_b"])),
    st.tuples(
        st.sampled_from(["X-Forwarded-Host", "X-Forwarded-For", "Forwarded"]),
        st.sampled_from([EVIL, f"host={EVIL}", ""]),
    ),
    st.tuples(st.just("X-Odoo-Database"), st.sampled_from(["", "postgres", "x\xe6"])),
    st.tuples(
        st.sampled_from(["Origin", "Referer", "Accept", "Range", "If-Match", "X-A"]),
        latin,
    ),
    st.tuples(st.just("Content-MD5"), latin),
    st.tuples(st.just("X-HTTP-Method-Override"), st.sampled_from(["POST", "DELETE"])),
    st.tuples(st.just("Access-Control-Request-Method"), st.just("POST")),
)
METHODS = st.sampled_from(
    ["POST"] * 12 + ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"]
)
#: 'cut': less comes than was said; 'torn': no chunks in spite of the header; 'none':
#: nothing is said; all others are a Content-Length
FRAMINGS = st.sampled_from(
    ["length"] * 12
    + [
        "chunked",
        "chunked",
        "cut",
        "torn",
        "none",
        "-1",
        "abc",
        "1e3",
        "99999999999999999999",
    ]
)


@st.composite
def knocks(draw, methods=METHODS):
    """Return any request."""
    headers = draw(
        st.lists(HEADERS, max_size=3, unique_by=lambda header: header[0]).map(dict)
    )
    if draw(st.booleans()):
        headers.setdefault("Content-Type", "application/json")
    return HostileRequest(
        method=draw(methods),
        query=draw(QUERY),
        headers=tuple(headers.items()),
        body=draw(bodies()),
        framing=draw(FRAMINGS),
    )
