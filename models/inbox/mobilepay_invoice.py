from odoo import fields, models
from odoo.exceptions import UserError


class MobilepayInvoice(models.Model):
    """What MobilePay has told of a request, and the button that asks for it."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("event_ids",)

    event_ids = fields.One2many("mobilepay.event", "request_id", readonly=True)

    def action_refresh_status(self):
        """Ask MobilePay for the status now; news are processed as events."""
        self.check_access("read")
        asked = self.filtered("mobilepay_id")
        if not asked:
            raise UserError(
                self.env._("MobilePay does not know this request yet. Send it first.")
            )
        # sudo: news are written by the system only
        system = asked.sudo()
        problems = []
        for connection, requests in system.grouped("connection_id").items():
            try:
                with connection._raise_as_user_error():
                    self.env["mobilepay.poller"].sudo()._poll(connection, requests)
            except UserError as error:
                problems.append(str(error))
        self.env["mobilepay.processor"].sudo()._process(system)
        if problems:
            # what was heard before the trouble is kept
            self.env["mobilepay.worker"]._commit()
            raise UserError("\n".join(problems))
        return True
