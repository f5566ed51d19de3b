"""What would be sent for an invoice, held against MobilePay's own specification."""

import json
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import jsonschema

from odoo.fields import Command

from .common import ANNA, MobilepayCommon

# tests/wire is no package: it runs without Odoo
sys.path.append(str(Path(__file__).resolve().parent / "wire"))

from wire_shared import as_specified, openapi_document, schema  # noqa: E402

MODELS = {
    "direct": "Invoice.InvoiceInputModel",
    "link": "Invoice.InvoiceLinkInputModel",
}
# dates are plain on purpose: the reference says YYYY-MM-DD, the file date-time
FORMATS = jsonschema.FormatChecker(formats=["uuid"])


class PayloadCase(MobilepayCommon):
    """Builds requests without sending them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_25 = cls.tax("25 %", 25)
        cls.tax_12 = cls.tax("12 %", 12)
        cls.tax_25_included = cls.tax(
            "25 % included", 25, price_include_override="tax_included"
        )

    @classmethod
    def tax(cls, name, amount, **values):
        """Return a new sales tax of the company."""
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                **values,
            }
        )

    def line(self, price, *taxes, **values):
        """Return the command for an invoice line."""
        tax_ids = [tax.id for tax in taxes]
        return Command.create(
            {
                "name": "Ladcykel, service",
                "price_unit": price,
                "tax_ids": [Command.set(tax_ids)],
                **values,
            }
        )

    def invoice_of(self, *lines, **values):
        """Return a posted invoice of these lines."""
        return self.invoice(invoice_line_ids=list(lines), **values)

    def request_for(self, move, kind="direct", phone=ANNA):
        """Return the wire's request for ``move``, free of MobilePay's objections."""
        sender = self.env["mobilepay.sender"].sudo()
        examined, problems = sender._examine(self.connection, move, kind, phone)
        self.assertEqual(problems, [])
        [(_get_instalment, request)] = examined
        return request

    def encode(self, request):
        """Return the text that would be sent for the wire's request."""
        return self.connection._service().encode(request)

    def payload_of(self, move, kind="direct", phone=ANNA):
        """Return the JSON that would be sent, checked, numbers as Decimal."""
        text = self.encode(self.request_for(move, kind, phone))
        return json.loads(text, parse_float=Decimal)

    def articles_of(self, move):
        """Return the articles of the JSON; they are sure to add up."""
        payload = self.payload_of(move)
        articles = payload["InvoiceArticles"]
        self.assertEqual(
            sum(article["TotalPriceIncludingVat"] for article in articles),
            payload["TotalAmount"],
        )
        return articles

    def assert_specified(self, payload, kind):
        """Hold a JSON text against the specification."""
        document = _document()
        if document is None:
            self.skipTest("../shared is absent: no OpenAPI file to hold requests to")
        jsonschema.validate(
            as_specified(document, json.loads(payload)),
            schema(document, MODELS[kind]),
            format_checker=FORMATS,
        )


@cache
def _document():
    return openapi_document(Path(__file__).resolve().parents[1])
