"""Getting an Asterisk: fetched into a cache folder, or one that is already there.

In: a cache folder and a voice for progress. Out: an `Installation`, plain paths from
which any room can start an Asterisk as an ordinary user.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automaton.errors import ConfigurationError, LineError

Progress = Callable[[str], None]

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-fr-wav", "asterisk-core-sounds-en-wav")
WANTED = ("./usr/lib", "./usr/sbin/asterisk", "./usr/share/asterisk")
LAPSED = 'Acquire::Check-Valid-Until "false"'
FETCH_SECONDS = 900
SYSTEM_MODULES = ("/usr/lib/*/asterisk/modules", "/usr/lib*/asterisk/modules")
SYSTEM_DATA = ("/usr/share/asterisk", "/var/lib/asterisk")


@dataclass(frozen=True)
class Installation:
    """One Asterisk on disk; `loader` and `lib_path` are set where it was fetched."""

    root: Path
    binary: Path
    loader: Path | None
    lib_path: Path | None
    version: str
    module_dir: Path
    data_dir: Path

    def command(self, conf: Path) -> list[str]:
        """Return the command that runs Asterisk in the foreground on `conf`."""
        return [*self.prefix(), "-f", "-C", str(conf)]

    def console(self, conf: Path, order: str) -> list[str]:
        """Return the command that says one thing to the Asterisk running on `conf`."""
        return [*self.prefix(), "-C", str(conf), "-rx", order]

    def prefix(self) -> list[str]:
        """Return the binary, behind its own loader where it was fetched."""
        return prefix(self.binary, self.loader, self.lib_path)


def install(
    cache: Path, progress: Progress = lambda _: None, binary: Path | None = None
) -> Installation:
    """Return a usable Asterisk: the given one, the fetched one, the PATH's, or fetch.

    Raises ConfigurationError where the given binary will not do or a tool is missing,
    LineError where fetching failed.
    """
    found = find(cache, binary)
    if found is None:
        with only_one(cache):
            found = fetched(cache) or fetch(cache, progress)
    return found


def find(cache: Path, binary: Path | None = None) -> Installation | None:
    """Return the Asterisk that `install` would use without fetching, if any."""
    if binary is not None:
        return on_system(binary)
    known = fetched(cache)
    path = shutil.which("asterisk")
    if known is None and path is not None:
        known = usable_or_none(Path(path))
    return known


def usable_or_none(binary: Path) -> Installation | None:
    """Return the Asterisk found on the PATH, or nothing where it will not do."""
    try:
        return on_system(binary)
    except ConfigurationError:
        return None


def fetched(cache: Path) -> Installation | None:
    """Return the Asterisk that an earlier `install` left in the cache, if any."""
    root = place(cache)
    binary = root / "usr/sbin/asterisk"
    if not binary.exists():
        return None
    loader = only(root, "usr/lib/*-linux-gnu*/ld-linux*.so.*")
    return Installation(
        root=root,
        binary=binary,
        loader=loader,
        lib_path=loader.parent,
        version=version_of(prefix(binary, loader, loader.parent)),
        module_dir=only(root, "usr/lib/*/asterisk/modules"),
        data_dir=root / "usr/share/asterisk",
    )


def on_system(binary: Path) -> Installation:
    """Return the Asterisk installed by other means; refuse one without TechCause.

    TechCause (the SIP code in AMI's Hangup) came with the releases of October 2025.
    """
    if not binary.exists():
        raise ConfigurationError(
            f"There is no Asterisk at {binary}: mend asterisk.binary in the settings, "
            "or leave it out to have one fetched.",
            error_id="asterisk-missing",
        )
    data_dir = first(*(Path(name) for name in SYSTEM_DATA))
    if not reports_tech_cause(data_dir):
        raise ConfigurationError(
            f"The Asterisk at {binary} is too old or lacks its documentation: its "
            "Hangup event must carry TechCause (22.10 does). Leave asterisk.binary out "
            "of the settings to have a suitable one fetched.",
            error_id="asterisk-too-old",
        )
    modules = [hit for name in SYSTEM_MODULES for hit in Path("/").glob(name[1:])]
    return Installation(
        root=Path("/"),
        binary=binary,
        loader=None,
        lib_path=None,
        version=version_of([str(binary)]),
        module_dir=first(*modules),
        data_dir=data_dir,
    )


def reports_tech_cause(data_dir: Path) -> bool:
    """Tell whether this Asterisk documents TechCause, hence sends it in Hangup."""
    manual = data_dir / "documentation/core-en_US.xml"
    return manual.exists() and "TechCause" in manual.read_text("utf-8", "replace")


def fetch(cache: Path, progress: Progress) -> Installation:
    """Fetch Asterisk and its libraries from Debian; root is not needed.

    About 20 s and 200 MB. The folder appears under its name only when it is whole.
    """
    require_tools()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".asterisk-") as folder:
        archive, tree = Path(folder) / "tree.tar", Path(folder) / "tree"
        progress(f"Fetching Asterisk from Debian {SUITE} …")
        download(archive, progress)
        progress("Unpacking Asterisk …")
        unpack(archive, tree)
        tree.rename(place(cache))
    whole = fetched(cache)
    if whole is None:
        raise LineError("Asterisk was fetched but is not whole; try again.")
    progress(f"Asterisk {whole.version} is in {whole.root}")
    return whole


def require_tools() -> None:
    """Raise ConfigurationError, naming the command to run, where a tool is missing."""
    packages = {"mmdebstrap": "mmdebstrap", "tar": "tar"}
    if os.geteuid() != 0:
        packages["newuidmap"] = "uidmap"
    missing = [pack for tool, pack in packages.items() if shutil.which(tool) is None]
    if missing:
        raise ConfigurationError(
            "Missing Debian packages: run `sudo apt-get install "
            f"{' '.join(missing)}`, then start again.",
            error_id="asterisk-tools-missing",
        )


def download(archive: Path, progress: Progress) -> None:
    """Write the tree as a tar file; the archive's date is excused only if it lapsed."""
    result = mmdebstrap(archive)
    if result.returncode and "is expired" in result.stderr:
        progress("The archive's date has lapsed; fetching all the same …")
        result = mmdebstrap(archive, "--aptopt", LAPSED)
    if result.returncode:
        errors = [x for x in result.stderr.splitlines() if x.startswith("E:")]
        words = " ".join(errors[:2]) or result.stderr[-200:]
        raise LineError(
            f"Asterisk could not be fetched: {words}",
            error_id="asterisk-fetch-failed",
        )


def mmdebstrap(archive: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run mmdebstrap once; what it says is in the result's stderr.

    However this ends, no child of it stays behind.
    """
    order = ["mmdebstrap", "--variant=extract", f"--include={','.join(PACKAGES)}"]
    order += [*more, SUITE, str(archive)]
    with subprocess.Popen(
        order,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        try:
            _, said = process.communicate(timeout=FETCH_SECONDS)
        except BaseException as reason:
            os.killpg(process.pid, signal.SIGTERM)
            if isinstance(reason, subprocess.TimeoutExpired):
                raise too_slow() from reason
            raise
    return subprocess.CompletedProcess(order, process.returncode, "", said)


def too_slow() -> LineError:
    """Return the error of a fetch that does not end."""
    return LineError(
        f"Fetching Asterisk took over {FETCH_SECONDS} s; try again.",
        error_id="asterisk-fetch-slow",
    )


def unpack(archive: Path, tree: Path) -> None:
    """Unpack what running needs, owned by whoever runs this (devices stay out)."""
    tree.mkdir()
    order = ["tar", "-xf", str(archive), "-C", str(tree), "--no-same-owner", *WANTED]
    subprocess.run(order, check=True, stdin=subprocess.DEVNULL)


@contextmanager
def only_one(cache: Path) -> Iterator[None]:
    """Let one process at a time fetch into this cache; the others wait and find it."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".asterisk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def place(cache: Path) -> Path:
    """Return the folder of the fetched Asterisk."""
    return cache / f"asterisk-{SUITE}"


def prefix(binary: Path, loader: Path | None, lib_path: Path | None) -> list[str]:
    """Return how the binary is called, through its own loader where it has one."""
    if loader is None:
        return [str(binary)]
    return [str(loader), "--library-path", str(lib_path), str(binary)]


def version_of(order: list[str]) -> str:
    """Return the version that the binary says of itself, such as `22.10.1`."""
    said = subprocess.run([*order, "-V"], capture_output=True, text=True, check=False)
    found = re.search(r"Asterisk (\S+)", said.stdout)
    if found is None:
        raise ConfigurationError(
            f"{order[-1]} does not say its version: {said.stderr.strip()[:200]}",
            error_id="asterisk-broken",
        )
    return found.group(1)


def only(root: Path, pattern: str) -> Path:
    """Return the one path under `root` that matches."""
    return first(*root.glob(pattern))


def first(*paths: Path) -> Path:
    """Return the first path that exists."""
    for path in paths:
        if path.exists():
            return path
    raise ConfigurationError(
        "This Asterisk is not whole: a folder of modules or of data is missing. "
        "Remove it from the cache and install it again.",
        error_id="asterisk-broken",
    )
