"""Telling merchants' systems what happened (contract, section 8).

Each event is a delivery of its own for each registration that wants it. Those of one
payment and registration go in order: one that fails keeps the later ones back.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import formatdate
from typing import Any

from ...callback_faults import CallbackFaults
from ...core import Simulator
from ...records import new_id
from ...sender import Sender
from ..payments.shapes import notice_content
from ..records import Notice, Payment
from ..settings import VippsSettings
from .registrations import Registrations
from .signature import sign

#: Seconds from each failure to the next attempt: quickly four times, after one and
#: two minutes, hourly to the 29th attempt, then daily.
RETRY_SECONDS = (2, 2, 2, 60, 120, *[3600] * 23, *[86400] * 7)
STOPS_AFTER = timedelta(days=7)

WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given up"

Wanted = Callable[[Notice], bool]


class WebhookQueue:
    """The deliveries, their schedule and their log."""

    def __init__(
        self,
        simulator: Simulator,
        settings: VippsSettings,
        registrations: Registrations,
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._registrations = registrations
        self._notices = simulator.store.table(Notice)
        self._faults = CallbackFaults(simulator.faults)
        self._sending = threading.Lock()
        self.sender = Sender(simulator)
        self.is_paused = False
        self.rebuild()

    def rebuild(self) -> None:
        """After records were read or forgotten."""
        self._waiting = {row.id: row for row in self._notices.find(state=WAITING)}

    def tell(self, payment: Payment, event: dict[str, Any]) -> None:
        """Queue an event for all who want it, if no fault strikes.

        The store is locked.
        """
        body = notice_content(payment, event)
        for webhook in self._registrations.wanting(payment.msn, event["name"]):
            self._plan(webhook.id, payment.id, body)
        self._simulator.wake()

    def release_held(self, now: datetime | None = None) -> None:
        """Queue the delayed ones whose time has come (or all of them)."""
        with self._simulator.store.lock:
            for row in self._faults.take_due(now):
                webhook_id, _space, chain = row.recipient_id.partition(" ")
                self._queue(webhook_id, chain, row.body)

    def send_early(self, msn: str, operation: str) -> None:
        """If a fault says so, tell of a call before it is answered."""
        if not self._faults.is_early(operation):
            return
        hooks = {row.id for row in self._registrations.of(msn)}
        with self._sending:
            self._send(lambda notice: notice.webhook_id in hooks)

    def run_due(self) -> None:
        """Send what is due now."""
        if self.is_paused:
            return
        with self._sending:
            now = self._simulator.clock.now()
            self.release_held(now)
            self._send(lambda row: row.due_at is not None and row.due_at <= now)

    def flush(self, retries: bool = True) -> dict[str, int]:
        """Try everything once, now; with ``retries`` what failed before, too."""
        with self._sending:
            self.release_held(self._simulator.clock.now())
            return self._send(lambda row: retries or not row.attempts)

    def next_due(self) -> datetime | None:
        """When there is something to send next; later ones wait for their first."""
        moments = [row.due_at for row in self._heads() if row.due_at]
        moments.extend(row.due_at for row in self._faults.held)
        return min(moments, default=None)

    def notices(self) -> list[Notice]:
        """All deliveries with their attempts, oldest first."""
        return self._notices.all()

    def counts(self) -> dict[str, int]:
        """How many wait for sending, and how many a fault delays."""
        return {"waiting": len(self._waiting), "held": len(self._faults.held)}

    def forget(self, webhook_id: str) -> None:
        """A registration is gone: so is what waits for it."""
        with self._simulator.store.lock:
            for row in list(self._waiting.values()):
                if row.webhook_id == webhook_id:
                    self._end(row, GIVEN_UP)

    def clear(self) -> None:
        """Forget queue and log."""
        with self._sending, self._simulator.store.lock:
            self._notices.clear()
            self._faults.held.clear()
            self.is_paused = False
            self.rebuild()

    def signed(self, webhook_id: str, content: bytes) -> tuple[str, dict[str, str]]:
        """Address and headers of a delivery.

        The date is a real one, so that who checks it believes it however the clock
        was moved.
        """
        webhook = self._registrations.get(webhook_id)
        if webhook is None:
            return "", {}
        headers = sign(webhook.url, content, webhook.secret, formatdate(usegmt=True))
        return webhook.url, {**headers, "Webhook-Id": webhook.id}

    # queueing

    def _plan(self, webhook_id: str, chain: str, body: dict[str, Any]) -> None:
        word = str(body["name"]).lower()

        def as_stranger(other: str) -> dict[str, Any]:
            return {**body, "reference": other, "pspReference": other}

        for element, seconds in self._faults.plan(body, word, as_stranger):
            if seconds:
                now = self._simulator.clock.now()
                self._faults.hold(f"{webhook_id} {chain}", element, now, seconds)
            else:
                self._queue(webhook_id, chain, element)

    def _queue(self, webhook_id: str, chain: str, body: dict[str, Any]) -> None:
        now = self._simulator.clock.now()
        word = str(body["name"]).lower()
        notice = Notice(new_id(), webhook_id, chain, word, body, now, due_at=now)
        self._waiting[notice.id] = self._notices.put(notice)

    # sending

    def _heads(self) -> list[Notice]:
        """The first of each payment and registration."""
        heads: dict[tuple[str, str], Notice] = {}
        with self._simulator.store.lock:
            for row in self._waiting.values():
                heads.setdefault((row.webhook_id, row.chain), row)
        return list(heads.values())

    def _send(self, wanted: Wanted) -> dict[str, int]:
        """Try each once, several at the same time; how many, and how it went."""
        outcomes = self._send_shuffled(wanted)
        while True:
            rows = [
                row for row in self._heads() if row.id not in outcomes and wanted(row)
            ]
            if not rows:
                break
            outcomes |= self._attempt_all(rows)
        delivered = sum(outcomes.values())
        failed = len(outcomes) - delivered
        return {"tried": len(outcomes), "delivered": delivered, "failed": failed}

    def _attempt_all(self, rows: list[Notice]) -> dict[str, bool]:
        """Each of another payment or registration, so their order is nobody's."""
        if len(rows) == 1:
            return {rows[0].id: self._attempt(rows[0])}
        with ThreadPoolExecutor(self._settings.vipps_senders) as pool:
            results = list(pool.map(self._attempt, rows))
        return {row.id: is_ok for row, is_ok in zip(rows, results, strict=True)}

    def _send_shuffled(self, wanted: Wanted) -> dict[str, bool]:
        """If a fault says so: all of them in another order than the promised one."""
        with self._simulator.store.lock:
            rows = [row for row in self._waiting.values() if wanted(row)]
        mixed = self._faults.shuffled(rows, "deliveries")
        if mixed is rows:
            return {}
        return {row.id: self._attempt(row) for row in mixed}

    def _attempt(self, notice: Notice) -> bool:
        content = json.dumps(notice.body, ensure_ascii=False).encode()
        url, headers = self.signed(notice.webhook_id, content)
        if not url:
            with self._simulator.store.lock:
                self._end(notice, GIVEN_UP)
            return False
        outcome = self.sender.post(url, content, headers)
        with self._simulator.store.lock:
            webhook = self._registrations.get(notice.webhook_id)
            if webhook:
                self._registrations.note_outcome(webhook, outcome["ok"])
            notice.attempts.append(outcome)
            self._decide(notice, outcome["ok"])
        return bool(outcome["ok"])

    def _decide(self, notice: Notice, is_ok: bool) -> None:
        """After an attempt: done, again later, or given up."""
        if is_ok:
            self._end(notice, DELIVERED)
            return
        failures, speed = len(notice.attempts), self._simulator.settings.speed
        if failures > len(RETRY_SECONDS):
            self._end(notice, GIVEN_UP)
            return
        now = self._simulator.clock.now()
        due_at = now + timedelta(seconds=RETRY_SECONDS[failures - 1] / speed)
        if due_at - notice.made_at > STOPS_AFTER / speed:
            self._end(notice, GIVEN_UP)
            return
        notice.due_at = due_at
        self._notices.put(notice)

    def _end(self, notice: Notice, state: str) -> None:
        notice.state, notice.due_at = state, None
        self._waiting.pop(notice.id, None)
        self._notices.put(notice)
