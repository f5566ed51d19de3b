from itertools import product

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import vault


class MobilepaySecret(models.Model):
    """A secret of a connection, encrypted, one row per purpose.

    Nobody has access rights to this model: only the addon's own code reads it,
    as superuser. Purposes: ``client`` (OpenID Connect client secret),
    ``gateway`` (x-ibm-client-secret), ``callback`` (what MobilePay shows when
    it calls us), ``callback_next`` (what it will show after the next Connect),
    ``callback_old`` (what it showed before, for reports that are on their way),
    ``reporting`` (the key for transaction reporting, where one is used),
    ``monitor`` (what a monitor shows when it asks how the connection is doing).
    """

    _name = "mobilepay.secret"
    _description = "MobilePay Secret"
    _log_access = False

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, index=True, ondelete="cascade"
    )
    purpose = fields.Selection(
        [
            ("client", "OpenID client"),
            ("gateway", "Gateway"),
            ("callback", "Callback"),
            ("callback_next", "Callback, to be registered"),
            ("callback_old", "Callback, for what is on its way"),
            ("reporting", "Transaction reporting"),
            ("monitor", "Monitor"),
        ],
        required=True,
    )
    ciphertext = fields.Char(required=True, copy=False)

    _purpose_unique = models.Constraint(
        "UNIQUE(connection_id, purpose)", "A connection has one secret per purpose."
    )

    @api.model
    def _put(self, connection, purpose, text):
        """Keep ``text`` as the connection's secret for ``purpose``; '' forgets it.

        :raises UserError: the connection's other secrets cannot be read here: one
            under another key would be lost as soon as their key is put back
        """
        row = self._row(connection, purpose)
        if not text:
            row.unlink()
            return
        self._open_all(connection)
        if row:
            row.ciphertext = self._seal(text)
        else:
            self.sudo().create(
                {
                    "connection_id": connection.id,
                    "purpose": purpose,
                    "ciphertext": self._seal(text),
                }
            )

    @api.model
    def _get(self, connection, purpose):
        """Return the secret, '' where none is kept.

        :raises UserError: the key that encrypted it is not on this machine
        """
        row = self._row(connection, purpose)
        return self._open(row.ciphertext) if row else ""

    @api.model
    def _get_all(self, connection, purposes):
        """Return the connection's secrets by purpose, '' where none is kept.

        Asks and decrypts equally much for any connection, or none: who calls us
        must not learn from the time it takes which paths there are.

        :raises UserError: the key that encrypted them is not on this machine
        """
        # sudo: secrets have no access rights, for anybody
        rows = self.sudo().search_fetch(
            [
                # an empty list would be no query
                ("connection_id", "in", [connection.id or -1]),
                ("purpose", "in", purposes),
            ],
            ["purpose", "ciphertext"],
        )
        kept = {row.purpose: row.ciphertext for row in rows}
        opened = {
            purpose: self._open(kept.get(purpose) or vault.decoy())
            for purpose in purposes
        }
        return {
            purpose: text if purpose in kept else "" for purpose, text in opened.items()
        }

    @api.model
    def _seal(self, text):
        """Encrypt, or say in the user's words that the key is no key."""
        # sudo: secrets have no access rights, for anybody
        first = not self.sudo().search_count([], limit=1)
        try:
            return vault.encrypt(text, make_key=first)
        except vault.KeyMissing as error:
            raise UserError(
                self.env._(
                    "Secrets of MobilePay cannot be stored: the key on this server is"
                    " missing, or not a Fernet key. Let your administrator put it back"
                    " or correct it (option mobilepay_secret_key of odoo.conf, or file"
                    " account_mobilepay.key in Odoo's data folder)."
                )
            ) from error

    @api.model
    def _open(self, ciphertext):
        """Decrypt, or say in the user's words that the key is not here."""
        try:
            return vault.decrypt(ciphertext)
        except vault.KeyMissing as error:
            raise UserError(
                self.env._(
                    "The MobilePay secrets of this database cannot be read: this server"
                    " does not have the key they were stored with. Let your"
                    " administrator put it back (option mobilepay_secret_key of"
                    " odoo.conf, or file account_mobilepay.key in Odoo's data folder)."
                    " Where it is lost for good, press Forget secrets on the MobilePay"
                    " connection, enter them again and connect."
                )
            ) from error

    @api.model
    def _open_all(self, connection):
        """Open all secrets of a connection, to see whether the key is here.

        :raises UserError: it is not
        """
        for row in self._rows(connection):
            self._open(row.ciphertext)

    @api.model
    def _encrypt_anew(self):
        """Encrypt all that is sealed with the first key.

        :return: how many ciphertexts are under it now, and how many no key here opens
        """
        # sudo: secrets and logins have no access rights, for anybody
        secrets = self.sudo().search([("ciphertext", "!=", False)])
        logins = self.env["mobilepay.login"].sudo().search([("sealed", "!=", False)])
        found = [
            self._seal_anew(secrets, ["ciphertext"]),
            self._seal_anew(logins, ["sealed", "answer"]),
            self.env["mobilepay.token"]._encrypt_anew(),
        ]
        return sum(done for done, _left in found), sum(left for _done, left in found)

    @api.model
    def _seal_anew(self, rows, names):
        done = left = 0
        for row, name in product(rows, names):
            if not row[name]:
                continue
            try:
                row[name] = vault.encrypt_anew(row[name])
                done += 1
            except vault.KeyMissing:
                left += 1
        return done, left

    @api.model
    def _forget(self, connection):
        """Drop all secrets of a connection, whether they can be read or not."""
        self._rows(connection).unlink()

    def _rows(self, connection):
        # sudo: secrets have no access rights, for anybody
        return self.sudo().search_fetch(
            [("connection_id", "=", connection.id)], ["purpose", "ciphertext"]
        )

    def _row(self, connection, purpose):
        return self._rows(connection).filtered(lambda row: row.purpose == purpose)
