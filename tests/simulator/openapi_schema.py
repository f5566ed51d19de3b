"""MobilePay's machine-readable specification as JSON Schemas for answers.

Names are compared without regard to case and underscores: the documentation
writes them in PascalCase (and errors in snake_case), the specification in
camelCase. Every other place where the two differ stands in the tables below.
"""

from __future__ import annotations

import os
import re
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
import yaml
from jsonschema import Draft202012Validator, FormatChecker

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ACCOUNT_MOBILEPAY_SHARED", ROOT.parent / "shared"))
SPECIFICATION = SHARED / "reference" / "openapi" / "mobilepay-invoice.yaml"
REPORTING_V3 = SPECIFICATION.with_name("mobilepay-reporting-v3.yaml")

ERROR = "RestAPI.Middleware.Models.ErrorDetails"

#: (operation, our status): (the specification's status, why they differ)
STATUS_DRIFTS = {
    ("post invoices", 202): (200, "the reference answers single creates with 202"),
    ("post invoices/link", 202): (200, "as for a direct invoice"),
    ("post directinvoiceconsents", 201): (200, "the reference says 201"),
}
#: status: why an answer that the specification does not list for an operation,
#: or lists without a body, has the error body all the same
ERROR_DRIFTS = {
    400: "InputError is listed for some operations only; section 4 has it for all",
    404: "listed without a body for some operations only; section 4 names it",
    409: "listed mostly without a body; section 4 gives the body",
}
#: (schema, property): (schema in its place, why)
PROPERTY_DRIFTS = {
    (ERROR, "correlationid"): (
        {"type": "string", "format": "uuid"},
        "an object in the schema, a GUID in the specification's own example",
    ),
    ("RestAPI.Models.ConsentResponseModel", "state"): (
        {"enum": ["Pending", "Granted", "Denied"]},
        "an integer whose meaning is not given; a word in the documentation",
    ),
}
#: operation: why its answer is no JSON
BODY_DRIFTS = {
    "get consumers/me/invoices/{id}/pdf": "the stream's content is sent, not its model"
}

formats = FormatChecker(formats=())


@formats.checks("uuid", raises=ValueError)
def is_uuid(value: Any) -> bool:
    return not isinstance(value, str) or bool(uuid.UUID(value))


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: Any) -> bool:
    """With an offset; seven fractional digits are one too many for Python."""
    if not isinstance(value, str):
        return True
    shortened = re.sub(r"(\.\d{6})\d", r"\1", value)
    return datetime.fromisoformat(shortened).tzinfo is not None


def plain_name(name: str) -> str:
    return name.replace("_", "").lower()


def plain(value: Any) -> Any:
    """The value with its names made comparable."""
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {plain_name(name): plain(entry) for name, entry in value.items()}
    return value


class Specification:
    """MobilePay's file, as JSON Schemas with comparable names."""

    def __init__(self, file: Path = SPECIFICATION) -> None:
        self.content = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.operations = {
            f"{method} {self.shorten(path)}": operation
            for path, methods in self.content["paths"].items()
            for method, operation in methods.items()
        }

    @staticmethod
    def shorten(path: str) -> str:
        return path.removeprefix("/api/v1/").removeprefix("merchants/{merchantid}/")

    def model(self, name: str) -> dict[str, Any]:
        """One of the specification's models."""
        return self.schema(self.content["components"]["schemas"][name], name)

    def schema(self, node: dict[str, Any], model: str = "") -> dict[str, Any]:
        """Translate OpenAPI 3.0 into JSON Schema."""
        if "$ref" in node:
            return self.model(node["$ref"].rsplit("/", 1)[1])
        kept = {name: node[name] for name in ("type", "format", "enum") if name in node}
        if "items" in node:
            kept["items"] = self.schema(node["items"])
        if "properties" in node:
            kept["properties"] = self.properties(node["properties"], model)
            kept["required"] = [plain_name(name) for name in node.get("required", [])]
            kept["additionalProperties"] = False
        return {"anyOf": [kept, {"type": "null"}]} if node.get("nullable") else kept

    def properties(self, nodes: dict[str, Any], model: str) -> dict[str, Any]:
        found = {}
        for name, node in nodes.items():
            key = plain_name(name)
            drift = PROPERTY_DRIFTS.get((model, key))
            found[key] = drift[0] if drift else self.schema(node)
        return found

    def of_answer(self, operation: str, status: int) -> dict[str, Any] | None:
        """The schema for an operation's answer, None for one without a body."""
        status = STATUS_DRIFTS.get((operation, status), (status, ""))[0]
        responses = self.operations[operation]["responses"]
        listed = responses.get(str(status), {}).get("content", {})
        node = listed.get("application/json", {}).get("schema")
        if node:
            return self.schema(node)
        if status in ERROR_DRIFTS:
            return self.model(ERROR)
        assert str(status) in responses, f"{operation} never answers {status}"
        return None

    def check(self, operation: str, response: requests.Response) -> None:
        """Fail unless the answer is one that the specification describes."""
        schema = self.of_answer(operation, response.status_code)
        if operation in BODY_DRIFTS and response.status_code == 200:
            return
        if schema is None:
            assert response.content == b""
            return
        validator = Draft202012Validator(schema, format_checker=formats)
        problems = [
            f"{error.json_path}: {error.message}"
            for error in validator.iter_errors(plain(response.json()))
        ]
        assert not problems, f"{operation}: {problems}\n{response.text}"
