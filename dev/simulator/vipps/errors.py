"""MobilePay's refusals: the codes of the contract (section 7) and their exceptions."""

from __future__ import annotations

#: What a code says; texts change, so nobody may rely on them.
TITLES = {
    4010: "Capture idempotency conflict",
    4020: "Idempotency error",
    4040: "Invalid amount",
    4050: "Invalid CustomerToken",
    4060: "Invalid PersonalQr",
    4070: "Invalid phone number",
    4080: "Invalid scope",
    4090: "Invalid URL",
    4100: "Metadata capacity exceeded",
    4110: "Metadata duplicate keys not allowed",
    4120: "Metadata key length exceeded",
    4130: "Metadata value length exceeded",
    4140: "Missing required parameter",
    4150: "Reference already exists",
    5010: "Blocking sources not applicable",
    5020: "Express payment not allowed",
    5040: "Invalid currency for merchant",
    5050: "Long-living payment not allowed",
    5060: "Merchant bank account not verified",
    5080: "PUSH_MESSAGE not allowed",
    5090: "Reference not found",
    5100: "Refund not possible",
    6010: "Amount too small",
    6020: "Attempted refund before reservation",
    6030: "Cancel period expired",
    6040: "Cannot cancel a captured payment",
    6050: "Cannot cancel a non-reserved payment",
    6060: "Cannot cancel authorized payment",
    6070: "Cannot capture a cancelled payment",
    6080: "Cannot capture before reservation",
    6090: "Capture amount too high",
    6100: "Capture period expired",
    6110: "Expiration date is too late",
    6120: "Expiration date is too soon",
    6130: "Long living payments require a receipt",
    6140: "Must capture full amount",
    6150: "Not enough refundable",
    6160: "Order processing",
    6190: "Payment cannot be cancelled",
    6200: "Payment cannot be captured",
    6210: "Payment cannot be refunded",
    6220: "Refund period expired",
    6230: "Payment is already reserved",
    6250: "Cannot cancel processing payment",
    6260: "Funds unavailable",
    6280: "Capture failed, please try again later",
    7010: "Customer not found",
    10010: "Approve failed",
    10020: "Approve not allowed",
    10030: "Identification required",
}
STATUSES = {4010: 409, 4020: 409, 4150: 409, 5090: 404}
#: What may be asked again with the same key, by the codes' own texts.
AGAIN_CODES = (6160, 6250, 6260, 6280)
LOCKED = 423

Field = tuple[str, str]


class Problem(Exception):
    """An answer of an API itself other than success (RFC 7807)."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        code: int | None = None,
        fields: tuple[Field, ...] = (),
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title
        self.detail = detail or title
        self.code = code
        self.fields = fields

    @property
    def is_for_good(self) -> bool:
        """Does it stay the answer for its idempotency key?"""
        is_final = 400 <= self.status < 500 and self.status != LOCKED
        return is_final and self.code not in AGAIN_CODES


class Refusal(Problem):
    """One with a code of the contract."""

    def __init__(self, code: int, detail: str = "", status: int | None = None) -> None:
        status = status or STATUSES.get(code, 400)
        super().__init__(status, TITLES[code], detail, code)


class WrongField(Problem):
    """A field that is not as the contract has it: its name and why, mostly no code."""

    def __init__(self, name: str, reason: str, code: int | None = None) -> None:
        title = TITLES[code] if code else "Bad Request"
        super().__init__(400, title, f"{name}: {reason}", code, ((name, reason),))


class GatewayError(Exception):
    """The Azure gateway in front refuses before an API sees the request."""

    def __init__(self, status: int, message: str, retry_after: int | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after
