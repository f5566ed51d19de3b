from . import mobilepay_connection
from . import mobilepay_consent
from . import mobilepay_invoice
from . import res_partner
