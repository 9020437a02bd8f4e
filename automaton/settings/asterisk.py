"""The Asterisk of this node: one that we start, or one that is already there."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from automaton.settings.values import (
    Folder,
    Host,
    Line,
    OwnAddress,
    Section,
    StrongSecret,
)

Port = Annotated[int, Field(ge=0, le=65535)]


class AsteriskSettings(Section):
    """The node's Asterisk. A port 0 is chosen free when an embedded one starts."""

    embedded: bool = True
    """We render the configuration of an Asterisk of our own, start and stop it."""
    binary: Folder | None = None
    """Program to start; by default the fetched one, else the one on the PATH."""
    host: Host = "127.0.0.1"
    """Where the manager interface (AMI) listens."""
    port: Port = 0
    """Port of the manager interface; 5038 for most external ones."""
    user: Line = "automaton"
    """Manager account that places calls and reads events."""
    secret: StrongSecret | None = None
    """Its secret; generated when embedded."""
    maintenance_user: Line = "automaton-maintenance"
    """Manager account with the class `system`, which deletes journal entries."""
    maintenance_secret: StrongSecret | None = None
    """Its secret; generated when embedded."""
    sip_bind: OwnAddress = "127.0.0.1"
    """Address that SIP and sound use; a real operator needs one it can reach."""
    sip_port: Port = 0
    """Port of SIP."""
    rtp_start: Port = 0
    """First port of sound (RTP); a call takes two."""
    rtp_end: Port = 0
    """Last port of sound."""
    retry_after: bool = True
    """An embedded one copies its SIP packets to the daemon, on loopback: only there
    stands how long a network that is full asks us to wait."""

    console_port: Port = 0
    """Port of 127.0.0.1 where the daemon converses with those who call in."""
    console_secret: StrongSecret | None = None
    """What Asterisk knocks there with; generated when embedded."""

    @property
    def answers(self) -> bool:
        """Whether calls that come in can be answered."""
        return self.embedded or bool(self.console_port and self.console_secret)

    @property
    def hears_retry_after(self) -> bool:
        """Whether the daemon is told of `Retry-After`."""
        return self.embedded and self.retry_after

    @model_validator(mode="after")
    def _check_external(self) -> Self:
        if self.embedded:
            return self
        needed = ("port", "secret", "maintenance_secret")
        missing = [key for key in needed if not getattr(self, key)]
        if missing:
            raise ValueError(
                f"is external (embedded = false), so it also needs {', '.join(missing)}"
            )
        return self

    @model_validator(mode="after")
    def _check_accounts(self) -> Self:
        if self.user == self.maintenance_user:
            raise ValueError(
                "has one account twice: user and maintenance_user must differ"
            )
        return self

    @model_validator(mode="after")
    def _check_rtp(self) -> Self:
        if bool(self.rtp_start) != bool(self.rtp_end) or self.rtp_start > self.rtp_end:
            raise ValueError("needs rtp_start and rtp_end together, the smaller first")
        return self
