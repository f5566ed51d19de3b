import logging
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...mobilepay import errors
from .mobilepay_check_step import FINAL_STATES

_logger = logging.getLogger(__name__)

# no step is begun after so many seconds in one go: a worker has others to serve
SECONDS = 20
# until a stage is looked at again
PAUSE = timedelta(seconds=15)
# whoever has a check has it so long, and longer with each step; a process that died
# in a step is waited for so long
LEASE = timedelta(minutes=3)
# callbacks are waited for so long after the last one was caused
PATIENCE = timedelta(minutes=3)
# what still waits after so long will not come
LONGEST = timedelta(minutes=30)
# how often MobilePay may be out of reach in one step
TRIES = 3


class Verdict(NamedTuple):
    """What became of a step; all texts are for a person."""

    state: str
    done: str
    answer: str = ""
    advice: str = ""


class MobilepayChecker(models.AbstractModel):
    """Takes the steps of go-live checks, by the addon's own services.

    A step is a method ``_do_<key>(step)``: it looks at what is done of it, does
    what is missing, and returns a :class:`Verdict`, or None where something is
    still to come. So it may be called any number of times, and after any crash.
    What it needs to know later (its test invoices, for one) is committed by the
    services before MobilePay is called; the verdict, with each call's correlation
    id, right after.

    One process at a time has a check (``busy_until``): the services commit, so a
    lock of the database would not outlive the first call.
    """

    _name = "mobilepay.checker"
    _description = "MobilePay Go-Live Checker"

    # -------------------------------------------------------------------- driving

    @api.model
    def _cron_check(self):
        """Continue what is due; one check's trouble stays its own."""
        Cron = self.env["ir.cron"]
        due = self.env["mobilepay.check"].search(self._due(), order="next_on, id")
        Cron._commit_progress(remaining=len(due))
        for check in due:
            own = check.connection_id._in_company_language(self)
            own._run_steps(check.with_env(own.env))
            if not Cron._commit_progress(1):
                break

    def _due(self):
        return Domain("state", "=", "running") & Domain(
            "next_on", "<=", fields.Datetime.now()
        )

    @api.model
    def _run_steps(self, check):
        """Take what steps can be taken; False where another process is at it."""
        own = self.with_company(check.company_id)
        check = check.with_env(own.env)
        if not own._claim(check):
            return False
        end, resting = time.monotonic() + SECONDS, set()
        while own._take_steps(check, end, resting):
            pass
        own._let_go(check)
        return True

    def _claim(self, check):
        """Have the check for oneself, committed; False where somebody else has it."""
        if not check.try_lock_for_update(allow_referencing=True):
            return False
        now = fields.Datetime.now()
        if check.state != "running" or (check.busy_until or now) > now:
            return False
        check.busy_until = now + LEASE
        self.env["mobilepay.worker"]._commit()
        return True

    def _let_go(self, check):
        """Leave the check to whoever comes next; it is done when every step is."""
        now = fields.Datetime.now()
        values = {"busy_until": False, "next_on": now + PAUSE}
        if check._is_over():
            failed = check.problem_count
            values.update(
                state="done",
                next_on=False,
                ended_on=now,
                result="failed" if failed else "passed",
            )
        check.write(values)
        self.env["mobilepay.worker"]._commit()
        if check.state == "running":
            cron = self.env.ref("account_mobilepay.cron_check")
            cron._trigger(at=check.next_on)

    def _take_steps(self, check, end, resting):
        """Take each open step once; whether to begin anew, as something was done.

        :param resting: ids of steps for which MobilePay is out of reach, added here
        """
        came_on = False
        self._process_news(check)
        for step in check.step_ids.sorted("number"):
            if time.monotonic() > end:
                return False
            if step.state in FINAL_STATES or step.id in resting:
                continue
            tries = step.tries
            came_on |= self._take_step(step)
            if step.tries > tries:
                resting.add(step.id)
        return came_on

    def _process_news(self, check):
        """Process what MobilePay told of this check meanwhile."""
        try:
            self.env["mobilepay.processor"]._process(check._requests())
            self.env["mobilepay.worker"]._commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # another worker does it
            self.env.cr.rollback()

    def _take_step(self, step):
        """Take one step and keep its verdict; whether it has one now."""
        step.check_id.busy_until = fields.Datetime.now() + LEASE
        if step.state == "todo":
            step.write({"state": "waiting", "started_on": fields.Datetime.now()})
        self.env["mobilepay.worker"]._commit()
        calls = []
        own = self.with_context(mobilepay_calls=calls)
        verdict = own._try(step.with_env(own.env))
        if verdict is None and self._is_too_late(step):
            verdict = self._late_verdict(step)
        # as MobilePay was called, this must be kept
        self.env["mobilepay.worker"]._keep_outcome(
            lambda: self._keep(step, verdict, calls)
        )
        return verdict is not None

    def _try(self, step):
        """Return the step's verdict, whatever happens; None while it waits."""
        try:
            return getattr(self, f"_do_{step.key}")(step)
        except errors.MobilePayError as error:
            return self._trouble(step, error)
        except UserError as error:
            return self._failed(step, str(error))
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # another worker is at the same rows
            self.env.cr.rollback()
            return None
        except Exception:
            _logger.exception("Go-live check %s, %s", step.check_id.id, step.key)
            self.env.cr.rollback()
            return self._failed(
                step, self.env["mobilepay.messages"]._unexpected_message()
            )

    def _keep(self, step, verdict, calls):
        told = [
            {
                "moment": f"{call.moment:%Y-%m-%d %H:%M:%S}",
                "method": call.method,
                "path": call.path,
                "status": call.status,
                "correlation_id": call.correlation_id,
            }
            for call in calls
        ]
        values = {"calls": [*(step.calls or []), *told]} if told else {}
        if verdict:
            values.update(verdict._asdict(), ended_on=fields.Datetime.now())
        step.write(values)

    # ------------------------------------------------------------------- verdicts

    def _passed(self, done, answer=""):
        return Verdict("passed", done, answer)

    def _failed(self, step, answer, advice="", done=""):
        """Return the verdict of a step that MobilePay, or we, did not manage."""
        return Verdict(
            "failed",
            done or step.done or self.env._("It was tried."),
            answer,
            advice
            or self.env._(
                "Mend what is said here, then start a new go-live check. MobilePay's"
                " support finds each call by its correlation id."
            ),
        )

    def _trouble(self, step, error):
        """Return the verdict of an error of MobilePay's; None to try once more."""
        again = isinstance(error, (errors.Unavailable, errors.OutcomeUnknown))
        if again and step.tries + 1 < TRIES:
            step.tries += 1
            return None
        return self._failed(step, self.env["mobilepay.messages"]._explain(error))

    def _is_too_late(self, step):
        started = step.check_id.started_on or step.started_on
        return started + LONGEST < fields.Datetime.now()

    def _late_verdict(self, step):
        if step.key == "tidy":
            self._cancel_entries(step.check_id)
        return self._failed(
            step,
            self.env._(
                "Half an hour was not enough: what this step waits for is not there."
            ),
        )
