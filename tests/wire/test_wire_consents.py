"""A payer's consent in every dress that the documents show."""

from datetime import datetime, timezone

import pytest
from wire_server import Reply

from mobilepay.errors import BadAnswer, OutcomeUnknown
from mobilepay.types import Consent, ConsentState

ID = "89a140f4-8433-4196-b25f-690871be5b3d"
OTHER = "72c28be5-dfbe-48b2-bce5-ac7769c157d9"


def asked(server):
    return server.last.method, server.last.path


def consent(**changes):
    return {
        "ConsentId": ID,
        "InvoiceId": OTHER,
        "PhoneNumber": None,
        "State": "Pending",
        **changes,
    }


@pytest.mark.parametrize("status", [200, 201])
def test_asking_for_consent(server, api, status):
    server.answers(Reply(status, consent()))
    assert api.ask_consent(OTHER) == Consent(ID, OTHER, ConsentState.PENDING)
    assert asked(server) == ("POST", "/api/v1/directinvoiceconsents")
    assert server.last.json == {"invoiceId": OTHER}


GRANTED_ON = "2022-09-20T22:30:00Z"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"State": "Granted"}, ConsentState.GRANTED),
        ({"State": "granted"}, ConsentState.GRANTED),
        ({"State": "Denied"}, ConsentState.DENIED),
        ({"State": "Maybe"}, ConsentState.UNKNOWN),
        ({"State": None}, ConsentState.UNKNOWN),
        ({"State": True}, ConsentState.UNKNOWN),
        ({"State": 1}, ConsentState.PENDING),
        ({"State": 2}, ConsentState.UNKNOWN),
        ({"State": 2, "GrantedOn": GRANTED_ON}, ConsentState.GRANTED),
        ({"State": 3}, ConsentState.DENIED),
        ({"State": 4, "GrantedOn": GRANTED_ON}, ConsentState.UNKNOWN),
        # a pending consent may carry a number already: it is not granted for that
        ({"State": "Pending", "PhoneNumber": "+4511111101"}, ConsentState.PENDING),
    ],
)
def test_only_what_is_surely_granted_is_granted(server, api, changes, state):
    server.answers(Reply(200, consent(**changes)))
    assert api.consent(ID).state is state
    assert asked(server) == ("GET", f"/api/v1/directinvoiceconsents/{ID}")


def test_consents_are_read_page_by_page(server, api):
    one = consent(State="Granted", PhoneNumber="+4511111101", GrantedOn=GRANTED_ON)
    two = {**one, "ConsentId": OTHER}
    server.answers(
        Reply(200, {"GrantedConsents": [one], "PagingState": "a/b+c="}),
        Reply(200, {"grantedConsents": [two], "pagingState": None}),
    )
    first, second = api.consents(OTHER)
    assert (first.id, first.phone) == (ID, "+4511111101")
    assert first.granted_on == datetime(2022, 9, 20, 22, 30, tzinfo=timezone.utc)
    assert second.id == OTHER
    pages = [asked.path for asked in server.asked]
    start = f"/api/v1/directinvoiceconsents?invoiceIssuerId={OTHER}&state=granted"
    assert pages == [start, f"{start}&pagingState=a%2Fb%2Bc%3D"]


def test_a_list_that_does_not_move_on_ends(server, api):
    server.answers(Reply(200, {"GrantedConsents": [], "PagingState": "same"}))
    with pytest.raises(BadAnswer):
        list(api.consents(OTHER))
    assert len(server.asked) == 2


def test_a_consent_without_an_id(server, api):
    server.answers(Reply(200, {}))
    with pytest.raises(OutcomeUnknown):
        api.ask_consent(ID)
    with pytest.raises(BadAnswer):
        api.consent(ID)


NOT_WHOLE = [b"", {}, [], {"GrantedConsents": None}, {"Consents": []}, b"<html>"]


@pytest.mark.parametrize("body", [*NOT_WHOLE, {"GrantedConsents": ["rubbish"]}])
def test_a_list_that_cannot_be_read_is_no_empty_one(server, api, body):
    """Else what is not in it would be taken as withdrawn."""
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        list(api.consents(OTHER))
