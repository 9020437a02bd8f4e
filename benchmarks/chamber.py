"""A network of one's own: nothing in it reaches anybody, and raw sockets work.

SIPp presses keys through raw sockets, which an ordinary user has in no other way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

INSIDE = "AUTOMATON_BENCH_INSIDE"


def is_inside() -> bool:
    """Tell whether this process has the network for itself."""
    return os.environ.get(INSIDE) == "1"


def run_inside(module: str, arguments: Sequence[str]) -> int:
    """Run a module of ours once more, in a network with nothing but loopback."""
    order = [*namespace(), "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    order += [sys.executable, "-m", module, *arguments]
    child = subprocess.Popen(order, env={**os.environ, INSIDE: "1"})
    try:
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()  # the same Ctrl-C has reached it: it clears up


def namespace() -> list[str]:
    """Return the command that makes the network; exits where none can be made."""
    for missing in (n for n in ("unshare", "ip", "sipp") if shutil.which(n) is None):
        sys.exit(f"The benchmark needs {missing}: apt-get install sip-tester iproute2")
    for flags in ("-Urn", "-n"):
        order = ["unshare", flags]
        tried = subprocess.run([*order, "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return order
    sys.exit("No network namespace can be made here: allow user namespaces.")
