from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..request.account_move import DEPENDS

# as far as e-mails are concerned
MAILS = {
    "mail.message": ("model", "res_id", "is_internal"),
    "mail.notification": (
        *("mail_message_id", "res_partner_id"),
        *("notification_type", "notification_status"),
    ),
}


class AccountMove(models.Model):
    """Payment links that nobody was given."""

    _inherit = "account.move"
    _mobilepay_technical = ("mobilepay_link_untold",)

    mobilepay_link_untold = fields.Boolean(
        "MobilePay Link Given to Nobody",
        compute="_compute_mobilepay_link_untold",
        compute_sudo=True,
        search="_search_mobilepay_link_untold",
    )

    @api.depends(*DEPENDS, "mobilepay_invoice_ids.link_url")
    def _compute_mobilepay_link_untold(self):
        untold = self.search(self._mobilepay_untold() & Domain("id", "in", self.ids))
        for move in self:
            move.mobilepay_link_untold = move._origin in untold

    def _search_mobilepay_link_untold(self, operator, value):
        if operator != "in":
            return NotImplemented
        untold = self._mobilepay_untold()
        return untold if True in value else ~untold

    def _mobilepay_untold(self):
        """Return the domain of invoices with an open link of which no e-mail told.

        What the payer made on our page is told by that.
        """
        for name, read in MAILS.items():
            self.env[name].flush_model(read)
        Request = self.env["mobilepay.invoice"]
        Request.flush_model()
        by_payer = SQL(
            "(r.create_uid = %s AND r.batch_id IS NULL AND NOT EXISTS ("
            "SELECT FROM mobilepay_invoice o"
            " WHERE o.move_id = r.move_id AND o.id < r.id))",
            SUPERUSER_ID,
        )
        return Domain(
            "id",
            "in",
            SQL(
                "(SELECT r.move_id FROM mobilepay_invoice r"
                " WHERE r.state = 'created' AND r.link_url IS NOT NULL"
                " AND r.next_cancel_on IS NULL AND NOT %s AND NOT EXISTS %s)",
                *(by_payer, _TOLD),
            ),
        )


# an e-mail about the invoice that was sent since the link is there; not to colleagues
_TOLD = SQL(
    "(SELECT FROM mail_message s"
    " JOIN mail_notification n ON n.mail_message_id = s.id"
    " JOIN account_move m ON m.id = s.res_id"
    " WHERE s.model = 'account.move' AND s.res_id = r.move_id"
    " AND s.create_date >= r.create_date AND s.is_internal IS NOT TRUE"
    " AND n.notification_type = 'email'"
    " AND n.notification_status NOT IN ('bounce', 'exception', 'canceled')"
    " AND (n.res_partner_id IS NULL OR n.res_partner_id = m.partner_id"
    " OR NOT EXISTS (SELECT FROM res_users u"
    " WHERE u.partner_id = n.res_partner_id AND u.share IS NOT TRUE)))"
)
