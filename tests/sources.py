"""Where the addon commits and calls MobilePay, read from its source."""

import ast
from pathlib import Path

ADDON = Path(__file__).resolve().parents[1]
ROOMS = ("models", "controllers", "wizard")
COMMITS = {"_commit", "_commit_progress", "_keep_outcome", "commit", "cursor"}
APIS = {"service", "provider", "test_payer"}
# what a service does without asking MobilePay
LOCAL = {"encode", "is_authentic", "parse", "payer", "payer_id"}


def committing_methods():
    """Return ``room.file.method`` of all that commit, by whatever means."""
    return _methods_with(lambda call: call.func.attr in COMMITS)


def calling_methods():
    """Return ``file.method`` of all that call MobilePay."""
    return _methods_with(
        lambda call: (
            isinstance(call.func.value, ast.Name)
            and call.func.value.id in APIS
            and call.func.attr not in LOCAL
        )
    )


def _methods_with(is_meant):
    return {
        f"{_dotted(file.relative_to(ADDON / room))}.{method.name}"
        for room in ROOMS
        for file in (ADDON / room).rglob("*.py")
        for method in ast.walk(ast.parse(file.read_text()))
        if isinstance(method, ast.FunctionDef)
        for call in ast.walk(method)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and is_meant(call)
    }


def _dotted(path):
    return ".".join(path.with_suffix("").parts)
