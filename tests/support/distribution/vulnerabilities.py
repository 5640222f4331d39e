"""Looks for known vulnerabilities of the pinned packages: `python -m tests.support.distribution.vulnerabilities`.

An index of packages need not know of vulnerabilities, and pip-audit finds none there without a word. So it is asked of a version that has
some first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

VULNERABLE = "jinja2==2.4.1"
"""Its vulnerabilities are known since 2014 (CVE-2014-1402)."""


def asked(requirements: Path) -> list[dict[str, Any]] | str:
    """What pip-audit says of each package of a file, or why it says nothing."""
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    command = [sys.executable, "-m", "pip_audit", *options, "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return done.stderr.strip().rpartition("\n")[2] or f"pip-audit ended in {done.returncode}"
    return packages


def main() -> int:
    """Prints what is known of requirements.lock: 1 for a vulnerability or a package that is not known, 0 with a reason where none can be asked."""
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "requirements.txt"
        sample.write_text(f"{VULNERABLE}\n", encoding="utf-8")
        known = asked(sample)
    if isinstance(known, str) or not any(package.get("vulns") for package in known):
        why = known if isinstance(known, str) else f"it knows of none of {VULNERABLE}, which has some"
        print(f"Skipped: no index of vulnerabilities can be asked ({why}).")
        return 0
    packages = asked(ROOT / "requirements.lock")
    if isinstance(packages, str):
        print(f"The pinned packages could not be looked up: {packages}")
        return 1
    troubles = [f"{package['name']}: {package['skip_reason']}" for package in packages if "skip_reason" in package]
    troubles += [
        f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for package in packages
        for vulnerability in package.get("vulns", ())
    ]
    print(*troubles, f"{len(packages)} packages, {len(troubles)} troubles.", sep="\n")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
