import logging

from psycopg2 import OperationalError

from odoo import api, fields, models

from .mobilepay_sender import _NotSendable

_logger = logging.getLogger(__name__)


class MobilepaySender(models.AbstractModel):
    """What a batch asks of the sender: a row for each invoice, sendable or not."""

    _inherit = "mobilepay.sender"

    @api.model
    def _queue_many(self, connection, wishes, batch):
        """Queue many invoices at once, all or none.

        :param wishes: ``{move: {"kind": "direct"|"link", "phone": E.164 or ""}}``
        :return: ``{move: text}`` for those that cannot be sent
        """
        rows, problems = [], {}
        for move, wish in wishes.items():
            made, problems[move] = self._explained(
                move, lambda move=move, wish=wish: self._rows(connection, move, **wish)
            )
            rows += made or []
        batched = {"batch_id": batch.id, "next_try_on": fields.Datetime.now()}
        self._create_rows([{**row, **batched} for row in rows])
        return {move: text for move, text in problems.items() if text}

    @api.model
    def _queue_or_explain(self, connection, move, wish):
        """Return the queued request and '', or no request and the problem."""
        requests, problem = self._explained(
            move, lambda: self._queue_safely(connection, move, wish)
        )
        return requests or self.env["mobilepay.invoice"], problem

    def _queue_safely(self, connection, move, wish):
        with self.env.cr.savepoint():
            return self._queue(connection, move, **wish)

    def _explained(self, move, work):
        """Return what ``work()`` returns and '', or nothing and what went wrong."""
        try:
            return work(), ""
        except _NotSendable as error:
            problem = str(error)
        except OperationalError:
            # serialization failure, dead connection: the caller's to handle
            raise
        except Exception:
            # one invoice must not hold up the others, maybe another company's
            _logger.exception("Invoice %s could not be prepared", move.id)
            problem = self.env["mobilepay.messages"]._unexpected_message()
        return None, problem

    @api.model
    def _refused_row(self, connection, move, wish, problem):
        """Keep in an ``invalid`` request why an invoice of a batch did not go out.

        It was never sent: that it is visible, can be filtered and sent again is
        all it is for.
        """
        move.mobilepay_invoice_ids.superseded = True
        request = self.env["mobilepay.invoice"].create(
            {
                "move_id": move.id,
                "connection_id": connection.id,
                "issuer_id": connection._issuer_of(move).id,
                "company_id": move.company_id.id,
                "kind": wish["kind"],
                "state": "invalid",
                "payment_reference": move.payment_reference or move.name,
                "invoice_number": move.name,
                "amount": move.amount_residual,
                "currency_id": move.currency_id.id,
                "due_date": move.invoice_date_due or fields.Date.today(),
                "phone": wish["phone"],
                "error_text": problem,
            }
        )
        move.message_post(
            body=self.env._("Not sent with MobilePay: %(problem)s", problem=problem)
        )
        return request
