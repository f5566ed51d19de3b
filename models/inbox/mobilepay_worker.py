import logging

from psycopg2 import OperationalError

from odoo import models

_logger = logging.getLogger(__name__)


class MobilepayWorker(models.AbstractModel):
    """How workers deal with events: together, and no one holds up the others."""

    _inherit = "mobilepay.worker"

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
            events._postpone(self.env["mobilepay.messages"]._unexpected_message())

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
