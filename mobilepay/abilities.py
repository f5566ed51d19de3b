"""By what services differ, for those who may not know which service they speak to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Abilities:
    """What a service can do. Each value is the same for all of a service's users.

    What one merchant of a service may do and another may not is no ability: a refusal
    says so by its :class:`.Reason`.

    :param largest_batch: requests in one call of ``create_batch`` (:class:`.Batches`);
        0 where each is created by a call of its own (:class:`.SingleCalls`)
    :param consents: a payer may be asked for consent (:class:`.Consents`); later
        requests then reach the payer's app directly, and the payer accepts each
    :param agreements: a payer may enter into an agreement; later requests are then
        charged by themselves on their day
    :param direct_by_phone: a phone number is enough to reach a payer's app
    :param lasting_links: the address of a link works as long as the request does;
        without it, nothing leaves when a link is sent, and each press of a payer
        creates a payment of a few minutes
    :param captures: money that a payer has accepted is only reserved, and is ours
        after we have captured it (:class:`.Reservations`)
    :param partial_cancel: a part of a request can be taken back
    :param refunds: money can be paid back by a call (:class:`.Reservations`); without
        it, a person pays it back in MobilePay's portal
    :param idempotent_create: a create call that is sent again with its key answers as
        it did at first; without it, it is refused as a double
    :param own_references: a request is named by us, for good, and its name is
        MobilePay's id of it; without it, MobilePay gives the id
    :param webhooks: news are signed with a secret of MobilePay's
        (:class:`.Webhooks`); without it, they come with a secret that we chose
        (:class:`.Callbacks`)
    :param printed_codes: a code on paper can be read within MobilePay's app
        (:class:`.PrintedCodes`)
    :param settlement: payouts and what they consist of can be asked for
        (:class:`.Settlement`)
    :param simulated_payers: a payer of the test system does all that a payer can
        (:class:`.SimulatedPayer`); without it, such a payer only pays
    """

    largest_batch: int
    consents: bool
    agreements: bool
    direct_by_phone: bool
    lasting_links: bool
    captures: bool
    partial_cancel: bool
    refunds: bool
    idempotent_create: bool
    own_references: bool
    webhooks: bool
    printed_codes: bool
    settlement: bool
    simulated_payers: bool
