from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.formats import as_list
from ..connection.mobilepay_token import CONSENT_MONTHS
from ..request.mobilepay_invoice import UNDECIDED_STATES
from ..request.mobilepay_invoice_situation import LATE

# what nobody has looked at for so long is no news any more
RECENT = timedelta(days=30)
HEALTH_FIELDS = (
    "last_callback_on",
    "unheard_since",
    "last_poll_on",
    "oldest_event_on",
    "oldest_request_on",
    "oldest_documents_on",
    "orphan_count",
    "unreadable_count",
    "can_post",
)


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
    # the oldest batch whose PDFs and e-mails were let go, and are not sent
    oldest_documents_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    orphan_count = fields.Integer(compute="_compute_health", compute_sudo=True)
    unreadable_count = fields.Integer(compute="_compute_health", compute_sudo=True)
    # whether journal and payment method are there to post with
    can_post = fields.Boolean(compute="_compute_health", compute_sudo=True)
    # since when news had to be asked for, with no callback after the last answer
    unheard_since = fields.Datetime(compute="_compute_health", compute_sudo=True)
    access_renewed_on = fields.Datetime(compute="_compute_health", compute_sudo=True)
    access_ends_on = fields.Date(
        compute="_compute_health",
        compute_sudo=True,
        help="MobilePay ends an access that was not used for 13 months. Odoo uses it"
        " every day while the connection lives.",
    )

    def _compute_health(self):
        figures = self._health_figures()
        for connection in self:
            found = figures.get(connection.id, {})
            renewed = found.pop("expires_at", None)
            # told by the end of the access token, which lives for minutes
            renewed = renewed and min(renewed, fields.Datetime.now())
            connection.update(
                {
                    **dict.fromkeys(HEALTH_FIELDS, False),
                    **found,
                    "access_renewed_on": renewed,
                    "access_ends_on": renewed
                    and renewed + relativedelta(months=CONSENT_MONTHS),
                }
            )

    def _health_figures(self):
        """Return the figures of each connection by its id, from a single query."""
        self.env["mobilepay.event"].flush_model()
        self.env["mobilepay.invoice"].flush_model()
        self.env["account.move"].flush_model(["sending_data"])
        self.env["account.payment.method.line"].flush_model()
        self.env["account.journal"].flush_model(["active"])
        self.flush_model(["journal_id"])
        # sudo: when access was renewed is no secret
        self.env["mobilepay.token"].sudo().flush_model(["expires_at"])
        late = fields.Datetime.now() - LATE
        query = SQL(
            _FIGURES,
            ids=tuple(self.ids) or (0,),
            undecided=UNDECIDED_STATES,
            late=late,
            recent=fields.Datetime.now() - RECENT,
        )
        return {
            row[0]: dict(zip((*HEALTH_FIELDS, "expires_at"), row[1:], strict=True))
            for row in self.env.execute_query(query)
        }

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


# each from an index of its own, however many events and requests there are
_FIGURES = """
    SELECT c.id, heard.create_date, unheard.create_date, asked.polled_on,
           (
               SELECT MIN(e.create_date)
                 FROM mobilepay_event e
                WHERE e.connection_id = c.id AND e.state = 'new'
           ),
           (
               SELECT MIN(r.create_date)
                 FROM mobilepay_invoice r
                WHERE r.connection_id = c.id AND r.state IN %(undecided)s
           ),
           (
               SELECT MIN(b.create_date)
                 FROM mobilepay_batch b
                 JOIN mobilepay_invoice r ON r.batch_id = b.id
                 JOIN account_move m ON m.id = r.move_id
                WHERE b.create_date > %(recent)s
                  AND r.connection_id = c.id AND r.released
                  AND m.sending_data IS NOT NULL
           ),
           (
               SELECT COUNT(*)
                 FROM mobilepay_event e
                WHERE e.connection_id = c.id AND e.state = 'orphan'
           ),
           (
               SELECT COUNT(*)
                 FROM mobilepay_event e
                WHERE e.connection_id = c.id AND e.state = 'bad'
           ),
           EXISTS (
               SELECT 1
                 FROM account_payment_method_line l
                 JOIN account_payment_method m ON m.id = l.payment_method_id
                 JOIN account_journal j ON j.id = l.journal_id
                WHERE j.id = c.journal_id AND j.active
                  AND m.code = 'mobilepay' AND m.payment_type = 'inbound'
                  AND l.payment_account_id IS NOT NULL
           ),
           token.expires_at
      FROM mobilepay_connection c
 LEFT JOIN mobilepay_token token ON token.connection_id = c.id
 LEFT JOIN LATERAL (
               SELECT e.create_date
                 FROM mobilepay_event e
                WHERE e.connection_id = c.id AND e.source = 'callback'
             ORDER BY e.create_date DESC
                LIMIT 1
           ) heard ON TRUE
 LEFT JOIN LATERAL (
               SELECT e.create_date
                 FROM mobilepay_event e
                WHERE e.connection_id = c.id AND e.source = 'poll'
                  AND e.create_date > COALESCE(heard.create_date, '-infinity')
                  AND e.create_date < %(late)s
                  AND e.state = 'done'
             ORDER BY e.create_date
                LIMIT 1
           ) unheard ON TRUE
 LEFT JOIN LATERAL (
               SELECT r.polled_on
                 FROM mobilepay_invoice r
                WHERE r.connection_id = c.id AND r.polled_on IS NOT NULL
             ORDER BY r.polled_on DESC
                LIMIT 1
           ) asked ON TRUE
     WHERE c.id IN %(ids)s
"""
