"""Opening the list of invoices and an invoice, beside the same without the addon."""

from __future__ import annotations

import copy
import importlib
from typing import Any

from .books import has_addon
from .goals import Figure
from .lab import Lab
from .timing import Run, median, ratio, timed

INVOICES = 200
ROWS = 80
ROUNDS, RINGS = 30, 8
LIST, FORM = "account.view_out_invoice_tree", "account.view_move_form"
CUSTOMERS = [("move_type", "=", "out_invoice")]
COUNT_LIMIT = 10001


def books(lab: Lab) -> list[str]:
    """Invoices, with the addon and without it."""
    count = lab.count(INVOICES)
    ours = lab.books("books:requests", count=count)
    return [ours, lab.books("books:invoices", addon=False, count=count)]


def figures(lab: Lab) -> list[Figure]:
    """Three figures: the list, the form, and the queries of a longer list."""
    # a list of twice as many rows is read as well
    rows = min(ROWS, lab.count(INVOICES) // 2)
    ours, stock = books(lab)
    pages: dict[str, dict[str, Any]] = {"views:rows": {"limit": rows}, "views:form": {}}
    found = lab.duels((ours, stock), pages, lab.count(ROUNDS), RINGS)
    listed, opened = found["views:rows"], found["views:form"]
    with lab.ring(ours, stock) as ring:
        twice = ring.duel("views:rows", 1, limit=2 * rows)
    return [
        _figure(f"invoice list of {rows}", listed),
        _figure("invoice form", opened),
        Figure(
            f"invoice list of {2 * rows} for {rows}",
            "more queries of the addon",
            _added(twice) - _added(listed),
            0,
            unit="queries",
            raw={"queries": [list(map(_queries, some)) for some in (listed, twice)]},
        ),
    ]


def rows(env: Any, limit: int) -> Run:
    """Read the list's first page with all of its columns, as the web client does."""
    env = _as_person(env)
    wanted = _specification(env, LIST, "list")
    with timed(env) as run:
        env["account.move"].web_search_read(
            CUSTOMERS, wanted, limit=limit, count_limit=COUNT_LIMIT
        )
    return run


def form(env: Any) -> Run:
    """Read one invoice with all that its form shows."""
    env = _as_person(env)
    wanted = _specification(env, FORM, "form")
    move = env["account.move"].search(CUSTOMERS, limit=1)
    with timed(env) as run:
        move.web_read(wanted)
    return run


def _figure(name: str, found: list[list[Run]]) -> Figure:
    value, noise = ratio(*found)
    raw = {
        "rounds": len(found[0]),
        "noise": noise,
        "seconds": [median(side).seconds for side in found],
        "queries": [_queries(side) for side in found],
    }
    return Figure(name, "without the addon", value, 1.1, raw=raw)


def _queries(runs: list[Run]) -> int:
    return min(run.queries for run in runs)


def _added(found: list[list[Run]]) -> int:
    ours, stock = map(_queries, found)
    return ours - stock


def _as_person(env: Any) -> Any:
    """The administrator, whose groups see all columns; a view has groups."""
    return env(user=env.ref("base.user_admin"), su=False)


def _specification(env: Any, view: str, kind: str) -> dict[str, Any]:
    """What the web client asks for to show a view."""
    views = env["account.move"].get_views([(env.ref(view).id, kind)])["views"]
    arch = importlib.import_module("lxml.etree").fromstring(views[kind]["arch"])
    wanted = _fields(env, "account.move", arch)
    if has_addon(env) and "mobilepay_state" not in wanted:
        raise AssertionError(f"the addon's column is not in {view}")
    return wanted


def _fields(env: Any, model: str, arch: Any) -> dict[str, Any]:
    """The fields of a view, with those of the lists within it."""
    wanted = {}
    for node in arch.xpath(".//field[not(ancestor::field)]"):
        name = node.get("name")
        wanted[name] = _field(env, env[model]._fields[name], node)
    return wanted


def _field(env: Any, field: Any, node: Any) -> dict[str, Any]:
    if field.type == "many2one":
        return {"fields": {"display_name": {}}}
    hidden = {node.get("invisible"), node.get("column_invisible")} & {"1", "True"}
    if field.type not in ("one2many", "many2many") or hidden:
        return {}
    inner = node.xpath("./list | ./kanban")
    if not inner:
        return {"fields": {"display_name": {}}}
    # else its fields count as this view's own: they have an ancestor
    within = copy.deepcopy(inner[0])
    return {"fields": _fields(env, field.comodel_name, within), "limit": 40}
