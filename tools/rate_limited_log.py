"""Log what strangers can cause, without letting them fill the log."""

import logging
import threading
import time

# seconds between two lines about the same thing
PAUSE = 60


class RateLimitedLog:
    """Says that something happened, and how often, at most once a minute.

    The first time is logged at once, the others are counted; the first after a
    minute is logged with their number. For each process and each reason, of which
    there must be few: none comes from outside.

    What Odoo's HTTP server logs of each request (INFO, ``werkzeug``) is Odoo's, as
    is its warning of a form without CSRF token; a reverse proxy bounds their rate.
    """

    def __init__(self, logger, what, clock=time.monotonic):
        self._logger = logger
        self._what = what
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = {}

    def note(self, reason, told="", level=logging.INFO):
        """Count one; say so if nothing was said of this reason for a minute.

        :param reason: what is counted
        :param told: what to say, if more than the reason
        """
        if count := self._due(reason):
            self._logger.log(
                level, "%s (%d times): %s", self._what, count, told or reason
            )

    def _due(self, reason):
        """Return how many are to be told of, 0 for not yet."""
        now = self._clock()
        with self._lock:
            last, count = self._counts.get(reason, (None, 0))
            due = last is None or now - last >= PAUSE
            self._counts[reason] = (now, 0) if due else (last, count + 1)
        return count + 1 if due else 0
