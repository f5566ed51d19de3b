from odoo import fields, models


class BenchRow(models.Model):
    """What the door was given."""

    _name = "bench.row"
    _description = "Row of the bench's door"
    _log_access = False

    body = fields.Text()
