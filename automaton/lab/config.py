"""The configuration of the town's Asterisk, rendered from this room's own templates."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from automaton.lab.installation import AsteriskPaths

RTP_PORTS = (24_000, 31_998)


def render_config(run: Path, asterisk: AsteriskPaths, inside_port: int) -> Path:
    """Write every file below `run`/etc; return the path of asterisk.conf."""
    etc = run / "etc"
    for folder in (etc, *(run / name for name in ("var", "spool", "log", "run"))):
        folder.mkdir(parents=True, exist_ok=True)
    words = {
        "etc": etc,
        "run": run,
        "modules": asterisk.module_dir,
        "data": asterisk.data_dir,
        "port": inside_port,
        "rtp_first": RTP_PORTS[0],
        "rtp_last": RTP_PORTS[1],
    }
    for template in (files("automaton.lab") / "templates").iterdir():
        text = _Conf(template.read_text(encoding="utf-8")).substitute(words)
        (etc / template.name).write_text(text, encoding="utf-8")
    return etc / "asterisk.conf"


class _Conf(Template):
    """Asterisk keeps the dollar for itself; ours is the at sign: @{word}."""

    delimiter = "@"
