from odoo import api, fields, models


class MobilepayLogin(models.Model):
    """A login to connect that began in the set-up ends there, too."""

    _inherit = "mobilepay.login"

    onboarding = fields.Boolean(help="Began in the set-up, so it comes back there.")

    @api.model
    def _keep(self, connection, login):
        kept = super()._keep(connection, login)
        kept.onboarding = self.env.context.get("mobilepay_onboarding", False)
        return kept

    @api.model
    def _page_after(self, key, connection):
        """Return the path of the page that shows a connection that was just made."""
        if self._find(key).onboarding:
            return connection._onboarding_path()
        return f"/odoo/mobilepay-connections/{connection.id}"

    @api.model
    def _tell_in_onboarding(self, key, reason):
        """Keep why nothing was connected where the set-up shows it.

        :return: the path of the set-up, '' where this user did not begin there
        """
        login = self._find(key)
        # sudo ends here: only who may connect is told on the connection
        own = login.connection_id.sudo(False)
        if not (
            login.onboarding
            and login.user_id == self.env.user
            and own.has_access("write")
        ):
            return ""
        if own.state != "connected":
            own.onboarding_refusal = reason
        return own._onboarding_path()
