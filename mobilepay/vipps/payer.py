"""A payer of the test environment, who can be made to pay (section 12)."""

from datetime import date

from ..phones import normalise_nordic_phone
from ..transport.transport import Transport
from .payload import msisdn, to_json
from .references import is_reference

_APPROVE = "/epayment/v1/test/payments/{}/approve"


def payer_phone(text: str, country: str) -> str:
    """A test payer's number in E.164.

    :param country: the merchant's
    :raises InvalidPhone: it is none, which is a ValueError
    """
    return normalise_nordic_phone(text, country)


class ApprovingPayer:
    """One test user, known by the phone number; has paid once by hand before.

    :param phone: E.164
    :raises ValueError: it is none
    """

    def __init__(self, transport: Transport, phone: str) -> None:
        self._transport = transport
        self._msisdn = msisdn(phone)

    def accept(self, invoice_id: str, day: date) -> str:
        """Approve a payment, now: there are no later days here.

        :return: '', MobilePay gives no word
        :raises Rejected: with the codes 10010 to 10070 the approval failed
        """
        if not is_reference(invoice_id):
            raise ValueError("this is not a reference")
        body = to_json({"customer": {"phoneNumber": self._msisdn}})
        self._transport.request(
            "POST", _APPROVE.format(invoice_id), body=body, private=(self._msisdn,)
        )
        return ""
