import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import vault

_logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=10)


class MobilepayAttempt(models.Model):
    """One attempt of a user to connect a company to MobilePay.

    Life: ``open`` (the browser is at MobilePay) → ``answered`` (MobilePay's
    answer is parked; it came cross-site, so nobody knows yet whose browser
    brought it) → ``used`` (the user who started took it up, once). An attempt
    lives ten minutes. Nobody has access rights to this model.
    """

    _name = "mobilepay.attempt"
    _description = "MobilePay Connection Attempt"

    key = fields.Char(required=True, help="The state parameter.")
    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    redirect_uri = fields.Char(required=True)
    sealed = fields.Char(required=True, help="Nonce and code verifier, encrypted.")
    answer = fields.Char(help="What MobilePay answered, encrypted.")
    stage = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("used", "Used")],
        required=True,
        default="open",
    )
    expires_at = fields.Datetime(required=True)

    _key_unique = models.Constraint("UNIQUE(key)", "A state parameter is used once.")

    @api.model
    def _keep(self, connection, attempt):
        """Remember an :class:`oidc.Attempt` for the current user and connection."""
        # sudo: nobody has rights here; connecting was checked by the caller
        return self.sudo().create(
            {
                "key": attempt.state,
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "user_id": self.env.uid,
                "redirect_uri": connection.redirect_uri,
                "sealed": vault.encrypt(
                    json.dumps(
                        {"nonce": attempt.nonce, "verifier": attempt.code_verifier}
                    )
                ),
                "expires_at": fields.Datetime.now() + LIFETIME,
            }
        )

    @api.model
    def _park(self, key, answer):
        """Keep MobilePay's answer under its state; only the first one counts.

        :param answer: the parameters ``code``, ``id_token``, ``error`` and
            ``error_description`` as they came, of any or no truth
        """
        attempt = self._find(key)
        if attempt.stage != "open" or attempt.expires_at < fields.Datetime.now():
            return
        attempt.write(
            {"answer": vault.encrypt(json.dumps(answer)), "stage": "answered"}
        )

    @api.model
    def _finish(self, key):
        """Connect with the parked answer, for the user who started, once.

        :return: the connection
        :raises UserError: with the reason; then nothing is connected
        """
        attempt = self._take_up(key)
        answer = json.loads(vault.decrypt(attempt.answer))
        if answer.get("error"):
            raise UserError(attempt._refusal_words(answer))
        token_set = attempt._exchange(answer)
        with self.env.cr.savepoint():
            attempt.connection_id._complete(token_set, attempt.user_id)
        # sudo ends here: what the user does next, he does with his own rights
        return attempt.connection_id.sudo(False)

    def _take_up(self, key):
        """Mark the attempt as used, for good, and return it."""
        attempt = self._find(key)
        attempt._check_takeable()
        if not attempt.try_lock_for_update():
            raise UserError(self.env._("This answer is being used already."))
        attempt.stage = "used"
        # from here on a second try, or Odoo's own retry, finds it used
        self.env["mobilepay.invoice"]._commit()
        return attempt

    def _check_takeable(self):
        """Whether this answer may connect: known, fresh, unused, own, answered."""
        if not self:
            raise UserError(
                self.env._("This answer was not asked for. Press Connect once more.")
            )
        if self.user_id != self.env.user or self.company_id not in (
            self.env.user.company_ids
        ):
            raise UserError(
                self.env._(
                    "Another user started this connection. Press Connect yourself."
                )
            )
        if self.stage == "used":
            raise UserError(
                self.env._("This answer was used already. Press Connect once more.")
            )
        if self.expires_at < fields.Datetime.now():
            raise UserError(
                self.env._(
                    "It took longer than ten minutes. Press Connect once more."
                )
            )
        if self.stage != "answered":
            raise UserError(
                self.env._("MobilePay has not answered. Press Connect once more.")
            )

    def _exchange(self, answer):
        """Trade code and ID token for tokens; all checks are the wire's."""
        sealed = json.loads(vault.decrypt(self.sealed))
        connection = self.connection_id
        with connection._spoken_errors():
            return connection._provider().finish(
                code=answer.get("code", ""),
                id_token=answer.get("id_token", ""),
                redirect_uri=self.redirect_uri,
                nonce=sealed["nonce"],
                code_verifier=sealed["verifier"],
            )

    def _refusal_words(self, answer):
        if answer["error"] == "access_denied":
            return self.env._(
                "Consent was refused at MobilePay, so nothing was connected. Press"
                " Connect again when the merchant agrees."
            )
        return self.env._(
            "MobilePay answered with an error, so nothing was connected: %s",
            " ".join(filter(None, [answer["error"], answer.get("error_description")])),
        )

    def _find(self, key):
        # sudo: nobody has rights here; the key is the proof
        return self.sudo().search([("key", "=", key)]) if key else self.sudo().browse()

    @api.autovacuum
    def _gc_attempts(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.sudo().search([("expires_at", "<", limit)]).unlink()
