"""The kinds of value a setting can have: durations, numbers, hosts, folders, hours.

A raw value of the TOML file or of the environment comes in, a typed one goes out.
"""

import re
from datetime import time, timedelta
from ipaddress import ip_address, ip_network
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    ValidationInfo,
    model_validator,
)

from automaton.domain.phone import is_region

_UNITS = {
    "ms": "milliseconds",
    "s": "seconds",
    "min": "minutes",
    "h": "hours",
    "d": "days",
}
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|h|d)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")
_WEAK_WORDS = {
    "secret",
    "changeme",
    "change-me",
    "change_me",
    "amp",
    "password",
    "passw0rd",
    "motdepasse",
    "admin",
    "administrator",
    "asterisk",
    "automaton",
    "mysecret",
    "example",
    "default",
    "manager",
}
_ROW_OF_DIGITS = "01234567890"
SHORTEST_SECRET = 9
LONGEST_DURATION = timedelta(days=366)


class Section(BaseModel):
    """A frozen table of settings that knows all its keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_truth_for_number(cls, data: Any) -> Any:
        # pydantic reads `lines = true` as one line
        for key, value in data.items() if isinstance(data, dict) else ():
            field = cls.model_fields.get(key)
            if isinstance(value, bool) and field and field.annotation is not bool:
                raise ValueError(
                    f"has true or false for {key}, which is something else"
                )
        return data


def duration(value: object) -> timedelta:
    """A duration from seconds (`30`, `2.5`) or from words (`"30 s"`, `"5 min"`)."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if isinstance(value, int | float) or text.replace(".", "", 1).isdecimal():
        return _span(float(text), "s")
    if found := _DURATION.fullmatch(text):
        return _span(float(found[1]), found[2])
    raise ValueError('is no duration: write seconds, or like "30 s", "5 min", "2 h"')


def _span(count: float, unit: str) -> timedelta:
    if count < 0:
        raise ValueError("is a negative duration")
    if not isfinite(count):
        raise ValueError("is no duration: write a number of seconds")
    try:
        span = timedelta(**{_UNITS[unit]: count})
    except OverflowError:
        span = timedelta.max
    if span > LONGEST_DURATION:
        raise ValueError("is a duration of more than a year")
    return span


def within(lowest: str, highest: str) -> AfterValidator:
    """A check that a duration lies between two others, in their own words."""

    def check(value: timedelta) -> timedelta:
        if not duration(lowest) <= value <= duration(highest):
            raise ValueError(f"must be from {lowest} to {highest}")
        return value

    return AfterValidator(check)


def region(name: str) -> str:
    """A country or territory that has a way of writing numbers."""
    if not is_region(name):
        raise ValueError('is no country: write two capitals like "FR" or "RE"')
    return name


def host(text: str) -> str:
    """A host name or an address, without a port."""
    try:
        ip_network(text.strip("[]"))
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise ValueError("is neither a host name nor an address") from None
        if _DIGITS_AND_DOTS.fullmatch(text):
            raise ValueError('is no address: write all of it, "192.0.2.10"') from None
    return text


def own_address(text: str) -> str:
    """An address that this machine can listen on; a name is none."""
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(
            'is no address of this machine: write it like "192.0.2.10", or "0.0.0.0"'
        ) from None


def network(text: str) -> str:
    """A whole host name, an address or a network such as `192.0.2.0/24`."""
    try:
        found = str(ip_network(text)) if "/" in text else host(text)
    except ValueError:
        raise ValueError("is neither a host, an address nor a network") from None
    if not set(".:/") & set(found) and found != "localhost":
        raise ValueError(
            'is no whole name: write it like "sip.example.net", an address, or a'
            ' network like "192.0.2.0/24"'
        )
    return found


def one_or_several(value: object) -> object:
    """A list; what is written alone is a list of one."""
    return (value,) if isinstance(value, str) else value


def clock_time(text: str) -> time:
    """A time of day from `"14:30"`; `"24:00"` is the last moment of the day."""
    if text == "24:00":
        return time.max
    if not (found := _CLOCK.fullmatch(text)):
        raise ValueError('is no time of day: write it like "14:30"')
    return time(int(found[1]), int(found[2]))


