"""What reporting says of one day, in the words of each version."""

from datetime import date
from decimal import Decimal
from typing import Any

from mobilepay.types import TransferSummary

POINT = "37b8450b-579b-489d-8698-c7800c65934c"
PAYOUT_ID = "0b1f7d2a-3c44-4d5e-9f60-718293a4b5c6"
REFERENCE = "04000000000012411267"


def payout(**changes: Any) -> TransferSummary:
    """The payout that the rows below add up to."""
    values: dict[str, Any] = {
        "reference": REFERENCE,
        "date": date(2026, 3, 2),
        "total": Decimal("195.00"),
        "currency": "DKK",
        "id": PAYOUT_ID,
        **changes,
    }
    return TransferSummary(**values)


def listed(**changes: Any) -> dict[str, Any]:
    """A payout in v1's list."""
    return {
        "transferReference": REFERENCE,
        "transferReferenceDate": "2026-03-02",
        "totalTransferredAmount": 195.00,
        "currencyCode": "DKK",
        **changes,
    }


def listed_v3(**changes: Any) -> dict[str, Any]:
    """A payout in v3's list."""
    return {
        "id": PAYOUT_ID,
        "reference": REFERENCE,
        "date": "2026-03-02T00:00:00Z",
        "totalTransferredAmount": 195.00,
        "currencyCode": "DKK",
        "paymentPointId": POINT,
        **changes,
    }


def row(**changes: Any) -> dict[str, Any]:
    """A payment in v2's report."""
    return {
        "type": "Payment",
        "amount": 200.10,
        "currencyCode": "DKK",
        "timestamp": "2026-03-01T20:11:05Z",
        "message": "Tak for blomsterne",
        "merchantReference": "INV/2026/00007",
        "merchantPaymentLabel": None,
        "paymentTransactionId": "AABBCCDD11223344",
        **changes,
    }


def row_v3(**changes: Any) -> dict[str, Any]:
    """A fee in v3's report."""
    return {
        "paymentId": None,
        "type": "TransactionFee",
        "amount": -5.10,
        "currencyCode": "DKK",
        "timestamp": "2026-03-01T20:11:05+00:00",
        "message": None,
        "merchantReference": None,
        "transferReference": REFERENCE,
        "transferDate": "2026-03-02",
        **changes,
    }


def report(*rows: Any, **changes: Any) -> dict[str, Any]:
    """A page of v2's report of the payout."""
    return {
        "companyRegNo": "12345678",
        "merchantName": "Acme Ltd",
        "paymentPointId": POINT,
        "transferReference": REFERENCE,
        "transferReferenceDate": "2026-03-02",
        "receiverAccount": "DK5000400440116243",
        "transactions": list(rows),
        "nextPageToken": None,
        **changes,
    }
