from . import mobilepay_connection
from . import mobilepay_invoice
from . import mobilepay_canceler
from . import account_move_line
from . import account_move
from . import account_partial_reconcile
