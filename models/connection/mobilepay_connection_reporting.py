from odoo import fields, models
from odoo.exceptions import UserError

from ...mobilepay import environments
from ...mobilepay.classic.gateway import connect


class MobilepayConnection(models.Model):
    """How transaction reporting is reached: its version, address and key."""

    _inherit = "mobilepay.connection"

    reporting_version = fields.Selection(
        [
            ("v2", "As usual (v1 and v2)"),
            ("v3", "With an API key (v3)"),
        ],
        string="Transaction Reporting",
        required=True,
        default="v2",
        help="Reporting v3 does not name the invoice a payment belongs to: there,"
        " payments are told by amount and day. Choose it only where MobilePay gave"
        " you nothing but an API key.",
    )
    reporting_key = fields.Char(
        compute="_compute_reporting_key",
        inverse="_inverse_reporting_key",
        copy=False,
        help="A reference access token or an API key from MobilePay's portal. Empty:"
        " the connection's own access is used. Stored encrypted; never shown again.",
    )
    has_reporting_key = fields.Boolean(compute="_compute_reporting_key")

    # depends on nothing: what was typed must survive any other change in the form
    def _compute_reporting_key(self):
        Secret = self.env["mobilepay.secret"]
        for connection in self:
            connection.reporting_key = False
            connection.has_reporting_key = bool(
                Secret._row(connection._origin, "reporting")
            )

    def _inverse_reporting_key(self):
        self._keep_secret("reporting", "reporting_key")

    def action_forget_reporting_key(self):
        """Use the connection's own access for reporting again."""
        self.check_access("write")
        for connection in self:
            self.env["mobilepay.secret"]._put(connection, "reporting", "")
        self._forget_typed()

    def _reporting_base(self):
        known = environments.ENVIRONMENTS.get(self.environment)
        if not known:
            return self.custom_reporting_base
        if self.reporting_version == "v3":
            return known.reporting_v3_base
        return known.reporting_base

    def _has_reporting(self):
        """Whether MobilePay can be asked for transfers here."""
        self.ensure_one()
        key_if_needed = self.reporting_version == "v2" or self.has_reporting_key
        return bool(self._reporting_base() and key_if_needed)

    def _no_reporting_message(self):
        if self.reporting_version == "v3":
            return self.env._("Enter the API key for transaction reporting first.")
        return self.env._(
            "MobilePay's sandbox has no transaction reporting: transfers can be"
            " fetched in production only."
        )

    def _reporting(self):
        """Return the version of reporting and a :class:`Transport` to it.

        :raises UserError: there is no reporting here, or a secret cannot be read
        """
        self.ensure_one()
        if not self._has_reporting():
            raise UserError(self._no_reporting_message())
        Secret = self.env["mobilepay.secret"]
        secrets = Secret._get_all(self, ("reporting", "gateway"))
        key = secrets["reporting"]
        transport = connect(
            self._reporting_base(),
            gateway_id=self.gateway_client_id or "",
            gateway_secret=secrets["gateway"],
            bearer=(lambda _renew: key) if key else self._bearer(),
            gateway=self.reporting_version == "v2",
            heard=self._listener(),
        )
        return self.reporting_version, transport