def strong(secret: SecretStr) -> SecretStr:
    """A secret that nobody gets as a default and that is not short."""
    if len(not_default(secret).get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"is too short: at least {SHORTEST_SECRET} characters")
    return secret


def not_default(secret: SecretStr) -> SecretStr:
    """A secret that is no well-known default word, and stays on one line."""
    word = secret.get_secret_value()
    if not word.isprintable():
        raise ValueError("has a line end or another control character in it")
    bare = word.lower().strip("0123456789!.-_ ")
    if bare in _WEAK_WORDS or word in _ROW_OF_DIGITS or len(set(word)) == 1:
        raise ValueError("is a default secret: choose one of your own")
    return secret


def _folder(path: Path, info: ValidationInfo) -> Path:
    """The path with `~` resolved, counted from the folder of the settings file."""
    start = (info.context or {}).get("folder", Path.cwd())
    if not str(path).isprintable():
        raise ValueError("has a line end or another control character in it")
    try:
        return Path(start, path.expanduser())
    except RuntimeError as error:
        raise ValueError("begins with ~ and a name that nobody here has") from error


def _one_line(text: str) -> str:
    if not text or not text.isprintable() or ";" in text:
        raise ValueError("is empty, or has a semicolon or a control character in it")
    return text


def _like(pattern: str, words: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(words)
        return text

    return AfterValidator(check)


Duration = Annotated[timedelta, BeforeValidator(duration)]
RingTime = Annotated[Duration, within("5 s", "2 min")]
"""Shorter, nobody reaches the telephone; longer, the network cuts."""
TalkTime = Annotated[Duration, within("10 s", "1 h")]
KeyWait = Annotated[Duration, within("1 s", "20 s")]
"""The dialplan waits 20 s at most."""
RetryDelay = Annotated[Duration, within("5 s", "30 d")]
Watch = Annotated[Duration, within("1 s", "1 h")]
Lease = Annotated[Duration, within("6 s", "60 s")]
"""How long something may be wrong before somebody is told."""
VoiceTime = Annotated[Duration, within("1 s", "10 min")]
MessageTime = Annotated[Duration, within("1 s", "1 h")]
E164 = Annotated[
    str,
    _like(r"\+[1-9][0-9]{6,14}", 'is no whole number: write it like "+33199000001"'),
]
"""A whole number, `+33199000001`."""
CallerId = Annotated[
    str,
    _like(
        r"\+[1-9][0-9]{6,14}|[0-9]{3,6}",
        'is no caller ID: write it like "+33199000001", or a short number like "3117"',
    ),
]
"""A number that may be shown: E.164, or a short number such as `3117`."""
Prefix = Annotated[
    str, _like(r"\+[1-9][0-9]{0,13}", 'is no prefix: write it like "+33" or "+331"')
]
ShortNumber = Annotated[
    str, _like(r"[0-9]{3,6}", 'is no short number: write 3 to 6 digits, like "3620"')
]
"""A number of a few digits that a trunk may dial."""
Slug = Annotated[
    str,
    _like(
        r"[a-z0-9][a-z0-9-]{0,31}",
        "is no short name: use a-z, 0-9 and -, at most 32 characters",
    ),
]
Country = Annotated[str, AfterValidator(region)]
VoiceNames = Annotated[tuple[Slug, ...], BeforeValidator(one_or_several)]
"""Voices in their order: `["kokoro", "pico"]`; one may be written alone."""
Tongue = Annotated[str, _like(r"[a-z]{2}", 'is no language: write it like "fr"')]
"""A language that is spoken."""
Host = Annotated[str, AfterValidator(host)]
OwnAddress = Annotated[str, AfterValidator(own_address)]
Network = Annotated[str, AfterValidator(network)]
Line = Annotated[str, AfterValidator(_one_line)]
"""A text that goes into a line of Asterisk's configuration."""
Folder = Annotated[Path, AfterValidator(_folder)]
StrongSecret = Annotated[SecretStr, AfterValidator(strong)]
Password = Annotated[SecretStr, AfterValidator(not_default)]
