"""A process that runs functions in forks of itself, each on its own connections.

``tests/real.py`` starts it as a script, with the arguments of Odoo's own command
line. It loads the registry once. Each line on its standard input is a job::

    {"function": "odoo.addons.….tests.test_x:fight", "calls": [{}, {"n": 2}]}

For each of the ``calls`` one process is forked; all of them start at the same
moment. One line on standard output answers with a list of outcomes, in order:
``{"value": …}``, or ``{"error": class, "message": text}``; a process that was
killed has the error ``Died``.
"""

import gc
import importlib
import json
import multiprocessing
import os
import sys
import traceback
import types
from pathlib import Path

import odoo.modules.registry
import odoo.tools
from odoo import api, sql_db
from odoo.netsvc import init_logger

# nobody waits longer for the others, or for a job
START_SECONDS = 60
JOB_SECONDS = 240

_fork = multiprocessing.get_context("fork")


def main(arguments):
    """Serve jobs until standard input ends."""
    # what Odoo or a job prints must not be taken for an answer
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    odoo.tools.config.parse_config(arguments)
    init_logger()
    registry = odoo.modules.registry.Registry(odoo.tools.config["db_name"][0])
    _look_ahead(registry)
    # no connection may be shared by two processes
    sql_db.close_all()
    # else each fork's collector would copy the memory that it has in common with us
    gc.collect()
    gc.freeze()
    answers.write('"ready"\n')
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(_run(registry, **json.loads(line))) + "\n")
        answers.flush()


def _look_ahead(registry):
    """Find out which fields hang on which: each fork would take 0.6 s for it, anew."""
    for field in list(registry._field_triggers):
        registry.get_field_trigger_tree(field)


def _run(registry, function, calls):
    module, _colon, name = function.partition(":")
    _make_bare(module.rpartition(".tests.")[0])
    # here, once, and not in each fork
    target = getattr(importlib.import_module(module), name)
    barrier = _fork.Barrier(len(calls))
    running = []
    for values in calls:
        mine, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(
            target=_play, args=(registry, target, values, barrier, theirs)
        )
        process.start()
        theirs.close()
        running.append((process, mine))
    return [_outcome(process, pipe) for process, pipe in running]


def _make_bare(addon):
    """Make the tests a package that imports nothing: a function needs few of them."""
    name = f"{addon}.tests"
    if addon and name not in sys.modules:
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = [str(Path(__file__).parent)]


def _play(registry, function, values, barrier, pipe):
    """Run one call in a transaction of its own; it is committed at the end."""
    try:
        registry = registry.check_signaling()
        with registry.cursor() as cr:
            # connected, and no snapshot taken yet
            cr.execute("SELECT 1")
            cr.rollback()
            barrier.wait(START_SECONDS)
            value = function(api.Environment(cr, api.SUPERUSER_ID, {}), **values)
        # other processes drop what they cached
        registry.signal_changes()
        pipe.send({"value": value})
    except BaseException as error:
        traceback.print_exc()
        pipe.send({"error": type(error).__name__, "message": str(error)})


def _outcome(process, pipe):
    try:
        if pipe.poll(JOB_SECONDS):
            return pipe.recv()
        process.kill()
        return {"error": "Died", "message": f"no result in {JOB_SECONDS} s"}
    except EOFError:
        process.join()
        return {"error": "Died", "message": f"exit code {process.exitcode}"}
    finally:
        process.join()
        pipe.close()


if __name__ == "__main__":
    main(sys.argv[1:])
