from . import mobilepay_worker
from . import mobilepay_event
from . import mobilepay_asker
from . import mobilepay_confirmer
from . import mobilepay_processor
from . import mobilepay_processor_adopt
from . import mobilepay_poller
from . import mobilepay_event_replay
