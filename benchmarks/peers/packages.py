"""What the peers need and the product does not: pycall and a client for Node.

Pinned by the lock files beside this one, fetched once by pip and npm into the cache
folder, before the network is left. Where there is no Node, that peer is left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from automaton.settings import load

HERE = Path(__file__).parent
LOCK, NODE_FILES = "requirements.lock", ("package.json", "package-lock.json")


def folder() -> Path:
    """Return where they are; another lock is another folder."""
    digest = hashlib.sha256()
    for name in (LOCK, *NODE_FILES):
        digest.update((HERE / name).read_bytes())
    digest.update(sys.version.encode())
    cache = load(None, os.environ).settings.folders.cache
    return cache / f"bench-peers-{digest.hexdigest()[:12]}"


def fetch() -> None:
    """Fetch what is missing."""
    place = folder()
    if not has_pycall():
        fetch_python(place)
    if shutil.which("npm") and not (place / "node_modules").exists():
        fetch_node(place)


def fetch_python(place: Path) -> None:
    """Fetch the Python packages, whole or not at all."""
    draft = place / "python.new"
    shutil.rmtree(draft, ignore_errors=True)
    order = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    order += ["--require-hashes", "--requirement", str(HERE / LOCK)]
    subprocess.run([*order, "--target", str(draft)], check=True)
    draft.rename(place / "python")


def fetch_node(place: Path) -> None:
    """Fetch the Node packages; none of them may run anything."""
    for name in NODE_FILES:
        shutil.copy(HERE / name, place / name)
    order = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(order, cwd=place, check=True)


def environment() -> dict[str, str]:
    """Return our environment, in which the peers find their packages."""
    place = folder()
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(place / "python")]),
        "NODE_PATH": str(place / "node_modules"),
    }


def has_pycall() -> bool:
    """Tell whether the Python packages were fetched."""
    return (folder() / "python").exists()


def has_node() -> bool:
    """Tell whether the Node peer can run."""
    return bool(shutil.which("node")) and (folder() / "node_modules").exists()
