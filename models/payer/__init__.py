from . import mobilepay_connection
from . import account_move
