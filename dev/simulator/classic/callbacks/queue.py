"""Telling merchants what happened (contract, section 6).

Messages are queued per merchant; a job gathers them into deliveries, each a
JSON array that is sent as a whole and, when it fails, is tried again as a
whole on MobilePay's schedule. No lock is held while a merchant is called.
"""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime, timedelta
from typing import Any

from ...callback_faults import CallbackFaults
from ...core import Simulator
from ...records import Merchant, new_id
from ...sender import Sender
from ..records import Delivery, Message
from ..settings import ClassicSettings

#: Seconds from each failure to the next attempt: 5 s, 19 min … 21 h 19.
RETRY_SECONDS = (5, 1140, 2340, 4740, 9540, 19140, 38340, 76740)

WAITING, DELIVERED, GIVEN_UP, NOWHERE = "waiting", "delivered", "given up", "no address"


class CallbackQueue:
    """The queue, its job and the log of deliveries."""

    def __init__(self, simulator: Simulator, settings: ClassicSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        self._messages = simulator.store.table(Message)
        self._deliveries = simulator.store.table(Delivery)
        self._merchants = simulator.store.table(Merchant)
        self._faults = CallbackFaults(simulator.faults)
        self._sending = threading.Lock()
        self._job_at: datetime | None = None
        self.sender = Sender(simulator)
        self.is_paused = False

    def enqueue(self, merchant_id: str, body: dict[str, Any]) -> None:
        """Queue one element for the merchant's next delivery, if no fault strikes."""
        with self._simulator.store.lock:
            for element, seconds in self._plan(body):
                if seconds:
                    now = self._simulator.clock.now()
                    self._faults.hold(merchant_id, element, now, seconds)
                else:
                    self._queue(merchant_id, element)
        self._simulator.wake()

    def release_held(self, now: datetime | None = None) -> None:
        """Queue the delayed elements whose time has come (or all of them)."""
        with self._simulator.store.lock:
            for row in self._faults.take_due(now):
                self._queue(row.recipient_id, row.body)

    def is_early(self, call: str) -> bool:
        """Does a fault want a create call to be told of before it is answered?"""
        return self._faults.is_early(call)

    def send_to(self, merchant_id: str) -> None:
        """Send all that waits for one merchant, also while paused."""
        with self._sending:
            fresh = self._gather(merchant_id)
            self._attempt_all(lambda delivery: delivery.id in fresh)

    def run_due(self) -> None:
        """Send what is due now: the job's new deliveries and retries."""
        if self.is_paused:
            return
        with self._sending:
            now = self._simulator.clock.now()
            self.release_held(now)
            if self._job_due(now):
                self._gather()
            self._attempt_all(lambda row: row.due_at is not None and row.due_at <= now)

    def flush(self, retries: bool = True) -> dict[str, int]:
        """Send everything once, now; wait for the outcome and count it.

        ``retries`` includes failed deliveries that wait for their next attempt.
        """
        with self._sending:
            self.release_held(self._simulator.clock.now())
            fresh = self._gather()
            return self._attempt_all(
                lambda delivery: retries or delivery.id in fresh,
            )

    def next_due(self) -> datetime | None:
        """When there is something to do next."""
        moments = [row.due_at for row in self._waiting() if row.due_at]
        moments.extend(row.due_at for row in self._faults.held)
        if len(self._messages):
            moments.append(self._job_at or self._simulator.clock.now())
        return min(moments, default=None)

    def deliveries(self) -> list[Delivery]:
        """All deliveries with their attempts, oldest first."""
        return self._deliveries.all()

    def queued(self) -> int:
        """How many messages wait for the job."""
        return len(self._messages)

    def held(self) -> int:
        """How many elements a fault delays."""
        return len(self._faults.held)

    @staticmethod
    def authorization(merchant: Merchant) -> dict[str, str]:
        """The registered authentication: Basic, or the API key bare."""
        if merchant.callback_scheme == "basic":
            pair = f"{merchant.callback_username}:{merchant.callback_secret}"
            return {
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"
            }
        if merchant.callback_scheme == "apikey":
            return {"Authorization": merchant.callback_secret or ""}
        return {}

    def clear(self) -> None:
        """Forget queue and log."""
        with self._sending, self._simulator.store.lock:
            self._messages.clear()
            self._deliveries.clear()
            self._faults.held.clear()
            self._job_at = None
            self.is_paused = False

    def _plan(self, body: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
        word = str(body.get("Status")).lower()
        return self._faults.plan(body, word, lambda other: {**body, "InvoiceId": other})

    def _queue(self, merchant_id: str, body: dict[str, Any]) -> None:
        self._messages.put(Message(new_id(), merchant_id, body))
        if self._job_at is None:
            self._job_at = self._simulator.clock.now() + self._interval()

    def _interval(self) -> timedelta:
        seconds = self._settings.callback_interval_seconds
        return timedelta(seconds=seconds / self._simulator.settings.speed)

    def _job_due(self, now: datetime) -> bool:
        return len(self._messages) > 0 and (self._job_at is None or self._job_at <= now)

    def _waiting(self) -> list[Delivery]:
        return self._deliveries.find(state=WAITING)

    def _gather(self, merchant_id: str | None = None) -> set[str]:
        """Make deliveries of all queued messages, one or more per merchant.

        Or only of one merchant's, which leaves the job to the others.
        """
        limit = self._settings.callback_batch_limit
        made = set()
        with self._simulator.store.lock:
            if merchant_id is None:
                self._job_at = None
            for merchant in self._merchants.all():
                if merchant_id not in (None, merchant.id):
                    continue
                messages = self._messages.find(merchant_id=merchant.id)
                messages = self._faults.shuffled(messages, "elements")
                for start in range(0, len(messages), limit):
                    made.add(self._deliver(merchant, messages[start : start + limit]))
        return made

    def _deliver(self, merchant: Merchant, messages: list[Message]) -> str:
        delivery = Delivery(
            id=new_id(),
            merchant_id=merchant.id,
            messages=[message.body for message in messages],
            state=WAITING if merchant.callback_url else NOWHERE,
            due_at=self._simulator.clock.now(),
        )
        self._deliveries.put(delivery)
        for message in messages:
            self._messages.delete(message.id)
        return delivery.id

    def _attempt_all(self, wanted: Any) -> dict[str, int]:
        chosen = [delivery for delivery in self._waiting() if wanted(delivery)]
        chosen = self._faults.shuffled(chosen, "deliveries")
        delivered = sum(self._attempt(delivery) for delivery in chosen)
        return {
            "tried": len(chosen),
            "delivered": delivered,
            "failed": len(chosen) - delivered,
        }

    def _attempt(self, delivery: Delivery) -> bool:
        merchant = self._merchants.one(delivery.merchant_id)
        content = json.dumps(delivery.messages, ensure_ascii=False).encode()
        headers = self.authorization(merchant)
        outcome = self.sender.post(merchant.callback_url or "", content, headers)
        with self._simulator.store.lock:
            delivery.attempts.append(outcome)
            self._decide(delivery, outcome["ok"])
            self._deliveries.put(delivery)
        return outcome["ok"]

    def _decide(self, delivery: Delivery, is_ok: bool) -> None:
        """After an attempt: done, again later, or given up."""
        failures = len(delivery.attempts)
        if is_ok:
            delivery.state, delivery.due_at = DELIVERED, None
        elif failures > len(RETRY_SECONDS):
            delivery.state, delivery.due_at = GIVEN_UP, None
        else:
            wait = RETRY_SECONDS[failures - 1] / self._simulator.settings.speed
            now = self._simulator.clock.now()
            delivery.due_at = now + timedelta(seconds=wait)
