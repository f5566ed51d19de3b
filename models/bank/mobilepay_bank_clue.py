from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...mobilepay import banktext

# a reference is unique for a year: one half a year away is another year's
HALF_A_YEAR = timedelta(days=183)


class MobilepayBankClue(models.AbstractModel):
    """Finds what a bank line could be: by reference *and* exact amount, or not.

    A clue is a transfer or a request whose reference stands in a text of the
    line. A longer known reference hides a shorter one within it, whatever became
    of it. Of the clues, those count whose journal item is open and of the line's
    amount and currency, within half a year.

    Where no text holds one, it is guessed (``mobilepay.bank.guess``) what a bank's
    narrow field has left of one; a guess must mean one reference only.
    """

    _name = "mobilepay.bank.clue"
    _description = "MobilePay Bank Clue"

    @api.model
    def _match_candidates(self, connection, lines, items):
        """Return ``(journal item to match or none, note or False)`` of each line.

        :param items: the open journal item of each line
        """
        clues = self._clues(connection, lines)
        verdicts = {
            line: self._verdict(line, items[line], found)
            for line, found in clues.items()
            if found
        }
        sure = {target: line for line, (target, _note) in verdicts.items() if target}
        Guess = self.env["mobilepay.bank.guess"]
        unknown = lines.filtered(lambda line: line not in verdicts)
        for line, found in Guess._clues(connection, unknown):
            clues[line] = found
            verdicts[line] = self._guessed_verdict(line, items[line], found, sure)
        return verdicts | self._shared_verdicts(items, clues, verdicts)

    def _guessed_verdict(self, line, item, clues, sure):
        """Judge a line without a whole reference; those that have one go first.

        :param sure: the bank line of each journal item that is named in full
        """
        nothing = self.env["account.move.line"]
        if not clues:
            return nothing, self._stranger_message(line)
        if len({clue.bank_key for clue in clues}) > 1:
            return nothing, self._several_message(clue.display_name for clue in clues)
        target, note = self._verdict(line, item, clues)
        if target in sure:
            name = clues[0].display_name
            return nothing, self._taken_message(name, sure[target])
        return target, note

    def _shared_verdicts(self, items, clues, verdicts):
        """Return new verdicts of lines that seem to be parts of one payout."""
        matched = {target for target, _note in verdicts.values() if target}
        parts = defaultdict(list)
        for line, (target, _note) in verdicts.items():
            payouts = [] if target else _payouts(line, clues[line])
            awaited = (
                payouts[0]._get_item_awaiting_bank() if len(payouts) == 1 else target
            )
            if awaited not in matched and _is_part(items[line], awaited):
                parts[awaited].append((line, payouts[0]))
        shared = {}
        for target, some in parts.items():
            if len(some) > 1:
                note = self._parts_message(target, some, items)
                shared.update({line: (target.browse(), note) for line, _clue in some})
        return shared

    def _verdict(self, line, item, clues):
        nothing = self.env["account.move.line"]
        targets = nothing
        for clue in clues:
            targets |= clue._get_item_awaiting_bank().filtered(
                lambda target, clue=clue: _fits(line, item, target, clue)
            )
        if len(targets) == 1:
            if problem := self._closed_message(line):
                return nothing, problem
            return targets, False
        if targets:
            return nothing, self._several_message(targets.move_id.mapped("name"))
        payouts = _payouts(line, clues)
        if len(payouts) > 1:
            return nothing, self._together_message(payouts)
        return nothing, self._unfit_message(line, item, (payouts or clues)[0])

    # --------------------------------------------------------------------- clues

    @api.model
    def _is_strange(self, lines):
        """Whether no bank line speaks of MobilePay or of a reference known here.

        A hint, asked in one query, of all companies: it decides when the matcher
        looks, not what it does.
        """
        texts = [text for line in lines for text in line._mobilepay_texts()]
        if any("mobilepay" in text.lower() for text in texts):
            return False
        keys = {hit.key for text in texts for hit in banktext.found_in(text)}
        if not keys:
            return True
        self.env["mobilepay.transfer"].flush_model(["bank_key"])
        self.env["mobilepay.invoice"].flush_model(["connection_id", "bank_key"])
        [[known]] = self.env.execute_query(SQL(_IS_KNOWN, keys=list(keys)))
        return not known

    def _clues(self, connection, lines):
        """Return the transfers and requests whose reference each line carries."""
        found = {
            line: [banktext.found_in(text) for text in line._mobilepay_texts()]
            for line in lines
        }
        keys = {hit.key for texts in found.values() for hits in texts for hit in hits}
        known = self._known(connection, keys)
        return defaultdict(
            list,
            {line: _clues_in(texts, known) for line, texts in found.items()},
        )

    def _known(self, connection, keys):
        """Return our transfers and requests, in any state, by the keys they have."""
        return self._known_by(connection, Domain("bank_key", "in", list(keys)))

    def _known_by(self, connection, by_key):
        """Return our transfers and requests, in any state, of a domain of keys."""
        known = defaultdict(list)
        transfers = self.env["mobilepay.transfer"].search(
            by_key & Domain("company_id", "=", connection.company_id.id)
        )
        requests = self.env["mobilepay.invoice"].search(
            by_key & Domain("connection_id.company_id", "=", connection.company_id.id)
        )
        for record in [*transfers, *requests]:
            known[record.bank_key].append(record)
        return known

    # --------------------------------------------------------------------- words

    def _stranger_message(self, line):
        """Return what is said of a line that carries no reference known here."""
        if any("mobilepay" in text.lower() for text in line._mobilepay_texts()):
            return self.env._(
                "This seems to come from MobilePay, but no reference in it is known"
                " here yet. Fetch the transfers; else match it by hand."
            )
        return False

    def _closed_message(self, line):
        """Return why a line's entry cannot be changed any more; '' if it can."""
        company, journal = line.company_id, line.journal_id
        if locks := company._get_violated_lock_dates(line.date, False, journal):
            return self.env._(
                "It would match, but the period is locked until %s. Open it, press"
                " Match MobilePay, and lock it again.",
                format_date(self.env, locks[-1][0]),
            )
        if line.move_id.inalterable_hash:
            return self.env._(
                "It would match, but its entry is secured against changes."
            )
        return ""

    def _several_message(self, names):
        return self.env._(
            "It could be one of several: %s. Match it by hand.", ", ".join(names)
        )

    def _together_message(self, payouts):
        """Return what is said of a line that names payouts of which none fits."""
        return self.env._(
            "It seems to be several payouts at once: %s. Match them by hand.",
            ", ".join(clue.display_name for clue in payouts),
        )

    def _parts_message(self, target, parts, items):
        """Return what is said of lines that name the same, larger payout.

        :param parts: lines, each with the clue in it
        """
        lines = (
            f"{line.move_id.name} ({_format_received(items[line])})"
            for line, _clue in parts
        )
        return self.env._(
            "%(name)s waits for %(expected)s and seems to have come in parts:"
            " %(lines)s. Match them by hand.",
            name=parts[0][1].display_name,
            expected=target.currency_id.format(target.amount_residual_currency),
            lines=", ".join(lines),
        )

    def _taken_message(self, name, bank_line):
        return self.env._(
            "%(name)s is matched with another bank line, of %(date)s.",
            name=name,
            date=format_date(self.env, bank_line.date),
        )

    def _unfit_message(self, line, item, clue):
        """Return why the first clue of a line does not do."""
        target = clue._get_item_awaiting_bank()
        name = clue.display_name
        if not target:
            return self._unready_message(clue, name)
        if bank_line := target._mobilepay_bank_line():
            return self._taken_message(name, bank_line)
        if target.reconciled:
            return self.env._(
                "%(name)s is matched with %(other)s.",
                name=name,
                other=", ".join(target._mobilepay_counterparts().mapped("name")),
            )
        if not _near(line, clue):
            return self.env._(
                "%s is of another year. References repeat after a year.", name
            )
        return self.env._(
            "%(name)s waits for %(expected)s, the bank line is of %(amount)s. Match it"
            " by hand.",
            name=name,
            expected=target.currency_id.format(target.amount_residual_currency),
            amount=_format_received(item),
        )

    def _unready_message(self, clue, name):
        if clue._name == "mobilepay.transfer":
            return self.env._(
                "Transfer %s is not entered yet. It will be matched by itself.", name
            )
        if clue.issuer_id.transfer_method != "instant":
            return self.env._(
                "It carries the reference of %(name)s, but issuer %(issuer)s pays out"
                " daily. If each payment comes alone, say so on the MobilePay"
                " connection; else the payer paid twice.",
                name=name,
                issuer=clue.issuer_id.name,
            )
        return self.env._(
            "The payment of %s is not posted yet. It will be matched by itself.", name
        )


