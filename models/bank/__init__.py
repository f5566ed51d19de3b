from . import mobilepay_invoice
from . import mobilepay_bank_clue
from . import mobilepay_bank_guess
from . import mobilepay_matcher
from . import account_journal
from . import account_bank_statement
from . import account_bank_statement_line
