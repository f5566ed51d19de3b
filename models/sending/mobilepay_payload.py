from decimal import Decimal
from itertools import count

from odoo import api, models
from odoo.tools import html2plaintext

from ...mobilepay import references
from ...mobilepay.types import Article, InvoiceRequest, Kind

ZERO = Decimal("0.00")
MAX_COMMENT = 500


class MobilepayPayload(models.AbstractModel):
    """What MobilePay is told of a customer invoice: Odoo's words into the wire's.

    All amounts are in the invoice's currency, which is the merchant's, with two
    decimals. The articles always add up to the total that is asked for: what
    was rounded, and what was paid or credited already, are articles of their own.
    """

    _name = "mobilepay.payload"
    _description = "MobilePay Payload Builder"

    @api.model
    def _build(
        self, move, portion, *, kind, issuer, reference, phone, today, whole=True
    ):
        """Return the :class:`types.InvoiceRequest` for a portion of ``move``.

        :param portion: what is asked for, see ``_mobilepay_portions``
        :param kind: ``direct`` or ``link``
        :param whole: False for a preview, without what nothing can be wrong with:
            texts, articles, which add up by the way they are made, and URLs, whose
            making writes the access token
        :param phone: E.164, '' for none
        :param today: the merchant's calendar day
        """
        total = self._money(portion.amount)
        payer, move = self._in_payers_language(move)
        return InvoiceRequest(
            kind=Kind(kind),
            issuer_id=issuer.mobilepay_id,
            total=total,
            total_vat=self._vat(move, total),
            due_date=max(portion.due_date or today, today),
            issue_date=move.invoice_date or today,
            articles=payer._articles(move, portion, total) if whole else (),
            payment_reference=reference,
            # unique in a batch, whose answer is paired by it
            invoice_number=reference if portion.number else move.name,
            phone=phone,
            **(payer._texts(move) | self._urls(move, kind) if whole else {}),
        )

    def _in_payers_language(self, move):
        """Return this builder and the invoice, to be read in the payer's language."""
        language = self.env["res.lang"]._get_code(move.partner_id.lang)
        if not language or language == self.env.lang:
            return self, move
        return self.with_context(lang=language), move.with_context(lang=language)

    def _texts(self, move):
        """Return who is asked, for what, and by whom."""
        partner, receiver = move.partner_id, move.partner_shipping_id
        address = self._address(partner)
        return {
            "consumer_name": partner.commercial_partner_id.name or "",
            "consumer_address": address,
            "delivery_address": (
                address if receiver == partner else self._address(receiver)
            ),
            "delivery_date": move.delivery_date or None,
            "comment": self._comment(move),
            "contact_name": move.invoice_user_id.name or "",
            "merchant_order_number": move.invoice_origin or "",
            "buyer_order_number": move.ref or "",
        }

    # ----------------------------------------------------------------- reference

    @api.model
    def _reference(self, connection, move, instalment=0):
        """Return the PaymentReference of the next request (contract, section 4).

        What the company's rule makes of the invoice, where it fits in what a
        bank statement shows and no other request of the merchant has it, else
        the invoice number; an instalment ends in its number. A new request after
        one that MobilePay had ends in ``-2``, …; an ``invalid`` one was in effect
        never created, so its reference is free.
        """
        for attempt in count(self._next_attempt(move, instalment)):
            wanted = self.env["mobilepay.prefetch"]._wanted(
                connection, move, instalment, attempt
            )
            taken = self.env["mobilepay.prefetch"]._taken(connection, move, wanted)
            if free := [reference for reference in wanted if reference not in taken]:
                return free[0]

    @api.model
    def _first_wanted(self, connection, move):
        """Return the references that the next request of ``move`` may want.

        :return: a list of them by ``(move id, instalment, attempt)``
        """
        numbers = [0]
        if move._mobilepay_is_in_parts(connection):
            portions = move._mobilepay_portions(connection)
            numbers = [portion.number for portion in portions]
        attempts = {number: self._next_attempt(move, number) for number in numbers}
        return {
            (move.id, number, attempt): self._wanted(connection, move, number, attempt)
            for number, attempt in attempts.items()
        }

    def _next_attempt(self, move, instalment):
        had = move.mobilepay_invoice_ids.filtered(
            lambda r: r.state != "invalid" and r.instalment == instalment
        )
        return len(had) + 1

    def _wanted(self, connection, move, instalment, attempt):
        bases = self._base_references(connection, move, instalment)
        return [references.with_attempt(base, attempt) for base in bases]

    def _base_references(self, connection, move, instalment):
        limit = self.env["mobilepay.prefetch"]._limits(connection).max_reference
        ending = f"/{instalment}" if instalment else ""
        wanted = connection._reference_of(move)
        number = references.clean(move.name or "")[: limit - len(ending)].strip(" /")
        fits = wanted and references.fits(wanted + ending, limit)
        return [wanted + ending, number + ending] if fits else [number + ending]

    # ------------------------------------------------------------------ articles

    def _articles(self, move, portion, total):
        """Return articles whose totals add up to ``total`` to the øre."""
        rates = self.env["mobilepay.prefetch"]._rates()
        # not filtered(): that would read the lines of each invoice by themselves
        articles = [
            self._article(line, rates)
            for line in move.invoice_line_ids
            if line.display_type == "product"
        ]
        invoiced, vat = self._money(move.amount_total), self._money(move.amount_tax)
        articles += self._get_missing_article(
            articles, invoiced, vat, self.env._("Rounding")
        )
        articles += self._get_missing_article(
            articles,
            total,
            self._vat(move, total),
            self._rest_message(portion),
        )
        return tuple(articles)

    def _rest_message(self, portion):
        """Return what the portion leaves out of the invoice's lines."""
        if portion.number:
            return self.env._("Other instalments")
        if portion.discounted:
            return self.env._("Early payment discount")
        return self.env._("Already paid or credited")

    def _article(self, line, rates):
        """Return a line as an article.

        :param rates: what ``_vat_rate`` said of taxes already, by the taxes
        """
        including = self._money(line.price_total)
        excluding = self._money(line.price_subtotal)
        taxes = line.tax_ids
        if taxes not in rates:
            rates[taxes] = self._vat_rate(taxes.flatten_taxes_hierarchy())
        rate, with_vat = rates[taxes]
        discount = None
        if line.discount:
            discount = self._money(self._undiscounted(line, with_vat)) - excluding
        product, unit = line.product_id, line.product_uom_id
        return Article(
            description=(line.name or product.display_name or "").strip() or "-",
            number=(product and product.default_code) or "",
            unit=(unit and unit.name) or "",
            quantity=self._exact(line.quantity),
            price_per_unit=self._price_per_unit(line, with_vat),
            vat_rate=rate,
            total_vat=including - excluding,
            total_including_vat=including,
            price_discount=discount,
        )

    def _get_missing_article(self, articles, total, vat, description):
        """Return the article that is missing for ``total``, or nothing.

        Its VAT completes that of the others; it may be of several rates.
        """
        rest = total - sum((a.total_including_vat for a in articles), ZERO)
        rest_vat = vat - sum((a.total_vat for a in articles), ZERO)
        if not rest and not rest_vat:
            return []
        return [
            Article(
                description=description,
                quantity=Decimal(1),
                price_per_unit=rest - rest_vat,
                total_vat=rest_vat,
                total_including_vat=rest,
            )
        ]

    def _vat_rate(self, taxes):
        """Return the VAT of a line's taxes, and whether its price includes it.

        In percent; None where it is no plain percentage.
        """
        with_vat = any(tax.price_include for tax in taxes)
        compound = len(taxes) > 1 and any(taxes.mapped("include_base_amount"))
        plain = all(
            tax.amount_type == "percent" and not tax.has_negative_factor
            for tax in taxes
        )
        if compound or not plain:
            return None, with_vat
        return self._exact(sum(taxes.mapped("amount"))), with_vat

    def _price_per_unit(self, line, with_vat):
        """Return the unit price before discount, excluding VAT."""
        if line.quantity and with_vat:
            return self._exact(self._undiscounted(line, with_vat) / line.quantity)
        return self._exact(line.price_unit)

    def _undiscounted(self, line, with_vat):
        """Return what the line would cost without its discount, excluding VAT."""
        if not with_vat:
            return line.currency_id.round(line.quantity * line.price_unit)
        if not line.discount:
            return line.price_subtotal
        return line.tax_ids.compute_all(
            line.price_unit,
            currency=line.currency_id,
            quantity=line.quantity,
            product=line.product_id,
            partner=line.partner_id,
        )["total_excluded"]

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

    def _urls(self, move, kind):
        """Return where MobilePay gets the PDF, and where the payer comes back to."""
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        base = (connection.base_url or move.get_base_url()).rstrip("/")
        shown = connection.show_pdf_to_mobilepay
        return {
            "invoice_url": self._invoice_url(move, base) if shown else "",
            "redirect_url": self._redirect_url(move, base) if kind == "link" else "",
        }

    def _invoice_url(self, move, base):
        # MobilePay takes https only and renders a PDF itself where it gets none
        if not base.startswith("https://"):
            return ""
        return base + move.get_portal_url(report_type="pdf", download=True)

    def _redirect_url(self, move, base):
        # no query: MobilePay appends its own "?status=" to what it was given
        token = move._portal_ensure_token()
        return f"{base}/mobilepay/return/{move.id}/{token}"

    # ------------------------------------------------------------------ numbers

    def _money(self, amount):
        """Return an amount of Odoo's as Decimal with exactly two decimals."""
        return Decimal(repr(amount)).quantize(ZERO)

    def _exact(self, number):
        """Return a number of Odoo's as Decimal, without binary noise."""
        return Decimal(repr(round(number, 6))).normalize()
