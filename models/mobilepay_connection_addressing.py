import string

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..mobilepay import references

PATTERN_NAMES = ("number", "reference", "customer", "year")


class MobilepayConnection(models.Model):
    """How invoices of a company are addressed: reference, issuer, instalments."""

    _inherit = "mobilepay.connection"

    reference_rule = fields.Selection(
        [
            ("payment_reference", "The invoice's payment reference"),
            ("number", "The invoice number"),
            ("pattern", "A pattern"),
        ],
        string="Reference on the Bank Statement",
        required=True,
        default="payment_reference",
        help="What MobilePay writes on your bank statement (PaymentReference). Where"
        " it does not fit in 30 characters, or is taken, the invoice number is used.",
    )
    reference_pattern = fields.Char(
        default="{number}",
        help="May contain {number} (invoice number), {reference} (payment reference),"
        " {customer} (customer's reference) and {year}.",
    )
    reference_preview = fields.Char(compute="_compute_reference_preview")
    instalment_rule = fields.Selection(
        [
            ("whole", "One request for the whole invoice"),
            ("each", "One request for each instalment"),
        ],
        string="Payment Terms with Instalments",
        required=True,
        default="whole",
    )
    instalment_days = fields.Integer(
        "Ask Instalments Due Within (Days)",
        default=30,
        help="An instalment is sent when it is due within so many days; later ones"
        " follow by themselves.",
    )

    @api.depends("reference_rule", "reference_pattern", "company_id")
    def _compute_reference_preview(self):
        for connection in self:
            move = self.env["account.move"].search(
                [
                    ("company_id", "=", connection.company_id.id),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                ],
                order="id desc",
                limit=1,
            )
            connection.reference_preview = (
                connection._reference_of(move) if move else False
            )

    @api.constrains("reference_rule", "reference_pattern")
    def _check_reference_pattern(self):
        for connection in self.filtered(lambda c: c.reference_rule == "pattern"):
            names = _names(connection.reference_pattern or "")
            if (
                not names
                or names - set(PATTERN_NAMES)
                or not names
                & {
                    "number",
                    "reference",
                }
            ):
                raise ValidationError(
                    self.env._(
                        "The pattern must contain {number} or {reference}, and may"
                        " contain {customer} and {year}; nothing else in braces."
                    )
                )

    def _reference_of(self, move):
        """Return what the company's rule makes of ``move``; may be too long."""
        if self.reference_rule == "number":
            return references.clean(move.name or "")
        if self.reference_rule == "pattern":
            return references.clean(
                self.reference_pattern.format(
                    number=move.name or "",
                    reference=move.payment_reference or "",
                    customer=move.commercial_partner_id.ref or "",
                    year=(move.invoice_date or fields.Date.today()).year,
                )
            )
        return references.clean(move.payment_reference or "")


def _names(pattern):
    """Return the names in braces; {''} where the pattern cannot be read."""
    try:
        parsed = list(string.Formatter().parse(pattern))
    except ValueError:
        return {""}
    return {
        name if not (spec or conversion) else ""
        for _text, name, spec, conversion in parsed
        if name is not None
    }
