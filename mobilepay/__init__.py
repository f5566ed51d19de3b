"""The wire: MobilePay's Invoice API and OpenID Connect, without Odoo.

Pure Python. Values go in and out as the frozen dataclasses of :mod:`.types`,
failures as the errors of :mod:`.errors`, each named after what the caller may
do next. Nothing here keeps state, reads a setting or knows a database.
"""

from . import callbacks, references
from .environments import (
    COUNTRIES,
    ENVIRONMENTS,
    Country,
    Environment,
    check_address,
    merchant_vat,
)
from .errors import (
    BadAddress,
    BadAnswer,
    BadDelivery,
    BadDocument,
    BadIdToken,
    ClientRefused,
    ConsentLost,
    InvalidVat,
    MobilePayError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    Unavailable,
)
from .invoices import InvoiceApi
from .oidc import Attempt, Provider
from .payload import encode
from .rules import (
    DEFAULT_LIMITS,
    InvalidPhone,
    Limits,
    Problem,
    check,
    mask_phone,
    normalise_phone,
)
from .transport import Answer, Transport
from .types import (
    Article,
    BadNews,
    BatchResult,
    Consent,
    ConsentState,
    Created,
    InvoiceDetails,
    InvoiceRequest,
    Issuer,
    Kind,
    Refusal,
    Status,
    StatusNews,
    TokenSet,
)

__all__ = [
    "COUNTRIES",
    "DEFAULT_LIMITS",
    "ENVIRONMENTS",
    "Answer",
    "Article",
    "Attempt",
    "BadAddress",
    "BadAnswer",
    "BadDelivery",
    "BadDocument",
    "BadIdToken",
    "BadNews",
    "BatchResult",
    "ClientRefused",
    "Consent",
    "ConsentLost",
    "ConsentState",
    "Country",
    "Created",
    "Environment",
    "InvalidPhone",
    "InvalidVat",
    "InvoiceApi",
    "InvoiceDetails",
    "InvoiceRequest",
    "Issuer",
    "Kind",
    "Limits",
    "MobilePayError",
    "NotFound",
    "OutcomeUnknown",
    "Problem",
    "Provider",
    "Refusal",
    "Rejected",
    "Status",
    "StatusNews",
    "TokenSet",
    "Transport",
    "Unauthorized",
    "Unavailable",
    "callbacks",
    "check",
    "check_address",
    "encode",
    "mask_phone",
    "merchant_vat",
    "normalise_phone",
    "references",
]