# by connection, as the index of requests is
_IS_KNOWN = """
    SELECT EXISTS (
        SELECT 1 FROM mobilepay_transfer WHERE bank_key = ANY(%(keys)s)
    ) OR EXISTS (
        SELECT 1
          FROM mobilepay_invoice
         WHERE connection_id IN (SELECT id FROM mobilepay_connection)
           AND bank_key = ANY(%(keys)s)
    )
"""


def _clues_in(texts, known):
    """The known records whose references stand in a line's texts."""
    clues = {}
    for hits in texts:
        ours = banktext.outermost(hit for hit in hits if hit.key in known)
        for hit in ours:
            clues.update({record: True for record in known[hit.key]})
    return list(clues)


def _fits(line, item, target, clue):
    """Whether a journal item is open, of a line's exact amount, and of its time."""
    currency = target.currency_id
    return (
        target.parent_state == "posted"
        and not target.reconciled
        and item.currency_id == currency
        and not currency.compare_amounts(
            _received(item), target.amount_residual_currency
        )
        and _near(line, clue)
    )


def _payouts(line, clues):
    """The first clue of each payout that is named in a line, and is of its time."""
    payouts = {}
    for clue in clues:
        if "transfer_id" in clue._fields and clue.transfer_id in clues:
            continue
        target = clue._get_item_awaiting_bank()
        if _near(line, clue) and (target or clue._is_payout()):
            payouts.setdefault(target or clue, clue)
    return list(payouts.values())


def _is_part(item, target):
    """Whether a bank line brought, or took, less than an open journal item."""
    currency = target.currency_id
    if not target or target.reconciled or item.currency_id != currency:
        return False
    received, awaited = _received(item), target.amount_residual_currency
    return (
        received * awaited > 0
        and currency.compare_amounts(abs(received), abs(awaited)) < 0
    )


def _format_received(item):
    return item.currency_id.format(_received(item))


def _received(item):
    """What a bank line brought, or took where negative, in the item's currency."""
    if item.account_id.reconcile:
        return -item.amount_residual_currency
    return -item.amount_currency


def _near(line, clue):
    """Whether a reference of a clue can be meant by a line: both of one year."""
    day = clue.transfer_date if "transfer_date" in clue._fields else clue.paid_on
    return bool(day) and abs(line.date - day) <= HALF_A_YEAR
