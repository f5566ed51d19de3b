"""MobilePay's own specification, where the folder with it is at hand."""

import os
from pathlib import Path
from typing import Any

import yaml

_PREFIX = "RestAPI.Models."


def openapi_document(
    root: Path, name: str = "mobilepay-invoice"
) -> dict[str, Any] | None:
    """An OpenAPI document by its name, or its file's; None without ``../shared``."""
    named = os.environ.get("ACCOUNT_MOBILEPAY_SHARED")
    shared = Path(named) if named else root.parent / "shared"
    folder = shared / "reference" / "openapi"
    file = folder / (name if name.endswith((".yml", ".yaml")) else f"{name}.yaml")
    if not file.is_file():
        return None
    document: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return document


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    """One model as a schema that stands alone."""
    return {
        "$ref": f"#/components/schemas/{_PREFIX}{name}",
        "components": document["components"],
    }


def nullable(value: Any) -> Any:
    """A part of the document with OpenAPI's ``nullable`` as JSON Schema says it."""
    if isinstance(value, list):
        return [nullable(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    held = {name: nullable(entry) for name, entry in value.items()}
    if held.pop("nullable", None) is True:
        held["type"] = [held["type"], "null"]
    return held


def as_specified(document: dict[str, Any], value: Any) -> Any:
    """The same value with names in the specification's case, wherever known.

    The documentation writes ``TotalVATAmount``, the specification
    ``totalVATAmount``; MobilePay reads both. Unknown names stay, so that the
    specification refuses them.
    """
    models = document["components"]["schemas"].values()
    known = {
        name.lower(): name
        for model in reversed(list(models))
        for name in model.get("properties", {})
    }
    return _renamed(value, known)


def _renamed(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(entry, known) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        known.get(name.lower(), name): _renamed(held, known)
        for name, held in value.items()
    }
