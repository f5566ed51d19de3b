from odoo import api, fields, models
from odoo.fields import Domain

# the sales journal of test invoices, in each company
TEST_JOURNAL = "MPGL"


class MobilepayInvoice(models.Model):
    """Tests: those of a go-live check, and the set-up's own, unless it was paid.

    They stand in no figure, and in no list before somebody asks for them. What a
    real payer paid, on trial or not, is money like any other.
    """

    _inherit = "mobilepay.invoice"

    is_test = fields.Boolean(
        "Test",
        compute="_compute_is_test",
        compute_sudo=True,
        search="_search_is_test",
    )

    # an invoice that was sent stays in its journal: see _look_again
    @api.depends("move_id", "state")
    def _compute_is_test(self):
        for request in self:
            move = request.move_id
            unpaid = request.state != "paid"
            request.is_test = bool(
                move.mobilepay_check_step_id
                or (unpaid and move.journal_id.code == TEST_JOURNAL)
            )

    def _search_is_test(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: whoever sees a request may not see go-live checks
        moves = self.env["account.move"].sudo()
        of_check = moves._search([("mobilepay_check_step_id", "!=", False)])
        of_journal = moves._search([("journal_id.code", "=", TEST_JOURNAL)])
        tests = Domain("move_id", "any!", of_check) | (
            Domain("move_id", "any!", of_journal) & Domain("state", "!=", "paid")
        )
        return Domain.OR(tests if wanted else ~tests for wanted in value)
