from odoo import api, fields, models

from ...models.sending.account_move_send import METHOD
from ...models.sending.mobilepay_prefetch import KNOWN


class AccountMoveSendBatchWizard(models.TransientModel):
    _inherit = "account.move.send.batch.wizard"

    mobilepay_chosen = fields.Boolean(
        "All via MobilePay",
        default=lambda self: self.env.context.get("mobilepay_chosen", False),
        help="Whatever each customer's sending method is. What MobilePay does not take"
        " goes as usual.",
    )
    mobilepay_offered = fields.Boolean(compute="_compute_mobilepay_offered")
    # examined once for what is counted and for what is said
    mobilepay_problems = fields.Json(compute="_compute_mobilepay_problems")

    @api.depends("move_ids")
    def _compute_mobilepay_offered(self):
        for wizard in self:
            companies = wizard.move_ids.company_id
            wizard.mobilepay_offered = any(
                self._is_applicable_to_company(METHOD, company) for company in companies
            )

    @api.depends("mobilepay_chosen")
    def _compute_summary_data(self):
        own = self._mobilepay_knowing()
        result = super(AccountMoveSendBatchWizard, own)._compute_summary_data()
        for wizard in self:
            wizard.summary_data = self._mobilepay_translated(wizard.summary_data)
        return result

    def _mobilepay_translated(self, summary):
        """Return what is counted with the words of the user's language.

        Odoo takes a sending method's as they stand in its source; *manual* is its own.
        """
        method = self.env["res.partner"]._fields["invoice_sending_method"]
        words = dict(method._description_selection(self.env))
        del words["manual"]
        return {
            key: {**counted, "label": words.get(key, counted["label"])}
            for key, counted in (summary or {}).items()
        }

    def _compute_alerts(self):
        own = self._mobilepay_knowing()
        result = super(AccountMoveSendBatchWizard, own)._compute_alerts()
        for wizard in self:
            wizard.alerts = self._mobilepay_without_known(wizard.alerts)
        return result

    def _mobilepay_without_known(self, alerts):
        """Return alerts whose actions hold nothing of what was asked ahead."""
        for alert in (alerts or {}).values():
            action = alert.get("action") or {}
            if KNOWN in action.get("context", {}):
                action["context"] = {**action["context"]}
                del action["context"][KNOWN]
        return alerts

    def _mobilepay_knowing(self):
        """Return the same, knowing ahead what would be asked for each invoice."""
        moves = self.move_ids._origin.sudo()
        connection = self.env["mobilepay.connection"]._for_company(moves[:1].company_id)
        ours = moves.filtered(lambda move: move.company_id == moves[:1].company_id)
        known = self.env["mobilepay.prefetch"].sudo()._prefetch(connection, ours)
        return self.with_context(**known)

    @api.depends("move_ids", "mobilepay_chosen")
    def _compute_mobilepay_problems(self):
        for wizard in self:
            moves = wizard.move_ids._origin
            wished = wizard._mobilepay_wished(moves)
            nothing_typed = dict.fromkeys(wished, {})
            # the wizard's own answers with what is computed here
            send = self.env["account.move.send"]
            problems = send._mobilepay_problems_of_many(wished, nothing_typed)
            wizard.mobilepay_problems = problems

    def _mobilepay_problems_of_many(self, moves, moves_data):
        if len(self) != 1:
            return super()._mobilepay_problems_of_many(moves, moves_data)
        problems = self.mobilepay_problems or {}
        return {int(key): text for key, text in problems.items()}

    def _mobilepay_is_chosen_for(self, move):
        if len(self) == 1 and self.mobilepay_chosen:
            return True
        return super()._mobilepay_is_chosen_for(move)

    def _mobilepay_fits(self, move):
        """What MobilePay would refuse goes the other ways."""
        refused = len(self) == 1 and str(move.id) in (self.mobilepay_problems or {})
        # sudo: whoever sends invoices may not see requests
        if refused and not move.sudo().mobilepay_invoice_ids._standing():
            return False
        return super()._mobilepay_fits(move)

    def _is_applicable_to_move(self, method, move, **move_data):
        """What MobilePay would refuse is not counted as sent with it."""
        if method == METHOD and len(self) == 1:
            return str(move.id) not in (self.mobilepay_problems or {})
        return super()._is_applicable_to_move(method, move, **move_data)

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        """Invoices for MobilePay go first to MobilePay, in few calls.

        Their PDF and e-mail follow through Odoo's own cron, so that the link is
        in them.
        """
        chosen = self.with_context(mobilepay_chosen_for_all=self.mobilepay_chosen)
        result = super(AccountMoveSendBatchWizard, chosen).action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        if force_synchronous:
            return result
        chosen = self._mobilepay_moves()
        if not chosen:
            return result
        # the batch lets the documents go, those of what MobilePay does not take too
        chosen.sending_data = False
        batches = self.env["mobilepay.batch"]._start(chosen)
        return self._mobilepay_show(batches)

    def _mobilepay_moves(self):
        """Return the invoices that are to go with MobilePay."""
        Connection = self.env["mobilepay.connection"]
        connected = self.move_ids.company_id.filtered(Connection._for_company)
        return self.move_ids.filtered(
            lambda move: (
                move.company_id in connected
                and move.move_type == "out_invoice"
                and self._mobilepay_is_chosen_for(move)
                and not move.sudo()._mobilepay_was_asked_for()
            )
        )

    def _mobilepay_show(self, batches):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Sent with MobilePay"),
            "res_model": "mobilepay.batch",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", batches.ids)],
        }
        if len(batches) == 1:
            action.update(res_id=batches.id, views=[(False, "form")])
        return action
