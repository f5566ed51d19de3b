"""`python -m measure.child CONFIGURATION MODULE:FUNCTION ARGUMENTS`: one run.

Loads the database that the configuration names, calls ``FUNCTION(env, **ARGUMENTS)``
in a transaction that is committed, and prints what it returned as JSON on the last
line. The subjects time themselves with :func:`timing.timed`, so that what they need to
begin with is not counted.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from dataclasses import asdict

from .timing import Run


def main(arguments: list[str]) -> None:
    """Run one subject; what Odoo prints goes to standard error."""
    configuration, name, values = arguments
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Odoo is imported here, once it is known which
    odoo = importlib.import_module("odoo")
    registries = importlib.import_module("odoo.modules.registry")
    importlib.import_module("odoo.tools").config.parse_config(["-c", configuration])
    api = importlib.import_module("odoo.api")
    [database] = odoo.tools.config["db_name"]
    module, _colon, function = name.partition(":")
    subject = getattr(importlib.import_module(module), function)
    with registries.Registry(database).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        result = subject(env, **json.loads(values))
    answer.write(json.dumps(asdict(result) if isinstance(result, Run) else result))
    answer.close()


if __name__ == "__main__":
    main(sys.argv[1:])
