import logging
import time
from datetime import timedelta, timezone

from psycopg2 import errors as pg_errors

from odoo import api, fields, models
from odoo.fields import Domain

from ...mobilepay.errors import ConsentLost, Unavailable

_logger = logging.getLogger(__name__)

# an access token this close to its end is renewed before it is used
MARGIN = timedelta(seconds=30)
# the token endpoint throttles: refusals force one renewal in this time
PATIENCE = timedelta(seconds=60)
LOCK_WAIT = "45s"
ATTEMPTS = 5
# MobilePay ends a consent that was not used for so long (section 2)
CONSENT_MONTHS = 13


class MobilepayToken(models.Model):
    """The tokens of a connection: one row, written only in a cursor of its own.

    MobilePay's refresh tokens are used once: the new one must be on disk
    before anything else can fail, and two workers must not use the same one.
    So every write happens in a second cursor that locks the row, reads it
    again, calls MobilePay and commits, whatever becomes of the caller's
    transaction. The caller's transaction never writes this row.

    Nobody has access rights to this model.
    """

    _name = "mobilepay.token"
    _description = "MobilePay Token"
    _log_access = False

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, ondelete="cascade"
    )
    access_ciphertext = fields.Char(copy=False)
    refresh_ciphertext = fields.Char(copy=False)
    expires_at = fields.Datetime(help="When the access token ends (UTC).")
    forced_on = fields.Datetime(
        help="When a token was last renewed because MobilePay refused it."
    )

    _connection_unique = models.Constraint(
        "UNIQUE(connection_id)", "A connection has one set of tokens."
    )

    @api.model
    def _access_token(self, connection, rejected=""):
        """Return a usable access token, renewed if it is (nearly) expired.

        :param rejected: the token that MobilePay has just answered with 401;
            it is renewed unless another worker has done so meanwhile
        :raises ConsentLost: the merchant has to connect again
        :raises MobilePayError: the token endpoint did not answer well
        """
        answers = {}
        try:
            return self._alone(
                lambda own: own._current_or_renewed(connection.id, rejected, answers)
            )
        except ConsentLost:
            connection._note_consent_lost()
            self._look_anew(connection)
            raise

    def _look_anew(self, connection):
        """Let the caller see the loss, which its own transaction cannot."""
        self.env.cr.postcommit.add(lambda: connection.invalidate_recordset(["state"]))

    @api.model
    def _store(self, connection, token_set):
        """Keep a new set of tokens at once, in its own transaction."""

        def store(own):
            row = own._locked_row(connection.id)
            values = {**own._values(token_set), "forced_on": False}
            if row:
                row.write(values)
            else:
                own.create({"connection_id": connection.id, **values})

        self._alone(store)

    @api.model
    def _forget(self, connection):
        """Drop the tokens of a connection at once, in its own transaction."""
        self._alone(lambda own: own._locked_row(connection.id).unlink())

    @api.model
    def _open_all(self, connection):
        """Open the tokens of a connection, to see whether the key is here.

        :raises UserError: it is not
        """
        # sudo: tokens have no access rights, for anybody
        row = self.sudo()._unlocked_row(connection.id)
        for ciphertext in filter(None, [row.access_ciphertext, row.refresh_ciphertext]):
            self._open(ciphertext)

    @api.model
    def _encrypt_anew(self):
        """Encrypt all tokens with the first key; return how many were, were not."""
        found = [
            self._alone(lambda own, held=row.connection_id.id: own._seal_anew(held))
            # sudo: tokens have no access rights, for anybody
            for row in self.sudo().search([])
        ]
        return sum(done for done, _left in found), sum(left for _done, left in found)

    def _seal_anew(self, connection_id):
        row = self._locked_row(connection_id)
        return self.env["mobilepay.secret"]._seal_anew(
            row, ("access_ciphertext", "refresh_ciphertext")
        )

    @api.model
    def _alone(self, work):
        """Do ``work(model)`` in a transaction of its own, committed at the end.

        Done again where another worker wrote the row while we waited for it:
        what it wrote is only seen in a new transaction. What MobilePay answered
        meanwhile is for ``work`` to remember: it cannot be asked again.

        :raises Unavailable: the row stayed locked for too long
        """
        for _attempt in range(ATTEMPTS):
            try:
                with self.env.registry.cursor() as cr:
                    # superuser: nobody else may read or write tokens
                    return work(api.Environment(cr, api.SUPERUSER_ID, {})[self._name])
            except pg_errors.SerializationFailure:
                continue
            except pg_errors.LockNotAvailable:
                break
        raise Unavailable("The access token is being renewed by another process.")

    def _current_or_renewed(self, connection_id, rejected, answers):
        """Return the access token of the row, renewed where that is needed.

        :param answers: what MobilePay gave for which refresh token so far
        """
        row = self._consented_row(connection_id)
        if row and not row._needs_renewal(rejected):
            return row._open(row.access_ciphertext)
        row = self._locked_row(connection_id)
        if not row:
            raise ConsentLost("This connection has no tokens.")
        if row.connection_id.state == "consent_lost":
            # until somebody connects again, MobilePay would say the same
            raise ConsentLost("The merchant has not consented again.")
        if not row._needs_renewal(rejected):
            return row._open(row.access_ciphertext)
        return row._renew(row._lives(), answers)

    def _needs_renewal(self, rejected):
        if not self._lives():
            return True
        if not rejected or rejected != self._open(self.access_ciphertext):
            return False
        # a new token that is refused, too, is not to blame: the gateway's keys are
        return not self.forced_on or self.forced_on + PATIENCE <= fields.Datetime.now()

    def _lives(self):
        """Whether the access token can be used for a while."""
        return self.expires_at - MARGIN > fields.Datetime.now()

    def _renew(self, forced, answers):
        """Use the refresh token, keep the new pair, return the access token.

        :param forced: the token was refused before its time
        """
        started = time.monotonic()
        spent = self._open(self.refresh_ciphertext)
        if spent not in answers:
            with self.connection_id._provider() as provider:
                answers[spent] = provider.refresh(spent)
        token_set = answers[spent]
        values = self._values(token_set)
        if forced:
            values["forced_on"] = fields.Datetime.now()
        self.write(values)
        _logger.info(
            "MobilePay connection %s: access token renewed in %.0f ms",
            self.connection_id.id,
            1000 * (time.monotonic() - started),
        )
        return token_set.access_token

    def _values(self, token_set):
        seal = self.env["mobilepay.secret"]._seal
        return {
            "access_ciphertext": seal(token_set.access_token),
            "refresh_ciphertext": seal(token_set.refresh_token),
            "expires_at": token_set.expires_at.astimezone(timezone.utc).replace(
                tzinfo=None, microsecond=0
            ),
        }

    def _open(self, ciphertext):
        return self.env["mobilepay.secret"]._open(ciphertext)

    def _unlocked_row(self, connection_id):
        return self.search([("connection_id", "=", connection_id)])

    def _consented_row(self, connection_id):
        return self.search(
            Domain("connection_id", "=", connection_id)
            & Domain("connection_id.state", "!=", "consent_lost")
        )

    def _locked_row(self, connection_id):
        """Lock the row, waiting for whoever holds it, and return it as it is now."""
        self.env.cr.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
        self.env.cr.execute(
            "SELECT id FROM mobilepay_token WHERE connection_id = %s FOR UPDATE",
            [connection_id],
            log_exceptions=False,
        )
        found = self.env.cr.fetchone()
        row = self.browse(found[0]) if found else self.browse()
        row.invalidate_recordset()
        return row
