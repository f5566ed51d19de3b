"""`python -m measure.load`: requests from many clients at once, and how long they took.

Reads JSON, `{"port": …, "path": …, "headers": {…}, "bodies": […], "clients": n}`, and
answers with `{"seconds": …}`. Each client sends its share of the bodies one after the
other, on one connection for as long as the server keeps it open. Any answer that is
no 2xx ends it.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

HOST = "127.0.0.1"
TIMEOUT = 60


def main() -> None:
    """Play one load."""
    job: dict[str, Any] = json.load(sys.stdin)
    parts = shares(job["bodies"], job["clients"])
    began = time.perf_counter()
    with ThreadPoolExecutor(len(parts)) as pool:
        running = [pool.submit(_client, job, part) for part in parts]
        for client in running:
            client.result()
    print(json.dumps({"seconds": time.perf_counter() - began}))


def shares(bodies: Sequence[str], clients: int) -> list[list[bytes]]:
    """What each client sends."""
    encoded = [body.encode() for body in bodies]
    return [encoded[first::clients] for first in range(clients)]


def _client(job: dict[str, Any], bodies: Sequence[bytes]) -> None:
    connection = http.client.HTTPConnection(HOST, job["port"], timeout=TIMEOUT)
    headers = {"Content-Type": "application/json", **job["headers"]}
    for body in bodies:
        connection.request("POST", job["path"], body, headers)
        answer = connection.getresponse()
        answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{job['path']} answered {answer.status}")
    connection.close()


if __name__ == "__main__":
    main()
