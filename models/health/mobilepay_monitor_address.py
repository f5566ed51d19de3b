from odoo import fields, models


class MobilepayMonitorAddress(models.AbstractModel):
    """Shows the address for a monitor when it is made; it is stored nowhere."""

    _name = "mobilepay.monitor.address"
    _description = "MobilePay Address for a Monitor"

    # without it, the form's first question would answer nothing
    id = fields.Id()
    address = fields.Char(readonly=True)
