"""The wheel at work: installed in a new database, met at its doors by HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from play.office import Office

from stack import Databases, install, run_odoo_shell
from stack.paths import ADDON

from .build import PackingError
from .clean import CleanPaths, CleanServer

LOGIN = "admin"
#: some of the addon's menus, by their external ids
MENUS = (
    "menu_mobilepay_requests",
    "menu_mobilepay_transfer",
    "menu_mobilepay_owed",
    "menu_mobilepay_connection",
)
#: what answers whom: a callback that has no key, a payer and a browser without a
#: session, the files of the addon's own page
DOORS = (
    ("POST", "/mobilepay/callback/no-such-path", 401),
    ("GET", "/mobilepay/oidc/finish?state=unknown", 200),
    ("GET", "/web/login", 200),
    ("GET", f"/{ADDON}/static/description/icon.png", 200),
    ("GET", f"/{ADDON}/static/description/index.html", 200),
)
WHERE = """
import json, sys
from odoo.modules.module import Manifest, get_module_path
from odoo.addons import {addon}
module = env.ref("base.module_{addon}")
print(json.dumps({{
    "file": {addon}.__file__,
    "path": get_module_path("{addon}"),
    "state": module.state,
    "version": module.latest_version,
    "models": sum(name.startswith("mobilepay.") for name in env.registry),
    "menus": [bool(env.ref("{addon}." + name, False)) for name in {menus}],
    "tests": any("{addon}.tests" in name for name in sys.modules),
}}))
"""


def try_wheel(clean: CleanPaths, database: str, version: str) -> Iterator[str]:
    """Install the wheel in a new database and use it; yields what was seen.

    Raises `PackingError`, `OdooError` or an error of HTTP where something fails.
    """
    databases = Databases(clean)
    try:
        databases.clone(databases.base(), database)
        install(database, [ADDON], paths=clean)
        yield from _look_inside(clean, database, version)
        with CleanServer(database, paths=clean) as server:
            yield from _knock(server.url)
            yield _make_connection(Office(server.url, database))
    finally:
        databases.drop(database)


def _look_inside(clean: CleanPaths, database: str, version: str) -> Iterator[str]:
    script = WHERE.format(addon=ADDON, menus=MENUS)
    printed = run_odoo_shell(database, script, commit=False, paths=clean)
    seen = json.loads(printed.splitlines()[-1])
    for key in ("file", "path"):
        inside = Path(seen[key]).resolve().is_relative_to(clean.environment.resolve())
        _expect(f"the addon comes from the wheel, not from {seen[key]}", inside)
    _expect(f"it is installed: {seen['state']}", seen["state"] == "installed")
    _expect(f"version {seen['version']}", seen["version"] == version)
    _expect(f"menus {seen['menus']}", all(seen["menus"]))
    _expect("no test is loaded", not seen["tests"])
    yield f"{seen['version']} installed from {Path(seen['path']).parent.name}/"
    yield f"{seen['models']} models, {len(MENUS)} menus looked up"


def _knock(url: str) -> Iterator[str]:
    for method, path, status in DOORS:
        answer = requests.request(
            method, url + path, data="[]" if method == "POST" else None, timeout=60
        )
        found = answer.status_code
        _expect(f"{method} {path}: {found}, not {status}", found == status)
        yield f"{method} {path}: {status}"


def _make_connection(office: Office) -> str:
    office.log_in(LOGIN, LOGIN)
    values: dict[str, Any] = {
        "environment": "sandbox_dk",
        "merchant_vat": "DK12345678",
        "client_id": "smoke-client",
        "client_secret": "smoke-secret",
        "gateway_client_id": "smoke-gateway",
        "gateway_secret": "smoke-gateway-secret",
    }
    [connection] = office.call("mobilepay.connection", "create", [values])
    fields = ["state", "redirect_uri", "client_secret"]
    [seen] = office.call("mobilepay.connection", "read", [connection], fields)
    _expect(f"state {seen['state']}", seen["state"] == "not_connected")
    _expect("the secret is not shown", "smoke" not in str(seen["client_secret"]))
    redirect = str(seen["redirect_uri"])
    _expect("the form shows a redirect URI", redirect.endswith("/oidc/callback"))
    return "a connection is made, its secrets kept"


def _expect(what: str, holds: bool) -> None:
    if not holds:
        raise PackingError(f"expected: {what}")
