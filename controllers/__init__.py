from . import callback
from . import oidc
from . import portal
