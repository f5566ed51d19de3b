import logging
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.rate_limited_log import RateLimitedLog
from ..request.mobilepay_invoice import UNDECIDED_STATES

_refusals = RateLimitedLog(logging.getLogger(__name__), "MobilePay monitor refused")

KEY_BYTES = 32
# compared in place of a key that is not there, and never a good one
_DECOY = secrets.token_urlsafe(KEY_BYTES)
# nothing is counted further: an answer costs the same however much waits
MOST = 10_000


class MobilepayConnection(models.Model):
    """What a monitor outside may know of a connection: figures, no names, no texts.

    A token is the connection's id and a key, which is kept as a secret is.
    """

    _inherit = "mobilepay.connection"

    def action_renew_monitor_address(self):
        """Show a new address for a monitor, this once; an older one ends."""
        self.ensure_one()
        self.check_access("write")
        key = secrets.token_urlsafe(KEY_BYTES)
        self.env["mobilepay.secret"]._put(self, "monitor", key)
        base = (self.base_url or "").rstrip("/")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Address for a Monitor"),
            "res_model": "mobilepay.monitor.address",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_address": f"{base}/mobilepay/health?token={self.id}.{key}"
            },
        }

    @api.model
    def _answer_monitor(self, token):
        """Return the HTTP status and what is told to whoever shows this token.

        200 all is well, 503 it is not; 401 says the same for a wrong key, an unknown
        connection and an archived one, after the same work.
        """
        number, _dot, key = token.partition(".")
        connection = self._find_by_number(number)
        if not connection._is_monitor(key):
            _refusals.note("not authentic")
            return 401, {}
        report = connection._report_health()
        return (200 if report["ok"] else 503), report

    def _find_by_number(self, number):
        # a longer one is none of PostgreSQL's
        known = number.isascii() and number.isdecimal() and len(number) < 10
        return self.search([("id", "=", int(number) if known else -1)])

    def _is_monitor(self, key):
        """Whether this is the key; fails closed, the same work for no connection."""
        kept = ""
        try:
            kept = self.env["mobilepay.secret"]._get_all(self, ["monitor"])["monitor"]
        except UserError as error:
            if self:
                _refusals.note("no key", str(error), logging.WARNING)
        same = secrets.compare_digest(
            key.encode("utf-8", "surrogatepass"), (kept or _DECOY).encode()
        )
        return bool(self and kept) and same

    def _report_health(self):
        """Return how the connection is doing; ages are in seconds."""
        Watcher = self.env["mobilepay.watcher"]
        troubles = list(Watcher._troubles(self))
        return {
            "ok": self.state == "connected" and not troubles,
            "connected": self.state == "connected",
            "state": self.state,
            "troubles": troubles,
            "last_callback_age": self._age(self.last_callback_on),
            "last_answer_age": self._age(self.last_poll_on),
            "news_waiting": self._count("mobilepay.event", ["new"]),
            "oldest_news_age": self._age(self.oldest_event_on),
            "requests_waiting": self._count("mobilepay.invoice", UNDECIDED_STATES),
            "oldest_request_age": self._age(self.oldest_request_on),
            "news_for_a_person": self.orphan_count + self.unreadable_count,
            "scheduled_actions_overdue": Watcher._count_idle_crons(),
        }

    def _count(self, model, states):
        return self.env[model].search_count(
            [("connection_id", "=", self.id), ("state", "in", list(states))], limit=MOST
        )

    @api.model
    def _age(self, moment):
        now = fields.Datetime.now()
        return int((now - moment).total_seconds()) if moment else None
