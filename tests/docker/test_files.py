"""The files of docker/ as they stand: linted, closed, and full of our settings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from automaton.settings import Settings, load

FOLDER = Path(__file__).resolve().parents[2] / "docker"
IMAGES = sorted(path.name for path in FOLDER.glob("*.Dockerfile"))
COMPOSED = ["compose.yaml", "compose.three.yaml"]
SECRETS = {name: f"made-up-{name}-2049" for name in ("ami", "ami-maintenance")}
URL = "postgresql+psycopg://automaton:secret@127.0.0.1/automaton"


def composed(name: str) -> dict[str, Any]:
    """Return a compose file, its anchors followed."""
    found = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def services(name: str) -> Mapping[str, dict[str, Any]]:
    """Return the services of a compose file."""
    found = composed(name)["services"]
    assert isinstance(found, dict)
    return found


def settings_of(service: Mapping[str, Any], folder: Path) -> Settings:
    """Return the settings that a daemon reads in a container of this service."""
    for secret, text in {**SECRETS, "database-url": URL}.items():
        (folder / secret).write_text(text, "utf-8")
    image = (FOLDER / "daemon.Dockerfile").read_text("utf-8")
    environ = dict(re.findall(r"(AUTOMATON__\w+)=(\S+)", image))
    environ |= {
        key: str(value).replace("/run/secrets", str(folder))
        for key, value in service["environment"].items()
    }
    return load(FOLDER / "automaton.toml", environ).settings


@pytest.mark.parametrize("name", IMAGES)
def test_hadolint_finds_nothing_in_an_image(name: str) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    order = [hadolint, "--no-color", "--failure-threshold=style", FOLDER / name]
    told = subprocess.run(order, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, ""), told.stdout


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_has_a_base_to_choose_a_health_check_and_is_nobody_of_note(
    name: str,
) -> None:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    assert any(line.startswith("ARG BASE_IMAGE=debian:") for line in lines)
    assert {line for line in lines if line.startswith("FROM ")} <= {
        "FROM ${BASE_IMAGE} AS build",
        "FROM ${BASE_IMAGE}",
    }
    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK ") for line in lines)


@pytest.mark.parametrize("name", COMPOSED)
def test_every_service_is_read_only_and_may_nothing(name: str) -> None:
    for service, told in services(name).items():
        assert told["read_only"] is True, service
        assert told["cap_drop"] == ["ALL"], service
        assert told["security_opt"] == ["no-new-privileges:true"], service
        assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", told["user"]), service
        assert "privileged" not in told, service


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_kept_is_in_a_volume_and_what_lives_is_started_again(name: str) -> None:
    declared, named = set(composed(name)["volumes"]), set()
    for service, told in services(name).items():
        volumes = [volume for volume in told["volumes"] if volume[0] != "$"]
        named |= {volume.split(":")[0] for volume in volumes}
        once = service.startswith("settings")
        assert told["restart"] == ("no" if once else "always"), service
    assert named == declared


@pytest.mark.parametrize("name", COMPOSED)
def test_asterisk_cannot_write_prompts_nor_see_what_is_on_record(name: str) -> None:
    for service, told in services(name).items():
        if not service.startswith("asterisk"):
            continue
        places = {volume.split(":", 1)[1] for volume in told["volumes"]}
        assert places == {
            "/var/lib/automaton-asterisk",
            "/var/lib/automaton-prompts:ro",
        }
        assert "secrets" not in told


@pytest.mark.parametrize("name", COMPOSED)
def test_every_secret_is_a_file(name: str) -> None:
    for secret, told in composed(name)["secrets"].items():
        assert told == {"file": f"${{AUTOMATON_SECRETS:-./secrets}}/{secret}"}


def test_one_node_reads_settings_that_hold_together(tmp_path: Path) -> None:
    for service in ("settings", "daemon"):
        found = settings_of(services("compose.yaml")[service], tmp_path)
        assert not found.asterisk.embedded
        assert found.asterisk.host == "127.0.0.1"
        assert found.database_url == "sqlite:////var/lib/automaton/automaton.db"


def test_three_nodes_share_one_database_and_no_port(tmp_path: Path) -> None:
    told = services("compose.three.yaml")
    found = [settings_of(told[f"daemon-{n}"], tmp_path) for n in (1, 2, 3)]
    assert {one.database_url for one in found} == {URL}
    assert len({one.server.node for one in found}) == 3
    ports = [
        port
        for one in found
        for port in (one.asterisk.port, one.asterisk.sip_port, one.watch.address)
    ]
    assert len(set(ports)) == len(ports)
    sounds = sorted((one.asterisk.rtp_start, one.asterisk.rtp_end) for one in found)
    assert all(before[1] < after[0] for before, after in pairwise(sounds))
    for n in (1, 2, 3):
        rendered = told[f"settings-{n}"]["environment"]
        assert rendered == told[f"daemon-{n}"]["environment"]


def test_what_the_images_need_goes_to_the_builder_and_nothing_else() -> None:
    ignored = (FOLDER.parent / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        word
        for name in IMAGES
        for line in (FOLDER / name).read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert "*" in ignored
    assert let_in == copied
    assert all((FOLDER.parent / word).exists() for word in copied)


def test_the_health_check_tells_that_nobody_answers(tmp_path: Path) -> None:
    place = tmp_path / "automaton.toml"
    place.write_text('[watch]\nbind = "127.0.0.1:1"\n', "utf-8")
    python = shutil.which("python3") or sys.executable
    told = subprocess.run(
        [python, FOLDER / "healthy.py"],
        env={"AUTOMATON_CONFIG": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "refused" in told.stderr
