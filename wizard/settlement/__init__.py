from . import mobilepay_owed_wizard
from . import mobilepay_owed_print
from . import mobilepay_transfer_fetch
