import logging

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_actions_report import _wkhtml

_logger = logging.getLogger(__name__)


class AccountMoveSend(models.AbstractModel):
    """PDFs of many invoices: one that cannot be made does not stop the others.

    Odoo makes those of many at once and splits them, for which wkhtmltopdf needs a
    patched Qt, which Debian's has not. There, and where it does not work out, each
    is made by itself.
    """

    _inherit = "account.move.send"

    @api.model
    def _generate_and_send_invoices(self, moves, from_cron=False, **settings):
        own = self.with_context(mobilepay_from_cron=from_cron)
        return super(AccountMoveSend, own)._generate_and_send_invoices(
            moves, from_cron=from_cron, **settings
        )

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        make = super()._prepare_invoice_pdf_report
        if len(invoices_data) == 1 and not self.env.context.get("mobilepay_from_cron"):
            # a person is there to be told
            return make(invoices_data)
        if not self._mobilepay_make_at_once(make, invoices_data):
            for move, data in invoices_data.items():
                self._mobilepay_make_pdf(make, move, data)
        return None

    def _mobilepay_make_at_once(self, make, invoices_data):
        """Let Odoo `make` the PDFs as it does; whether it could."""
        if not _wkhtml().is_patched_qt:
            return False
        try:
            make(invoices_data)
        except UserError as error:
            _logger.info("PDFs are made one by one: %s", error)
            return False
        return True

    def _mobilepay_make_pdf(self, make, move, data):
        """Have Odoo `make` one PDF, or keep on its invoice why there is none."""
        try:
            make({move: data})
        except UserError as error:
            # by a scheduled action it would be tried for ever, and nothing after it
            data["error"] = {"error_title": str(error)}
