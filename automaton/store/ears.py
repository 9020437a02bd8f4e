"""Hears the news of other nodes (news.py): whoever listens is woken by each word.

One that is missed costs the time until the next tick (PostgreSQL only).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from automaton.store.news import CHANNEL

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0  # how often it is asked whether to go on
CROWD_SECONDS = 0.02  # what comes in a crowd wakes once
AGAIN_AFTER = 2.0


def listen(engine: Engine, heard: Callable[[], None], stop: threading.Event) -> None:
    """Call `heard` at each word, on this thread, until `stop` is set.

    After a gap it is called as well: something may have been missed in it.
    """
    if engine.dialect.name == "sqlite":
        return
    is_told = False
    while not stop.is_set():
        try:
            _listen(engine, heard, stop)
        except (SQLAlchemyError, OSError, _driver_error(engine)) as error:
            if not is_told:
                log.warning("news of other nodes are not heard now", why=str(error))
            is_told = True
            stop.wait(AGAIN_AFTER)


def _listen(engine: Engine, heard: Callable[[], None], stop: threading.Event) -> None:
    connection = engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        heard()
        while not stop.is_set():
            if list(driver.notifies(timeout=LOOK_SECONDS, stop_after=1)):
                list(driver.notifies(timeout=CROWD_SECONDS))
                heard()
    finally:
        connection.invalidate()  # it has heard enough; nobody else may use it


def _driver_error(engine: Engine) -> type[Exception]:
    error: type[Exception] = engine.dialect.loaded_dbapi.Error
    return error
