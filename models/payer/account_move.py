from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.urls import urljoin

from ...tools.qr import qr_data_uri
from ..request.mobilepay_invoice import LIVE_STATES
from ..sending.account_move_instalment import BY_PAYER
from ..takeback.mobilepay_canceler import RENEWED

MAX_POLLS_BY_PAYER = 12
# as long as the page waits for news of a payment
JUST_PAID = timedelta(minutes=10)


class AccountMove(models.Model):
    """Where the payer meets the bill: PDF, e-mail and portal."""

    _inherit = "account.move"

    mobilepay_link_text = fields.Char(
        "Link with Text",
        compute="_compute_mobilepay_link_text",
        help="A short text with the link in the customer's language: for an SMS, a"
        " chat, or a letter through a digital mailbox.",
    )

    @api.depends("mobilepay_link_url")
    def _compute_mobilepay_link_text(self):
        for move in self:
            # sudo: the link is for whoever may see the invoice
            shown = move.sudo().mobilepay_invoice_id
            url = move.mobilepay_link_url
            move.mobilepay_link_text = url and move._mobilepay_link_message(shown)

    def _mobilepay_link_message(self, shown):
        """Return what a request asks for, with its link."""
        own = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return own.env._(
            "Invoice %(number)s from %(company)s, %(amount)s, due %(date)s. Pay with"
            " MobilePay: %(url)s",
            number=self.name,
            company=self.company_id.name,
            amount=format_amount(own.env, shown.amount, shown.currency_id),
            date=format_date(own.env, shown.due_date),
            url=shown.link_url,
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
        if move.mobilepay_invoice_id._waits():
            return move._mobilepay_waiting_view(connection)
        if move._mobilepay_payable(connection) or move._mobilepay_is_asked_anew():
            return "payable"
        is_paid = move.mobilepay_state == "paid" and not move._mobilepay_left()
        return "paid" if is_paid else ""

    def _mobilepay_waiting_view(self, connection):
        request = self.mobilepay_invoice_id
        if request.state != "accepted":
            return "payable" if request.kind == "link" else "in_app"
        # one instalment is, another can still be asked for
        return "payable" if self._mobilepay_payable(connection) else "accepted"

    def _mobilepay_is_asked_anew(self):
        """Whether what is open is taken back only for another to take its place."""
        reasons = set(self._mobilepay_open_request().mapped("cancel_reason"))
        is_due = self.state == "posted" and self.amount_residual > 0
        return is_due and not reasons.isdisjoint(RENEWED)

    def _mobilepay_left(self):
        """Return what is due besides payments that are not posted yet."""
        coming = self.mobilepay_invoice_ids.filtered(
            lambda r: r.state == "paid" and not r.payment_id
        )
        if any(coming.mapped("early_discount")):
            return 0
        left = self.amount_residual - sum(coming.mapped("paid_amount"))
        return max(self.currency_id.round(left), 0)

    def _mobilepay_page_state(self, place=""):
        """Return the view for the page that waits for news of what was just paid."""
        view = self._mobilepay_payer_view(place)
        # sudo: the payer is no user
        just_now = fields.Datetime.now() - JUST_PAID
        heard = self.sudo().mobilepay_invoice_ids.filtered(
            lambda r: r.state == "paid" and r.write_date > just_now
        )
        return "more" if view == "payable" and heard else view

    def _mobilepay_payable(self, connection):
        """Whether a link could be made for this invoice when the payer asks."""
        asked = self.with_context(**BY_PAYER)
        return (
            asked._mobilepay_may_send()
            and connection._usable()
            and self.currency_id == connection.currency_id
            and self.amount_residual > 0
            and self.env["mobilepay.sender"]._is_within(
                connection.max_amount, connection, asked
            )
        )

    def _mobilepay_living_link(self):
        """Return MobilePay's link that can be paid by now, '' if there is none."""
        # sudo: the link is for whoever may see the invoice
        move = self.sudo()
        is_open = move.mobilepay_invoice_id.state == "created"
        return (is_open and move.mobilepay_link_url) or ""

    def _mobilepay_pay_url(self):
        """Return where the payer pays: MobilePay's link if known, else our portal.

        The portal page makes a link when its button is pressed, by no mere GET:
        mail scanners follow links.
        """
        self.ensure_one()
        return self._mobilepay_living_link() or self._mobilepay_page_url()

    def _mobilepay_bill_url(self):
        """Return where PDF and e-mail lead: our page, which knows the way of now.

        Both are read again when MobilePay's link of then is over.
        """
        return self._mobilepay_page_url(query_string="&mobilepay=pay")

    def _mobilepay_page_url(self, **query):
        # sudo: the page is for whoever may see the invoice
        move = self.sudo()
        base = move._mobilepay_connection().base_url or move.get_base_url()
        return urljoin(base, move.get_portal_url(**query))

    def _mobilepay_asked_message(self):
        """Return amount and day of what the link asks for, or would ask for."""
        move = self.sudo().with_context(**BY_PAYER)
        asked = move.mobilepay_invoice_id
        if not asked._waits() or asked.state == "accepted":
            portions = move._mobilepay_portions(move._mobilepay_connection())
            if not portions:
                return ""
            asked = portions[0]
        amount = format_amount(self.env, asked.amount, self.currency_id)
        return self._mobilepay_message(amount, asked.due_date or self.invoice_date_due)

    def _mobilepay_message(self, amount, day):
        return self.env._(
            "%(amount)s due %(date)s", amount=amount, date=format_date(self.env, day)
        )

    def _mobilepay_has_provider(self):
        """Whether anybody could take money where Odoo's own button leads."""
        if "payment.provider" not in self.env:
            return False
        # sudo: the payer is no user
        Provider = self.env["payment.provider"].sudo()
        return bool(
            Provider._get_compatible_providers(
                self.company_id.id,
                self.partner_id.id,
                self.amount_residual,
                currency_id=self.currency_id.id,
            )
        )

    def _mobilepay_qr(self):
        """Return the bill's URL as a QR code: a data URI."""
        return qr_data_uri(self._mobilepay_bill_url())

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
        move = self.sudo().with_context(**BY_PAYER)
        connection = move._mobilepay_connection()
        if not move._mobilepay_living_link() and move._mobilepay_payable(connection):
            sender = move.env["mobilepay.sender"].with_company(move.company_id)
            number = move.partner_id._mobilepay_number()
            phone = move.env["account.move.send"]._mobilepay_phone(number, connection)
            phone = phone if phone.startswith("+") else ""
            sender._send(connection, {move: {"kind": "link", "phone": phone}})
        return move._mobilepay_living_link()

    def _mobilepay_email_link(self):
        """Send the invoice's e-mail, with the link in it, in the background."""
        self.env["account.move.send"]._generate_and_send_invoices(
            self, sending_methods=["email"], allow_raising=False
        )

    def _mobilepay_ask_soon(self):
        """Let the poller ask for this invoice's status next; the payer came back."""
        # sudo: the payer is no user
        # bounded: a page can be opened any number of times
        asked = self.sudo().mobilepay_invoice_ids.filtered(
            lambda r: r.state in LIVE_STATES and r.polls < MAX_POLLS_BY_PAYER
        )
        if asked:
            asked.next_poll_on = fields.Datetime.now()
            self.env.ref("account_mobilepay.cron_poll").sudo()._trigger()

    def _notify_by_email_prepare_rendering_context(
        self, message, msg_vals=False, **kwargs
    ):
        context = super()._notify_by_email_prepare_rendering_context(
            message, msg_vals=msg_vals, **kwargs
        )
        if (
            self.is_sale_document()
            and not _is_internal(message, msg_vals or {})
            and self._mobilepay_payer_view("show_in_email") == "payable"
        ):
            context["mobilepay_url"] = self._mobilepay_bill_url()
            context["mobilepay_asked"] = self._mobilepay_asked_message()
        return context


def _is_internal(message, msg_vals):
    """Whether colleagues alone are told."""
    subtype = message.subtype_id
    if "subtype_id" in msg_vals:
        subtype = subtype.browse(msg_vals["subtype_id"])
    return subtype.internal or msg_vals.get("is_internal", message.is_internal)
