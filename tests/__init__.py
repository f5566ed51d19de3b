from . import test_smoke
from . import test_token_race
from . import test_payer_views
from . import test_portal_payment
