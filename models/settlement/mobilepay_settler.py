import logging
from datetime import timedelta
from functools import partial

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

# until a transfer that waits is looked at again
PAUSE = timedelta(minutes=5)


class MobilepaySettler(models.AbstractModel):
    """Enters transfers that are complete; each in a commit of its own, no HTTP.

    First every row is given to its request (``mobilepay.linker``); a payment that
    is not booked yet is left to the processor, and the transfer waits for it.
    """

    _name = "mobilepay.settler"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Settler"

    @api.model
    def _cron_settle(self):
        """Settle what waits, oldest first."""
        Cron = self.env["ir.cron"]
        waiting = self.env["mobilepay.transfer"].search(
            self._due(), order="transfer_date, id"
        )
        Cron._commit_progress(remaining=len(waiting))
        for transfer in waiting:
            self._retry_on_conflict(partial(self._settle_one, transfer))
            if not Cron._commit_progress(1):
                return
        if waiting:
            self.env.ref("account_mobilepay.cron_match")._trigger()

    @api.model
    def _settle_now(self, transfers):
        """Settle these transfers and whatever payments they wait for; for buttons."""
        for transfer in transfers:
            self._retry_on_conflict(partial(self._settle_one, transfer))
            untold = transfer.transaction_ids.request_id.filtered(_unbooked)
            if transfer.state == "waiting" and untold:
                self.env["mobilepay.processor"]._process(untold)
                self._retry_on_conflict(partial(self._settle_one, transfer))

    def _due(self):
        return Domain("state", "=", "waiting") & Domain(
            "next_try_on", "<=", fields.Datetime.now()
        )

    def _settle_one(self, transfer):
        """Settle one transfer, and commit."""
        self._settle_safely(transfer)
        self._commit()

    def _settle_safely(self, transfer):
        """Settle one transfer, or note on it why that was not possible."""
        taken = transfer.try_lock_for_update(allow_referencing=True)
        if taken.state != "waiting":
            return
        taken = taken.connection_id._in_company_language(taken, taken.company_id)
        try:
            with self.env.cr.savepoint():
                problem = taken.env["mobilepay.settler"]._settle(taken)
        except OperationalError:
            raise
        except UserError as error:
            problem = str(error)
        except Exception:
            _logger.exception("MobilePay transfer %s", taken.reference)
            problem = self.env["mobilepay.messages"]._unexpected_message()
        if problem:
            self._wait(taken, problem)

    def _settle(self, transfer):
        """Link and enter a transfer; returns why it has to wait, or ''."""
        if problem := self.env["mobilepay.reporter"]._unproven(transfer):
            return problem
        self.env["mobilepay.linker"]._assign(transfer)
        if self._holds_tests(transfer):
            return self._leave_out(transfer)
        if unbooked := transfer.transaction_ids.filtered(_waits_for_payment):
            self.env.ref("account_mobilepay.cron_process")._trigger()
            return self.env._(
                "Payments in it that are not posted yet: %s. This transfer follows them"
                " by itself.",
                len(unbooked),
            )
        problem = self.env["mobilepay.refunder"]._book_refunds(transfer)
        if problem := problem or self._changed_payment(transfer):
            transfer._schedule_help_activity(problem)
            return problem
        if not transfer._is_instant_payment():
            self.env["mobilepay.entry"]._create_transfer_move(transfer)
        transfer.write({"state": "settled", "problem": False, "next_try_on": False})
        self._tell_unexplained(transfer)
        return ""

    def _wait(self, transfer, problem):
        later = fields.Datetime.now() + PAUSE
        transfer.write({"problem": problem, "next_try_on": later})
        # its payment may just be posted by another worker, who cannot know yet
        self.env.ref("account_mobilepay.cron_settle")._trigger(at=later)

    def _tell_unexplained(self, transfer):
        """Give a person what no invoice of ours explains."""
        unexplained = transfer.transaction_ids.filtered(
            lambda row: row.type not in ("TransactionFee", "ServiceFee")
        ).filtered(lambda row: not row.payment_id)
        for row in unexplained:
            transfer._schedule_help_activity(
                self.env._(
                    "%(label)s, %(amount)s, belongs to no invoice of this company. It"
                    " stands on account %(account)s: book it from there to where it"
                    " belongs.",
                    label=row._label(),
                    amount=row.currency_id.format(row.amount),
                    account=transfer.connection_id.other_account_id.display_name,
                )
            )

    # ---------------------------------------------------------------------- undo

    @api.model
    def _undo(self, transfer):
        """Reverse the entry of a transfer that is not matched with a bank line."""
        taken = transfer.try_lock_for_update(allow_referencing=True)
        if not taken:
            raise UserError(self.env._("Somebody is at this transfer. Try again."))
        if taken._is_entered() and taken.move_id:
            move = taken.move_id
            values = {
                "date": taken._open_date(max(move.date, fields.Date.today())),
                "ref": self.env._("Undone: MobilePay transfer %s", taken.reference),
            }
            move._reverse_moves([values], cancel=True)
        taken.write({"state": "undone", "problem": False, "next_try_on": False})


def _unbooked(request):
    return not request.payment_id


def _waits_for_payment(row):
    """Whether a row's request is known and its payment is not posted yet.

    A refund waits, too: its payment may come with another transfer.
    """
    return row.request_id and not row.request_id.payment_id
