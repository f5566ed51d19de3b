"""What flows begin with: invoices, requests and news in a certain state.

Each function makes ``count`` items for ``case`` (``crashing.CrashCase``), or gets one
item ready right before its turn.
"""

from dataclasses import dataclass, field, replace

from odoo.fields import Command

from .booking.test_posting_real import send_all
from .common import ANNA, MERCHANT_VAT
from .flow_runs import hear
from .real import make_invoices
from .settlement.test_settlement_real import bank_line


@dataclass(frozen=True)
class Item:
    """One thing for a flow to do.

    :param moves: the ids of its invoices
    :param values: arguments of the flow's function
    """

    moves: list
    values: dict = field(default_factory=dict)


# -------------------------------------------------------------------- invoices


def posted(case, count):
    """Return invoices that nobody has sent."""
    moves = case.run_real(make_invoices, count=count)
    return [Item([move], {"move_id": move}) for move in moves]


def posted_pairs(case, count):
    """Return pairs of invoices that nobody has sent."""
    moves = case.run_real(make_invoices, count=2 * count)
    pairs = [moves[start : start + 2] for start in range(0, 2 * count, 2)]
    return [Item(pair, {"move_ids": pair}) for pair in pairs]


def queued(case, count):
    """Return invoices whose request waits in the queue."""
    items = posted(case, count)
    case.run_real(queue_all, move_ids=_moves(items))
    return items


def sent(case, count):
    """Return invoices that wait in Anna's app."""
    items = posted(case, count)
    case.run_real(send_all, move_ids=_moves(items))
    return items


def unwanted(case, count):
    """Return sent invoices that are to be asked for anew."""
    return [
        replace(item, values={**item.values, "reason": "changed"})
        for item in sent(case, count)
    ]


def lost(case, count):
    """Return invoices whose sender died before it kept MobilePay's answer."""
    items = sent(case, count)
    of_them = "(SELECT id FROM mobilepay_invoice WHERE move_id = ANY(%s))"
    case.sql(
        f"DELETE FROM mobilepay_event WHERE request_id IN {of_them}", _moves(items)
    )
    case.sql(
        "UPDATE mobilepay_invoice SET state = 'sending', mobilepay_id = NULL,"
        f" last_sequence = -1, next_poll_on = NULL WHERE id IN {of_them}",
        _moves(items),
    )
    return items


# ------------------------------------------------------------------------ news


def paid(case, count):
    """Return invoices that Anna has paid; nobody told us."""
    items = sent(case, count)
    for item in items:
        accept(case, item)
    return items


def paid_news(case, count):
    """Return what MobilePay has to say of invoices that Anna has paid."""
    return [_news(case, item) for item in paid(case, count)]


def lost_news(case, count):
    """Return what MobilePay has to say of invoices whose answer was lost."""
    return [_news(case, item) for item in lost(case, count)]


def refused_by_payer(case, count):
    """Return invoices that Anna has turned down in her app."""
    # not of earlier tests
    case.sql("UPDATE mobilepay_invoice SET renewal_tried = true")
    case.sql("UPDATE mobilepay_connection SET fallback_days = 3")
    case.addCleanup(case.sql, "UPDATE mobilepay_connection SET fallback_days = 0")
    items = sent(case, count)
    for item in items:
        path = f"invoices/{case.mobilepay_id(item.moves[0])}/reject"
        case.control(path, phone=ANNA)
    return [_news(case, item) for item in items]


def _news(case, item):
    return Item(item.moves, {"elements": case.history(item.moves)})


def _moves(items):
    return [move for item in items for move in item.moves]


# ------------------------------------------------------------ right before its turn


def nothing(case, item):
    """Nothing has to happen before."""
    return item


def accept(case, item):
    """Anna pays the invoice."""
    case.control(f"invoices/{case.mobilepay_id(item.moves[0])}/accept", phone=ANNA)
    return item


