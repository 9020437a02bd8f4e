"""A trunk: one SIP connection to an operator, as the settings describe it."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from automaton.domain.dialling import AllowList, is_emergency
from automaton.settings.costly import costly_numbers
from automaton.settings.values import (
    E164,
    CallerId,
    Country,
    Duration,
    Host,
    Line,
    Network,
    Password,
    Prefix,
    Section,
    ShortNumber,
    Slug,
    duration,
    host,
    within,
)

Transport = Literal["udp", "tcp", "tls"]
NumberFormat = Literal["e164", "00", "national"]
DtmfMode = Literal["rfc4733", "inband", "info", "auto"]
VOICE = "voice"
Identity = Literal["none", "pai", "rpid"]
_ADDRESS = re.compile(
    r"(?:sips?:)?(?:[^@:\s;]+@)?(?P<host>\[[0-9A-Fa-f:]+\]|[^:;\s]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:;[^\s]*)?"
)


def _sip_address(text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    if not found or int(found["port"] or 0) > 65535:
        raise ValueError("is neither host[:port] nor a SIP URI")
    host(found["host"])
    return text


SipAddress = Annotated[str, AfterValidator(_sip_address)]


class RegistrationSettings(Section):
    """An account at the operator at which the trunk announces itself."""

    server: SipAddress
    """Registrar of the operator: `host[:port]` or a SIP URI."""
    user: Line
    """User name of the account."""
    password: Password
    """Password of the account."""
    expires: Annotated[Duration, within("30 s", "1 d")] = duration("1 h")
    """How long one registration is asked to hold."""


class TrunkSettings(Section):
    """One connection to an operator: a section `[trunk.NAME]`."""

    name: Slug
    """Name of the trunk; it is the section's own name and is not written again."""
    channel: Slug = VOICE
    """How it reaches people: `voice` is a telephone call; others are plug-ins."""
    contact: SipAddress | None = None
    """Where calls go: `host[:port]` or a SIP URI. Not together with a registration."""
    registration: RegistrationSettings | None = None
    """Account to register with, for an operator that does not know our address."""
    transport: Transport = "udp"
    """How SIP travels: udp, tcp or tls."""
    outbound_proxy: SipAddress | None = None
    """Proxy that every request passes through, where the operator has one."""
    auth_user: Line | None = None
    """User name for the operator's challenge; by default the registration's."""
    auth_password: Password | None = None
    """Password for the operator's challenge; by default the registration's."""
    from_user: Line | None = None
    """User part of From, where the operator wants an account and no number there."""
    from_domain: Host | None = None
    """Domain of From; by default our own address."""
    identity: Identity = "none"
    """Who we are, said by P-Asserted-Identity (pai), Remote-Party-ID (rpid) or not."""
    external_address: Host | None = None
    """Our address as the operator sees it, behind an address translation (NAT)."""
    local_networks: tuple[Network, ...] = ()
    """Networks that are reached without that translation."""
    codec: Literal["alaw", "ulaw"] = "alaw"
    """Sound on the wire; ulaw costs a conversion for every call."""
    dtmf_mode: DtmfMode = "rfc4733"
    """How key presses arrive."""
    lines: int = Field(ge=1)
    """Simultaneous calls that the contract allows."""
    reserved_lines: int = Field(default=1, ge=0)
    """Lines kept back for the duty list, for callers and officers, and for key 0."""
    calls_per_second: float | None = Field(default=None, ge=0.1, allow_inf_nan=False)
    """Call starts a second that the contract allows; without it, no cap."""
    caller_ids: tuple[CallerId, ...] = ()
    """Numbers that the contract lets us show, E.164 or short."""
    prefixes: tuple[Prefix, ...] = Field(default=("+33",), min_length=1)
    """Beginnings of the numbers that this trunk may dial. Surcharged and satellite
    numbers only where a prefix names their range, such as `+3382`; emergency numbers
    never."""
    countries: tuple[Country, ...] = ()
    """Countries or territories that it may dial besides, such as `BE` or `RE`."""
    short_numbers: tuple[ShortNumber, ...] = ()
    """Short numbers that it may dial, such as an extension of the town hall; none but
    these, and never an emergency number."""
    calls_per_day: int = Field(default=100_000, ge=1)
    """Calls of campaigns from midnight to midnight, alerts too: a guard against fraud.
    When it is reached no more leave until midnight, and the duty list is told."""
    minutes_per_day: int = Field(default=100_000, ge=1)
    """Minutes of answered calls of campaigns in a day, likewise."""
    number_format: NumberFormat = "e164"
    """How it writes a number: +33199000001, 0033199000001 or 0199000001 (national)."""
    identity_format: NumberFormat = "e164"
    """How it writes the number that we show, likewise; a short number stays short."""
    identify: tuple[Network, ...] = ()
    """Addresses that its incoming calls come from; by default those of the contact."""
    dids: dict[E164, str] = Field(default={})
    """Which collectivity each of our own numbers (DID) belongs to. Calls to one of them
    are answered; any other incoming call is refused."""

    @model_validator(mode="after")
    def _check_one_way_out(self) -> Self:
        ways = [self.contact, self.registration]
        if self.is_sip and ways.count(None) != 1:
            raise ValueError("needs either a contact or a registration, one of the two")
        return self

    @model_validator(mode="after")
    def _check_account(self) -> Self:
        halves = (self.auth_user is None, self.auth_password is None)
        if self.registration is None and any(halves) and not all(halves):
            raise ValueError(
                "needs auth_user and auth_password together: write both or neither"
            )
        return self

    @model_validator(mode="after")
    def _check_lines_left(self) -> Self:
        if self.lines <= self.reserved_lines:
            raise ValueError(
                f"keeps back {self.reserved_lines} of its {self.lines} lines"
                " (reserved_lines), so that no campaign could call: give it more lines"
            )
        return self

    @model_validator(mode="after")
    def _check_emergency(self) -> Self:
        for key in ("caller_ids", "short_numbers", "dids"):
            for number in getattr(self, key):
                if is_emergency(number):
                    raise ValueError(
                        f"has the emergency number {number} in {key}: take it out"
                    )
        return self

    @property
    def allowed(self) -> AllowList:
        """The numbers that it may dial."""
        costly = costly_numbers().prefixes
        return AllowList(self.prefixes, self.countries, self.short_numbers, costly)

    @property
    def is_sip(self) -> bool:
        """Asterisk carries its calls; any other channel carries its own."""
        return self.channel == VOICE

    @property
    def address(self) -> str:
        """The host[:port] or URI that calls go to; else the channel's name."""
        if self.contact is not None:
            return self.contact
        return self.channel if self.registration is None else self.registration.server

    @property
    def host(self) -> str:
        """The host that calls go to, without scheme, user, port or brackets."""
        return _host_of(self.address)

    @property
    def names_port(self) -> bool:
        """Whether calls go to a written port; else SRV records are asked for."""
        found = _ADDRESS.fullmatch(self.address)
        return found is not None and found["port"] is not None

    @property
    def callers(self) -> tuple[str, ...]:
        """The addresses that its incoming calls come from."""
        return self.identify or (self.host,)

    @property
    def hosts(self) -> dict[str, str]:
        """Every host that its SIP names, by the key that names it."""
        way = "contact" if self.registration is None else "registration"
        proxy = _host_of(self.outbound_proxy) if self.outbound_proxy else ""
        found = {
            way: self.host,
            "outbound_proxy": proxy,
            "external_address": self.external_address or "",
        }
        return {key: address for key, address in found.items() if address}

    @property
    def is_loopback(self) -> bool:
        """Nobody outside this machine can be rung by this trunk.

        Where another channel leads, nobody here can tell: never a loopback.
        """
        if not self.is_sip:
            return False
        proxy = _host_of(self.outbound_proxy) if self.outbound_proxy else self.host
        return is_loopback(self.host) and is_loopback(proxy)


def _host_of(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    assert found is not None
    return found["host"].strip("[]")


def is_loopback(name: str) -> bool:
    """Whether it is an address of this machine alone; a name is never trusted."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_ipv6(name: str) -> bool:
    """Whether it is an address of IPv6; a name may lead anywhere."""
    try:
        return ip_address(name.strip("[]")).version == 6
    except ValueError:
        return False
