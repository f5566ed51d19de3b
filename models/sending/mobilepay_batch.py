from collections import Counter

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_datetime


class MobilepayBatch(models.Model):
    """Many invoices that a person sent together: what became of each, counted.

    Made by the list's Send; its requests are sent in few calls by
    ``mobilepay.batch_sender``. A batch is never finished by its own word: what
    it shows is counted from its requests at the moment of looking.
    """

    _name = "mobilepay.batch"
    _description = "MobilePay Batch"
    _order = "id desc"
    _mobilepay_technical = ("prepared",)

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, index=True)
    user_id = fields.Many2one("res.users", "Sent by", required=True)
    move_ids = fields.Many2many("account.move", string="Invoices", readonly=True)
    request_ids = fields.One2many("mobilepay.invoice", "batch_id", readonly=True)
    prepared = fields.Boolean(
        readonly=True, help="Each invoice has its request, or the reason why not."
    )
    move_count = fields.Integer("Number of Invoices", compute="_compute_counts")
    waiting_count = fields.Integer("Not Sent Yet", compute="_compute_counts")
    out_count = fields.Integer("At MobilePay", compute="_compute_counts")
    refused_count = fields.Integer("Refused", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", aggregator=None)
    mailed_count = fields.Integer("E-mailed", compute="_compute_mail_counts")
    unmailed_count = fields.Integer("Not e-mailed", compute="_compute_mail_counts")
    mail_waiting_count = fields.Integer(
        "E-mail waiting", compute="_compute_mail_counts"
    )

    _unprepared_index = models.Index("(id) WHERE prepared IS NOT TRUE")

    def _compute_name(self):
        for batch in self:
            batch.name = self.env._(
                "Batch %(number)s of %(moment)s",
                number=batch.id,
                moment=format_datetime(self.env, batch.create_date),
            )

    @api.depends("request_ids.state", "request_ids.mobilepay_id", "move_ids")
    def _compute_counts(self):
        for batch in self:
            requests = batch.request_ids
            waiting = requests.filtered(batch._waits)
            refused = requests.filtered(lambda r: r.state == "invalid")
            missing = 0 if batch.prepared else len(batch.move_ids - requests.move_id)
            batch.move_count = len(batch.move_ids)
            batch.waiting_count = len(waiting) + missing
            batch.refused_count = len(refused)
            batch.out_count = len(requests) - len(waiting) - len(refused)
            documents = requests.filtered(lambda r: r._waits_for_documents())
            done = len(requests - waiting - documents)
            batch.progress = 100.0 * done / (len(requests) + missing or 1)

    @api.depends("request_ids.mail_state")
    def _compute_mail_counts(self):
        for batch in self:
            counted = Counter(batch.request_ids.mapped("mail_state"))
            batch.mailed_count = counted["sent"]
            batch.unmailed_count = counted["failed"]
            batch.mail_waiting_count = counted["waiting"]

    @staticmethod
    def _waits(request):
        return request.state in ("queued", "unconfirmed") or (
            request.state == "sending" and not request.mobilepay_id
        )

    def action_open_requests(self):
        """Open the requests of the batch."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "mobilepay.invoice",
            "domain": [("batch_id", "=", self.id)],
            "view_mode": "list,form",
        }

    def action_open_refused(self):
        """Open the requests of the batch that were refused, to be corrected."""
        action = self.action_open_requests()
        action["domain"] = [("batch_id", "=", self.id), ("state", "=", "invalid")]
        return action

    def action_refresh(self):
        """Show the counts as they are now."""
        return True

    @api.model
    def _start(self, moves):
        """Make one batch per company and have it sent; return the batches."""
        # sudo: batches are written by the system; sending was checked
        batches = self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "move_ids": [Command.set(of_company.ids)],
                }
                for company, of_company in moves.grouped("company_id").items()
            ]
        )
        self.env.ref("account_mobilepay.cron_batch").sudo()._trigger()
        return batches

    def _release(self, moves, outcome):
        """Let PDF and e-mail of invoices go through Odoo's own sending."""
        moves.sending_data = {
            "author_user_id": self.user_id.id,
            "author_partner_id": self.user_id.partner_id.id,
            outcome: True,
        }
