"""`python -m measure.child CONFIGURATION`: runs subjects in one database when asked.

Loads the database that the configuration names and says `"ready"`. Each line on its
standard input is a job, `{"subject": "module:function", "values": {…}}`: it calls
`function(env, **values)` in a transaction that is committed, and prints one line,
`{"value": …}` or `{"error": text}`. The subjects time themselves with
:func:`timing.timed`, so that what they need to begin with is not counted.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import traceback
from dataclasses import asdict, is_dataclass
from typing import Any


def main(arguments: list[str]) -> None:
    """Run jobs until the input ends; what Odoo prints goes to standard error."""
    [configuration] = arguments
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    registry = _load(configuration)
    # what was loaded is no garbage: looking through it would be chance's share
    gc.collect()
    gc.freeze()
    answer.write('"ready"\n')
    answer.flush()
    for line in sys.stdin:
        answer.write(json.dumps(_run(registry, **json.loads(line))) + "\n")
        answer.flush()


def _load(configuration: str) -> Any:
    # Odoo is imported here, once it is known which
    odoo = importlib.import_module("odoo")
    registries = importlib.import_module("odoo.modules.registry")
    importlib.import_module("odoo.tools").config.parse_config(["-c", configuration])
    [database] = odoo.tools.config["db_name"]
    return registries.Registry(database)


def _run(registry: Any, subject: str, values: dict[str, Any]) -> dict[str, Any]:
    api = importlib.import_module("odoo.api")
    module, _colon, name = subject.partition(":")
    try:
        function = getattr(importlib.import_module(f"measure.{module}"), name)
        with registry.cursor() as cr:
            value = function(api.Environment(cr, api.SUPERUSER_ID, {}), **values)
    except Exception:
        traceback.print_exc()
        return {"error": traceback.format_exc(limit=-12)}
    is_data = is_dataclass(value) and not isinstance(value, type)
    return {"value": asdict(value) if is_data else value}


if __name__ == "__main__":
    main(sys.argv[1:])
