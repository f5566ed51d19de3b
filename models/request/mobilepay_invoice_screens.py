from odoo import models

# what static/src/backend/mobilepay_live.js listens to
NEWS = "mobilepay_invoices"
READERS = ("account.group_account_invoice", "account.group_account_readonly")


class MobilepayInvoice(models.Model):
    """Open forms show what MobilePay has told, without being loaded again."""

    _inherit = "mobilepay.invoice"

    def _refresh_screens(self):
        """Tell open forms of these invoices to look again, after the commit.

        All that read invoices hear their ids, and nothing else: what they are, each
        screen asks with the rights of its own user.
        """
        if not self:
            return
        told = {"move_ids": self.move_id.ids}
        for name in READERS:
            self.env.ref(name)._bus_send(NEWS, told)
