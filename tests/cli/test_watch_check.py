"""The doctor says who may watch the daemon, and whether they can."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from automaton.daemon import only_one
from automaton.settings import load
from automaton.watching import house_of
from tests.cli.conftest import Node


def told(node: Node, bind: str, *options: str) -> list[dict[str, str]]:
    """Return what the doctor finds of watching with this `watch.bind`."""
    file = node.folder / "automaton.toml"
    file.write_text(file.read_text("utf-8") + f'[watch]\nbind = "{bind}"\n', "utf-8")
    found = node("doctor", "--json", *options).data["findings"]
    return [one for one in found if one["subject"] in ("watching", "surveillance")]


@contextmanager
def running(node: Node) -> Iterator[None]:
    """Hold the lock that a daemon holds."""
    with only_one(node.folder / "data" / "daemon.lock"):
        yield


@contextmanager
def door(body: bytes) -> Iterator[int]:
    """Answer everything with this, at a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_nobody_may_watch(node: Node) -> None:
    (one,) = told(node, "")
    assert (one["verdict"], one["sentence"]) == ("ok", "nobody: watch.bind is empty")


def test_a_door_on_this_machine_is_well(node: Node) -> None:
    (one,) = told(node, "127.0.0.1:9108")
    assert one["verdict"] == "ok"


def test_a_door_that_others_reach_is_warned_of_in_both_languages(node: Node) -> None:
    warning, _ = told(node, "0.0.0.0:9108")
    assert warning["verdict"] == "warn"
    assert "without a password" in warning["sentence"]
    file = node.folder / "automaton.toml"
    file.write_text(file.read_text("utf-8").partition("[watch]")[0], "utf-8")
    french, _ = told(node, "0.0.0.0:9108", "--lang", "fr")
    assert "sans mot de passe" in french["sentence"]


@pytest.mark.parametrize("body", [b"hello", b"1"])
def test_a_daemon_that_runs_must_answer_at_its_door(node: Node, body: bytes) -> None:
    with running(node), door(body) as port:
        (one,) = told(node, f"127.0.0.1:{port}")
    assert (one["verdict"], "nobody answers" in one["sentence"]) == ("warn", True)


@pytest.mark.parametrize("alive", [True, False])
def test_the_daemon_of_this_node_answers_well_or_ill(node: Node, alive: bool) -> None:
    with running(node):
        house = house_of(load(node.folder / "automaton.toml", {}).settings)
        body = json.dumps({"alive": alive, "house": house}).encode()
        with door(body) as port:
            (one,) = told(node, f"127.0.0.1:{port}")
    assert (one["verdict"], "it answers" in one["sentence"]) == ("ok", True)


def test_the_door_of_another_daemon_is_not_taken_for_ours(node: Node) -> None:
    # Two daemons of one machine with the default port: « it answers », said both.
    with running(node), door(b'{"alive": true, "house": "fe01-7"}') as port:
        (one,) = told(node, f"127.0.0.1:{port}")
    assert (one["verdict"], one["advice"].split(",")[0]) == (
        "warn",
        "choose another port in watch.bind",
    )
    assert "another daemon answers" in one["sentence"]


def test_a_daemon_that_does_not_answer_is_told(node: Node) -> None:
    with door(b"") as port:
        pass  # a port that was free a moment ago, and has nobody now
    with running(node):
        (one,) = told(node, f"0.0.0.0:{port}")[1:]
    assert one["verdict"] == "warn"
    assert "nobody answers" in one["sentence"]
