from odoo import api, fields, models
from odoo.tools import html2plaintext

# a new text may hold another reference
TEXT_FIELDS = {"payment_ref", "ref", "narration", "transaction_details", "amount"}
# so many new lines are looked at before the matcher is called
FEW_LINES = 100


class AccountBankStatementLine(models.Model):
    """A bank line that may be a payout of MobilePay.

    New lines are only queued here, however they come; ``mobilepay.matcher`` matches
    them in a step of its own, so that no import ever fails for it.
    """

    _inherit = "account.bank.statement.line"
    _mobilepay_technical = (
        "mobilepay_by_hand",
        "mobilepay_looked_on",
        "mobilepay_state",
    )

    mobilepay_note = fields.Char(
        "What MobilePay's references say",
        readonly=True,
        copy=False,
        help="What the matching with MobilePay's transfers found.",
    )
    mobilepay_looked_on = fields.Datetime(readonly=True, copy=False)
    mobilepay_by_hand = fields.Boolean(
        readonly=True,
        copy=False,
        help="A match was undone by a person: only a person matches it again.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._mobilepay_queue_known()
        return lines

    def write(self, vals):
        if TEXT_FIELDS & vals.keys():
            vals = {**vals, "mobilepay_looked_on": False}
            self._mobilepay_queue()
        return super().write(vals)

    def action_undo_reconciliation(self):
        if not self:
            # Odoo undoes the matches of none whenever an entry is made
            return super().action_undo_reconciliation()
        ours = self.filtered(lambda line: line._mobilepay_items())
        result = super().action_undo_reconciliation()
        ours._mobilepay_stamp(
            mobilepay_by_hand=True,
            mobilepay_note=self.env._(
                "The match was undone. Press Match MobilePay to match it again."
            ),
        )
        return result

    def action_mobilepay_match(self):
        """Match these lines now, those that were undone by hand included.

        Without any, all open lines of the companies that are switched on.
        """
        lines = self or self.search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("journal_id.type", "=", "bank"),
                ("is_reconciled", "=", False),
            ]
        )
        lines.check_access("read")
        self.env["account.move"].check_access("write")
        # sudo: matching writes entries of the bank journal; the right was checked
        return self.env["mobilepay.matcher"].sudo()._match_for_person(lines.sudo())

    def action_mobilepay_open(self):
        """Open the line's entry."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def _mobilepay_queue_known(self):
        """Have the matcher look at new lines at once, if one may be MobilePay's.

        To call for a run is a connection to PostgreSQL of its own, dearer than to
        look at a few lines here. The others wait for the next run.
        """
        if self.env.cr.precommit.data.get("mobilepay_match"):
            return
        named = self.env["mobilepay.connection"]._named_bank_journals()
        lines = self.filtered(lambda line: line.journal_id.id in named)
        few = len(lines) <= FEW_LINES
        if lines and not (few and self.env["mobilepay.bank.clue"]._is_strange(lines)):
            lines._mobilepay_queue()

    def _mobilepay_queue(self):
        """Have the matcher look at lines at once, once per transaction."""
        waiting = self.env.cr.precommit.data
        if not self or waiting.get("mobilepay_match"):
            return
        named = self.env["mobilepay.connection"]._named_bank_journals()
        if not named.isdisjoint(self.journal_id.ids):
            waiting["mobilepay_match"] = True
            # from the cache of external ids: env.ref() asks whether it is still there
            xmlid = "account_mobilepay.cron_match"
            cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
            # sudo: whoever imports statements may not see crons
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    def _mobilepay_stamp(self, **values):
        """Write the matcher's own fields; nothing of the entry changes by it."""
        self.with_context(skip_account_move_synchronization=True).write(values)

    def _mobilepay_items(self):
        """Return those of the lines' journal items on MobilePay's accounts."""
        # sudo: whoever works with the bank may not see connections
        connections = self.env["mobilepay.connection"].sudo()._of_bank(self.journal_id)
        accounts = connections._settlement_accounts()
        return self.move_id.line_ids.filtered(lambda item: item.account_id in accounts)

    def _mobilepay_texts(self):
        """Return every text of a line in which a bank may have put a reference."""
        self.ensure_one()
        narration = html2plaintext(self.narration) if self.narration else ""
        texts = [self.payment_ref, self.ref, narration]
        return [text for text in [*texts, *_leaves(self.transaction_details)] if text]


def _leaves(value):
    """The texts within a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for part in value for text in _leaves(part)]
    return [str(value)] if isinstance(value, str | int) and value else []
