from . import discreet_log
from . import tally
from . import vault

discreet_log.install()
