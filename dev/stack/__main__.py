"""`python -m stack COMMAND`: what the shell scripts need of this package."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from .paths import Paths
from .postgres import Postgres, PostgresError


def _commands() -> dict[str, Callable[[], None]]:
    postgres = Postgres(Paths.from_environment())
    return {
        "start-cluster": postgres.ensure_running,
        "stop-cluster": postgres.stop,
        "remove-cluster": _remove_clusters,
    }


def _remove_clusters() -> None:
    paths = Paths.from_environment()
    Postgres(paths).remove()
    os.environ["ACCOUNT_MOBILEPAY_STATE"] = str(paths.days)
    Postgres(paths).remove()


def main(arguments: list[str]) -> int:
    """Run the command that `arguments` names; 1 if it failed, 2 if unknown."""
    command = _commands().get(arguments[0] if arguments else "")
    if command is None:
        sys.stderr.write(f"usage: python -m stack {'|'.join(_commands())}\n")
        return 2
    try:
        command()
    except PostgresError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
