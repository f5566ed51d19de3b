from . import callback
from . import oidc
