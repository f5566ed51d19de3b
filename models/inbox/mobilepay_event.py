import json
import logging
from datetime import datetime, timedelta

from psycopg2 import sql
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import mute_logger

from ...mobilepay.types import BadNews, Status
from ..base.formats import as_utc

_logger = logging.getLogger(__name__)

# news that came without a Sequence: polls, answers, settlements
NO_SEQUENCE = -1
# minutes until an event is tried again, by how often it was tried already
PAUSES = (1, 2, 5, 10, 30, 60, 180, 360)
MAX_DOUBTS = 8


class MobilepayEvent(models.Model):
    """One piece of news from MobilePay: the only way in for a status.

    News come by callback, by poll, as the answer to our own call, or from a
    settlement. They are stored once (unique on connection, invoice, sequence
    and status), and ``mobilepay.processor`` moves them from ``new`` to
    ``done`` (applied), ``stale`` (newer news were applied before) or
    ``orphan`` (of no request of ours: another system of the same merchant).
    ``bad`` is an element that could not be read; it is kept to be looked at.
    """

    _name = "mobilepay.event"
    _description = "MobilePay Event"
    _order = "id desc"
    _mobilepay_technical = (
        "confirmed",
        "doubts",
        "link_url",
        "next_try_on",
        "raw",
        "tries",
    )

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    request_id = fields.Many2one(
        "mobilepay.invoice", index="btree_not_null", ondelete="cascade"
    )
    mobilepay_id = fields.Char("InvoiceId")
    source = fields.Selection(
        [
            ("callback", "Callback"),
            ("poll", "Status query"),
            ("answer", "Answer to our call"),
            ("settlement", "Settlement"),
        ],
        required=True,
    )
    status = fields.Char(help="MobilePay's status word; empty where it was unreadable.")
    sequence = fields.Integer(
        default=NO_SEQUENCE, help="MobilePay's order within one invoice; -1 if none."
    )
    happened_on = fields.Datetime(help="When MobilePay says it happened (UTC).")
    payment_date = fields.Date(help="The day on which the payer has chosen to pay.")
    error_code = fields.Char()
    error_text = fields.Char()
    link_url = fields.Char()
    raw = fields.Text(groups="account.group_account_manager")
    state = fields.Selection(
        [
            ("new", "New"),
            ("done", "Recorded"),
            ("stale", "Stale"),
            ("orphan", "Not ours"),
            ("bad", "Unreadable"),
        ],
        required=True,
        default="new",
    )
    confirmed = fields.Boolean(
        help="MobilePay itself confirmed the payment when it was asked."
    )
    transaction_id = fields.Char("PaymentTransactionId")
    paid_on = fields.Date(help="The day of the payment in the merchant's time.")
    paid_amount = fields.Float(digits=(16, 2))
    tries = fields.Integer(help="How often MobilePay was asked in vain.")
    doubts = fields.Integer(help="How often MobilePay did not bear the news out.")
    next_try_on = fields.Datetime()
    reason = fields.Char(help="Why the event was not recorded, in words.")

    _news_unique = models.UniqueIndex(
        "(connection_id, mobilepay_id, sequence, status)"
        " WHERE mobilepay_id IS NOT NULL AND status IS NOT NULL"
    )
    _new_index = models.Index("(next_try_on, id) WHERE state = 'new'")
    _source_index = models.Index("(connection_id, source, create_date)")
    # when a request was accepted or ended, for mobilepay.owed: read in this order
    _told_index = models.Index(
        "(request_id, status, happened_on) WHERE state = 'done' AND status IN"
        " ('accepted', 'invalid', 'rejected', 'expired', 'canceled')"
    )
    _attention_index = models.Index(
        "(connection_id, state) WHERE state IN ('orphan', 'bad')"
    )

    # -------------------------------------------------------------------- inbox

    @api.model
    def _receive(self, connection, elements):
        """Store the elements of one callback delivery; known ones are left alone.

        :param elements: list of :class:`types.StatusNews` and ``BadNews``
        """
        now = fields.Datetime.now()
        rows = [self._row(connection, element, now) for element in elements]
        if not rows:
            return
        try:
            # without the savepoints of _insert: it is the busiest way in
            with mute_logger("odoo.sql_db"):
                self._insert_together(rows)
        except SerializationFailure:
            # a delivery has written nothing else
            self.env.cr.rollback()
            self._insert(rows)

    def _row(self, connection, element, now):
        common = {
            "connection_id": connection.id,
            "company_id": connection.company_id.id,
            "source": "callback",
            "create_date": now,
            "create_uid": self.env.uid,
            "raw": element.raw,
        }
        if isinstance(element, BadNews):
            return {**common, "state": "bad", "reason": element.reason}
        told = self._prepare_status_values(element, connection)
        return {**common, **told, "state": "new", "next_try_on": now}

    def _prepare_status_values(self, element, connection):
        """Return what an element says, as columns."""
        payment_date = element.payment_date
        return {
            "mobilepay_id": element.invoice_id,
            "status": element.status.value,
            "sequence": element.sequence,
            "happened_on": as_utc(element.date),
            "payment_date": connection._local_date(payment_date)
            if payment_date
            else None,
            "error_code": element.error_code or None,
            "error_text": element.error_text or None,
            "link_url": element.link_url or None,
        }

    def _insert(self, rows):
        """Insert rows; the unique index drops what is known."""
        if not rows:
            return
        self.env.flush_all()
        if not self._try_to_insert(rows):
            # one of them is known since a moment that this transaction cannot see
            for row in rows:
                self._try_to_insert([row])
        self.env["mobilepay.invoice"].invalidate_model(["event_ids"])

    def _try_to_insert(self, rows):
        """Insert all of these rows, or none: another worker has just stored one."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self._insert_together(rows)
        except SerializationFailure:
            return False
        return True

    def _insert_together(self, rows):
        # raw SQL: the ORM has no ON CONFLICT, and a look-up would race
        self.env.cr.execute_values(
            _INSERT,
            [
                tuple(row.get(column, _DEFAULTS.get(column)) for column in _COLUMNS)
                for row in rows
            ],
        )

    @api.model
    def _record_status(self, request, status, source):
        """Store a status that MobilePay told us itself: a poll, or an answer.

        What is known already is not stored again; what was set aside because
        MobilePay did not bear it out is taken up anew.

        :param status: a :class:`types.Status`
        """
        now = fields.Datetime.now()
        self._take_up_again(request, status)
        self._insert(
            [
                {
                    "connection_id": request.connection_id.id,
                    "company_id": request.company_id.id,
                    "request_id": request.id,
                    "mobilepay_id": request.mobilepay_id or None,
                    "source": source,
                    "state": "new",
                    "status": status.value,
                    "happened_on": now,
                    "next_try_on": now,
                    "create_date": now,
                    "create_uid": self.env.uid,
                    "error_code": request.error_code or None,
                    "error_text": request.error_text or None,
                    "raw": json.dumps({"Status": status.value}),
                }
            ]
        )

    @api.model
    def _note_settled(self, request, *, transaction_id, amount, happened_on, raw):
        """Store a payment that only a settlement tells of.

        MobilePay's own report names its transaction, amount and time, so there is
        nothing left to confirm: a request whose InvoiceId was lost cannot be asked
        for. The same news that still wait to be confirmed are confirmed by it.

        :param amount: what was paid, in the merchant's currency
        :param happened_on: when it was paid (UTC)
        """
        proof = {
            "state": "new",
            "next_try_on": fields.Datetime.now(),
            "confirmed": True,
            "transaction_id": transaction_id,
            "paid_on": request.connection_id._local_day(happened_on),
            "paid_amount": amount,
        }
        waiting = self.search(
            [
                ("request_id", "=", request.id),
                ("sequence", "=", NO_SEQUENCE),
                ("status", "=", Status.PAID.value),
                ("state", "in", ("new", "bad")),
            ]
        )
        if waiting:
            waiting.write({**proof, "reason": False})
            return
        self._insert(
            [
                {
                    **proof,
                    "connection_id": request.connection_id.id,
                    "company_id": request.company_id.id,
                    "request_id": request.id,
                    "mobilepay_id": request.mobilepay_id or None,
                    "source": "settlement",
                    "status": Status.PAID.value,
                    "happened_on": happened_on,
                    "create_date": fields.Datetime.now(),
                    "create_uid": self.env.uid,
                    "raw": raw,
                }
            ]
        )

    def _take_up_again(self, request, status):
        doubted = self.search(
            [
                ("request_id", "=", request.id),
                ("sequence", "=", NO_SEQUENCE),
                ("status", "=", status.value),
                ("state", "=", "bad"),
            ]
        )
        doubted._renew()

    def _renew(self):
        """Make these events due, as if they had just come."""
        self.write(
            {
                "state": "new",
                "tries": 0,
                "doubts": 0,
                "next_try_on": fields.Datetime.now(),
                "reason": False,
            }
        )

    # ------------------------------------------------------------------- helpers

    def _status(self):
        return Status(self.status)

    def _order_key(self):
        """Sort key within one request: Sequence, then Date, then arrival."""
        return (self.sequence, self.happened_on or datetime.max, self.id)

    def _day(self):
        """Return the merchant's calendar day on which it happened, today if unknown."""
        return self.connection_id._local_day(self.happened_on or fields.Datetime.now())

    def _set_aside(self, state, reason):
        """Finish events that change nothing, and say why."""
        self.write({"state": state, "reason": reason})

    def _postpone(self, reason=False):
        """Try these events again later, with growing pauses."""
        for event in self:
            pause = PAUSES[min(event.tries, len(PAUSES) - 1)]
            event.write(
                {
                    "tries": event.tries + 1,
                    "next_try_on": fields.Datetime.now() + timedelta(minutes=pause),
                    "reason": reason,
                }
            )

    def _count_doubt(self):
        """MobilePay does not bear the news out: ask again, in the end set aside."""
        self.ensure_one()
        reason = self.env._("MobilePay does not confirm this when it is asked.")
        self.doubts += 1
        self._postpone(reason)
        if self.doubts >= MAX_DOUBTS:
            self._set_aside("bad" if self.request_id else "orphan", reason)
            self.request_id._schedule_help_activity(reason)

    @api.model
    def _pending(self):
        return Domain("state", "=", "new") & Domain(
            "next_try_on", "<=", fields.Datetime.now()
        )


_COLUMNS = (
    "connection_id",
    "company_id",
    "request_id",
    "source",
    "create_date",
    "create_uid",
    "raw",
    "state",
    "reason",
    "next_try_on",
    "mobilepay_id",
    "status",
    "sequence",
    "happened_on",
    "payment_date",
    "error_code",
    "error_text",
    "link_url",
    "tries",
    "doubts",
    "confirmed",
    "transaction_id",
    "paid_on",
    "paid_amount",
)
_INSERT = sql.SQL(
    "INSERT INTO mobilepay_event ({}) VALUES %s ON CONFLICT DO NOTHING"
).format(sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)))
_DEFAULTS = {
    "sequence": NO_SEQUENCE,
    "state": "new",
    "tries": 0,
    "doubts": 0,
    "confirmed": False,
}
