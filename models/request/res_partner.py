from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    invoice_sending_method = fields.Selection(
        selection_add=[("mobilepay", "with MobilePay")],
        help="How Send and Odoo's automatic sending bring invoices to this customer.",
    )
    mobilepay_phone = fields.Char(
        "MobilePay Phone",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="The number of the payer's MobilePay app, if it is not the phone number.",
    )

    def _mobilepay_number(self):
        """Return the number under which this payer has MobilePay, as typed."""
        self.ensure_one()
        # sudo: who may send the invoice may use the number, seen or not
        own = self.sudo()
        payer = own.commercial_partner_id
        return (
            own.mobilepay_phone
            or payer.mobilepay_phone
            or own.phone
            or payer.phone
            or ""
        )

    def _mobilepay_unconfirmed_number(self):
        """Return the number as typed if nobody said that MobilePay is behind it.

        '' where a MobilePay phone was entered: then that one counts.
        """
        own = self.sudo()
        payer = own.commercial_partner_id
        if own.mobilepay_phone or payer.mobilepay_phone:
            return ""
        return own.phone or payer.phone or ""
