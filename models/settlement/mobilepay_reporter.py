import logging
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import partial

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ...mobilepay import errors
from ...mobilepay.types import TransactionType
from ..base.formats import as_utc

_logger = logging.getLogger(__name__)

# days that are asked for again: what comes late is seen all the same
OVERLAP = timedelta(days=7)
# how far back payments are heard of that nobody told of
RECENT = timedelta(days=2)
# minutes until a transfer's transactions are asked for again, by the tries so far
PAUSES = (2, 10, 30, 60, 180, 360)
# tries after which a person is told
PATIENCE = 4


class MobilepayReporter(models.AbstractModel):
    """Reads MobilePay's transaction reporting: transfers and what is in them.

    Asks for a period that overlaps the last one, and for each transfer again
    until it is complete and adds up. Only reads and stores; ``mobilepay.settler``
    enters what is complete.
    """

    _name = "mobilepay.reporter"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Transaction Reporting"

    @api.model
    def _cron_fetch(self):
        """Fetch what is new for every connection; one's trouble stays its own."""
        Cron = self.env["ir.cron"]
        # no commit before the first one: what was just read would be read again
        connections = self.env["mobilepay.connection"]._connected()
        asked = connections.filtered(lambda c: c._has_reporting())
        news, left = False, len(asked)
        for connection in asked:
            left -= 1
            reporter = connection._in_company_language(self)
            fetch = partial(reporter._fetch_all, connection.with_env(reporter.env))
            # where others were always faster, they may have left something to do
            news |= reporter._retry_on_conflict(fetch, given_up=True)
            if not Cron._commit_progress(1, remaining=left):
                break
        if news:
            self._wake()

    def _wake(self):
        """Have those go on who have something to do now."""
        complete = [("state", "=", "waiting")]
        if self.env["mobilepay.transfer"].search_count(complete, limit=1):
            self.env.ref("account_mobilepay.cron_settle")._trigger()
        Event = self.env["mobilepay.event"]
        if Event.search_count(Event._pending(), limit=1):
            self.env.ref("account_mobilepay.cron_process")._trigger()

    def _fetch_all(self, connection):
        """Fetch, and commit; it only reads, so that it can begin anew.

        :return: whether somebody may have something to do now
        """
        news = self._fetch_quietly(connection)
        # here, where a conflict is still ours to handle
        self._commit()
        return news

    def _fetch_quietly(self, connection):
        """Fetch; what goes wrong is noted on the connection. Whether it is news."""
        news = True
        try:
            news = self._fetch(connection)
        except errors.MobilePayError as error:
            problem = self.env["mobilepay.messages"]._explain(error)
        except UserError as error:
            problem = str(error)
        except OperationalError:
            raise
        except Exception:
            _logger.exception("MobilePay connection %s: reporting", connection.id)
            self.env.cr.rollback()
            problem = self.env["mobilepay.messages"]._unexpected_message()
        else:
            problem = False
        if connection.reporting_problem != problem:
            connection.reporting_problem = problem
        return news

    @api.model
    def _fetch(self, connection, first=None, last=None):
        """Fetch the transfers of a period and all contents that are due.

        :param first: first day, by default a week before the last one fetched
        :param last: last day, by default the merchant's today
        :return: whether something was stored
        :raises MobilePayError: MobilePay did not answer well
        """
        news, whole = False, not (first or last)
        last = last or connection._today()
        first = first or self._first_day(connection, last)
        with connection._service() as service:
            for issuer in connection._issuers():
                summaries = _asked(service, issuer, first, last)
                self._note_transfers(issuer, summaries)
                heard = self._hear_payments(service, issuer) if whole else []
                if summaries or heard:
                    self._commit()
                    news = True
        if whole and connection.transfers_fetched_to != last:
            connection.transfers_fetched_to = last
        return self._fetch_contents(connection) or news

    def _first_day(self, connection, last):
        since = connection.transfers_fetched_to or fields.Date.to_date(
            connection.connected_on
        )
        return min(since or last, last) - OVERLAP

    def _hear_payments(self, service, issuer):
        """Hear of payments that nobody told of, whether they were paid out or not.

        :return: all payments that were reported
        """
        now = datetime.now(timezone.utc)
        try:
            rows = service.movements(issuer.mobilepay_id, now - RECENT, now)
        except (errors.NotFound, errors.Rejected):
            # another system's issuer, or too much at once: transfers tell it later
            return []
        paid = [row for row in rows if row.type is TransactionType.PAYMENT]
        if paid:
            self.env["mobilepay.linker"]._tell_untold(issuer.connection_id, paid)
        return paid

    # ----------------------------------------------------------------- transfers

    def _note_transfers(self, issuer, summaries):
        """Store transfers that are new; correct a total that is not settled yet."""
        if not summaries:
            return
        Transfer = self.env["mobilepay.transfer"]
        known = {
            (transfer.reference, transfer.transfer_date): transfer
            for transfer in Transfer.search(
                Domain("company_id", "=", issuer.company_id.id)
                & Domain("reference", "in", [s.reference for s in summaries])
            )
        }
        for summary in summaries:
            transfer = known.get((summary.reference, summary.date))
            if not transfer:
                self._create_once(Transfer, self._transfer_values(issuer, summary))
            elif transfer.state == "fetching":
                transfer.total = float(summary.total)

    def _transfer_values(self, issuer, summary):
        return {
            "connection_id": issuer.connection_id.id,
            "company_id": issuer.company_id.id,
            "issuer_id": issuer.id,
            "reference": summary.reference,
            "transfer_date": summary.date,
            "total": float(summary.total),
            "currency_id": self._currency(summary.currency, issuer.connection_id).id,
            "mobilepay_id": summary.id,
            "raw": summary.raw,
        }

    def _create_once(self, model, values):
        """Create a row, unless another worker has just done so."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return model.create(values)
        except UniqueViolation:
            return model.browse()

    def _currency(self, code, connection):
        """Return the currency by its code; the merchant's where none was given."""
        found = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "=", code)], limit=1)
        )
        return found or connection.currency_id

    # ------------------------------------------------------------------ contents

    @api.model
    def _fetch_contents(self, connection, transfers=None):
        """Ask for the transactions of transfers that are not complete yet.

        :param transfers: only these; by default all that are due
        :return: whether there was any
        :raises MobilePayError: MobilePay cannot be asked at all
        """
        if transfers is None:
            transfers = self.env["mobilepay.transfer"].search(
                self._to_fetch(connection), order="transfer_date, id"
            )
        if not transfers:
            return False
        with connection._service() as service:
            for transfer in transfers:
                self._fetch_one(service, transfer)
                self._commit()
        return True

    def _to_fetch(self, connection):
        return (
            Domain("connection_id", "=", connection.id)
            & Domain("state", "=", "fetching")
            & Domain("next_try_on", "<=", fields.Datetime.now())
        )

    def _fetch_one(self, service, transfer):
        """Fetch one transfer's transactions, if nobody else is at it."""
        taken = transfer.try_lock_for_update(allow_referencing=True)
        if taken.state != "fetching":
            return
        try:
            found = service.transactions(taken.issuer_id.mobilepay_id, taken._summary())
        except (errors.Unauthorized, errors.ConsentLost):
            raise
        except errors.MobilePayError as error:
            self._not_yet(taken, self.env["mobilepay.messages"]._explain(error))
            return
        problem = self._store(taken, found) or self._unproven(taken)
        if problem:
            self._not_yet(taken, problem)
        else:
            taken.write({"state": "waiting", "problem": False, "tries": 0})

    def _not_yet(self, transfer, problem):
        """Ask again later; in the end a person is told."""
        pause = PAUSES[min(transfer.tries, len(PAUSES) - 1)]
        transfer.write(
            {
                "problem": problem,
                "tries": transfer.tries + 1,
                "next_try_on": fields.Datetime.now() + timedelta(minutes=pause),
            }
        )
        if transfer.tries == PATIENCE:
            transfer._schedule_help_activity(problem)

    def _store(self, transfer, found):
        """Make the rows of a transfer those that MobilePay named; '' or the trouble.

        :param found: list of :class:`types.Transaction`
        """
        rows = self._rows(transfer, found)
        if elsewhere := self._elsewhere(transfer, rows):
            return self.env._(
                "MobilePay names transaction %(id)s in transfer %(transfer)s, too."
                " Ask MobilePay which one is right.",
                id=elsewhere[:1].transaction_id or elsewhere[:1].key,
                transfer=elsewhere[:1].transfer_id.reference,
            )
        known = {row.key: row for row in transfer.transaction_ids}
        new = [values for key, values in rows.items() if key not in known]
        gone = [row.id for key, row in known.items() if key not in rows]
        transfer.transaction_ids.browse(gone).unlink()
        transfer.transaction_ids.create(new)
        transfer.invalidate_recordset(["transaction_ids"])
        return ""

    def _elsewhere(self, transfer, rows):
        return self.env["mobilepay.transaction"].search(
            Domain("company_id", "=", transfer.company_id.id)
            & Domain("key", "in", list(rows))
            & Domain("transfer_id", "!=", transfer.id),
            limit=1,
        )

    def _rows(self, transfer, found):
        """Return the values of each transaction by its key."""
        places = Counter()
        rows = {}
        for transaction in found:
            key = _key(transfer, transaction, places)
            rows[key] = {
                "transfer_id": transfer.id,
                "company_id": transfer.company_id.id,
                "currency_id": self._currency(
                    transaction.currency, transfer.connection_id
                ).id,
                "key": key,
                "type": transaction.type.value,
                "word": transaction.word,
                "amount": float(transaction.amount),
                "happened_on": as_utc(transaction.timestamp),
                "transaction_id": transaction.transaction_id or False,
                "merchant_reference": transaction.merchant_reference or False,
                "message": transaction.message or False,
                "raw": transaction.raw,
            }
        return rows

    def _unproven(self, transfer):
        """Return why the transactions do not explain the total; '' if they do."""
        currency, rows = transfer.currency_id, transfer.transaction_ids
        if rows.currency_id - currency:
            return self.env._("The transactions are in another currency.")
        added = currency.round(sum(rows.mapped("amount")))
        if not currency.compare_amounts(added, transfer.total):
            return ""
        return self.env._(
            "MobilePay's transactions add up to %(sum)s, but %(total)s was"
            " transferred: %(left)s is not explained. Nothing is entered until it"
            " is; MobilePay is asked again by itself.",
            sum=currency.format(added),
            total=currency.format(transfer.total),
            left=currency.format(currency.round(transfer.total - added)),
        )


def _asked(service, issuer, first, last):
    """The transfers of a period; none where reporting does not know the issuer."""
    try:
        return service.transfers(issuer.mobilepay_id, first, last)
    except errors.NotFound:
        _check_reached(service)
        return []


def _check_reached(service):
    """Raise where reporting is not at this address: there it knows nobody."""
    try:
        service.payment_points()
    except errors.NotFound as error:
        raise errors.BadAnswer("no reporting is found at its address") from error


def _key(transfer, transaction, places):
    """What names a transaction for good.

    A payment by its id; others, whose ids may be shared or missing, by what they
    are and their place among equals in their transfer.

    :param places: a Counter of the equals so far, changed here
    """
    if transaction.type is TransactionType.PAYMENT and transaction.transaction_id:
        return f"Payment {transaction.transaction_id}"
    what = " ".join(
        [
            transaction.word or transaction.type.value,
            transaction.transaction_id or "-",
            transaction.timestamp.isoformat(),
            str(transaction.amount.normalize()),
            f"{transfer.reference}/{transfer.transfer_date}",
        ]
    )
    places[what] += 1
    return f"{what} {places[what]}"
