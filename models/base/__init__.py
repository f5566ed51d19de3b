from . import mobilepay_sums
from . import mobilepay_messages
from . import mobilepay_worker
from . import base
