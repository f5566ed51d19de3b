"""Whatever is asked in whatever order, as often as one likes: the sums hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings
from inprocess import demo_data

from simulator.app import create_app, create_simulator
from simulator.store import Store

MSN, AMOUNT = "100001", 1000
ANNA = "+4511111101"

#: Operation, amount, number of the key: the same numbers come again.
STEP = st.tuples(
    st.sampled_from(["capture", "refund", "cancel", "approve", "abort", "wait"]),
    st.integers(1, AMOUNT + 1),
    st.integers(0, 3),
)


class InProcess:
    """One payment of a simulator without a network."""

    def __init__(self) -> None:
        self.shared, _classic = create_simulator(Store(), seed=7)
        demo_data.load(self.shared)
        self.client = create_app(self.shared).test_client()
        self.shared.settings.latency_seconds = 0
        self.parts: Any = self.shared.services[1].parts
        self.parts.settings.vipps_rate_limits = False
        (unit,) = (
            row
            for row in self.client.get("/control/vipps/units").json
            if row["msn"] == MSN
        )
        keys = {
            "client_id": unit["client_id"],
            "client_secret": unit["client_secret"],
            "Ocp-Apim-Subscription-Key": unit["primary_key"],
        }
        token = self.client.post("/accesstoken/get", headers=keys).json
        self.headers = {
            "Ocp-Apim-Subscription-Key": unit["primary_key"],
            "Merchant-Serial-Number": MSN,
            "Authorization": f"Bearer {token['access_token']}",
        }
        self.post("", self.body(), "create")
        self.payment = self.parts.payments.all()[0]

    @staticmethod
    def body() -> dict[str, Any]:
        return {
            "amount": {"currency": "DKK", "value": AMOUNT},
            "paymentMethod": {"type": "WALLET"},
            "reference": "invoice-17-1",
            "userFlow": "WEB_REDIRECT",
            "returnUrl": "https://shop.example/",
        }

    def post(self, path: str, body: Any, key: str) -> Any:
        headers = {**self.headers, "Idempotency-Key": key}
        path = f"/epayment/v1/payments{path}"
        return self.client.post(path, json=body, headers=headers)

    def step(self, operation: str, amount: int, number: int) -> Any:
        """Do one; changes by the API with one of a few keys."""
        path = f"/{self.payment.reference}/{operation}"
        if operation in ("capture", "refund"):
            content = {"modificationAmount": {"currency": "DKK", "value": amount}}
            return self.post(path, content, f"{operation}-{number}")
        if operation == "cancel":
            return self.post(path, {}, f"cancel-{number}")
        if operation == "wait":
            self.shared.clock.advance(60 * number)
            return None
        path = f"/control/vipps/payments/{self.payment.reference}/{operation}"
        return self.client.post(path, json={"phone": ANNA})

    def sums(self) -> Counter[str]:
        """What the event log says moved."""
        found: Counter[str] = Counter()
        for event in self.payment.events:
            found[event["name"]] += event["amount"]
        return found


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=14))
def test_sums_hold_and_the_log_explains_them(steps):
    world = InProcess()
    for step in steps:
        world.step(*step)
        payment, sums = world.payment, world.sums()
        assert 0 <= payment.refunded <= payment.captured
        assert payment.captured + payment.cancelled <= AMOUNT
        assert payment.authorized in (0, AMOUNT)
        assert payment.captured == sums["CAPTURED"]
        assert payment.refunded == sums["REFUNDED"]
        assert payment.cancelled == sums["CANCELLED"] + sums["TERMINATED"]
        assert payment.authorized == sums["AUTHORIZED"]
        is_approved = payment.state == "AUTHORIZED"
        assert is_approved == bool(payment.authorized)
        assert is_approved or not payment.captured


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=10))
def test_each_call_twice_moves_nothing_more(steps):
    once, twice = InProcess(), InProcess()
    for step in steps:
        once.step(*step)
        # at the same moment: time moves once
        for _ in range(1 if step[0] == "wait" else 2):
            twice.step(*step)
        for name in ("state", "captured", "cancelled", "refunded", "authorized"):
            assert getattr(once.payment, name) == getattr(twice.payment, name)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.integers(1, AMOUNT), parts=st.lists(st.integers(1, AMOUNT), max_size=5))
def test_a_unit_without_parts_takes_all_or_nothing(first, parts):
    world = InProcess()
    world.client.post(f"/control/vipps/units/{MSN}", json={"partial_capture": False})
    world.step("approve", 0, 0)
    for number, value in enumerate([first, *parts]):
        world.step("capture", value, number)
        assert world.payment.captured in (0, AMOUNT)
