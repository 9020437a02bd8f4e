"""One connection to the manager interface (AMI): panoramisk, hemmed in.

The only place that imports panoramisk. Actions go in, answers and events come out as
plain headers with lower-case names. What panoramisk 1.4 does wrong is overridden here
and pinned by a test in `tests/ami/test_panoramisk.py`; when it is mended there, the
override can go. What comes in is read here into a plain dict: a `Message` of panoramisk
was a sixth of what a call costs.
"""

from __future__ import annotations

import asyncio
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from automaton.errors import LineError, RequestError

Headers = Mapping[str, str]
ActionHeaders = Mapping[str, str | Sequence[str]]

BLANK_LINE = "\r\n\r\n"
LONGEST_MESSAGE = 262_144
LONGEST_HEADER = 1000
"""Characters. Asterisk reads an AMI line into 1,024 bytes and drops what is longer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """Asterisk's response to one action, and the items where it announced a list."""

    headers: Headers
    items: tuple[Headers, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether Asterisk accepted the action."""
        return self.headers.get("response") in ("Success", "Goodbye")

    @property
    def reason(self) -> str:
        """What Asterisk said with it."""
        return self.headers.get("message", "no reason given")


class Wire(Manager):  # type: ignore[misc]
    """One connection; it is never remade and nothing is ever sent twice.

    `hear` takes every event and must not raise; `lost` resolves to the reason when the
    connection is gone.
    """

    def __init__(self, hear: Callable[[Headers], None]) -> None:
        super().__init__()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.received = 0
        """Packets so far: the peer's signs of life."""
        self._hear = hear

    async def open(self, host: str, port: int, deadline: timedelta) -> None:
        """Connect; `LineError` where nobody listens or answers in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                await loop.create_connection(lambda: _Protocol(self), host, port)
        except (OSError, TimeoutError) as error:
            raise LineError(
                f"Asterisk does not answer at {host}:{port}"
                f" ({str(error) or 'no answer'})",
                error_id="ami-unreachable",
            ) from error

    async def ask(self, action: ActionHeaders, deadline: timedelta) -> Answer:
        """Send one action and return its answer.

        Raises `RequestError` for a value that must not travel and `LineError` where
        no answer came; its `may_have_left` is false only if nothing was written.
        """
        refuse_unsafe(action)
        if self.protocol is None or self.lost.done():
            raise LineError("The link to Asterisk is down", error_id="ami-down")
        sent = _Sent(action)
        if sent.id in self.protocol.responses:
            raise RequestError(f"{sent.id} already waits for its answer")
        self.protocol.send(sent)
        try:
            return await self._answer(sent, deadline)
        finally:
            self.protocol.responses.pop(sent.id, None)

    async def _answer(self, sent: _Sent, deadline: timedelta) -> Answer:
        loop = asyncio.get_running_loop()
        alarm = loop.call_later(deadline.total_seconds(), _too_late, sent)
        try:
            response, *items = await sent.future
        finally:
            alarm.cancel()
        return Answer(response, tuple(items[:-1]))

    @property
    def unsent(self) -> int:
        """How many bytes wait on our side for Asterisk to read."""
        if self.protocol is None or self.lost.done():
            return 0
        size: int = self.protocol.transport.get_write_buffer_size()
        return size

    def pause(self) -> None:
        """Stop reading: Asterisk keeps what it has to say, up to its `writetimeout`."""
        self.protocol.transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if not self.lost.done():
            self.protocol.transport.resume_reading()

    def cut(self, reason: str) -> None:
        """Drop the connection at once; a half-open peer is not waited for."""
        self._ended(reason)
        if self.protocol is not None:
            self.protocol.transport.abort()

    def hear(self, event: Headers) -> None:
        """Hand an event up."""
        self._hear(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end of the connection; panoramisk would connect anew by itself."""
        self._ended(str(exc) if exc else "Asterisk closed the connection")

    def _ended(self, reason: str) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        for sent in self.protocol.responses.values() if self.protocol else ():
            if not sent.future.done():
                sent.future.set_exception(_cut_off(sent, reason))


def refuse_unsafe(action: ActionHeaders) -> None:
    """Raise `RequestError` for a header that could become two, or a second variable.

    A CR or LF starts a new header, and Asterisk splits `Variable` on commas, but for
    `Getvar`, whose one variable may be a function with several arguments.
    """
    is_list = action.get("Action") != "Getvar"
    for name, value in action.items():
        for text in (value,) if isinstance(value, str) else value:
            split = is_list and "," in text
            if not text.isprintable() or split or len(text) > LONGEST_HEADER:
                raise RequestError(
                    f"The value of {name} holds a comma or a control character,"
                    " or is too long for Asterisk",
                    error_id="ami-unsafe-value",
                )


def headers_of(text: str) -> Headers:
    """Return the headers of one message; lines that are none are passed over.

    Of a repeated header the first counts, but for the lines of a command's `Output`.
    """
    headers: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(": ")
        name = name.lower()
        if not colon:
            continue
        if name not in headers:
            headers[name] = value
        elif name == "output":
            headers[name] += f"\n{value}"
    return headers


def _too_late(sent: _Sent) -> None:
    """End the wait for an answer; a timer of its own costs half of asyncio's."""
    if not sent.future.done():
        sent.future.set_exception(
            LineError(
                f"Asterisk did not answer {sent['Action']} in time",
                error_id="ami-deadline",
                may_have_left=True,
            )
        )


def _cut_off(sent: _Sent, reason: str) -> LineError:
    return LineError(
        f"The link to Asterisk broke before {sent['Action']} was answered ({reason})",
        error_id="ami-lost",
        may_have_left=True,
    )


class _Sent(Action):  # type: ignore[misc]
    """An action under way: the first response answers it, a list runs to its end.

    panoramisk keeps an Originate open until its OriginateResponse, which then reaches
    nobody else, and never resolves a list that was refused.
    """

    id = action_id = ""

    def __init__(self, action: ActionHeaders) -> None:
        super().__init__(action)
        self.id = self.action_id = self["ActionID"]

    def takes(self, message: Headers) -> bool:
        if "event" in message:
            return bool(self.responses) and message["event"] != "OriginateResponse"
        return "response" in message and not self.responses

    def add_message(self, message: Headers) -> bool:
        self.responses.append(message)
        part = message.get("eventlist", "").lower()
        is_whole = part == "complete" or (len(self.responses) == 1 and part != "start")
        if is_whole and not self.future.done():
            self.future.set_result(self.responses)
        return is_whole


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """Bytes to messages: whole characters, bounded, and nothing raises into asyncio."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._is_skipping = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.encoding = "utf-8"
        self.factory = self._wire
        self._wire.protocol = self

    def data_received(self, data: bytes) -> None:
        self._wire.received += 1
        *whole, self._rest = (self._rest + self._decode(data)).split(BLANK_LINE)
        if whole and self._is_skipping:
            self._is_skipping = False
            del whole[0]
        for text in whole:
            self._read(text)
        if len(self._rest) > LONGEST_MESSAGE:
            self._skip()

    def _skip(self) -> None:
        if not self._is_skipping:
            log.warning("ami_message_too_long", limit=LONGEST_MESSAGE, next="dropped")
        self._is_skipping = True
        self._rest = self._rest[1 - len(BLANK_LINE) :]

    def _read(self, text: str) -> None:
        try:
            self.handle_message(headers_of(text.strip()))
        except Exception as error:  # noqa: BLE001 (nothing raises into asyncio)
            # whatever one message does, the connection carries all the others
            log.error("ami_message_unread", reason=repr(error), next="dropped")

    def handle_message(self, message: Headers) -> None:
        sent = self.responses.get(message.get("actionid", ""))
        if sent is not None and sent.takes(message):
            if sent.add_message(message):
                del self.responses[sent.id]
        elif "event" in message:
            self.factory.hear(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.factory.connection_lost(exc)
