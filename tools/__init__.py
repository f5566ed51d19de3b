from . import discreet_log
from . import vault

discreet_log.install()
