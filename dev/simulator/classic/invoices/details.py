"""An invoice in MobilePay's words: details, receipt and a small PDF."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from ...money import money_text
from ...records import Merchant
from ..parts import Classic
from ..records import PAID, Invoice, Issuer
from ..wording import day_text, moment_text, status_word

ARTICLE_NAMES = (
    "ArticleNumber",
    "ArticleDescription",
    "TotalPriceIncludingVat",
    "Quantity",
    "PricePerUnit",
)
NO_LOGO = "https://mobilepay.example/logo.png"


def details(parts: Classic, invoice: Invoice) -> dict[str, Any]:
    """What ``GET …/invoices/{id}`` answers (contract, section 5)."""
    style = parts.settings.answer_status_words
    paid_at = invoice.paid_at
    return {
        "InvoiceId": invoice.id,
        **_contents(parts, invoice),
        "PaymentDate": moment_text(paid_at)
        if paid_at
        else day_text(invoice.payment_date),
        "LogoUrl": None,
        "Status": status_word(invoice.status, style),
        "UrlType": 1 if invoice.values.get("InvoiceUrl") else 0,
        "PaymentTransactionId": invoice.transaction_id,
        "PaymentReference": invoice.values.get("PaymentReference"),
    }


def receipt(parts: Classic, invoice: Invoice) -> dict[str, Any] | None:
    """What the payer keeps of a paid invoice (section 8)."""
    if invoice.status != PAID or invoice.paid_at is None:
        return None
    merchant = parts.simulator.store.table(Merchant).one(invoice.merchant_id)
    kind = {"TransactionId": invoice.transaction_id, "TransactionType": "Payment"}
    card = {"MaskedCardNumber": "4571 99XX XXXX 1234", "CardType": "Dankort"}
    return {
        "Logo": NO_LOGO,
        **_contents(parts, invoice),
        "PaymentDate": moment_text(invoice.paid_at),
        "Status": status_word(PAID, parts.settings.answer_status_words),
        "TransactionDetails": kind,
        "PaymentSourceType": 0,
        "CardDetails": card,
        "MerchantVatNumber": merchant.vat,
    }


def _contents(parts: Classic, invoice: Invoice) -> dict[str, Any]:
    """What details and receipt have in common."""
    values = invoice.values
    vat = values.get("TotalVATAmount")
    return {
        "InvoiceNumber": invoice.number,
        "IssueDate": day_text(values.get("IssueDate")),
        "DueDate": day_text(invoice.due_date),
        "Comment": values.get("Comment"),
        "InvoiceArticles": _articles(values["InvoiceArticles"]),
        "CurrencyCode": invoice.currency,
        "TotalAmount": invoice.total_amount,
        "InvoiceVatTotals": _vat_totals(values["InvoiceArticles"]),
        "TotalVatAmount": vat,
        "TotalAmountExcludingVat": None if vat is None else invoice.total_amount - vat,
        "MerchantId": invoice.merchant_id,
        "MerchantIsoCountryCode": invoice.country,
        "InvoiceUrl": values.get("InvoiceUrl"),
        **_issuer(parts, invoice.issuer_id),
    }


def _issuer(parts: Classic, issuer_id: str) -> dict[str, Any]:
    issuer = parts.simulator.store.table(Issuer).one(issuer_id)
    return {
        "InvoiceIssuerId": issuer.id,
        "InvoiceIssuerName": issuer.name,
        "InvoiceIssuerAddress": issuer.address,
        "InvoiceIssuerZipcode": issuer.zip_code,
        "InvoiceIssuerCity": issuer.city,
    }


def _articles(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: article.get(name) for name in ARTICLE_NAMES} for article in articles]


def _vat_totals(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    totals: dict[Decimal, Decimal] = defaultdict(Decimal)
    for article in articles:
        if article.get("VATRate") is not None:
            totals[article["VATRate"]] += article.get("TotalVATAmount", Decimal())
    return [
        {"VatRate": rate, "TotalVatAmount": total}
        for rate, total in sorted(totals.items())
    ]


def pdf(invoice: Invoice) -> bytes:
    """The invoice that MobilePay renders when the merchant sends no own PDF."""
    amount = money_text(invoice.total_amount, invoice.currency)
    lines = (
        f"Invoice {invoice.reference}",
        f"Amount {amount}",
        f"Due {invoice.due_date.isoformat()}",
    )
    shown = " T* ".join(f"({_pdf_text(line)}) Tj" for line in lines)
    stream = f"BT /F1 14 Tf 20 TL 60 780 Td {shown} ET".encode("latin-1", "replace")
    return _pdf_file(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def _pdf_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _pdf_file(*objects: bytes) -> bytes:
    content = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return content + head + tail % (size, len(content))
