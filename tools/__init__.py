from . import log_redaction
from . import rate_limited_log
from . import vault

log_redaction.install()
