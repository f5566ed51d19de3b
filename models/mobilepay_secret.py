from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import vault


class MobilepaySecret(models.Model):
    """A secret of a connection, encrypted, one row per purpose.

    Nobody has access rights to this model: only the addon's own code reads it,
    as superuser. Purposes: ``client`` (OpenID Connect client secret),
    ``gateway`` (x-ibm-client-secret), ``callback`` (what MobilePay shows when
    it calls us).
    """

    _name = "mobilepay.secret"
    _description = "MobilePay Secret"
    _log_access = False

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, index=True, ondelete="cascade"
    )
    purpose = fields.Selection(
        [("client", "OpenID client"), ("gateway", "Gateway"), ("callback", "Callback")],
        required=True,
    )
    ciphertext = fields.Char(required=True, copy=False)

    _purpose_unique = models.Constraint(
        "UNIQUE(connection_id, purpose)", "A connection has one secret per purpose."
    )

    @api.model
    def _put(self, connection, purpose, text):
        """Keep ``text`` as the connection's secret for ``purpose``; '' forgets it."""
        row = self._row(connection, purpose)
        if not text:
            row.unlink()
        elif row:
            row.ciphertext = vault.encrypt(text)
        else:
            self.sudo().create(
                {
                    "connection_id": connection.id,
                    "purpose": purpose,
                    "ciphertext": vault.encrypt(text),
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
    def _open(self, ciphertext):
        """Decrypt, or say in the user's words that the key is missing."""
        try:
            return vault.decrypt(ciphertext)
        except vault.KeyMissing as error:
            raise UserError(
                self.env._(
                    "The MobilePay secrets of this database cannot be read: their key"
                    " is missing on this server. Put back the key (option"
                    " mobilepay_secret_key, or file account_mobilepay.key in Odoo's"
                    " data folder), or enter the secrets and connect again."
                )
            ) from error

    def _row(self, connection, purpose):
        # sudo: secrets have no access rights, for anybody
        return self.sudo().search(
            [("connection_id", "=", connection.id), ("purpose", "=", purpose)]
        )
