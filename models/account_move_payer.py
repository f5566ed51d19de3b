from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.urls import urljoin

from ..tools.qr import qr_data_uri
from .mobilepay_invoice import LIVE_STATES

MAX_POLLS_BY_PAYER = 12


class AccountMove(models.Model):
    """Where the payer meets the bill: PDF, e-mail and portal."""

    _inherit = "account.move"

    mobilepay_link_text = fields.Char(
        "Link with Text",
        compute="_compute_mobilepay_link_text",
        help="A short text with the link in the customer's language: for an SMS, a"
        " chat, or a letter through a digital mailbox.",
    )

    @api.depends("mobilepay_invoice_ids.link_url", "mobilepay_invoice_ids.state")
    def _compute_mobilepay_link_text(self):
        for move in self:
            url = move.mobilepay_link_url
            move.mobilepay_link_text = url and move._mobilepay_link_words(url)

    def _mobilepay_link_words(self, url):
        own = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return own.env._(
            "Invoice %(number)s from %(company)s, %(amount)s, due %(date)s. Pay with"
            " MobilePay: %(url)s",
            number=self.name,
            company=self.company_id.name,
            amount=format_amount(own.env, self.amount_residual, self.currency_id),
            date=format_date(own.env, self.mobilepay_invoice_id.due_date),
            url=url,
        )

    def _mobilepay_payer_view(self, place=""):
        """Return what a payer may see of MobilePay on this invoice.

        :param place: ``show_on_pdf``, ``show_in_email`` or ``show_in_portal``:
            a switch of the company's connection
        :return: '' nothing; ``payable`` a way to pay; ``in_app`` it waits in the
            payer's app; ``accepted`` to be paid on a chosen day; ``paid``
        """
        self.ensure_one()
        # sudo: the payer is no user; only the view's word leaves this method
        move = self.sudo()
        connection = move.env["mobilepay.connection"]._for_company(move.company_id)
        if not connection or (place and not connection[place]):
            return ""
        request = move.mobilepay_invoice_id
        if request.state == "paid":
            return "paid"
        if request.state == "accepted":
            return "accepted"
        if request.state in ("created", "unconfirmed", "sending", "queued"):
            return "payable" if request.kind == "link" else "in_app"
        return "payable" if move._mobilepay_payable(connection) else ""

    def _mobilepay_payable(self, connection):
        """Whether a link could be made for this invoice when the payer asks."""
        return (
            self._mobilepay_may_send()
            and connection._usable()
            and self.currency_id == connection.currency_id
            and 0 < self.amount_residual <= connection.max_amount
        )

    def _mobilepay_pay_url(self):
        """Return where the payer pays: MobilePay's link if known, else our portal.

        The portal page makes a link when its button is pressed, by no mere GET:
        mail scanners follow links.
        """
        self.ensure_one()
        # sudo: the link is for whoever may see the invoice
        move = self.sudo()
        request = move.mobilepay_invoice_id
        if request.state == "created" and request.link_url:
            return request.link_url
        connection = move.env["mobilepay.connection"]._for_company(move.company_id)
        base = connection.base_url or move.get_base_url()
        return urljoin(base, move.get_portal_url())

    def _mobilepay_qr(self):
        """Return the pay URL as a QR code: a data URI."""
        return qr_data_uri(self._mobilepay_pay_url())

    def _mobilepay_connection(self):
        """Return the connection whose words and image the payer sees."""
        # sudo: the payer is no user
        return self.env["mobilepay.connection"].sudo()._for_company(self.company_id)

    def _mobilepay_link_for_payer(self):
        """Return MobilePay's link for this invoice, made now if there is none.

        For the portal's button. Commits, as every sending does.

        :return: the URL, '' if there is none (yet, or at all)
        """
        self.ensure_one()
        move = self.sudo()
        connection = move._mobilepay_connection()
        if not move._mobilepay_open_request() and move._mobilepay_payable(connection):
            sender = move.env["mobilepay.sender"].with_company(move.company_id)
            number = move.partner_id._mobilepay_number()
            phone = move.env["account.move.send"]._mobilepay_phone(number, connection)
            phone = phone if phone.startswith("+") else ""
            sender._send(connection, {move: {"kind": "link", "phone": phone}})
        return move.mobilepay_link_url or ""

    def _mobilepay_email_link(self):
        """Send the invoice's e-mail, with the link in it, in the background."""
        self.env["account.move.send"]._generate_and_send_invoices(
            self, sending_methods=["email"], allow_raising=False
        )

    def _mobilepay_ask_soon(self):
        """Let the poller ask for this invoice's status next; the payer came back."""
        # sudo: the payer is no user
        request = self.sudo().mobilepay_invoice_id
        # bounded: a page can be opened any number of times
        if request.state in LIVE_STATES and request.polls < MAX_POLLS_BY_PAYER:
            request.next_poll_on = fields.Datetime.now()
            self.env.ref("account_mobilepay.cron_poll").sudo()._trigger()

    def _notify_by_email_prepare_rendering_context(self, message, *args, **kwargs):
        context = super()._notify_by_email_prepare_rendering_context(
            message, *args, **kwargs
        )
        if (
            self.is_sale_document()
            and self._mobilepay_payer_view("show_in_email") == "payable"
        ):
            context["mobilepay_url"] = self._mobilepay_pay_url()
        return context
