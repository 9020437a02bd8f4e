"""Campaigns as people's doors see them: drafts, commands, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, func, or_, select, update

from automaton.domain.campaign import Campaign, CampaignState
from automaton.errors import RequestError
from automaton.store.drafts import (
    CARDS,
    REGISTERS,
    Ask,
    CampaignCard,
    CommandFate,
    Draft,
    RegisterCard,
    leave_command,
    read_card,
    read_cards,
    refuse_second,
    register_of,
    write_draft,
)
from automaton.store.engine import reading, writing
from automaton.store.running import read_campaign
from automaton.store.tables import (
    campaigns,
    collectivities,
    commands,
    contacts,
    duty_entries,
    groups,
    recipients,
    registers,
)


class CampaignDesk:
    """The doors' view of campaigns; each method is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def register(self, name: str, collectivity: str | None = None) -> RegisterCard:
        """Return a register by id or by name; `RequestError` unless there is one."""
        wanted = or_(registers.c.id == name, registers.c.name == name)
        asked = REGISTERS.where(wanted)
        if collectivity is not None:
            named = (collectivities.c.name, collectivities.c.id)
            asked = asked.where(or_(*(column == collectivity for column in named)))
        with reading(self.engine) as connection:
            rows = connection.execute(asked).all()
        if len(rows) == 1:
            return register_of(rows[0])
        if rows:
            owners = ", ".join(sorted(row.collectivity_name for row in rows))
            message = f"Several have a register « {name} »: {owners}. Say whose."
            raise RequestError(message, error_id="register-ambiguous")
        message = f"There is no register « {name} »."
        raise RequestError(message, error_id="register-unknown")

    def group_ids(self, register_id: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of groups; `RequestError` names one that is not there."""
        asked = select(groups.c.name, groups.c.id)
        with reading(self.engine) as connection:
            rows = connection.execute(asked.where(groups.c.register_id == register_id))
            known = {row.name: row.id for row in rows}
        for name in names:
            if name not in known and name not in known.values():
                message = f"There is no group « {name} » in this register."
                raise RequestError(message, error_id="group-unknown")
        return tuple(known.get(name, name) for name in names)

    def has_duty_list(self, collectivity_id: str) -> bool:
        """Tell whether somebody of the collectivity can be rung in trouble."""
        mine = duty_entries.c.collectivity_id == collectivity_id
        with reading(self.engine) as connection:
            asked = select(duty_entries.c.id).where(mine).limit(1)
            return connection.execute(asked).first() is not None

    def is_any_running(self) -> bool:
        """Tell whether a campaign runs."""
        running = campaigns.c.state == CampaignState.RUNNING
        with reading(self.engine) as connection:
            asked = select(campaigns.c.id).where(running).limit(1)
            return connection.execute(asked).first() is not None

    def write_draft(self, draft: Draft) -> str:
        """Write a campaign with its message; return its id."""
        with writing(self.engine) as connection:
            write_draft(connection, draft)
        return draft.id

    def find(self, name: str) -> str:
        """Return a campaign's id by its id, by its beginning, or by its name.

        Of several with one name the latest is meant; `RequestError` where there is
        none, or where a beginning fits several.
        """
        with reading(self.engine) as connection:
            exact = _FOUND.where(or_(campaigns.c.id == name, campaigns.c.name == name))
            found = connection.execute(exact.limit(1)).scalar()
            if found is not None:
                return str(found)
            begun = campaigns.c.id.startswith(name, autoescape=True)
            ids = connection.execute(_FOUND.where(begun).limit(2)).scalars().all()
        if len(ids) == 1:
            return str(ids[0])
        what = "Several campaigns begin with" if ids else "There is no campaign"
        raise RequestError(f"{what} « {name} ».", error_id="campaign-unknown")

    def card(self, campaign_id: str) -> CampaignCard:
        """Return everything about a campaign; `RequestError` where there is none."""
        with reading(self.engine) as connection:
            return read_card(connection, campaign_id)

    def cards(self, collectivity_id: str | None = None) -> list[CampaignCard]:
        """Return all campaigns, the latest first."""
        asked = CARDS.order_by(campaigns.c.created_at.desc(), campaigns.c.id.desc())
        if collectivity_id is not None:
            asked = asked.where(campaigns.c.collectivity_id == collectivity_id)
        with reading(self.engine) as connection:
            return read_cards(connection, asked)

    def family(self, campaign_id: str) -> list[CampaignCard]:
        """Return a campaign, those that it follows and all that follow these."""
        first = select(campaigns.c.id, campaigns.c.parent_id)
        kin = first.where(campaigns.c.id == campaign_id).cte("kin", recursive=True)
        above, below = (
            campaigns.c.id == kin.c.parent_id,
            campaigns.c.parent_id == kin.c.id,
        )
        kin = kin.union(first.join(kin, or_(above, below)))
        asked = CARDS.where(campaigns.c.id.in_(select(kin.c.id)))
        with reading(self.engine) as connection:
            return read_cards(connection, asked.order_by(campaigns.c.created_at))

    def state(self, campaign_id: str) -> CampaignState:
        """Return where a campaign stands."""
        asked = select(campaigns.c.state).where(campaigns.c.id == campaign_id)
        with reading(self.engine) as connection:
            state: CampaignState = connection.execute(asked).scalar_one()
            return state

    def campaign(self, campaign_id: str) -> Campaign:
        """Return a campaign as the engine sees it."""
        with reading(self.engine) as connection:
            found = read_campaign(connection, campaign_id)
        assert found is not None
        return found

    def ask(self, *asked: Ask) -> list[int]:
        """Leave commands for the daemon, all or none; return their numbers.

        `RequestError` where one that is left only once waits already.
        """
        with writing(self.engine) as connection:
            return [leave_command(connection, ask) for ask in asked]

    def people_for(self, campaign_id: str) -> int:
        """Count the people in a campaign's register: no more homes can be rung."""
        mine = select(campaigns.c.register_id).where(campaigns.c.id == campaign_id)
        asked = select(func.count()).where(contacts.c.register_id.in_(mine))
        with reading(self.engine) as connection:
            return connection.execute(asked).scalar_one()

    def keep_forecast(self, campaign_id: str, forecast: dict[str, Any]) -> None:
        """Write what is expected of a campaign, as it was launched."""
        is_it = campaigns.c.id == campaign_id
        with writing(self.engine) as connection:
            connection.execute(update(campaigns).where(is_it).values(forecast=forecast))

    def check(self, ask: Ask) -> None:
        """Raise `RequestError` where a command that is left only once waits already."""
        with reading(self.engine) as connection:
            refuse_second(connection, ask)

    def fate(self, command_id: int) -> CommandFate:
        """Return what became of a command."""
        columns = (commands.c[name] for name in CommandFate.__slots__)
        asked = select(*columns).where(commands.c.id == command_id)
        with reading(self.engine) as connection:
            return CommandFate(*connection.execute(asked).one())

    def pause_waits(self, campaign_id: str) -> bool:
        """Tell whether a pause waits for the daemon, and no resume behind it."""
        mine = (commands.c.campaign_id == campaign_id, commands.c.finished_at.is_(None))
        holds = commands.c.name.in_(("pause", "resume"))
        asked = select(commands.c.name).where(*mine, holds)
        with reading(self.engine) as connection:
            last = connection.scalar(asked.order_by(commands.c.id.desc()).limit(1))
        return last == "pause"

    def launch_of(self, campaign_id: str) -> int:
        """Return the number of the last command that launches a campaign."""
        mine = (commands.c.campaign_id == campaign_id, commands.c.name == "launch")
        asked = select(commands.c.id).where(*mine).order_by(commands.c.id.desc())
        with reading(self.engine) as connection:
            return int(connection.execute(asked.limit(1)).scalar_one())

    def recipient_of(self, campaign_id: str, recipient_id: str) -> str:
        """Return the id of a campaign's recipient; `RequestError` if it is not one."""
        mine = recipients.c.campaign_id == campaign_id
        is_it = recipients.c.id == recipient_id
        with reading(self.engine) as connection:
            found = connection.execute(select(recipients.c.id).where(mine, is_it))
            if found.first() is not None:
                return recipient_id
        message = f"This campaign has no recipient « {recipient_id} »."
        raise RequestError(message, error_id="recipient-unknown")


_FOUND = select(campaigns.c.id).order_by(campaigns.c.created_at.desc())
