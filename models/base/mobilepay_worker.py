import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...mobilepay import errors

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

    @api.model
    def _hold_back(self, rows, domain, field_name, until):
        """Let what is due before ``until`` wait till then; committed.

        Whoever met a trouble that the others share has asked for them all: else each
        of them would ask the same question in vain.

        :param rows: an empty recordset of what waits
        """
        try:
            rows.env["mobilepay.invoice"]._commit()
            sooner = rows.search(domain & Domain(field_name, "<", until))
            if sooner:
                sooner.try_lock_for_update(allow_referencing=True)[field_name] = until
                rows.env["mobilepay.invoice"]._commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # another worker is at them, and finds out by itself
            self.env.cr.rollback()

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


def is_trouble(error):
    """Whether a call failed for a reason that the next one shares.

    Nobody let us in, nobody was there, or the secrets cannot be read (a UserError).
    """
    if isinstance(error, (errors.NotReady, errors.BadAnswer)):
        return False
    return isinstance(error, (errors.Unavailable, errors.Unauthorized, UserError))


def is_passing_trouble(error):
    """Whether it may be over after a pause; a lost consent has to be given again."""
    return is_trouble(error) and not isinstance(error, errors.ConsentLost)
