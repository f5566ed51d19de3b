from odoo import api, fields, models


class MobilepayIssuer(models.Model):
    """An invoice issuer of the merchant: in whose name invoices are sent.

    Issuers are made in MobilePay's portal and only read here. Which transfer
    method an issuer has is not in MobilePay's API: the user says it.
    """

    _name = "mobilepay.issuer"
    _description = "MobilePay Invoice Issuer"
    _order = "enabled desc, name, id"

    name = fields.Char(required=True, readonly=True)
    connection_id = fields.Many2one(
        "mobilepay.connection",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    mobilepay_id = fields.Char("Issuer ID", required=True, readonly=True)
    status = fields.Char(readonly=True, help="What MobilePay says of the issuer.")
    enabled = fields.Boolean(
        compute="_compute_enabled",
        store=True,
        help="Only an enabled issuer can issue invoices.",
    )
    transfer_method = fields.Selection(
        [("daily", "Daily, in one sum"), ("instant", "Instantly, each payment")],
        required=True,
        default="daily",
        help="How MobilePay pays out to your bank. It is chosen per issuer in"
        " MobilePay's portal; say here what was chosen there.",
    )

    _mobilepay_id_unique = models.Constraint(
        "UNIQUE(connection_id, mobilepay_id)", "MobilePay's issuer IDs are unique."
    )

    @api.depends("status")
    def _compute_enabled(self):
        for issuer in self:
            issuer.enabled = (issuer.status or "").lower() == "enabled"

    @api.model
    def _take_over(self, connection, issuers):
        """Make our issuers those that MobilePay named; vanished ones are disabled.

        :param issuers: list of :class:`types.Issuer`
        """
        known = {issuer.mobilepay_id: issuer for issuer in connection.issuer_ids}
        for issuer in {issuer.id: issuer for issuer in issuers}.values():
            values = {"name": issuer.name or issuer.id, "status": issuer.status}
            if row := known.pop(issuer.id, None):
                row.write(values)
            else:
                self.create(
                    {
                        "connection_id": connection.id,
                        "mobilepay_id": issuer.id,
                        "transfer_method": _guess_transfer_method(issuer.name),
                        **values,
                    }
                )
        for row in known.values():
            row.status = "disabled"
        connection._keep_default_issuer()


def _guess_transfer_method(name):
    """Merchants often name issuers by it; the user corrects what is wrong."""
    return "instant" if "instant" in (name or "").lower() else "daily"
