"""One simulator process for a file of tests, reset before each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from simclient import (
    DANISH,
    FINNISH,
    REDIRECT_URI,
    Integrator,
    MerchantClient,
    Receiver,
    Reporting,
    SimulatorProcess,
)
from vippsclient import VippsClient, WebhookReceiver


# not for the session: Odoo ends all child processes with each of its test classes
@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    """The simulator, its callbacks a hundred times as fast."""
    simulator = SimulatorProcess(
        "--speed", "100", "--seed", "7", "--redirect-uri", REDIRECT_URI
    )
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(process: SimulatorProcess) -> SimulatorProcess:
    """The simulator as at its start."""
    process.control("reset", {})
    process.settings(speed=100)
    return process


@pytest.fixture
def integrator(simulator: SimulatorProcess) -> Integrator:
    """An OpenID client in Denmark."""
    return Integrator(simulator)


@pytest.fixture
def merchant(simulator: SimulatorProcess) -> MerchantClient:
    """The Danish merchant's API client."""
    return MerchantClient(simulator)


@pytest.fixture
def finn(simulator: SimulatorProcess) -> MerchantClient:
    """The Finnish merchant's API client."""
    return MerchantClient(simulator, FINNISH)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A callback address."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def noon(simulator: SimulatorProcess) -> None:
    """Today at noon in Denmark: a night comes with the next day, not with this."""
    now = datetime.now(ZoneInfo("Europe/Copenhagen"))
    moment = now.replace(hour=12, minute=0, second=0, microsecond=0)
    simulator.control("clock", {"set": moment.isoformat()})


@pytest.fixture
def reporting(simulator: SimulatorProcess) -> Reporting:
    """The Danish merchant's client of the reporting APIs."""
    return Reporting(simulator)


@pytest.fixture
def point(simulator: SimulatorProcess) -> str:
    """The issuer Daily, as a payment point."""
    return MerchantClient(simulator).issuers["Daily"]


@pytest.fixture
def add(simulator: SimulatorProcess, point: str) -> Callable[..., Any]:
    """Put something on the balance of the issuer Daily."""

    def add(amount: float, kind: str = "Payment", **more: str) -> Any:
        path = f"merchants/{DANISH}/issuers/{point}/transactions"
        return simulator.control(path, {"type": kind, "amount": amount, **more})

    return add


@pytest.fixture
def settled(simulator: SimulatorProcess, add: Callable[..., Any]) -> Any:
    """A transfer of 110.75: a payment, a refund and a fee."""
    add(150, reference="F17", message="Thanks")
    add(-30, "Refund", reference="F17")
    add(-9.25, "ServiceFee")
    (made,) = simulator.control("settle", {})["transfers"]
    return made


@pytest.fixture
def vipps(simulator: SimulatorProcess) -> VippsClient:
    """A Danish sales unit that may do everything, its webhooks in its own time."""
    simulator.settings(speed=1)
    return VippsClient(simulator)


@pytest.fixture
def hook() -> Iterator[WebhookReceiver]:
    """A webhook's address."""
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()
