import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mobilepay.errors import Rejected
from ...mobilepay.transport.failures import own_words

LIFETIME = timedelta(minutes=10)
LONGEST_TOLD = 300


class MobilepayLogin(models.Model):
    """One login of a user to connect a company to MobilePay.

    Life: ``open`` (the browser is at MobilePay) → ``answered`` (MobilePay's
    answer is parked; it came cross-site, so nobody knows yet whose browser
    brought it) → ``used`` (the user who started took it up, once). A login
    lives ten minutes. Nobody has access rights to this model.
    """

    _name = "mobilepay.login"
    _description = "MobilePay Login"

    key = fields.Char(required=True, help="The state parameter.")
    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    redirect_uri = fields.Char(required=True)
    sealed = fields.Char(help="Nonce and code verifier, encrypted, until it is used.")
    answer = fields.Char(help="What MobilePay answered, encrypted, until it is used.")
    stage = fields.Selection(
        [("open", "Open"), ("answered", "Answered"), ("used", "Used")],
        required=True,
        default="open",
    )
    expires_at = fields.Datetime(required=True)

    _key_unique = models.Constraint("UNIQUE(key)", "A state parameter is used once.")

    @api.model
    def _keep(self, connection, login):
        """Remember an :class:`oidc.Login` for the current user and connection."""
        # sudo: nobody has rights here; connecting was checked by the caller
        return self.sudo().create(
            {
                "key": login.state,
                "connection_id": connection.id,
                "company_id": connection.company_id.id,
                "user_id": self.env.uid,
                "redirect_uri": connection.redirect_uri,
                "sealed": self._seal(
                    {"nonce": login.nonce, "verifier": login.code_verifier}
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
        login = self._find(key)
        if login.stage != "open" or login.expires_at < fields.Datetime.now():
            return
        login.write({"answer": login._seal(answer), "stage": "answered"})

    @api.model
    def _finish(self, key):
        """Connect with the parked answer, for the user who started, once.

        :return: the connection
        :raises UserError: with the reason; then nothing is connected
        """
        login = self._find(key)
        if hindrance := login._hindrance():
            raise UserError(hindrance)
        answer, sealed = login._take_up()
        if answer.get("error"):
            raise UserError(login._refusal_message(answer))
        token_set = login._exchange(answer, sealed)
        with self.env.cr.savepoint():
            login.connection_id._complete(token_set, login.user_id)
        # sudo ends here: what the user does next, he does with his own rights
        return login.connection_id.sudo(False)

    def _take_up(self):
        """Mark the login as used, for good, and return what it held, opened."""
        if not self.try_lock_for_update():
            raise UserError(self.env._("This answer is being used already."))
        held = self._open(self.answer), self._open(self.sealed)
        self.write({"stage": "used", "answer": False, "sealed": False})
        # from here on a second try, or Odoo's own retry, finds it used
        self.env["mobilepay.worker"]._commit()
        return held

    def _seal(self, content):
        return self.env["mobilepay.secret"]._seal(json.dumps(content))

    def _open(self, ciphertext):
        return json.loads(self.env["mobilepay.secret"]._open(ciphertext))

    def _hindrance(self):
        """Return why this answer may not connect, '' if it may."""
        own = self.connection_id.sudo(False)
        if not self:
            return self.env._("This answer was not asked for. Press Connect once more.")
        if self.user_id != self.env.user:
            return self.env._(
                "Another user started this connection. Press Connect yourself."
            )
        if self.stage == "used":
            return self.env._("This answer was used already. Press Connect once more.")
        if self.expires_at < fields.Datetime.now():
            return self.env._(
                "It took longer than ten minutes. Press Connect once more."
            )
        if self.stage != "answered":
            return self.env._("MobilePay has not answered. Press Connect once more.")
        if self.company_id != own.sudo().company_id or not own.has_access("write"):
            return self.env._(
                "You may not connect this company. Ask your administrator."
            )
        if not own.active or own.state == "connected":
            return self.env._(
                "Meanwhile this connection was connected or archived, so this answer"
                " is not needed any more."
            )
        return ""

    def _exchange(self, answer, sealed):
        """Trade code and ID token for tokens; all checks are the wire's."""
        connection = self.connection_id
        with (
            connection._raise_as_user_error(self._exchange_message),
            connection._provider() as provider,
        ):
            return provider.finish(
                code=answer.get("code", ""),
                id_token=answer.get("id_token", ""),
                redirect_uri=self.redirect_uri,
                nonce=sealed["nonce"],
                code_verifier=sealed["verifier"],
            )

    def _exchange_message(self, error):
        """Return why MobilePay did not trade the code, and what to do."""
        if isinstance(error, Rejected) and error.code == "no_refresh_token":
            return self.env._(
                "MobilePay gave no lasting access, so nothing was connected. Ask"
                " MobilePay's developer support to allow the scope offline_access for"
                " your OpenID client."
            )
        if isinstance(error, Rejected):
            return self.env._(
                "MobilePay did not accept the answer of its own login page, so nothing"
                " was connected (%s). Press Connect once more.",
                error.code or error.message,
            )
        return self.connection_id._connecting_message(error)

    def _refusal_message(self, answer):
        if answer["error"] == "access_denied":
            return self.env._(
                "Consent was refused at MobilePay, so nothing was connected. Press"
                " Connect again when the merchant agrees."
            )
        secrets = [answer.get("code"), answer.get("id_token")]
        told = [
            own_words(answer.get(name), secrets=secrets)
            for name in ("error", "error_description")
        ]
        return self.env._(
            "MobilePay answered with an error, so nothing was connected: %s. Press"
            " Connect once more; if it happens again, tell MobilePay's developer"
            " support.",
            " ".join(filter(None, told))[:LONGEST_TOLD],
        )

    def _find(self, key):
        # sudo: nobody has rights here; the key is the proof
        logins = self.sudo()
        # PostgreSQL knows no NUL
        known = key and "\0" not in key
        return logins.search([("key", "=", key)]) if known else logins.browse()

    @api.autovacuum
    def _gc_attempts(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.sudo().search([("expires_at", "<", limit)]).unlink()
