import logging
from collections import Counter
from functools import partial

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..booking.mobilepay_trail import COLLECTED

_logger = logging.getLogger(__name__)

CHUNK = 250
# only the account of one item changes: neither text nor amount
SAME = {"skip_account_move_synchronization": True}


class MobilepayMatcher(models.AbstractModel):
    """Matches bank lines with MobilePay's transfers and instant payments.

    A step of its own that can run again at any time. It looks at unmatched lines
    of the journals that a connection names: at each new one; again at those with
    a note, and at those whose amount has come to wait in the books. Exactly one
    candidate (``mobilepay.bank.clue``) is matched; none or several are left, and
    the line's note says why: a wrong match is worse than none.
    """

    _name = "mobilepay.matcher"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Bank Matching"

    @api.model
    def _cron_match(self):
        """Look at what is new, then again at what may have become matchable."""
        Cron = self.env["ir.cron"]
        connections = self.env["mobilepay.connection"].search(
            [("bank_journal_ids", "!=", False)]
        )
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            if not self._match_connection(connection):
                return
            Cron._commit_progress(1)

    def _match_connection(self, connection):
        """Match a connection's lines in chunks; False when time is up."""
        Cron = self.env["ir.cron"]
        seen = set()
        while lines := self._next(connection, seen):
            seen.update(lines.ids)
            matcher = connection._in_company_language(self)
            matcher._retry_on_conflict(partial(matcher._match_chunk, connection, lines))
            if not Cron._commit_progress():
                return False
        return True

    def _match_chunk(self, connection, lines):
        """Match some lines, and commit."""
        self._match(connection, lines.try_lock_for_update(allow_referencing=True))
        # here, where a conflict is still ours to handle
        self._commit()

    @api.model
    def _match_for_person(self, lines):
        """Match these lines because a person asks for it; returns what to show."""
        open_lines = lines.filtered(lambda line: not line.is_reconciled)
        open_lines |= lines.filtered(lambda line: _open_items(line._mobilepay_items()))
        open_lines._mobilepay_stamp(mobilepay_by_hand=False)
        matched = lines.browse()
        for journal, some in open_lines.grouped("journal_id").items():
            for connection in self.env["mobilepay.connection"]._of_bank(journal):
                matcher = self.with_company(connection.company_id)
                matched |= matcher._match(connection, some)
        return self._get_result_message(len(matched), len(open_lines) - len(matched))

    def _get_result_message(self, matched, left):
        text = self.env._(
            "%(matched)s lines were matched, %(left)s are left. What was found is noted"
            " on each line.",
            matched=matched,
            left=left,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "success" if matched else "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ---------------------------------------------------------------- what to do

    def _next(self, connection, seen):
        """Return the next lines to look at: new ones first, then the longest ago."""
        self.env.flush_all()
        common = {
            "connection": connection.id,
            "seen": tuple(seen) or (0,),
            "limit": CHUNK,
        }
        queries = (
            SQL(_UNMATCHED, company=connection.company_id.id, **common),
            SQL(_HALF_OPEN, mobilepay=connection.journal_id.id, **common),
        )
        rows = next(filter(None, map(self.env.execute_query, queries)), [])
        return self.env["account.bank.statement.line"].browse(row[0] for row in rows)

    def _match(self, connection, lines):
        """Match what has exactly one candidate, note the rest; the matched lines."""
        moment = fields.Datetime.now()
        items = {line: self._item(line) for line in lines}
        able = lines.filtered(lambda line: items[line])
        verdicts = self.env["mobilepay.bank.clue"]._match_candidates(
            connection, able, items
        )
        rivals = Counter(target for target, _note in verdicts.values() if target)
        pairs = {}
        for line, (target, note) in verdicts.items():
            if target and rivals[target] > 1:
                note = self.env._(
                    "Several bank lines carry this reference and amount, but only one"
                    " of them can be MobilePay's. Match the right one by hand."
                )
            elif target:
                pairs[line] = items[line], target
                continue
            line._mobilepay_stamp(mobilepay_note=note, mobilepay_looked_on=moment)
        (lines - able)._mobilepay_stamp(mobilepay_looked_on=moment)
        return self._reconcile_all(pairs, moment)

    def _item(self, line):
        """Return the one open journal item that stands for the money of a line.

        That is the suspense item, or what a person put on MobilePay's accounts
        without matching it. Empty where a line is split or done.
        """
        _liquidity, suspense, other = line._seek_for_lines()
        if suspense:
            return suspense if len(suspense) == 1 and not other else other.browse()
        mine = _open_items(line._mobilepay_items())
        return mine if len(mine) == 1 and other == mine else other.browse()

    # ----------------------------------------------------------------- reconcile

    def _reconcile_all(self, pairs, moment):
        """Reconcile at once; if that fails, line by line. Returns what was matched."""
        lines = self.env["account.bank.statement.line"].union(*pairs)
        if not pairs:
            return lines
        if self._try_to_reconcile(pairs, moment):
            return lines
        if len(pairs) == 1:
            return lines.browse()
        return lines.filtered(
            lambda line: self._try_to_reconcile({line: pairs[line]}, moment)
        )

    def _try_to_reconcile(self, pairs, moment):
        try:
            with self.env.cr.savepoint():
                self._reconcile(pairs, moment)
        except OperationalError:
            # serialization failure, dead connection: the caller's to handle
            raise
        except Exception as error:
            if len(pairs) == 1:
                self._note_failure(*pairs, error, moment)
            else:
                _logger.info("MobilePay bank lines, one by one now: %s", error)
            return False
        return True

    def _reconcile(self, pairs, moment):
        by_account = {}
        for item, target in pairs.values():
            if item.account_id != target.account_id:
                by_account.setdefault(target.account_id, item.browse())
                by_account[target.account_id] += item
        trail, companies = self.env["mobilepay.trail"], _companies(pairs)
        lean = trail._context(companies)
        for account, items in by_account.items():
            # in the company's own books: an account has its code only there
            own = items.with_env(self.env).with_context(**lean, **SAME)
            own.with_context(**{COLLECTED: True}).write({"account_id": account.id})
        self.env["account.move.line"].with_context(**lean)._reconcile_plan(
            [item + target for item, target in pairs.values()]
        )
        trail._write_down(companies)
        for line, (_item, target) in pairs.items():
            line._mobilepay_stamp(
                mobilepay_note=self.env._("Matched with %s.", target.move_id.name),
                mobilepay_looked_on=moment,
                **_edited(line),
            )

    def _note_failure(self, line, error, moment):
        if isinstance(error, UserError):
            reason = str(error)
        else:
            _logger.exception("MobilePay bank line %s", line.id)
            reason = self.env["mobilepay.messages"]._unexpected_message()
        line._mobilepay_stamp(
            mobilepay_note=self.env._("Could not be matched: %s", reason),
            mobilepay_looked_on=moment,
        )


def _edited(line):
    """What OCA's reconciliation addon, where it is installed, must know of a match.

    The line's own entry was edited. An earlier match in its widget may have kept
    it, and undoing ours there would then reverse the transfer's entry. What a
    person had begun there is over.
    """
    if "reconcile_mode" not in line._fields:
        return {}
    return {"reconcile_mode": "edit", "reconcile_data": False}


def _companies(pairs):
    """Whose books a match changes: the bank line's, and those of what it pays."""
    return next(iter(pairs)).company_id.union(
        *(item.company_id | target.company_id for item, target in pairs.values())
    )


def _open_items(items):
    """Those of some journal items that are not matched yet."""
    return items.filtered(
        lambda item: item.parent_state == "posted" and not item.reconciled
    )


# not matched and new, or looked at before with a note, or with an amount that waits
# in the books now
_UNMATCHED = """
    SELECT st.id
      FROM account_bank_statement_line st
     WHERE st.journal_id IN (
               SELECT rel.account_journal_id
                 FROM account_journal_mobilepay_connection_rel rel
                WHERE rel.mobilepay_connection_id = %(connection)s
           )
       AND st.is_reconciled IS NOT TRUE
       AND st.mobilepay_by_hand IS NOT TRUE
       AND st.id NOT IN %(seen)s
       AND (
            st.mobilepay_looked_on IS NULL
            OR st.mobilepay_note IS NOT NULL
            OR EXISTS (
                SELECT 1
                  FROM mobilepay_transfer t
                  JOIN account_move_line l ON l.id = t.transit_line_id
                 WHERE t.company_id = %(company)s
                   AND t.total = COALESCE(NULLIF(st.amount_currency, 0), st.amount)
                   AND l.reconciled IS NOT TRUE
            )
            OR EXISTS (
                SELECT 1
                  FROM mobilepay_invoice r
                  JOIN mobilepay_connection c ON c.id = r.connection_id
                  JOIN account_payment p ON p.id = r.payment_id
                 WHERE c.company_id = %(company)s
                   AND r.state = 'paid'
                   AND r.paid_amount
                       = COALESCE(NULLIF(st.amount_currency, 0), st.amount)
                   AND p.is_matched IS NOT TRUE
            )
       )
  ORDER BY st.mobilepay_looked_on NULLS FIRST, st.id
     LIMIT %(limit)s
"""
# put on MobilePay's accounts by a person, or left there by an undone match; the
# accounts are those of connection._settlement_accounts()
_HALF_OPEN = """
    SELECT DISTINCT l.statement_line_id
      FROM account_move_line l
     WHERE l.account_id IN (
               SELECT j.default_account_id
                 FROM account_journal j
                WHERE j.id = %(mobilepay)s
                UNION
               SELECT ml.payment_account_id
                 FROM account_payment_method_line ml
                 JOIN account_payment_method m ON m.id = ml.payment_method_id
                WHERE ml.journal_id = %(mobilepay)s
                  AND m.code = 'mobilepay'
           )
       AND l.statement_line_id IS NOT NULL
       AND l.reconciled IS NOT TRUE
       AND l.parent_state = 'posted'
       AND l.journal_id IN (
               SELECT rel.account_journal_id
                 FROM account_journal_mobilepay_connection_rel rel
                WHERE rel.mobilepay_connection_id = %(connection)s
           )
       AND l.statement_line_id NOT IN %(seen)s
  ORDER BY l.statement_line_id
     LIMIT %(limit)s
"""
