from odoo import models
from odoo.tools import SQL

from .mobilepay_invoice import OPEN_STATES

# what the order of an invoice's requests depends on
READ = {
    "mobilepay.invoice": (
        *("move_id", "state", "superseded", "next_cancel_on"),
        *("payment_id", "due_date"),
    ),
    "account.move": ("state", "payment_state"),
}
# those below wait, by their due dates; those from PAST on say nothing of today
WAITING, PAST = 3, 6


class AccountMove(models.Model):
    """Which of its requests an invoice shows: what is open now, of one word."""

    _inherit = "account.move"

    def _mobilepay_shown(self):
        """Return ``(request's id, state)`` by the invoice's id.

        What waits for the payer comes first, the earliest due date of it; then what
        is paid and not posted yet; then what the invoice was paid by, or why it was
        not. A payment of an invoice on which something is due is history: its state
        is None.
        """
        for name, fields in READ.items():
            self.env[name].flush_model(fields)
        # as records, the requests of a list's page would be a twentieth of its time
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (r.move_id) r.move_id, r.id,"
                " CASE WHEN %s < %s THEN r.state END"
                " FROM mobilepay_invoice r JOIN account_move m ON m.id = r.move_id"
                " WHERE r.move_id = ANY(%s) ORDER BY r.move_id, %s",
                *(_rank("r"), PAST, self._origin.ids, _order("r")),
            )
        )
        return {move_id: (id_, state) for move_id, id_, state in rows}

    def _mobilepay_shown_as(self, states):
        """Return SQL for the ids of the invoices that show one of these states."""
        for name, fields in READ.items():
            self.env[name].flush_model(fields)
        return SQL(
            "(SELECT r.move_id FROM mobilepay_invoice r"
            " JOIN account_move m ON m.id = r.move_id"
            " WHERE r.state = ANY(%s) AND %s < %s AND NOT EXISTS ("
            "SELECT FROM mobilepay_invoice o"
            " WHERE o.move_id = r.move_id AND (%s) < (%s)))",
            *(list(states), _rank("r"), PAST, _order("o"), _order("r")),
        )


def _rank(alias):
    """Return SQL of how much a request says of what is open now; 0 is the most."""
    r = SQL.identifier(alias)
    waits = SQL("%s.state = ANY(%s)", r, list(OPEN_STATES))
    stays = SQL("%s.next_cancel_on IS NULL", r)
    paid = SQL("%s.state = 'paid'", r)
    due = SQL("(m.state = 'posted' AND m.payment_state IN ('not_paid', 'partial'))")
    return SQL(
        "CASE WHEN %(waits)s AND %(stays)s AND %(r)s.state <> 'accepted' THEN 0"
        " WHEN %(waits)s AND %(stays)s THEN 1 WHEN %(waits)s THEN 2"
        " WHEN %(paid)s AND %(r)s.payment_id IS NULL THEN 3"
        " WHEN %(paid)s AND NOT %(due)s THEN 4"
        " WHEN NOT (%(paid)s) AND %(r)s.superseded IS NOT TRUE THEN 5 ELSE 6 END",
        **{"r": r, "waits": waits, "stays": stays, "paid": paid, "due": due},
    )


def _order(alias):
    r, rank = SQL.identifier(alias), _rank(alias)
    return SQL(
        "%(rank)s, CASE WHEN %(rank)s < %(waiting)s THEN %(r)s.due_date"
        " ELSE 'infinity' END,"
        " CASE WHEN %(rank)s < %(waiting)s THEN %(r)s.id ELSE -%(r)s.id END",
        **{"r": r, "rank": rank, "waiting": WAITING},
    )
