import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

# how often a step begins anew because another worker changed the same rows
ATTEMPTS = 5


class MobilepayWorker(models.AbstractModel):
    """One of several workers that drain the same table, step by step."""

    _name = "mobilepay.worker"
    _description = "MobilePay Worker"

    @api.model
    def _persist(self, step):
        """Run a step; begin it anew where another worker changed the same rows.

        :return: how much ``step()`` has done; 0 where others were always faster
        """
        for _attempt in range(ATTEMPTS):
            try:
                return step()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
        _logger.info("%s: other workers are at it, the rest waits", self._description)
        return 0

    def _together(self, groups, action):
        """Do something with all groups of events at once.

        If that fails, group by group: one must not hold up the others.
        """
        if len(groups) > 1:
            everything = self.env["mobilepay.event"].union(*groups)
            if self._works(everything, lambda: action(everything)):
                return
            _logger.info("MobilePay events %s: now one by one", everything.ids)
        for events in groups:
            self._never_stuck(events, lambda events=events: action(events))

    def _never_stuck(self, events, action):
        """Do something with events of one request, or note that it failed.

        One event must not hold up the others, whatever is wrong with it.
        """
        if not self._works(events, action):
            events._postpone(self.env["mobilepay.words"]._unexpected_words())

    def _works(self, events, action):
        """Whether the action succeeded; what it did is undone if not."""
        try:
            with self.env.cr.savepoint():
                action()
        except OperationalError:
            # serialization failure, dead connection: the caller's to handle
            raise
        except Exception:
            _logger.exception("MobilePay events %s could not be processed", events.ids)
            return False
        return True
