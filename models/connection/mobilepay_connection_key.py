from odoo import fields, models
from odoo.exceptions import UserError


class MobilepayConnection(models.Model):
    """What is seen and done about the key that the secrets are encrypted with."""

    _inherit = "mobilepay.connection"

    key_problem = fields.Char(compute="_compute_key_problem")

    # depends on nothing: the key is no record
    def _compute_key_problem(self):
        for connection in self:
            connection.key_problem = connection._key_problem()

    def _key_problem(self):
        """Return why this server cannot read the connection's secrets, '' if it can."""
        try:
            self.env["mobilepay.secret"]._open_all(self._origin)
            self.env["mobilepay.token"]._open_all(self._origin)
        except UserError as error:
            return str(error)
        return ""

    def action_encrypt_anew(self):
        """Encrypt all that is kept secret with the first key of this server."""
        self.check_access("write")
        done, left = self.env["mobilepay.secret"]._encrypt_anew()
        if left:
            return self._notify(
                self.env._(
                    "%(left)s secrets cannot be read with any key of this server and"
                    " stay as they are; %(done)s were encrypted anew. Keep the old key"
                    " until all can be read.",
                    left=left,
                    done=done,
                ),
                kind="warning",
            )
        return self._notify(
            self.env._(
                "All %s secrets are encrypted with the first key now. Your"
                " administrator can take older keys away.",
                done,
            ),
            kind="success",
        )

    def action_forget_secrets(self):
        """Disconnect and drop all secrets, so that they can be entered again."""
        for connection in self:
            connection.check_access("write")
            connection.action_disconnect()
            self.env["mobilepay.secret"]._forget(connection)
        return True

    def _forget_misdirected(self):
        """Drop what was entered for other addresses than those of now.

        Who names the host that secrets are sent to could read them there: only
        who knows them may use them with it.
        """
        self.env["mobilepay.secret"]._forget(self)
        self.env["mobilepay.token"]._forget(self)
