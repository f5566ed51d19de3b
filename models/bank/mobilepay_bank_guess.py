from odoo import api, models
from odoo.fields import Domain

from ...mobilepay import banktext
from .mobilepay_bank_clue import HALF_A_YEAR


class MobilepayBankGuess(models.AbstractModel):
    """Guesses of which reference a bank's narrow field is what is left.

    With zeros in front or without them, over two lines, or cut after 16 digits
    (``banktext.guesses``). For lines in which no reference was found: a guess is
    weaker, so whoever asks takes it only where it can be one reference. Of a known
    one it counts when it was used, not what became of it.
    """

    _name = "mobilepay.bank.guess"
    _description = "MobilePay Bank Guess"

    @api.model
    def _clues(self, connection, lines):
        """Return ``(line, transfers and requests it may name)``, in two queries."""
        guesses = {
            line: [banktext.guesses(text) for text in line._mobilepay_texts()]
            for line in lines
        }
        every = {
            part for texts in guesses.values() for parts in texts for part in parts
        }
        Clue = self.env["mobilepay.bank.clue"]
        known = Clue._known_by(connection, _by_key(every)) if every else {}
        return [
            (line, [clue for clue in _meant(texts, known) if _is_near(line, clue)])
            for line, texts in guesses.items()
        ]


def _by_key(guesses):
    """The domain of the keys for which guesses may stand."""
    keys = {key for guess in guesses for key in banktext.spellings(guess)}
    bounds = {banktext.cut(guess) for guess in guesses} - {None}
    return Domain.OR(
        [
            Domain("bank_key", "in", list(keys)),
            *(
                Domain("bank_key", ">=", least) & Domain("bank_key", "<=", greatest)
                for least, greatest in sorted(bounds)
            ),
        ]
    )


def _meant(texts, known):
    """The known records for which the guesses in a line's texts may stand."""
    clues = {}
    for guesses in texts:
        keys = {guess: _known_keys(guess, known) for guess in guesses}
        for guess in banktext.outermost(guess for guess in guesses if keys[guess]):
            for key in keys[guess]:
                clues.update(dict.fromkeys(known[key]))
    return list(clues)


def _known_keys(guess, known):
    keys = [key for key in banktext.spellings(guess) if key in known]
    if bounds := banktext.cut(guess):
        least, greatest = bounds
        keys += [key for key in known if key.isdigit() and least <= key <= greatest]
    return keys


def _is_near(line, clue):
    """Whether a reference was in use within half a year of a bank line."""
    day = clue.transfer_date if "transfer_date" in clue._fields else clue.paid_on
    return abs(line.date - (day or clue.create_date.date())) <= HALF_A_YEAR
