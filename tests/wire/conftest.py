"""Fixtures of the wire's tests: real HTTP on loopback, no Odoo."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# a busy machine is no failure, and no test leaves files in the checkout
settings.register_profile("wire", deadline=None, database=None)
settings.load_profile("wire")

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from wire_provider import LocalProvider  # noqa: E402
from wire_server import ScriptedServer  # noqa: E402
from wire_shared import openapi_document  # noqa: E402
from wire_simulator import Simulator  # noqa: E402
from wire_vipps import service_at  # noqa: E402

from mobilepay.classic.discovery import forget_documents  # noqa: E402
from mobilepay.classic.gateway import connect as connect_gateway  # noqa: E402
from mobilepay.classic.invoices import InvoiceApi  # noqa: E402

MERCHANT = "11111111-8433-4196-b25f-690871be5b3d"


@pytest.fixture(autouse=True)
def _no_remembered_documents() -> None:
    forget_documents()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """An HTTP server that answers what the test tells it to."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def provider() -> Iterator[LocalProvider]:
    """An OpenID provider that forges what the test tells it to."""
    with LocalProvider() as running:
        yield running


# not for the session: Odoo ends all child processes with each of its test classes
@pytest.fixture(scope="module")
def simulator_process() -> Iterator[Simulator]:
    """MobilePay's simulator, one process for a file of tests."""
    with Simulator(ROOT / "dev") as running:
        yield running


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The simulator as it is at its start."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture(scope="session")
def openapi() -> dict[str, object]:
    """MobilePay's own specification of the Invoice API."""
    document = openapi_document(ROOT)
    if document is None:
        pytest.skip("../shared is absent: no OpenAPI file to hold requests against")
    return document


@pytest.fixture(scope="session")
def reporting_openapi() -> dict[str, object]:
    """MobilePay's own specification of reporting v3."""
    document = openapi_document(ROOT, "mobilepay-reporting-v3")
    if document is None:
        pytest.skip("../shared is absent: no OpenAPI file to hold requests against")
    return document


@pytest.fixture
def bearer():
    """Gives a new access token at every call, and remembers what was asked."""
    asked = []

    def give(renew):
        asked.append(renew)
        return f"access-token-{len(asked)}"

    give.asked = asked
    return give


@pytest.fixture
def connect(bearer):
    """Make transports that do not dawdle."""
    made = []

    def make(url, **changes):
        settings = {
            "gateway_id": "gateway-1",
            "gateway_secret": "gateway-secret-1",
            "bearer": bearer,
            "timeout": (1.0, 0.4),
            "backoff": 0.01,
            **changes,
        }
        made.append(connect_gateway(url, **settings))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def transport(server, connect):
    """A transport to the scripted server."""
    return connect(server.url + "/base/")


@pytest.fixture
def api(connect, server):
    """The Invoice API of a merchant at the scripted server."""
    return InvoiceApi(connect(server.url), MERCHANT)


@pytest.fixture
def vipps(server, bearer):
    """Vipps MobilePay's service, of a Danish sales unit at the scripted server."""
    with service_at(server, bearer) as service:
        yield service
