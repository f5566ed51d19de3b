from . import tally
from . import vault
