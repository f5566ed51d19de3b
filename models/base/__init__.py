from . import mobilepay_sums
from . import mobilepay_words
from . import mobilepay_worker
from . import base
