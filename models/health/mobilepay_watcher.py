from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime, html2plaintext

from ..base.formats import as_list
from ..request.mobilepay_invoice_situation import LATE
from .mobilepay_connection import RECENT

# the consent ends by itself in so many days
SOON = 60
CRON_FIELDS = (
    "cron_name",
    "active",
    "failure_count",
    "first_failure_date",
    "interval_type",
    "interval_number",
    "nextcall",
)


class MobilepayWatcher(models.AbstractModel):
    """Sees what needs a person, says it in words, and calls the person.

    Each check returns what is wrong and what to do next, or ''. The connection's
    form shows them as they are; an hourly cron gives the responsible user one
    activity, keeps its text up to date, and takes it away when all is well.
    """

    _name = "mobilepay.watcher"
    _description = "MobilePay Watcher"

    @api.model
    def _problems(self, connection):
        """Return what is wrong with a connection, worst first, as a list of texts."""
        return list(self._troubles(connection).values())

    @api.model
    def _troubles(self, connection):
        """Return what is wrong with a connection, worst first: texts by their kind.

        Nothing where it is not connected: its form says that, and what to do.
        """
        if connection.state != "connected" or not connection.active:
            return {}
        # sudo: the checks count what its reader may not see, a cron for example
        connection = connection.sudo()
        checks = (
            self._crons_problem,
            self._books_problem,
            self._event_problem,
            self._request_problem,
            self._documents_problem,
            self._callback_problem,
            self._access_problem,
            self._reporting_problem,
            self._unreadable_problem,
            self._orphan_problem,
        )
        # the kind is for machines: "crons" of _crons_problem
        return {
            check.__name__.strip("_").removesuffix("_problem"): text
            for check in checks
            if (text := check(connection))
        }

    # -------------------------------------------------------------------- checks

    def _crons_problem(self, connection):
        """A scheduled action that is off, fails, or is not run at all."""
        for cron in self._crons():
            if text := self._cron_problem(cron):
                return text
        return ""

    def _crons(self):
        """Return the addon's scheduled actions, switched on or not."""
        # sudo: scheduled actions are for system administrators
        Cron = self.env["ir.cron"].sudo().with_context(active_test=False)
        names = self.env["ir.model.data"].sudo()
        ours = Domain("module", "=", "account_mobilepay") & Domain(
            "model", "=", "ir.cron"
        )
        rows = names._search(ours).subselect("res_id")
        return Cron.search_fetch([("id", "in", rows)], CRON_FIELDS, order="id")

    def _count_idle_crons(self):
        """Return how many scheduled actions are off, fail or are overdue."""
        return sum(bool(self._cron_problem(cron)) for cron in self._crons())

    def _cron_problem(self, cron):
        if not cron.active:
            return self.env._(
                "The scheduled action “%s” is switched off. Ask an administrator to"
                " switch it on in Settings, Technical, Scheduled Actions.",
                cron.name,
            )
        if cron.failure_count:
            return self.env._(
                "The scheduled action “%(name)s” fails since %(moment)s; number of"
                " failures: %(count)s. Odoo goes on trying; ask an administrator for"
                " the reason, which is in the server's log.",
                name=cron.name,
                count=cron.failure_count,
                moment=self._moment(cron.first_failure_date),
            )
        if self._is_overdue(cron):
            return self.env._(
                "Odoo's scheduled actions do not run: “%(name)s” is due since"
                " %(moment)s. Ask an administrator to start Odoo with cron workers"
                " (max_cron_threads).",
                name=cron.name,
                moment=self._moment(cron.nextcall),
            )
        return ""

    def _is_overdue(self, cron):
        interval = timedelta(**{cron.interval_type: cron.interval_number})
        return cron.nextcall < fields.Datetime.now() - max(interval, LATE)

    def _books_problem(self, connection):
        """Money that comes could not be posted."""
        return "" if connection.can_post else connection._booking_hindrance()

    def _event_problem(self, connection):
        if not self._is_late(connection.oldest_event_on):
            return ""
        oldest = self.env["mobilepay.event"].search(
            [("connection_id", "=", connection.id), ("state", "=", "new")],
            order="create_date, id",
            limit=1,
        )
        return self.env._(
            "News of MobilePay wait since %(moment)s. %(reason)s Odoo goes on trying;"
            " “Process again” in Configuration ▸ MobilePay ▸ Events does so at once.",
            moment=self._moment(connection.oldest_event_on),
            reason=oldest.reason or "",
        )

    def _request_problem(self, connection):
        if not self._is_late(connection.oldest_request_on):
            return ""
        return self.env._(
            "A request is on its way to MobilePay since %s. Odoo goes on trying; open"
            " MobilePay Requests to see why it is not there yet.",
            self._moment(connection.oldest_request_on),
        )

    def _documents_problem(self, connection):
        """PDFs and e-mails that were let go, and that Odoo does not send."""
        if not self._is_late(connection.oldest_documents_on):
            return ""
        # sudo: scheduled actions are for system administrators
        cron = self.env.ref("account.ir_cron_account_move_send").sudo()
        return self._cron_problem(cron) or self.env._(
            "PDFs and e-mails of a batch wait since %s: ask an administrator for the"
            " reason, which is in the server's log.",
            self._moment(connection.oldest_documents_on),
        )

    def _callback_problem(self, connection):
        """News had to be asked for, and no callback has come since."""
        if not connection.unheard_since:
            return ""
        return self.env._(
            "MobilePay's callbacks do not arrive: since %s, Odoo had to ask for news."
            " Check that the callback URL can be reached from the internet, then press"
            " “Renew the secret” to register it again. Payments are found by asking"
            " meanwhile, later than usual.",
            self._moment(connection.unheard_since),
        )

    def _access_problem(self, connection):
        ends = connection.access_ends_on
        if not ends or ends > fields.Date.add(fields.Date.today(), days=SOON):
            return ""
        return self.env._(
            "The access to MobilePay was not used for long and ends on %s. Press “Test"
            " connection” to renew it.",
            format_date(self.env, ends),
        )

    def _reporting_problem(self, connection):
        return connection.reporting_problem or ""

    def _unreadable_problem(self, connection):
        count = connection.unreadable_count and self._recent(connection, "bad")
        if not count:
            return ""
        return self.env._(
            "Messages from MobilePay that could not be read or were not confirmed: %s."
            " On page Health press “Show them” to see why, and process them again.",
            count,
        )

    def _orphan_problem(self, connection):
        count = connection.orphan_count and self._recent(connection, "orphan")
        if not count:
            return ""
        return self.env._(
            "Messages from MobilePay that belong to no request in Odoo: %s. Another"
            " system uses the same merchant, or this database was restored from a"
            " backup. On page Health press “Show them” to look at them.",
            count,
        )

    def _recent(self, connection, state):
        since = fields.Datetime.now() - RECENT
        return self.env["mobilepay.event"].search_count(
            [
                ("connection_id", "=", connection.id),
                ("state", "=", state),
                ("create_date", ">=", since),
            ]
        )

    def _is_late(self, moment):
        return bool(moment) and moment < fields.Datetime.now() - LATE

    def _moment(self, moment):
        return format_datetime(self.env, moment)

    # ---------------------------------------------------------------------- cron

    @api.model
    def _cron_watch(self):
        """Call a person where something is wrong, one activity a connection."""
        Cron = self.env["ir.cron"]
        connections = self.env["mobilepay.connection"].search(
            [("state", "!=", "not_connected")]
        )
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            self._watch(connection.with_company(connection.company_id))
            if not Cron._commit_progress(1):
                return

    def _watch(self, connection):
        problems = as_list(self._problems(connection))
        kind = "account_mobilepay.activity_health"
        told = connection.activity_search([kind])
        if not problems:
            told.unlink()
            return
        person = connection._person()
        spoken = connection.with_context(lang=person.lang, tz=person.tz)
        problems = as_list(spoken.env["mobilepay.watcher"]._problems(spoken))
        if told:
            # a stored text was cleaned: an apostrophe is written in another way
            if html2plaintext(told[0].note) != html2plaintext(problems):
                told[0].note = problems
        else:
            spoken.activity_schedule(
                kind,
                user_id=person.id,
                summary=spoken.env._("MobilePay needs your attention"),
                note=problems,
            )
