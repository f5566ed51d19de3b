from . import mobilepay_connection_hindrances
from . import mobilepay_connection
from . import mobilepay_connection_test
from . import mobilepay_connection_preview
from . import mobilepay_login
from . import account_journal
from . import res_config_settings
