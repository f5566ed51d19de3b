from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models

from .mobilepay_token import CONSENT_MONTHS

# before MobilePay has word of them, or where it is not known whether it has
UNDECIDED_STATES = ("queued", "sending", "unconfirmed")


class MobilepayConnection(models.Model):
    """How a connection is doing, for people: figures, troubles and what to do.

    Computed with all rights: a branch's user sees the parent's connection, not
    the rows that are counted here. Moments are UTC.
    """

    _inherit = "mobilepay.connection"

    health_problems = fields.Html(compute="_compute_health_problems", sanitize=False)
    last_callback_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    last_poll_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    oldest_event_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    oldest_request_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    orphan_count = fields.Integer(compute="_compute_health", compute_sudo=True)
    unreadable_count = fields.Integer(compute="_compute_health", compute_sudo=True)
    access_renewed_on = fields.Datetime(compute="_compute_access", compute_sudo=True)
    access_ends_on = fields.Date(
        compute="_compute_access",
        compute_sudo=True,
        help="MobilePay ends an access that was not used for 13 months. Odoo uses it"
        " every day while the connection lives.",
    )

    def _compute_health(self):
        Event = self.env["mobilepay.event"]
        Request = self.env["mobilepay.invoice"]
        callback = [("source", "=", "callback")]
        undecided = [("state", "in", UNDECIDED_STATES)]
        heard = self._per_connection(Event, callback, "create_date:max")
        asked = self._per_connection(Request, [], "polled_on:max")
        waiting = self._per_connection(
            Event, [("state", "=", "new")], "create_date:min"
        )
        unsent = self._per_connection(Request, undecided, "create_date:min")
        orphans = self._per_connection(Event, [("state", "=", "orphan")], "__count")
        bad = self._per_connection(Event, [("state", "=", "bad")], "__count")
        for connection in self:
            connection.last_callback_on = heard.get(connection.id)
            connection.last_poll_on = asked.get(connection.id)
            connection.oldest_event_on = waiting.get(connection.id)
            connection.oldest_request_on = unsent.get(connection.id)
            connection.orphan_count = orphans.get(connection.id, 0)
            connection.unreadable_count = bad.get(connection.id, 0)

    def _per_connection(self, model, domain, aggregate):
        """Return an aggregate of a model's rows by the connection's id."""
        grouped = model._read_group(
            [("connection_id", "in", self.ids), *domain], ["connection_id"], [aggregate]
        )
        return {connection.id: value for connection, value in grouped}

    def _compute_access(self):
        Token = self.env["mobilepay.token"]
        for connection in self:
            renewed = Token._renewed_on(connection)
            connection.access_renewed_on = renewed
            connection.access_ends_on = renewed and (
                renewed + relativedelta(months=CONSENT_MONTHS)
            )

    @api.depends("state")
    def _compute_health_problems(self):
        Watcher = self.env["mobilepay.watcher"]
        for connection in self:
            connection.health_problems = as_list(Watcher._problems(connection))

    def action_open_attention(self):
        """Open the events that need a person: of nobody, or unreadable."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_mobilepay.action_mobilepay_event"
        )
        return {
            **action,
            "domain": [("connection_id", "=", self.id)],
            "context": {"search_default_attention": 1},
        }


def as_list(texts):
    """Return texts as an HTML list, False where there are none."""
    if not texts:
        return False
    items = Markup("").join(Markup("<li>%s</li>") % text for text in texts)
    return Markup('<ul class="mb-0">%s</ul>') % items