def expire(case, item):
    """The access token has run out."""
    case.sql("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
    return item


def hear_refusal(case, item):
    """The refusal has been heard of."""
    case.run_real(hear, elements=item.values["elements"])
    return Item(item.moves)


def refuse_whole(case, item):
    """MobilePay refuses the next batch as a whole."""
    return _refuse(case, item, "POST /invoice-restapi/*/*/*/*/invoices/batch")


def refuse_one(case, item):
    """MobilePay refuses the next request."""
    return _refuse(case, item, "POST /invoice-restapi/")


def _refuse(case, item, match):
    own = {"kind": "status", "status": 400, "body": "own"}
    rule = {**own, "times": 1, "match": match}
    case.control("faults", seed=1, rules=[rule])
    return item


def pay_out(case, item):
    """Anna pays, gets a part back, and MobilePay pays the rest out."""
    mobilepay_id = case.mobilepay_id(item.moves[0])
    case.control(f"invoices/{mobilepay_id}/accept", phone=ANNA)
    case.control(f"invoices/{mobilepay_id}/refund", amount=100)
    [transfer] = case.control("settle", vat=MERCHANT_VAT)["transfers"]
    text, amount = transfer["reference"], float(transfer["total"])
    case.run_real(bank_line, text=text, amount=amount)
    return Item(item.moves)


def leave_unbooked(case, item):
    """The payment could not be booked for want of a journal, which is back now."""
    [[journal]] = case.sql("SELECT journal_id FROM mobilepay_connection")
    case.sql("UPDATE mobilepay_connection SET journal_id = NULL")
    case.run_real(hear, **item.values)
    case.sql("UPDATE mobilepay_connection SET journal_id = %s", journal)
    return Item(item.moves, {"elements": []})


def make_link(case, item):
    """A link is made, whose payer is to be asked for consent."""
    case.run_real(send_link, **item.values)
    return Item(item.moves)


def ask_for_two_of_three(case, item):
    """Two of three instalments are asked for; the third has just come due."""
    case.sql(
        "UPDATE mobilepay_connection SET instalment_rule = 'each', instalment_days = 30"
    )
    case.run_real(send_two_of_three, **item.values)
    case.sql("UPDATE mobilepay_connection SET instalment_days = 120")
    case.addCleanup(
        case.sql, "UPDATE mobilepay_connection SET instalment_rule = 'whole'"
    )
    return Item(item.moves)


def paid_long_ago(case, item):
    """The payment is booked, and older than what the company keeps."""
    case.run_real(hear, **item.values)
    case.sql(
        "UPDATE mobilepay_invoice SET paid_on = '2020-01-01' WHERE move_id = %s",
        item.moves[0],
    )
    case.sql("UPDATE mobilepay_connection SET keep_days = 30")
    case.addCleanup(case.sql, "UPDATE mobilepay_connection SET keep_days = 0")
    return Item(item.moves)


# ------------------------------------------------- what runs in the other process


def queue_all(env, move_ids):
    """Queue requests that nobody sends."""
    connection = env["mobilepay.connection"].search([])
    for move in env["account.move"].browse(move_ids):
        env["mobilepay.sender"]._queue(connection, move, kind="direct", phone=ANNA)


def send_link(env, move_id):
    """Make a link whose payer is to be asked for consent."""
    connection = env["mobilepay.connection"].search([])
    sender = env["mobilepay.sender"].with_context(mobilepay_ask_consent=True)
    wish = {env["account.move"].browse(move_id): {"kind": "link", "phone": ""}}
    refused = sender._send(connection, wish)
    assert not refused, refused


def send_two_of_three(env, move_id):
    """Give the invoice three due dates, and send what is due within 30 days."""
    shares = ((30, 10), (30, 20), (40, 90))
    terms = env["account.payment.term"].create(
        {
            "name": "30 % in 10 days, 30 % in 20, the rest in 90",
            "line_ids": [
                Command.create(
                    {"value": "percent", "value_amount": share, "nb_days": days}
                )
                for share, days in shares
            ],
        }
    )
    move = env["account.move"].browse(move_id)
    move.button_draft()
    move.write({"invoice_payment_term_id": terms.id, "invoice_date_due": False})
    move.action_post()
    send_all(env, [move_id])
