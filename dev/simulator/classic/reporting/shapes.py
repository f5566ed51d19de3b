"""Movements and transfers in the words of the three versions."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ...records import Merchant
from ..parts import classic
from ..records import Issuer
from .accounts import receiver_account
from .records import Movement, Transfer

#: Fields that only MobilePay's other products fill.
OTHER_PRODUCTS = (
    *("userIndicator", "loyaltyId", "myshopNumber", "brandName", "brandId"),
    *("locationId", "posName", "beaconId", "merchantPayerReference", "agreementId"),
)
OTHER_PRODUCTS_V3 = (
    *("userPhoneNumber", "userName", "loyaltyId", "myShopNumber", "brandName"),
    *("brandId", "locationId", "posName", "beaconId", "agreementExternalId"),
    *("agreementId", "refundId"),
)


def moment_text(moment: datetime) -> str:
    """A moment in UTC, with or without milliseconds as the settings choose."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    is_short = classic().settings.reporting_timestamps == "seconds"
    return f"{text}Z" if is_short else f"{text}.000Z"


def guid_text(guid: str) -> str:
    """A GUID: the examples of the payment points have upper-case ones."""
    is_upper = classic().settings.reporting_guids == "upper"
    return guid.upper() if is_upper else guid


# v1 and v2


def merchant_head(merchant: Merchant, version: int) -> dict[str, Any]:
    """Whose it is; without the VAT number's country."""
    name = "merchantId" if version == 1 else "companyRegNo"
    return {name: merchant.vat[2:], "merchantName": merchant.name}


def point_head(merchant: Merchant, issuer: Issuer, version: int) -> dict[str, Any]:
    """Whose it is and at which payment point."""
    return {
        **merchant_head(merchant, version),
        "paymentPointId": issuer.id,
        "paymentPointName": issuer.name,
    }


def account_field(merchant: Merchant, issuer: Issuer) -> dict[str, str]:
    """Where the money goes."""
    return {"receiverAccount": receiver_account(merchant, issuer)}


def reference_fields(transfer: Transfer | None) -> dict[str, Any]:
    """Which transfer; nulls for what is not transferred yet."""
    return {
        "transferReference": transfer.reference if transfer else None,
        "transferReferenceDate": transfer.day.isoformat() if transfer else None,
    }


def transfer_reference(transfer: Transfer) -> dict[str, Any]:
    """One line of the list of transfer references."""
    return {
        **reference_fields(transfer),
        "totalTransferredAmount": transfer.total,
        "currencyCode": transfer.currency,
    }


def movement_v1(movement: Movement) -> dict[str, Any]:
    """A transaction in v1's words."""
    return {
        **_money(movement),
        "paymentTransactionId": movement.transaction_id,
        "senderComment": movement.message,
        "externalTransactionId": movement.reference,
        "externalBulkId": None,
    }


def movement_v2(movement: Movement) -> dict[str, Any]:
    """A transaction in v2's words."""
    return {
        **_money(movement),
        "message": movement.message,
        "merchantReference": movement.reference,
        "merchantPaymentLabel": None,
        "paymentTransactionId": movement.transaction_id,
        **dict.fromkeys(OTHER_PRODUCTS),
    }


def _money(movement: Movement) -> dict[str, Any]:
    return {
        "type": movement.type,
        "amount": movement.amount,
        "currencyCode": movement.currency,
        "timestamp": moment_text(movement.at),
    }


# v3


def movement_v3(movement: Movement) -> dict[str, Any]:
    """A transaction in v3's words, which name no invoice."""
    transfer = classic().transfers.of_movement(movement.id)
    return {
        "paymentId": None,
        **_money(movement),
        "message": movement.message,
        "merchantReference": None,
        "merchantPaymentLabel": None,
        "transferReference": transfer.reference if transfer else None,
        "transferDate": transfer.day.isoformat() if transfer else None,
        **dict.fromkeys(OTHER_PRODUCTS_V3),
    }


def transfer_v3(transfer: Transfer) -> dict[str, Any]:
    """A transfer in v3's words."""
    return {
        "id": transfer.id,
        "reference": transfer.reference,
        "date": f"{transfer.day.isoformat()}T00:00:00Z",
        "totalTransferredAmount": transfer.total,
        "currencyCode": transfer.currency,
        "paymentPointId": transfer.issuer_id,
    }


def point_v3(issuer: Issuer) -> dict[str, Any]:
    """A payment point in v3's words."""
    return {
        "id": guid_text(issuer.id),
        "name": issuer.name,
        "productType": "Invoice",
        "alias": None,
    }
