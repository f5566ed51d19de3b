import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...mobilepay import errors

_logger = logging.getLogger(__name__)

# how often a step begins anew because another worker changed the same rows
ATTEMPTS = 5


class MobilepayWorker(models.AbstractModel):
    """One of several workers that drain the same table, step by step.

    Who is none commits and keeps outcomes with it as well, as a service.
    """

    _name = "mobilepay.worker"
    _description = "MobilePay Worker"

    @api.model
    def _commit(self):
        """Commit now: around remote calls what happened must outlive a crash.

        The one place where the addon commits outside of Odoo's cron; in Odoo's
        test mode it flushes, as the tests own their transaction.
        """
        if self.env["account.move.send"]._can_commit():
            # pylint: disable-next=invalid-commit
            self.env.cr.commit()
        else:
            self.env.flush_all()

    @api.model
    def _keep_outcome(self, note):
        """Write what a call to MobilePay brought about, commit, return ``note()``.

        The call was made and must not be made again: where another transaction
        was in the way, ``note`` is done anew, and not by whoever would call again.
        """
        for attempt in range(ATTEMPTS):
            try:
                result = note()
                self._commit()
                return result
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if attempt == ATTEMPTS - 1:
                    raise

    @api.model
    def _retry_on_conflict(self, step, given_up=0):
        """Run a step; begin it anew where another worker changed the same rows.

        A step that commits at its end has conflicts at its commit begin anew, too.

        :return: what ``step()`` returns, as a rule how much it has done;
            ``given_up`` where others were always faster
        """
        for _attempt in range(ATTEMPTS):
            try:
                return step()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
        _logger.info("%s: other workers are at it, the rest waits", self._description)
        return given_up

    @api.model
    def _hold_back(self, rows, domain, field_name, until):
        """Let what is due before ``until`` wait till then; committed.

        Whoever met a trouble that the others share has asked for them all: else each
        of them would ask the same question in vain.

        :param rows: an empty recordset of what waits
        """
        try:
            self._commit()
            sooner = rows.search(domain & Domain(field_name, "<", until))
            if sooner:
                sooner.try_lock_for_update(allow_referencing=True)[field_name] = until
                self._commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # another worker is at them, and finds out by itself
            self.env.cr.rollback()


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
