"""buildah and podman with a store of their own: images built, containers run.

Nothing of the machine's own containers is touched. Bases are made from Debian by
mmdebstrap, so that no registry of images is needed; they and the layers stay in the
cache folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from tests.system.stage import cache

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGES = {"daemon": "bookworm", "asterisk": "forky", "database": "bookworm"}
STAND_INS = {"database"}  # what a registry of images has, made here
OLD = "until=168h"
LAPSED = 'Acquire::Check-Valid-Until "false"'
CERTIFICATES = "/run/certificates.pem"
# What works without systemd and without a right to raise limits.
CONTAINERS_CONF = """[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/tmp"
"""
STORAGE_CONF = """[storage]
driver = "{driver}"
graphroot = "{store}"
runroot = "{run}"
"""


@dataclass(frozen=True)
class Ended:
    """What a command has said and how it has ended."""

    code: int
    out: str
    err: str


class Engine:
    """One store of images and the containers on it, alive in a `with`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aut-pod-"))
        store = cache() / "containers"
        store.mkdir(parents=True, exist_ok=True)
        self.scratch = store.with_name("containers.tmp")
        self._lock = store.with_name(".containers.lock").open("w")
        # The store remembers this path, which must be short for the sockets in it.
        self.living = Path("/run", f"automaton-{crc32(bytes(store))}")
        kinds = Path("/proc/filesystems").read_text("ascii")
        driver = "overlay" if "\toverlay\n" in kinds else "vfs"
        storage = STORAGE_CONF.format(driver=driver, store=store, run=self.living)
        (self.folder / "storage.conf").write_text(storage, "utf-8")
        containers = CONTAINERS_CONF.format(run=self.living)
        (self.folder / "containers.conf").write_text(containers, "utf-8")

    def __enter__(self) -> Self:
        """Wait for whoever uses the store, and clear what one left that was killed."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self.done("podman", "rm", "--all", "--force", "--time", "0")
        self.done("buildah", "rm", "--all")
        self.done("podman", "volume", "prune", "--force")
        self.done("podman", "image", "prune", "--force", "--filter", OLD)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for folder in (self.folder, self.living, self.scratch):
            shutil.rmtree(folder, ignore_errors=True)
        self._lock.close()

    @property
    def environ(self) -> dict[str, str]:
        """What leads podman, buildah and podman-compose to this store."""
        ours = {
            "CONTAINERS_CONF": str(self.folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.folder / "storage.conf"),
            "TMPDIR": str(self.scratch),
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AUTOMATON_")}
        return {**kept, **ours}

    def run(
        self,
        *order: str | Path,
        within: float = 60,
        told: str = "",
        more: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run a command on this store and return what came of it."""
        ended = subprocess.run(
            [str(word) for word in order],
            input=told,
            capture_output=True,
            text=True,
            check=False,
            timeout=within,
            env={**self.environ, **(more or {})},
            cwd=ROOT,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def done(self, *order: str | Path, within: float = 60, told: str = "") -> str:
        """Run a command that must do what it is asked; return what it said."""
        ended = self.run(*order, within=within, told=told)
        assert ended.code == 0, (order, ended.out[-2000:], ended.err[-2000:])
        return ended.out

    def build(self, name: str) -> str:
        """Build one of our images, or what stands in for one; return its name."""
        base, image = self._based(IMAGES[name]), f"localhost/automaton-{name}"
        place = HERE if name in STAND_INS else ROOT / "docker"
        order = ["buildah", "bud", "--isolation", "chroot", "--format", "docker"]
        order += ["--layers", "--build-arg", f"BASE_IMAGE={base}", *_packages_of_here()]
        order += ["--build-arg", "MORE_PACKAGES="] if name == "daemon" else []
        order += ["--file", f"{place}/{name}.Dockerfile", "--tag", image]
        self.done(*order, place if name in STAND_INS else ROOT, within=580)
        return image

    def inspected(self, container: str) -> dict[str, Any]:
        """Return what podman knows of a container."""
        (found,) = json.loads(self.done("podman", "inspect", container))
        assert isinstance(found, dict)
        return found

    def _based(self, suite: str) -> str:
        name = f"localhost/debian-{suite}"
        if self.run("podman", "image", "exists", name).code == 0:
            return name
        archive = self.folder / f"{suite}.tar"
        order = ["mmdebstrap", "--variant=minbase", "--aptopt", LAPSED]
        self.done(*order, suite, archive, within=300)
        self.done("podman", "import", archive, name, within=120)
        archive.unlink()
        return name


def _packages_of_here() -> Sequence[str]:
    """Return how a build reaches the packages of Python as this machine does."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(pip, capture_output=True, text=True, check=False).stdout
    known = dict(re.findall(r"^[^.]+\.([\w-]+)='(.*)'$", listed, re.M))
    order = []
    if cert := os.environ.get("PIP_CERT") or known.get("cert"):
        order += ["--volume", f"{cert}:{CERTIFICATES}:ro"]
        for name in ("PIP_CERT", "SSL_CERT_FILE"):
            order += ["--build-arg", f"{name}={CERTIFICATES}"]
    if index := os.environ.get("PIP_INDEX_URL") or known.get("index-url"):
        for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
            order += ["--build-arg", f"{name}={index}"]
    return order
