"""The people of a collectivity who have an account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Role, User
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.naming import cleaned_name, not_found

LOGIN = re.compile(r"[\w.@-]{1,100}")


class UserBook(Protocol):
    """What these use cases need of the store; each method is one transaction."""

    def add_user(self, user: User, act: Act) -> User:
        """Write an account, or open one again that was ended; refuse a taken login."""
        ...

    def users(self, collectivity_id: str) -> Sequence[User]:
        """Return the accounts of a collectivity by login."""
        ...

    def remove_user(self, user_id: str, at: datetime, act: Act) -> None:
        """End an account."""
        ...


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person who gets an account."""

    collectivity_id: str
    login: str
    name: str
    role: Role = Role.OPERATOR


def add_user(book: UserBook, clock: Clock, new: NewUser, by: str) -> User:
    """Add an account; return it. One that was ended is opened again, its id kept."""
    login = cleaned_name(new.login).casefold()
    if not LOGIN.fullmatch(login):
        raise RequestError(
            f"« {login} » is no account: write one word of letters, digits and . _ - @",
            error_id="bad_login",
        )
    if login in (user.login for user in book.users(new.collectivity_id)):
        raise RequestError(
            f"There is an account « {login} » already.", error_id="exists"
        )
    added = User(new_id(), new.collectivity_id, login, cleaned_name(new.name), new.role)
    act = Act(by, clock.now(), "user_added", "user", added.id, new.collectivity_id)
    return book.add_user(added, act)


def remove_user(
    book: UserBook, clock: Clock, collectivity_id: str, login: str, by: str
) -> User:
    """End an account; return it as it was."""
    user, at = find_user(book, collectivity_id, login), clock.now()
    act = Act(by, at, "user_removed", "user", user.id, collectivity_id)
    book.remove_user(user.id, at, act)
    return user


def find_user(book: UserBook, collectivity_id: str, login: str) -> User:
    """Return an account by its login or id; `RequestError` where there is none."""
    everyone = book.users(collectivity_id)
    for user in everyone:
        if login.casefold() in (user.login, user.id):
            return user
    raise not_found("user", login, [user.login for user in everyone])
