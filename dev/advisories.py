"""Asks for security advisories on the addon's packages, and whether it was answered.

pip-audit calls a package clean that its service does not know, so silence is not
taken for an answer: each package must have been looked up, and an old release that
is known to be vulnerable must come back as such.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DEV = Path(__file__).resolve().parent
CLEAN, FOUND, UNREACHABLE = 0, 1, 3
#: CVE-2018-18074
KNOWN = "requests==2.19.0\n"
COMMAND = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json"]
Packages = list[dict[str, Any]]


def main() -> int:
    """Say what was found; the exit status tells the three outcomes apart."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as known:
        known.write(KNOWN)
        known.flush()
        control = audit(known.name, "--no-deps", "--disable-pip")
    if not any(package.get("vulns") for package in control or []):
        return say_unreachable(f"an advisory on {KNOWN.strip()} did not come back")
    packages = audit(str(DEV / "requirements-addon.txt"))
    if packages is None:
        return say_unreachable("pip-audit failed")
    if unknown := [package["name"] for package in packages if "vulns" not in package]:
        return say_unreachable(f"nothing is known of {', '.join(unknown)}")
    return report(packages)


def audit(requirements: str, *options: str) -> Packages | None:
    """What pip-audit says of each package; None where it gave no answer."""
    done = subprocess.run(
        [*COMMAND, *options, "--requirement", requirements],
        env={**os.environ, "PIP_CONSTRAINT": str(DEV / "constraints.txt")},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return None


def report(packages: Packages) -> int:
    """Print each advisory, or how many packages have none."""
    found = [(package, vuln) for package in packages for vuln in package["vulns"]]
    for package, vuln in found:
        fixed = ", ".join(vuln["fix_versions"]) or "no release"
        print(f"{package['name']} {package['version']}: {vuln['id']}, fixed in {fixed}")
    if not found:
        print(f"no advisories on {len(packages)} packages")
    return FOUND if found else CLEAN


def say_unreachable(why: str) -> int:
    """Say plainly that nothing is known."""
    print(f"NOT AUDITED: the advisories cannot be reached from here: {why}")
    return UNREACHABLE


if __name__ == "__main__":
    sys.exit(main())
