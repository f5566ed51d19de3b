from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .mobilepay_invoice import FAILED_THERE

# how long news may wait to be processed, or a request to be sent, unremarked
LATE = timedelta(hours=1)

SITUATIONS = [
    ("waiting", "Waiting for the payer"),
    ("accepted", "Accepted, not paid yet"),
    ("owed", "Paid, not transferred yet"),
    ("refused", "Failed, still to be paid"),
    ("attention", "Needs attention"),
]
# of an invoice on which something is due
DUE_STATES = ("not_paid", "partial")


class MobilepayInvoice(models.Model):
    """What an accountant still has to do with a request, in five groups.

    No request is in two of them; one that is over is in none, and no test is. The
    dashboard, the filters and the text of the next step all ask here.
    """

    _inherit = "mobilepay.invoice"

    situation = fields.Selection(
        SITUATIONS, compute="_compute_situation", search="_search_situation"
    )

    # few of many: most requests are over
    _open_index = models.Index(
        "(connection_id, state) WHERE state IN"
        " ('queued', 'sending', 'unconfirmed', 'created', 'accepted')"
    )
    _refused_index = models.Index(
        "(connection_id, state) WHERE state IN ('invalid', 'rejected', 'expired')"
        " AND superseded IS NOT TRUE"
    )

    # and what is paid or matched meanwhile: see _look_again
    @api.depends(
        "state", "superseded", "payment_id", "transaction_ids.type", "move_id.state"
    )
    def _compute_situation(self):
        self.situation = False
        for name, domain in self._situations().items():
            self.filtered_domain(domain).situation = name

    def _search_situation(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._situations()
        wanted = Domain.OR(domains[name] for name in value if name in domains)
        if False in value:
            wanted |= ~Domain.OR(domains.values())
        return wanted

    @api.model
    def _situations(self):
        """Return the domain of each situation by its name."""
        state = _state_in
        long_ago = Domain("create_date", "<", fields.Datetime.now() - LATE)
        stuck = state("queued", "sending") & long_ago
        unposted = state("paid") & Domain("payment_id", "=", False)
        groups = {
            "waiting": state("created") | (state("queued", "sending") & ~long_ago),
            "accepted": state("accepted"),
            "owed": state("paid") & self._not_paid_out(),
            "refused": state(*FAILED_THERE)
            & Domain("superseded", "=", False)
            & Domain("move_id.state", "=", "posted")
            & Domain("move_id.payment_state", "in", DUE_STATES),
            "attention": state("unconfirmed") | stuck | unposted,
        }
        real = Domain("is_test", "=", False)
        return {name: domain & real for name, domain in groups.items()}

    @api.model
    def _not_paid_out(self):
        """Return the domain of payments that are posted and in no transfer yet.

        One that is matched with the bank is paid out, whether or not MobilePay's
        reporting has told so.
        """
        owed = Domain("mobilepay_invoice_id", "!=", False) & Domain(
            "is_matched", "=", False
        )
        return Domain("payment_id", "any", owed) & Domain(
            "transaction_ids", "not any", Domain("type", "=", "Payment")
        )


def _state_in(*names):
    return Domain("state", "in", names)
