"""Vipps MobilePay's machine-readable specifications, as JSON Schemas.

Where the files have drifted from the documents that win (the contract sheet's
corrections), the tables below say how and why.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import requests
import yaml
from jsonschema import Draft202012Validator
from openapi_schema import SPECIFICATION, formats

FOLDER = SPECIFICATION.parent
FILES = {
    "token": "access-token-2023-11.yaml",
    "epayment": "epayment-v1.4.1-2024-02.yml",
    "orders": "order-management-v2.1-2025-06.yaml",
    "webhooks": "webhooks-v1-2023-12.yaml",
    "qr": "qr-2024-10.yaml",
}

TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}
DETAILS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": TEXT, "reason": TEXT},
        "required": ["name", "reason"],
    },
}
LINKS = {
    "type": "object",
    "properties": {"termsOfSaleUrl": TEXT, "privacyPolicyUrl": TEXT},
}
#: (file, schema, property): (what it is now, why)
PROPERTIES: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {
    ("epayment", "GetPaymentResponse", "captureGuaranteedUntil"): (
        MOMENT,
        "there since August 2026",
    ),
    ("epayment", "WebhookEvent", "captureGuaranteedUntil"): (
        MOMENT,
        "with authorized, since August 2026",
    ),
    ("epayment", "Problem", "extraDetails"): (DETAILS, "where the code is"),
    ("epayment", "Problem", "instance"): (TEXT, "in every example"),
    ("epayment", "CreatePaymentRequest", "merchantLegalLinks"): (LINKS, "2026 feature"),
    ("epayment", "CreatePaymentRequest", "minimumUserAge"): (
        {"type": "integer"},
        "in the types of November 2024",
    ),
}
#: (file, schema, keyword): (what it is now, why)
KEYWORDS: dict[tuple[str, str, str], tuple[Any, str]] = {
    ("epayment", "Reference", "pattern"): (r"^[a-zA-Z0-9-]{8,64}$", "50 until 2025"),
    ("epayment", "Reference", "maxLength"): (64, "50 until January 2025"),
    ("epayment", "PaymentEvent", "required"): (
        ["reference", "pspReference", "name", "amount", "timestamp", "success"],
        "the file asks for paymentAction, a property that it does not have",
    ),
}
#: operation: the statuses that the file does not list, and why they come
STATUSES = {
    ("get /epayment/v1/payments/{reference}", 404): "5090, in the list of codes",
    ("get /epayment/v1/payments/{reference}/events", 404): "5090, as for the payment",
    ("post /epayment/v1/test/payments/{reference}/approve", 400): "10010 to 10070",
    ("delete /v1/webhooks/{id}", 404): "nothing is said about unknown ones",
}
#: What a status without a listed body has.
PROBLEMS = {"epayment": "Problem", "webhooks": "ProblemDetails"}
#: Schemas that stand in another file.
ELSEWHERE = re.compile(r"https://\S+order-management\S+#/components/schemas/(\w+)")
KEPT = (
    *("type", "enum", "format", "pattern", "minimum", "maximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "maxProperties"),
)


class VippsSpecification:
    """All files, patched."""

    def __init__(self) -> None:
        self.files = {
            name: yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
            for name, file in FILES.items()
        }
        self.original = copy.deepcopy(self.files)
        for (file, schema, name), (node, _reason) in PROPERTIES.items():
            self._schemas(file)[schema]["properties"][name] = node
        for (file, schema, keyword), (value, _reason) in KEYWORDS.items():
            self._schemas(file)[schema][keyword] = value

    def operations(self, file: str) -> dict[str, Any]:
        """Method and path of each, with what it answers."""
        return {
            f"{method} {path}": operation
            for path, methods in self.files[file]["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        }

    def check(self, file: str, operation: str, response: requests.Response) -> None:
        """Fail unless the answer is one that the file describes."""
        status = response.status_code
        listed = self.operations(file)[operation]["responses"]
        if str(status) not in listed:
            assert (operation, status) in STATUSES, f"{operation} never is {status}"
            self.check_content(file, PROBLEMS[file], response.json())
            return
        node = self._follow(file, listed[str(status)])
        content = node.get("content")
        if not content:
            assert status >= 400 or response.content == b""
            return
        schema = next(iter(content.values()))["schema"]
        self._validate(self._translate(file, schema), response.json())

    def check_content(self, file: str, schema: str, content: Any) -> None:
        """Fail unless it is what the file's schema describes."""
        reference = {"$ref": f"#/components/schemas/{schema}"}
        self._validate(self._translate(file, reference), content)

    @staticmethod
    def _validate(schema: dict[str, Any], content: Any) -> None:
        validator = Draft202012Validator(schema, format_checker=formats)
        problems = [
            f"{error.json_path}: {error.message}"
            for error in validator.iter_errors(content)
        ]
        assert not problems, f"{problems}\n{content}"

    def _schemas(self, file: str) -> dict[str, Any]:
        found: dict[str, Any] = self.files[file]["components"]["schemas"]
        return found

    def _follow(self, file: str, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        found = self.files[file]
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _translate(self, file: str, node: dict[str, Any]) -> dict[str, Any]:
        """OpenAPI 3.0 as JSON Schema; what is not listed may not be there."""
        if "$ref" in node:
            other = ELSEWHERE.fullmatch(node["$ref"])
            if other:
                return self._translate("orders", self._schemas("orders")[other[1]])
            return self._translate(file, self._follow(file, node))
        made = {name: node[name] for name in KEPT if name in node}
        for name in ("oneOf", "anyOf"):
            if name in node:
                # the file means "one of": none of its parts requires anything
                made["anyOf"] = [self._translate(file, part) for part in node[name]]
        if "items" in node:
            made["items"] = self._translate(file, node["items"])
        if "properties" in node:
            made |= self._object(file, node)
        if isinstance(node.get("additionalProperties"), dict):
            made["additionalProperties"] = self._translate(
                file, node["additionalProperties"]
            )
        return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") else made

    def _object(self, file: str, node: dict[str, Any]) -> dict[str, Any]:
        properties = {
            name: self._translate(file, part)
            for name, part in node["properties"].items()
        }
        required = node.get("required", [])
        return {
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
