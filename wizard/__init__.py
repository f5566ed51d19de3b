from . import sending
from . import booking
from . import settlement
