"""A campaign prepared in advance, with a number for the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automaton.domain.campaign import CampaignClass

FIRST_NUMBER, LAST_NUMBER = 1, 9999


@dataclass(frozen=True, slots=True)
class ScenarioWish:
    """What a draft is made of, as `campaigns.CampaignWish` has it.

    `recordings` are names in the folder of recordings, by language; `groups` are ids;
    `policy` is the text of a policy file.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    recordings: Mapping[str, str] = field(default_factory=dict)
    machine_texts: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    groups: tuple[str, ...] = ()
    lines: int | None = None
    weight: int = 1
    attempts: int | None = None
    trunks: tuple[str, ...] = ()
    caller_id: str | None = None
    policy: str = ""
    help_key: bool = False
    accept_machine: bool | None = None
    accept_heard_twice: bool | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A prepared campaign. `spoken_name` is what an officer hears before the launch."""

    id: str
    collectivity_id: str
    register_id: str
    number: int
    name: str
    spoken_name: str
    campaign_class: CampaignClass
    wish: ScenarioWish = field(default_factory=ScenarioWish)
