from . import mobilepay_consent
from . import mobilepay_invoice
