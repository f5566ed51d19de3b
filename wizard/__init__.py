from . import account_move_send_batch_wizard
from . import account_move_send_wizard
from . import account_payment_register
from . import mobilepay_owed_wizard
from . import mobilepay_owed_print
from . import mobilepay_transfer_fetch
