"""Who is told of what (contract, section 8)."""

from __future__ import annotations

import base64
import re
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ...core import Simulator
from ...records import new_id
from ..errors import Problem, WrongField
from ..records import EVENT_NAMES, Webhook
from ..settings import VippsSettings

EVENTS = tuple(f"epayments.payment.{name.lower()}.v1" for name in EVENT_NAMES)
#: Events of other services are taken as names, and never come.
ANY_EVENT = re.compile(r"[a-z-]+(\.[a-z-]+){1,3}\.v\d+")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: An address that answers nothing for so long loses its registration.
REMOVED_AFTER = timedelta(days=14)


class Registrations:
    """The webhooks of all sales units."""

    def __init__(self, simulator: Simulator, settings: VippsSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        self._table = simulator.store.table(Webhook)

    def register(self, msn: str, body: dict[str, Any]) -> Webhook:
        """A new one; nothing is ever changed in one that is there."""
        url, events = _read_url(body.get("url")), _read_events(body.get("events"))
        with self._simulator.store.lock:
            self._check_room(msn, events)
            webhook = Webhook(
                id=new_id(),
                msn=msn,
                url=url,
                events=events,
                secret=self._secret(),
                created_at=self._simulator.clock.now(),
            )
            return self._table.put(webhook)

    def of(self, msn: str) -> list[Webhook]:
        """A sales unit's registrations, oldest first."""
        return self._table.find(msn=msn)

    def all(self) -> list[Webhook]:
        """Everybody's."""
        return self._table.all()

    def get(self, webhook_id: str) -> Webhook | None:
        """The one with this id, if it is still there."""
        return self._table.get(webhook_id)

    def wanting(self, msn: str, event_name: str) -> list[Webhook]:
        """Who wants to hear of this event."""
        name = f"epayments.payment.{event_name.lower()}.v1"
        return [row for row in self.of(msn) if name in row.events]

    def delete(self, webhook_id: str) -> None:
        """Forget it."""
        self._table.delete(webhook_id)

    def note_outcome(self, webhook: Webhook, is_ok: bool) -> None:
        """Remember since when its address answers nothing good."""
        if is_ok:
            webhook.failing_since = None
        elif webhook.failing_since is None:
            webhook.failing_since = self._simulator.clock.now()
        if self._table.get(webhook.id):
            self._table.put(webhook)

    def remove_dead(self, now: datetime) -> list[str]:
        """Forget those whose address was silent for two weeks; their ids."""
        dead = [
            row.id
            for row in self.all()
            if row.failing_since and now - row.failing_since >= REMOVED_AFTER
        ]
        for webhook_id in dead:
            self.delete(webhook_id)
        return dead

    def _check_room(self, msn: str, events: list[str]) -> None:
        limit = self._settings.vipps_webhook_limit
        for event in events:
            if sum(event in row.events for row in self.of(msn)) >= limit:
                text = f"At most {limit} webhooks for {event}"
                raise Problem(400, "Bad Request", text, fields=(("events", text),))

    def _secret(self) -> str:
        """Two forms were published; nobody may rely on either."""
        if self._settings.vipps_secret_form == "guid":
            return new_id()
        return base64.b64encode(secrets.token_bytes(64)).decode()


def _read_url(url: Any) -> str:
    """https; plain http on the loopback address only, where the demo is."""
    if not isinstance(url, str) or not url:
        raise WrongField("url", "The property is required and cannot be null or empty.")
    try:
        parts = urlsplit(url)
        is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    except ValueError as error:
        raise WrongField("url", "Must be a valid URL") from error
    if not (parts.hostname and (parts.scheme == "https" or is_local)):
        raise WrongField("url", "Must be an https URL")
    return url


def _read_events(events: Any) -> list[str]:
    if not isinstance(events, list) or not events:
        raise WrongField("events", "At least one event is required")
    for event in events:
        is_known = event in EVENTS
        is_named = isinstance(event, str) and ANY_EVENT.fullmatch(event)
        is_other = is_named and not event.startswith("epayments.")
        if not (is_known or is_other):
            raise WrongField("events", f"{str(event)[:60]} is no event")
    return list(dict.fromkeys(events))
