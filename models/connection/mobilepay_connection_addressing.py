import string
from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...mobilepay import references

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
            ("next", "What is due next, as on the customer's page"),
            ("whole", "One request for the whole invoice"),
            ("each", "One request for each instalment"),
        ],
        string="Payment Terms with Instalments",
        required=True,
        default="next",
        help="Whether the payer is asked for the next instalment or all that is"
        " overdue, as Odoo's customer portal asks, for the whole amount at once, or for"
        " each instalment as its due date comes near.",
    )
    instalment_days = fields.Integer(
        "Ask Instalments Due Within (Days)",
        default=30,
        help="An instalment is sent when it is due within so many days; later ones"
        " follow by themselves.",
    )

    is_default_method = fields.Boolean(
        "Customers Get MobilePay by Default",
        compute="_compute_is_default_method",
        inverse="_inverse_is_default_method",
        help="Customers without a sending method of their own are invoiced with"
        " MobilePay in this company.",
    )

    def _compute_is_default_method(self):
        for connection in self:
            default = self.env["ir.default"]._get(
                "res.partner",
                "invoice_sending_method",
                company_id=connection.company_id.id,
            )
            connection.is_default_method = default == "mobilepay"

    def _inverse_is_default_method(self):
        # sudo: a default of the company, by whoever may change its connection
        Default = self.env["ir.default"].sudo()
        field = self.env["ir.model.fields"]._get(
            "res.partner", "invoice_sending_method"
        )
        for connection in self:
            company = connection.company_id
            if connection.is_default_method:
                Default.set(
                    "res.partner",
                    "invoice_sending_method",
                    "mobilepay",
                    company_id=company.id,
                )
            else:
                Default.search(
                    [
                        ("field_id", "=", field.id),
                        ("company_id", "=", company.id),
                        ("json_value", "=", '"mobilepay"'),
                    ]
                ).unlink()

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

    def _start_of_today(self):
        """Return when the merchant's calendar day began (Odoo's: naive, UTC)."""
        zone = ZoneInfo(self._country().timezone)
        midnight = datetime.combine(self._today(), time.min, zone)
        return midnight.astimezone(timezone.utc).replace(tzinfo=None)

    def _issuer_of(self, move):
        """Return the issuer in whose name ``move`` is sent: chosen, journal's, default.

        Only an enabled one; the first enabled one where the rule's is not.
        """
        chosen = self.env.context.get("mobilepay_issuer_id")
        wanted = (
            self.env["mobilepay.issuer"].browse(chosen)
            or move.journal_id.mobilepay_issuer_id
            or self.issuer_id
        )
        for one in (wanted, self.issuer_id):
            if one.enabled and one.connection_id == self:
                return one
        return self.issuer_ids.filtered("enabled")[:1]

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
