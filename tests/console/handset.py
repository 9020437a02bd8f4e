"""Whoever is at the other end of the gateway's socket: no Asterisk, no sound, real AGI.

It answers each command as Asterisk would, and goes on once what it waits for was said.
While nothing is said the daemon looks at what it was commanded.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore

PATIENCE_SECONDS = 10.0
LOOK_SECONDS = 0.05
QUOTED = re.compile(r'"([^"]*)"')
PLAYED = ("STREAM FILE", "GET DATA")
WAIT = "EXEC Wait"
IN_VAIN = {"GET DATA": "", "RECORD FILE": "35 (dtmf) endpos=0"}


@dataclass
class Speech:
    """Who makes prompts of words: it keeps them in the folder, and the words by id."""

    folder: Path
    texts: dict[str, str] = field(default_factory=dict)

    def say(self, text: str, language: str) -> str:
        prompt = f"text-{language}-{len(self.texts)}"
        (self.folder / f"{prompt}.alaw").touch()
        self.texts[prompt] = text
        return prompt

    def forget(self, prompt: str) -> None:
        del self.texts[prompt]


@dataclass
class Handset:
    """One telephone in a conversation; `waited`: seconds that it was let wait."""

    connection: socket.socket
    speech: Speech
    meanwhile: Callable[[], None]
    over: Semaphore
    heard: list[str] = field(default_factory=list)
    waited: float = 0.0
    _rest: bytes = b""
    _asked: str = ""

    def begin(self, secret: str, **told: str) -> None:
        """Tell who calls, as Asterisk does."""
        told = {"network_script": secret, "uniqueid": "1.1"} | told
        lines = "".join(f"agi_{name}: {value}\n" for name, value in told.items())
        self.connection.settimeout(LOOK_SECONDS)
        self.connection.sendall(f"{lines}\n".encode())

    def hears(self, wanted: str) -> None:
        """Listen until a phrase was begun (its id), or words that hold what is wanted.

        Whatever else is asked meanwhile gets no answer from the person.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._is_said(wanted):
            assert time.monotonic() < until, f"{wanted} not among {self.heard}"
            self._let_pass()

    def lets_pass(self, sounds: int) -> None:
        """Do nothing while so many more things are said."""
        wanted = len(self.heard) + sounds
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.heard) < wanted:
            assert time.monotonic() < until, f"nothing more after {self.heard}"
            self._let_pass()
            self._command()

    @property
    def taken(self) -> str:
        """The keys that are taken over what is being said."""
        *_, waited_for = QUOTED.findall(self._now("STREAM FILE"))
        return waited_for

    def press(self, key: str) -> None:
        """Press a key over what is being said; it must be one that is waited for."""
        assert key in self.taken, f"{key} is not taken in {self._asked}"
        self._answer(f"{ord(key)} endpos=800")

    def press_after(self, key: str) -> None:
        """Press a key once all is said, while it is waited for."""
        self._until("WAIT FOR DIGIT")
        self._answer(str(ord(key)))

    def types(self, digits: str) -> None:
        """Type digits where these are asked for."""
        self._until("GET DATA")
        self._answer(digits)

    def says(self, sound: bytes) -> None:
        """Say something where it is recorded, then press #."""
        self._until("RECORD FILE")
        self._keep(sound)
        self._answer("35 (dtmf) endpos=800")

    def hangs_up(self, sound: bytes | None = None) -> None:
        """Put the receiver down, having said something where it is recorded."""
        if sound is not None:
            self._until("RECORD FILE")
            self._keep(sound)
        self._answer("-1 endpos=0")
        self.connection.close()
        self._ends()

    def is_let_go(self) -> None:
        """Listen until the other side has hung up."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._command() != "HANGUP":
            assert time.monotonic() < until, self.heard
            self._let_pass()
        self._answer("1")
        self._ends()
        self.connection.close()

    def is_dropped(self) -> None:
        """Listen until the connection is closed without a word."""
        with_nothing = b""
        self.connection.settimeout(PATIENCE_SECONDS)
        assert self.connection.recv(1) == with_nothing
        self.connection.close()

    def _ends(self) -> None:
        """Wait until the console has done with this call."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.over.acquire(timeout=LOOK_SECONDS):
            assert time.monotonic() < until, "the console goes on without a caller"
            self.meanwhile()

    def _is_said(self, wanted: str) -> bool:
        """Tell whether what is being said is what is wanted."""
        if not self._command().startswith(PLAYED):
            return False
        return wanted == self.heard[-1] or wanted in self.heard[-1].split("\n")[-1]

    def _command(self) -> str:
        """Return what the console asks for now."""
        if not self._asked:
            self._asked = self._line()
            if self._asked.startswith(PLAYED):
                self.heard.append(self._word())
        return self._asked

    def _word(self) -> str:
        """Return the id of the phrase that is said, or the words."""
        file = Path(QUOTED.findall(self._asked)[0])
        return self.speech.texts.get(file.name, file.name)

    def _line(self) -> str:
        until = time.monotonic() + PATIENCE_SECONDS
        while b"\n" not in self._rest:
            assert time.monotonic() < until, f"nothing more is said after {self.heard}"
            try:
                more = self.connection.recv(4096)
            except TimeoutError:
                self.meanwhile()
                continue
            assert more, f"the call was given up after {self.heard}"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def _let_pass(self) -> None:
        """Answer what is asked for as somebody does who does nothing."""
        command = self._command()
        if command.startswith(WAIT):
            self.waited += float(command.removeprefix(WAIT))
        known = (name for name in IN_VAIN if command.startswith(name))
        self._answer(IN_VAIN.get(next(known, ""), "0 endpos=800"))

    def _now(self, name: str) -> str:
        command = self._command()
        assert command.startswith(name), command
        return command

    def _until(self, name: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._command().startswith(name):
            assert time.monotonic() < until, f"no {name} after {self.heard}"
            self._let_pass()

    def _keep(self, sound: bytes) -> None:
        path = Path(QUOTED.findall(self._asked)[0])
        path.with_name(f"{path.name}.alaw").write_bytes(sound)

    def _answer(self, result: str) -> None:
        assert self._command()
        self._asked = ""
        self.connection.sendall(f"200 result={result}\n".encode())
