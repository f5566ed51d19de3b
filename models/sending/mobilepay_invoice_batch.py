from odoo import fields, models


class MobilepayInvoice(models.Model):
    """What a request keeps of the batch it was sent in."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("released",)

    batch_id = fields.Many2one(
        "mobilepay.batch", readonly=True, copy=False, index="btree_not_null"
    )
    released = fields.Boolean(
        readonly=True,
        copy=False,
        help="PDF and e-mail of this invoice were let go, with the link if there is"
        " one.",
    )

    # how many a payer had today
    _phone_index = models.Index("(phone, create_date) WHERE phone IS NOT NULL")
    _to_release_index = models.Index(
        "(batch_id) WHERE batch_id IS NOT NULL AND released IS NOT TRUE"
    )
