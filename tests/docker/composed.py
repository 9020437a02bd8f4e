"""A compose file of ours, brought up by podman-compose on a store of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automaton.asterisk.install import Installation
from automaton.lab import AsteriskPaths, Town, plan_from_script
from tests.docker.engine import ROOT, Engine
from tests.system.stage import DUTY, MESSAGE, POLICY, as_judged, until

CAMPAIGN = "Crue"
ACCOUNT, POSTGRES = 10001, 999
INTO = ("sh", "-c", 'cat > "$0"')


@dataclass
class Composed:
    """The services of one compose file, and the town that they ring."""

    engine: Engine
    file: str
    folder: Path
    town: Town

    @property
    def project(self) -> str:
        """What the names of containers and volumes begin with."""
        return self.folder.name

    @property
    def settings(self) -> Path:
        """The settings that the compose file is told."""
        return self.folder / "automaton.toml"

    def compose(self, *order: str, within: float = 120) -> str:
        """Let compose do something; return what it said."""
        command = [Path(sys.executable).with_name("podman-compose"), "--in-pod=0"]
        command += ["--project-name", self.project]
        command += ["--file", ROOT / "docker" / self.file]
        if (overlay := self.folder / "overlay.yaml").exists():
            command += ["--file", overlay]
        more = {
            "AUTOMATON_SETTINGS": str(self.settings),
            "AUTOMATON_SECRETS": str(self.folder),
            **{
                f"AUTOMATON_{name.upper()}_IMAGE": f"localhost/automaton-{name}"
                for name in ("daemon", "asterisk", "database")
            },
        }
        ended = self.engine.run(*command, *order, within=within, more=more)
        assert ended.code == 0, (order, ended.out[-3000:], ended.err[-3000:])
        return ended.out

    def up(self, *services: str) -> None:
        """Start services and nothing that they depend on.

        Podman 4 waits for nobody's health, and starts no container again that depends
        on one which has ended: what `depends_on` says is said by the order of calls.
        """
        self.compose("up", "--detach", "--no-deps", *services)

    def once(self, service: str) -> None:
        """Run a service that ends by itself."""
        self.up(service)
        code = self.engine.done("podman", "wait", self.name(service), within=120)
        assert code.strip() == "0", self.said(service)

    def healthy(self, service: str, seconds: float = 60) -> None:
        """Wait until a service is healthy."""
        until(lambda: self.is_healthy(service), seconds, f"{service} is healthy")

    def down(self) -> None:
        """Take everything away, what was kept too."""
        self.compose("down", "--volumes", "--timeout", "5")

    def name(self, service: str) -> str:
        """Return how podman calls the container of a service."""
        return f"{self.project}_{service}_1"

    def within(self, service: str, *order: str, told: str = "", wait: int = 60) -> str:
        """Run something in the container of a service; return what it said."""
        exec_ = ["podman", "exec", "--interactive", self.name(service)]
        return self.engine.done(*exec_, *order, told=told, within=wait)

    def refused(self, service: str, *order: str) -> str:
        """Run something that must fail there; return what it said."""
        ended = self.engine.run("podman", "exec", self.name(service), *order)
        assert ended.code != 0, ended.out
        return ended.err

    def shell(self, service: str, *order: str, wait: int = 60) -> str:
        """Say something to the shell in the container of a daemon."""
        return self.within(service, "automaton", "--lang", "en", *order, wait=wait)

    def is_healthy(self, service: str) -> bool:
        """Ask the health check of the image, as the engine does every ten seconds."""
        order = ["podman", "healthcheck", "run", self.name(service)]
        return self.engine.run(*order).code == 0

    def pid(self, service: str) -> int:
        """Return the process id of a container here, 0 where it does not run."""
        state = self.engine.inspected(self.name(service))["State"]
        return int(state["Pid"]) if state["Running"] else 0

    def said(self, *services: str) -> str:
        """Return what containers have written at last."""
        logs = (
            self.engine.run("podman", "logs", "--tail", "60", self.name(one))
            for one in services
        )
        return "\n".join(one.out + one.err for one in logs)

    # The campaign.

    def happened(self, what: str) -> int:
        """Count what has happened in the town."""
        return sum(event.what == what for event in self.town.log())

    def launched(self, service: str, **policy: str) -> None:
        """Enter the town as a commune and launch an alert, by the shell of a daemon."""
        self.shell(service, "collectivity", "add", "Royan", "--insee", "17306")
        self.shell(service, "duty", "add", "Mairie", DUTY)
        register = self.town.register_csv(self.folder / "register.csv")
        table = register.read_text("utf-8")
        self.within(service, *INTO, "/tmp/register.csv", told=table)
        rules = {**POLICY, **policy}
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in rules.items())
        self.within(service, *INTO, "/tmp/policy.toml", told=text)
        self.shell(service, "contacts", "import", "/tmp/register.csv")
        draft = ["--name", CAMPAIGN, "--class", "alert", "--register", "alerte"]
        draft += ["--text", MESSAGE, "--policy", "/tmp/policy.toml"]
        self.shell(service, "campaign", "create", *draft)
        self.shell(service, "campaign", "launch", CAMPAIGN)

    def records(self, service: str, seconds: int) -> list[dict[str, Any]]:
        """Wait for the campaign's end; return what is on record, for the judge."""
        self.shell(service, "campaign", "watch", CAMPAIGN, wait=seconds)
        told = self.shell(service, "report", CAMPAIGN, "--format", "json")
        return [as_judged(one) for one in json.loads(told)["recipients"]]


@contextmanager
def composed(
    engine: Engine, file: str, script: str, installation: Installation
) -> Iterator[Composed]:
    """A town of this script, and a compose file of which nothing is up yet."""
    paths = AsteriskPaths(
        tuple(installation.prefix()), installation.module_dir, installation.data_dir
    )
    folder = Path(tempfile.mkdtemp(prefix="aut-"))
    folder.chmod(0o755)
    try:
        with Town(plan_from_script(script), paths) as town:
            yield Composed(engine, file, folder, town)
    finally:
        shutil.rmtree(folder)


def write_secrets(folder: Path, owners: Mapping[str, int]) -> None:
    """Write secrets, each for the one account that reads it."""
    for name, owner in owners.items():
        secret = folder / name
        secret.touch(0o400)
        secret.write_text(f"made-up-{name}-2049\n", "utf-8")
        os.chown(secret, owner, owner)
