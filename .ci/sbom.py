"""Writes build/sbom.json: everything that runs with us (CycloneDX 1.5); `make check`.

The Python packages of requirements.lock with their hashes, the Debian packages that the
product starts, the fetched Asterisk with the hash of each of its libraries. No moment
and no random number: the same lock on the same machine gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automaton import __version__
from automaton.asterisk.install import PACKAGES, SUITE, fetched, place
from automaton.errors import AutomatonError
from automaton.settings import load

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OUTPUT = ROOT / "build" / "sbom.json"
DEBIAN = ("espeak-ng", "ffmpeg", "postgresql", "python3", "openssh-client")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.IGNORECASE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
Component = dict[str, Any]


def main() -> int:
    """Write the bill and say how long it is."""
    components = [*python_packages(LOCK.read_text("utf-8")), *debian_packages()]
    components += asterisk_parts()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(bill(components), indent=1) + "\n", "utf-8")
    print(f"bill of materials: {len(components)} components in build/{OUTPUT.name}")
    return 0


def bill(components: list[Component]) -> dict[str, Any]:
    """Return the whole document; its serial number follows from what it lists."""
    ours = {"type": "application", "name": "automaton", "version": __version__}
    listed = sorted(components, key=lambda one: one["bom-ref"])
    digest = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).digest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}",
        "version": 1,
        "metadata": {"component": ours | {"bom-ref": "automaton"}},
        "components": listed,
    }


def python_packages(lock: str) -> Iterator[Component]:
    """Yield the packages of a lock file."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if pin := PIN.match(block):
            name, version = pin[1].lower(), pin[2]
            purl = f"pkg:pypi/{name.replace('_', '-')}@{version}"
            hashes = [_sha256(digest) for digest in sorted(HASH.findall(block))]
            # The hashes are of its files: one for each platform.
            files = [{"type": "distribution", "url": purl, "hashes": hashes}]
            yield _component("library", name, version, purl) | {
                "externalReferences": files
            }


def debian_packages() -> Iterator[Component]:
    """Yield what is installed here of the packages that the product starts."""
    form = "${db:Status-Status} ${Package} ${Version} ${Architecture}\n"
    order = ["dpkg-query", "--show", "--showformat", form, *DEBIAN]
    try:
        told = subprocess.run(order, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return
    for line in told.stdout.splitlines():
        status, _, rest = line.partition(" ")
        if status == "installed":
            name, version, machine = rest.split()
            purl = f"pkg:deb/debian/{name}@{version}?arch={machine}"
            yield _component("application", name, version, purl)


def asterisk_parts() -> Iterator[Component]:
    """Yield the fetched Asterisk, its packages and the libraries in its tree."""
    cache = load(None, {}).settings.folders.cache
    here, tree = fetched(cache), place(cache)
    for name in PACKAGES:
        purl = f"pkg:deb/debian/{name}?distro={SUITE}"
        version = here.version if here and name == PACKAGES[0] else ""
        yield _component("application", name, version, purl)
    for file in sorted(tree.glob("usr/lib/*/*.so*")):
        if file.is_file() and not file.is_symlink():
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            ref = f"asterisk/{file.relative_to(tree)}"
            yield {
                "type": "file",
                "bom-ref": ref,
                "name": file.name,
                "hashes": [_sha256(digest)],
            }


def _component(kind: str, name: str, version: str, purl: str) -> Component:
    told = {"type": kind, "bom-ref": purl, "name": name, "purl": purl}
    return told | ({"version": version} if version else {})


def _sha256(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AutomatonError as error:
        sys.exit(f"bill of materials: {error}")
