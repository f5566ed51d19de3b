import logging

from psycopg2 import OperationalError

from odoo import api, models

from .mobilepay_invoice import FAILED_THERE

_logger = logging.getLogger(__name__)

KIND = "account_mobilepay.activity_failed"


class MobilepayInvoice(models.Model):
    """Who sells or collects hears of a request that nobody will pay.

    One activity on the invoice, for whom the company chose. It goes away when the
    invoice is asked for anew, or is paid.
    """

    _inherit = "mobilepay.invoice"

    def _tell_failure(self, event):
        """Give somebody an activity; that it fails must not hold up the news."""
        if self.state not in FAILED_THERE or self._is_cared_for():
            return
        person = self._who_collects()
        # whoever has just pressed Send sees it
        seen = event.source == "answer" and not self.batch_id
        if not person or (seen and person == self.env.user):
            return
        try:
            with self.env.cr.savepoint():
                self._schedule_failure(person)
        except OperationalError:
            raise
        except Exception:
            _logger.exception("MobilePay request %s: nobody is told", self.id)

    def _is_cared_for(self):
        """Whether nothing is to be done: replaced, not due any more, or a test."""
        move = self.move_id
        # sudo: whose test it is, is for administrators
        if self.superseded or move.sudo().mobilepay_check_step_id:
            return True
        if not move._mobilepay_may_send():
            return True
        # a link follows by itself
        ladder = self.connection_id.fallback_days > 0 and self.kind == "direct"
        return ladder and self.state != "expired" and not self.renewal_tried

    def _who_collects(self):
        """Return the user to be told, none where the company wants that."""
        rule = self.connection_id.failures_to
        if rule == "nobody":
            return self.env["res.users"]
        seller = self.move_id.invoice_user_id
        if rule == "seller" and self._may_see_invoice(seller):
            return seller
        return self.connection_id._person()

    def _may_see_invoice(self, user):
        company = self.move_id.company_id
        if not user.active or company not in user.company_ids:
            return False
        own = self.move_id.with_user(user)
        return own.with_context(allowed_company_ids=company.ids).has_access("read")

    def _schedule_failure(self, person):
        spoken = self.with_context(lang=person.lang)
        labels = dict(spoken._fields["state"]._description_selection(spoken.env))
        reason = spoken.error_text if spoken.state == "invalid" else ""
        values = {
            "user_id": person.id,
            "summary": f"MobilePay: {labels[spoken.state]}",
            "note": " ".join(filter(None, [reason, spoken.next_step])),
        }
        if told := spoken.move_id.activity_search([KIND])[:1]:
            told.write(values)
        else:
            spoken.move_id.activity_schedule(KIND, **values)

    @api.autovacuum
    def _gc_told_failures(self):
        """Take away what was said of invoices that are paid in another way, say."""
        told = self.env["mail.activity"].search(
            [
                ("activity_type_id", "=", self.env.ref(KIND).id),
                ("res_model", "=", "account.move"),
            ]
        )
        moves = self.env["account.move"].browse(told.mapped("res_id")).exists()
        waiting = moves.filtered(lambda move: move._mobilepay_may_send())
        told.filtered(lambda activity: activity.res_id not in waiting.ids).unlink()
