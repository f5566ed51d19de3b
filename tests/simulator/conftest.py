"""One simulator process for all tests, reset before each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simclient import (
    FINNISH,
    REDIRECT_URI,
    Integrator,
    MerchantClient,
    Receiver,
    SimulatorProcess,
)


@pytest.fixture(scope="session")
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
