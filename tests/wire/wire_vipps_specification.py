"""Vipps MobilePay's own files, with what has changed since they were public.

Each change stands here with its reason; the sheet of corrections and the README of
the files say where it comes from.
"""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from wire_shared import nullable, openapi_document

#: Name of a file: what its paths begin with at the API's base.
FILES = {
    "epayment-v1.4.1-2024-02.yml": "",
    "webhooks-v1-2023-12.yaml": "/webhooks",
    "access-token-2023-11.yaml": "",
    "qr-2024-10.yaml": "/qr",
}
RECEIPT = "order-management-v2.1-2025-06.yaml"

#: References have 64 characters since January 2025, in the file 50.
REFERENCE = {"type": "string", "pattern": "^[a-zA-Z0-9-]{8,64}$"}


class Specification:
    """All files as one: what may be asked where, and what is answered."""

    def __init__(self, root: Path) -> None:
        documents = {name: openapi_document(root, name) for name in (*FILES, RECEIPT)}
        #: None where ``../shared`` is absent
        self.found = None not in documents.values()
        if self.found:
            self._documents = {
                name: _strict(nullable(deepcopy(held)))
                for name, held in documents.items()
            }
            self._patch()

    def _patch(self) -> None:
        """What has drifted."""
        payments = self._documents["epayment-v1.4.1-2024-02.yml"]["components"]
        schemas, parameters = payments["schemas"], payments["parameters"]
        schemas["Reference"] = REFERENCE
        parameters["Payment-Reference-ID"]["schema"] = REFERENCE
        # numbers of nine digits are taken now
        phone = schemas["CustomerPhoneNumber"]["properties"]["phoneNumber"]
        phone.update(pattern=r"^\d{9,15}$", minLength=9)
        # numbers of seven digits are in use
        schemas["MSN"] = {"type": "string", "pattern": "^[0-9]{4,}$"}
        tokens = self._documents["access-token-2023-11.yaml"]["components"]
        tokens["parameters"]["Merchant-Serial-Number"]["schema"] = schemas["MSN"]
        # names a property that no event has
        required = schemas["PaymentEvent"]["required"]
        required[required.index("paymentAction")] = "name"
        # the file points to another file at another address
        receipts = self._documents[RECEIPT]["components"]["schemas"]
        create = schemas["CreatePaymentRequest"]["properties"]
        create["receipt"] = {"$ref": "#/components/schemas/Receipt"}
        schemas.update({name: receipts[name] for name in receipts})
        # since 2026: terms that the payer has to accept
        urls = {"termsOfSaleUrl": {"type": "string"}}
        urls["privacyPolicyUrl"] = {"type": "string"}
        create["merchantLegalLinks"] = {
            "type": "object",
            "properties": urls,
            "required": list(urls),
            "additionalProperties": False,
        }
        # since August 2026: until when a capture succeeds
        until = {"captureGuaranteedUntil": {"type": "string"}}
        schemas["GetPaymentResponse"]["properties"].update(until)
        schemas["WebhookEvent"]["properties"].update(until)
        # domain codes and fields
        detail = {"type": "array", "items": {"type": "object"}}
        schemas["Problem"]["properties"]["extraDetails"] = detail
        # since November 2024: only what nobody has approved is cancelled
        flag = {"cancelTransactionOnly": {"type": "boolean"}}
        cancel = {"type": "object", "properties": flag, "additionalProperties": False}
        paths = self._documents["epayment-v1.4.1-2024-02.yml"]["paths"]
        paths["/epayment/v1/payments/{reference}/cancel"]["post"]["requestBody"] = {
            "content": {"application/json": {"schema": cancel}}
        }
        # the token's size is in the example only; it is asked for by headers alone
        self._documents["access-token-2023-11.yaml"]["paths"].pop("/miami/v1/token")

    def operation(self, method: str, path: str) -> tuple[dict[str, Any], str]:
        """The operation a request is for, with all its parameters, and its file."""
        plain = path.partition("?")[0]
        for name, prefix in FILES.items():
            for template, methods in self._documents[name]["paths"].items():
                pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(prefix + template))
                if re.fullmatch(pattern, plain) and method.lower() in methods:
                    found = dict(methods[method.lower()])
                    listed = methods.get("parameters", []) + found.get("parameters", [])
                    found["parameters"] = [self._resolved(name, p) for p in listed]
                    return found, name
        raise AssertionError(f"{method} {path} is in none of the files")

    def _resolved(self, name: str, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            held: Any = self._documents[name]
            for part in node["$ref"].removeprefix("#/").split("/"):
                held = held[part]
            node = held
        return node

    def validate(self, name: str, schema: dict[str, Any], value: Any) -> None:
        """Fail unless the value is what a file's schema describes."""
        whole = {**schema, "components": self._documents[name]["components"]}
        Draft202012Validator(whole).validate(value)

    def check_request(self, asked: Any) -> None:
        """Fail unless a request, its headers and its body are in a file."""
        operation, name = self.operation(asked.method, asked.path)
        for parameter in operation["parameters"]:
            if parameter["in"] != "header" or parameter["name"] == "Authorization":
                continue
            value = asked.headers.get(parameter["name"])
            assert value or not parameter.get("required"), parameter["name"]
            schema = parameter["schema"]
            typed = int(value) if value and schema.get("type") == "integer" else value
            if value:
                self.validate(name, schema, typed)
        body = operation.get("requestBody")
        if not asked.body:
            assert not (body or {}).get("required"), f"{asked.path} needs a body"
            return
        assert body, f"{asked.method} {asked.path} has no body"
        body = self._resolved(name, body)
        self.validate(name, body["content"]["application/json"]["schema"], asked.json)

    def check_answer(self, method: str, path: str, status: int, value: Any) -> None:
        """Fail unless an answer that a test gives is one of MobilePay's."""
        operation, name = self.operation(method, path)
        response = self._resolved(name, operation["responses"][str(status)])
        [content] = response["content"].values()
        self.validate(name, content["schema"], value)

    def check_model(self, model: str, value: Any) -> None:
        """Fail unless a value is one of ePayment's models."""
        name = "epayment-v1.4.1-2024-02.yml"
        self.validate(name, {"$ref": f"#/components/schemas/{model}"}, value)


def _strict(value: Any) -> Any:
    """A document whose objects hold nothing but what is listed.

    MobilePay says that it refuses unknown fields, and its schemas do not.
    """
    if isinstance(value, list):
        return [_strict(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    held = {name: _strict(entry) for name, entry in value.items()}
    if isinstance(held.get("properties"), dict) and held.get("type") == "object":
        held.setdefault("additionalProperties", False)
    return held
