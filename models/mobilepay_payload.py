from decimal import Decimal

from odoo import api, models
from odoo.tools import html2plaintext
from odoo.tools.urls import urljoin

from ..mobilepay import references
from ..mobilepay.types import Article, InvoiceRequest, Kind

ZERO = Decimal("0.00")
MAX_COMMENT = 500


class MobilepayPayload(models.AbstractModel):
    """What MobilePay is told of a customer invoice: Odoo's words into the wire's.

    All amounts are in the invoice's currency, which is the merchant's, with two
    decimals. The articles always add up to the total that is asked for: what
    was paid or credited already is an article of its own.
    """

    _name = "mobilepay.payload"
    _description = "MobilePay Payload Builder"

    @api.model
    def _build(self, move, *, kind, issuer, reference, phone, today, urls=True):
        """Return the :class:`types.InvoiceRequest` for what is due on ``move``.

        :param kind: ``direct`` or ``link``
        :param urls: False for a preview: making them writes the access token
        :param phone: E.164, '' for none
        :param today: the merchant's calendar day
        """
        partner = move.partner_id
        link = kind == "link"
        total = self._money(move.amount_residual)
        articles = self._articles(move, total)
        return InvoiceRequest(
            kind=Kind(kind),
            issuer_id=issuer.mobilepay_id,
            total=total,
            total_vat=self._vat(move, total),
            due_date=max(move.invoice_date_due or today, today),
            issue_date=min(move.invoice_date or today, today),
            articles=articles,
            payment_reference=reference,
            invoice_number=move.name,
            phone=phone,
            consumer_name=partner.commercial_partner_id.name or "",
            consumer_address=self._address(partner),
            delivery_address=self._address(move.partner_shipping_id),
            delivery_date=move.delivery_date or None,
            comment=self._comment(move),
            contact_name=move.invoice_user_id.name or "",
            merchant_order_number=move.invoice_origin or "",
            buyer_order_number=move.ref or "",
            invoice_url=self._invoice_url(move) if urls else "",
            redirect_url=self._redirect_url(move) if urls and link else "",
        )

    @api.model
    def _base_reference(self, move, taken, limit=30):
        """Return a PaymentReference for ``move`` (contract, section 4).

        The invoice's payment reference where it fits in what a bank statement
        shows and is not ``taken`` at the merchant, else the invoice number.
        """
        for candidate in (move.payment_reference, move.name):
            cleaned = references.clean(candidate or "")
            if cleaned and references.fits(cleaned, limit) and cleaned not in taken:
                return cleaned
        return references.clean(move.name)[:limit]

    # ------------------------------------------------------------------ articles

    def _articles(self, move, total):
        """Return articles whose totals add up to ``total`` to the øre."""
        lines = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        articles = [self._article(line) for line in lines]
        rest = total - sum(
            (article.total_including_vat or ZERO for article in articles), ZERO
        )
        if rest:
            articles.append(self._rest_article(move, rest))
        return tuple(articles)

    def _article(self, line):
        including = self._money(line.price_total)
        excluding = self._money(line.price_subtotal)
        return Article(
            description=(line.name or line.product_id.display_name or "-").strip(),
            number=line.product_id.default_code or "",
            unit=line.product_uom_id.name or "",
            quantity=self._exact(line.quantity),
            price_per_unit=self._price_per_unit(line),
            vat_rate=self._vat_rate(line),
            total_vat=including - excluding,
            total_including_vat=including,
            price_discount=self._discount(line),
        )

    def _rest_article(self, move, rest):
        """Return what the lines do not show: paid, credited, rounded."""
        rounding = abs(rest) < Decimal("1") and move.amount_residual == move.amount_total
        return Article(
            description=self.env._("Rounding")
            if rounding
            else self.env._("Already paid or credited"),
            quantity=Decimal(1),
            price_per_unit=rest,
            vat_rate=Decimal(0),
            total_vat=ZERO,
            total_including_vat=rest,
        )

    def _vat_rate(self, line):
        """Return the line's VAT in percent, None where taxes are no percentage."""
        taxes = line.tax_ids
        if any(tax.amount_type != "percent" for tax in taxes):
            return None
        return self._exact(sum(taxes.mapped("amount")))

    def _price_per_unit(self, line):
        """Return the unit price before discount, excluding VAT."""
        if line.quantity and any(line.tax_ids.mapped("price_include")):
            return self._exact(self._undiscounted(line) / line.quantity)
        return self._exact(line.price_unit)

    def _discount(self, line):
        """Return the discount of the line as an amount excluding VAT, or None."""
        if not line.discount:
            return None
        return self._money(self._undiscounted(line) - line.price_subtotal)

    def _undiscounted(self, line):
        """Return what the line would cost without its discount, excluding VAT."""
        if line.discount == 100:
            return line.quantity * line.price_unit
        return line.price_subtotal / (1 - line.discount / 100)

    def _vat(self, move, total):
        """Return the VAT within ``total``; with a part payment, the part of it."""
        if not move.amount_total:
            return ZERO
        share = total / self._money(move.amount_total)
        return (self._money(move.amount_tax) * share).quantize(ZERO)

    # ------------------------------------------------------------------ texts

    def _address(self, partner):
        """Return a postal address as lines, without the name."""
        city = " ".join(filter(None, [partner.zip, partner.city]))
        country = partner.country_id.name if partner.country_id else ""
        lines = (partner.street, partner.street2, city, country)
        return tuple(line.strip() for line in lines if line and line.strip())

    def _comment(self, move):
        return html2plaintext(move.narration or "").strip()[:MAX_COMMENT]

    def _invoice_url(self, move):
        path = move.get_portal_url(report_type="pdf", download=True)
        url = urljoin(self._base_url(move), path)
        # MobilePay takes https only and renders a PDF itself where it gets none
        return url if url.startswith("https://") else ""

    def _redirect_url(self, move):
        # no query: MobilePay appends its own "?status=" to what it was given
        token = move._portal_ensure_token()
        return urljoin(self._base_url(move), f"/mobilepay/return/{move.id}/{token}")

    def _base_url(self, move):
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        return connection.base_url or move.get_base_url()

    # ------------------------------------------------------------------ numbers

    def _money(self, amount):
        """Return an amount of Odoo's as Decimal with exactly two decimals."""
        return Decimal(repr(amount)).quantize(ZERO)

    def _exact(self, number):
        """Return a number of Odoo's as Decimal, without binary noise."""
        return Decimal(repr(round(number, 6))).normalize()
