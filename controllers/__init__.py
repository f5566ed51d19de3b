from . import callback
from . import health
from . import oidc
from . import portal
