from odoo import models

from .mobilepay_checker import Verdict

PLACES = ("show_on_pdf", "show_in_email", "show_in_portal")


class _Visitor:
    """Who looks at the portal's page, as far as its button asks."""

    def csrf_token(self):
        """Return a token that opens nothing."""
        return "-"


class MobilepayChecker(models.AbstractModel):
    """The steps about what the payer sees: rendered here, and by hand."""

    _inherit = "mobilepay.checker"

    def _do_branding(self, step):
        return Verdict(
            "by_hand",
            self.env._("A person has to look at it."),
            "",
            self.env._(
                "Print an open invoice with a payment link, send it to yourself by"
                " e-mail, and open its page in the customer portal. MobilePay's name,"
                " logo and colours must be as its design guidelines want them; your own"
                " logo or button goes on the connection, page How Payers Meet It. Send"
                " MobilePay pictures of all three with this report."
            ),
        )

    def _do_shown(self, step):
        request, problem = self._sent(step, "link")
        if problem:
            return self._not_sent(step, problem)
        if not request.link_url and not self._is_too_late(step):
            return None
        missing = [
            place
            for place in PLACES
            if not self._is_shown(request.move_id, request.link_url, place)
        ]
        done = self.env._(
            "The PDF, the e-mail and the portal's page of an invoice with an open link"
            " were made, and what is in them was compared with MobilePay's link."
        )
        if not missing:
            return self._passed(
                done,
                self.env._(
                    "QR code and link on the PDF, a button in the e-mail, a button in"
                    " the customer portal, and a text with the link for letters."
                ),
            )
        fields = step.check_id.connection_id._fields
        names = [fields[place]._description_string(self.env) for place in missing]
        return self._failed(
            step,
            self.env._("Not shown: %s", ", ".join(names)),
            self.env._(
                "Switch it on: on the connection, page How Payers Meet It. If it is on"
                " and not shown, another module changes the document."
            ),
            done,
        )

    def _is_shown(self, move, link, place):
        """Whether a payer finds the way to MobilePay's link in this place."""
        if move._mobilepay_payer_view(place) != "payable":
            return False
        return getattr(self, f"_{place}")(move, link)

    def _show_on_pdf(self, move, link):
        report = self.env["ir.actions.report"]
        page = report._render_qweb_html("account.account_invoices", move.ids)[0]
        shown = page.decode()
        text = move.mobilepay_link_text or ""
        return (
            _escaped(move._mobilepay_qr()) in shown
            and _escaped(move._mobilepay_bill_url()) in shown
            and link in text
        )

    def _show_in_email(self, move, link):
        message = self.env["mail.message"].new(
            {"model": move._name, "res_id": move.id, "body": ""}
        )
        values = move._notify_by_email_prepare_rendering_context(message)
        body = self.env["ir.qweb"]._render(
            "mail.mail_notification_layout",
            {**values, "has_button_access": False},
            minimal_qcontext=True,
        )
        return _escaped(move._mobilepay_bill_url()) in body

    def _show_in_portal(self, move, link):
        # without the page around it, which is made for a browser only
        button = self.env["ir.qweb"]._render(
            "account_mobilepay.portal_pay_form",
            {"invoice": move, "request": _Visitor()},
            minimal_qcontext=True,
        )
        goes_there = f'action="/my/invoices/{move.id}/mobilepay"' in button
        return goes_there and move._mobilepay_pay_url() == link


def _escaped(url):
    """Return a URL as it stands in an attribute."""
    return url.replace("&", "&amp;")
