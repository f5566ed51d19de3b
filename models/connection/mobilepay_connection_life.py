import logging
from contextlib import contextmanager

from psycopg2 import errors as pg_errors

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mobilepay import environments, errors

_logger = logging.getLogger(__name__)


class MobilepayConnection(models.Model):
    """How a connection is made, tried, lost and ended."""

    _inherit = "mobilepay.connection"

    # ------------------------------------------------------------------ buttons

    def action_connect(self):
        """Send the browser to MobilePay, where the merchant gives consent."""
        self.ensure_one()
        self.check_access("write")
        self._check_connectable()
        with (
            self._raise_as_user_error(self._connecting_message),
            self._provider() as provider,
        ):
            login = provider.start(
                redirect_uri=self.redirect_uri,
                merchant_vat=environments.merchant_vat(
                    self.merchant_vat, self.country_code
                ),
            )
        self._prepare_callback_secret()
        self.env["mobilepay.login"]._keep(self, login)
        return {"type": "ir.actions.act_url", "url": login.url, "target": "self"}

    def action_disconnect(self):
        """Forget the tokens; what was sent stays as it is."""
        for connection in self:
            connection.check_access("write")
            connection.state = "not_connected"
            connection.activity_unlink(["account_mobilepay.activity_health"])
            connection.message_post(
                body=self.env._(
                    "Disconnected. Until someone connects again, nothing is sent and"
                    " no news of open requests is taken in."
                )
            )
            connection.flush_recordset()
            # last: this cannot be rolled back
            with self._raise_as_user_error():
                self.env["mobilepay.token"]._forget(connection)
        return True

    def action_refresh_issuers(self):
        """Read the merchant's issuers from MobilePay."""
        self.ensure_one()
        self.check_access("write")
        with self._raise_as_user_error(), self._service() as service:
            issuers = service.issuers()
        self.env["mobilepay.issuer"]._take_over(self, issuers)
        return self._notify(
            self.env._("%s issuers were read from MobilePay.", len(issuers))
        )

    def action_test_connection(self):
        """Ask MobilePay who we are: proves tokens, gateway and network at once."""
        self.ensure_one()
        self.check_access("write")
        with self._raise_as_user_error(), self._service() as service:
            merchant = service.merchant()
        return self._notify(
            self.env._("MobilePay answers. Merchant ID %s.", merchant), kind="success"
        )

    def _notify(self, message, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # --------------------------------------------------------------- connecting

    def _check_connectable(self):
        """Whether Connect can begin: not connected, in use, and reachable by https."""
        if self.state == "connected":
            raise UserError(self.env._("This connection is connected already."))
        if not self.active:
            raise UserError(self.env._("This connection is archived. Unarchive it."))
        try:
            environments.check_address(self.redirect_uri)
        except errors.BadAddress:
            raise UserError(
                self.env._(
                    "Odoo's public address is %s, but MobilePay comes back to https://"
                    " addresses only. Let your administrator correct it on this form"
                    " (in developer mode) and have MobilePay register the redirect URI"
                    " that is shown then.",
                    self.base_url,
                )
            ) from None

    def _complete(self, token_set, user):
        """Finish connecting with fresh tokens, or leave everything as it was.

        Asks MobilePay for merchant and issuers, registers the callback, makes
        the journal; the tokens are kept last, when nothing can fail any more.

        :raises UserError: with the reason; nothing is connected then
        """
        self.ensure_one()
        with (
            self._raise_as_user_error(self._connecting_message),
            self._service(token_set.access_token) as service,
        ):
            merchant_id, issuers = self._introduce(service)
            self._register_callback(service)
        self._set_up_after_connect(merchant_id, issuers, user)
        self.env.flush_all()
        with self._raise_as_user_error(self._connecting_message):
            self.env["mobilepay.token"]._store(self, token_set)

    def _introduce(self, service):
        """Ask MobilePay for merchant and issuers; both must be fit for us."""
        merchant_id = service.merchant()
        if self.merchant_id and merchant_id != self.merchant_id and self._is_used():
            raise UserError(
                self.env._(
                    "Consent was given for another merchant than the one whose"
                    " invoices were sent through this connection. Press Connect again"
                    " and choose the same merchant, or archive this connection and"
                    " make a new one."
                )
            )
        issuers = service.issuers()
        if not any(issuer.enabled for issuer in issuers):
            raise UserError(
                self.env._(
                    "This merchant has no enabled invoice issuer. Make one in"
                    " MobilePay's portal, wait for it to be approved, and connect"
                    " again."
                )
            )
        return merchant_id, issuers

    def _set_up_after_connect(self, merchant_id, issuers, user):
        now = fields.Datetime.now()
        self.write(
            {
                "state": "connected",
                "merchant_id": merchant_id,
                "connected_on": now,
                "connected_by_id": user.id,
                "callback_registered_on": now,
            }
        )
        self.env["mobilepay.issuer"]._take_over(self, issuers)
        if not self.journal_id:
            self.journal_id = self.env["account.journal"]._mobilepay_journal(
                self.company_id
            )
        self._propose_settlement()
        self.activity_unlink(["account_mobilepay.activity_consent_lost"])
        # what has waited for it goes on
        for name in ("cron_process", "cron_cancel", "cron_send", "cron_batch"):
            self.env.ref(f"account_mobilepay.{name}")._trigger()

    def _keep_default_issuer(self):
        """Choose another default issuer where it cannot issue any more, and say so."""
        before = self.issuer_id
        if before.enabled:
            return
        self.issuer_id = self.issuer_ids.filtered("enabled")[:1]
        if before:
            self.message_post(
                body=self.env._(
                    "MobilePay no longer lets %(old)s issue invoices. They are now sent"
                    " in the name of %(new)s: choose another default issuer if that is"
                    " wrong.",
                    old=before.name,
                    new=self.issuer_id.name or self.env._("nobody"),
                )
            )

    # -------------------------------------------------------------------- losing

    def _note_consent_lost(self):
        """Remember in a transaction of its own that the merchant must consent again."""
        try:
            with self.env.registry.cursor() as cr:
                # superuser: the caller may be a user who only sends invoices
                own = api.Environment(cr, api.SUPERUSER_ID, {})[self._name]
                if lost := own.browse(self.id)._lock_if_connected():
                    lost.state = "consent_lost"
                    lost._ask_for_consent()
        except pg_errors.SerializationFailure:
            # another worker noted it at this very moment
            return

    def _lock_if_connected(self):
        """Lock and return self; nothing where it is not connected, or locked.

        The one who called MobilePay may hold the row himself: whoever calls
        next finds out again.
        """
        self.env.cr.execute(
            "SELECT id FROM mobilepay_connection WHERE id = %s AND state = 'connected'"
            " FOR NO KEY UPDATE SKIP LOCKED",
            [self.id],
            log_exceptions=False,
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _ask_for_consent(self):
        """Give one person who can connect an activity to do so."""
        person = self._person()
        spoken = self.with_context(lang=person.lang)
        spoken.activity_schedule(
            "account_mobilepay.activity_consent_lost",
            user_id=person.id,
            summary=spoken.env._("Connect to MobilePay again"),
            note=spoken.env._(
                "MobilePay no longer accepts this connection: the consent was revoked"
                " or has expired, or another system connected the same merchant."
                " Open it and press Connect. What is queued waits until then."
            ),
        )

    def _person(self):
        """Return the one user whom MobilePay's troubles are told."""
        people = self.responsible_id | self.connected_by_id
        return people.filtered("active")[:1] or self.env.user

    # -------------------------------------------------------------------- words

    @contextmanager
    def _raise_as_user_error(self, words=None):
        """Turn a :class:`MobilePayError` into a UserError in the user's words.

        :param words: ``words(error)`` gives the text; else ``mobilepay.messages`` does
        """
        try:
            yield
        except errors.MobilePayError as error:
            _logger.info("MobilePay connection %s: %s", self.ids, error.message)
            explain = words or self.env["mobilepay.messages"]._explain
            raise UserError(explain(error)) from None

    def _connecting_message(self, error):
        """Return what went wrong while connecting, and what to do about it."""
        for kind, text in self._all_connecting_messages():
            if isinstance(error, kind):
                return text
        words = self.env["mobilepay.messages"]._explain(error)
        return self.env._("Nothing was connected. %s", words)

    def _all_connecting_messages(self):
        return [
            (errors.InvalidVat, self._vat_message()),
            (
                errors.BadDocument,
                self.env._(
                    "MobilePay's login service does not answer as it should, so"
                    " nothing was connected. Check the OpenID discovery URL if you"
                    " entered one; otherwise press Connect again later."
                ),
            ),
            (
                (errors.Unavailable, errors.OutcomeUnknown),
                self.env._(
                    "MobilePay cannot be reached right now, so nothing was connected."
                    " Press Connect again in a few minutes."
                ),
            ),
        ]

    def _vat_message(self):
        code = self.country_code or "DK"
        field = self._fields["custom_country_code"]
        return self.env._(
            "A merchant in %(country)s has a VAT number of %(code)s and eight digits."
            " Correct it, or choose another environment, and press Connect again.",
            country=dict(field._description_selection(self.env))[code],
            code=code,
        )
