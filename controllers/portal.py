from odoo import SUPERUSER_ID, http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from odoo.addons.account.controllers.portal import PortalAccount

from .door import door


class MobilepayPortal(PortalAccount):
    """The payer's door: pay, come back, and see what is known."""

    @http.route()
    def portal_my_invoice_detail(self, invoice_id, access_token=None, **kw):
        """Lead who scanned the bill on to MobilePay's link, if there is one now.

        What is on paper must outlive each link; this makes none.
        """
        if kw.get("mobilepay") == "pay" and not kw.get("report_type"):
            invoice = self._mobilepay_invoice(invoice_id, access_token)
            if invoice and (link := invoice._mobilepay_living_link()):
                return request.redirect(link, code=303, local=False)
        return super().portal_my_invoice_detail(
            invoice_id, access_token=access_token, **kw
        )

    @door(
        "/my/invoices/<int:invoice_id>/mobilepay",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def mobilepay_pay(self, invoice_id, access_token=None, **_params):
        """Send the payer to MobilePay; a link is made if there is none.

        POST with a CSRF token, by a person's click: never by a mail scanner.
        """
        invoice = self._mobilepay_invoice(invoice_id, access_token)
        if not invoice:
            return request.redirect("/my")
        link = ""
        if invoice._mobilepay_payer_view("show_in_portal") == "payable":
            # superuser: the payer is no user; access was checked above
            system = invoice.with_user(SUPERUSER_ID).with_company(invoice.company_id)
            link = system._mobilepay_link_for_payer()
        if link:
            return request.redirect(link, code=303, local=False)
        return request.redirect(
            invoice.get_portal_url(query_string="&mobilepay=unavailable"), code=303
        )

    @door(
        "/mobilepay/return/<int:invoice_id>/<string:access_token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def mobilepay_return(self, invoice_id, access_token, **_params):
        """Bring the payer back to the invoice (MobilePay's RedirectUrl).

        The token stands in the path: MobilePay appends ``?status=`` to what it
        was given. The status is not believed; the page asks what is known.
        """
        invoice = self._mobilepay_invoice(invoice_id, access_token)
        if not invoice:
            return request.redirect("/my")
        invoice._mobilepay_ask_soon()
        return request.redirect(
            invoice.get_portal_url(query_string="&mobilepay=back"), code=303
        )

    @door(
        "/my/invoices/<int:invoice_id>/mobilepay/state",
        type="http",
        auth="public",
        methods=["GET"],
        readonly=True,
    )
    def mobilepay_state(self, invoice_id, access_token=None, **_params):
        """Return what is known, for the page that updates by itself."""
        invoice = self._mobilepay_invoice(invoice_id, access_token)
        if not invoice:
            return request.make_json_response({}, status=404)
        return request.make_json_response({"state": invoice._mobilepay_page_state()})

    def _mobilepay_invoice(self, invoice_id, access_token):
        """Return the invoice (sudo) if this visitor may see it, else nothing."""
        # an uploaded file, or what is not ASCII, Odoo cannot compare
        text = isinstance(access_token, str) and access_token.isascii()
        token = access_token if text else None
        try:
            return self._document_check_access("account.move", invoice_id, token)
        except (AccessError, MissingError):
            return request.env["account.move"]
