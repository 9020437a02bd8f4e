"""How long 19,000 contacts take to come in: `python -m benchmarks import`.

Three imports into one SQLite file with durable commits: all new, nothing new, all
changed. Prints one JSON object; exit code 1 where the first takes more than 5 s or a
transaction more than 100 ms.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from automaton.clock import SystemClock
from automaton.importers.csv import read
from automaton.services.collectivities import NewCollectivity, add_collectivity
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.services.registers import find_register
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import WRITES, open_database
from automaton.store.people import SqlBook
from automaton.store.schema import upgrade

PEOPLE = 19_000
LONGEST_SECONDS = 5.0
LONGEST_TRANSACTION_MS = 100.0


def register_file(street: str) -> bytes:
    """Return a register in Windows-1252: a landline each, a mobile for every second."""
    lines = ["Nom;Prénom;N° voie;Rue;Code postal;Commune;Téléphone;Portable;E-mail"]
    for i in range(PEOPLE):
        landline = f"0{(19900, 26191)[i // 10_000]}{i % 10_000:04d}"
        mobile = f"06 39 98 {i // 100:02d} {i % 100:02d}" if i < 10_000 else ""
        place = f"{i % 200};{street} {i // 200};17200;Royan-sur-Papier"
        lines.append(f"NOM{i};Zoé {i};{place};{landline};{mobile};a{i}@exemple.fr")
    return "\r\n".join(lines).encode("cp1252")


class Stopwatch:
    """The longest write transaction of an engine, from BEGIN to the end of COMMIT."""

    def __init__(self, engine: Engine) -> None:
        self.longest = 0.0
        self.began: float | None = None
        event.listen(engine, "begin", self._begin)
        event.listen(engine.pool, "reset", self._end)

    def _begin(self, connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        self.began = time.perf_counter() if writes else None

    def _end(self, *_: object) -> None:
        if self.began is not None:
            self.longest = max(self.longest, time.perf_counter() - self.began)
            self.began = None


@contextmanager
def empty_book() -> Iterator[tuple[SqlBook, Engine]]:
    """Give a book on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'import.sqlite3')}"
        upgrade(url)
        key = SealFile("main", Path(folder, "audit.key"))
        engine = sealed(open_database(url), key)
        yield SqlBook(engine), engine
        engine.dispose()


def main(_: object = None) -> int:
    """Measure, print, and return 1 where a target was missed."""
    figures: dict[str, float] = {"contacts": PEOPLE}
    with empty_book() as (book, engine):
        clock = SystemClock()
        watch = Stopwatch(engine)
        commune = add_collectivity(
            book, clock, NewCollectivity("Royan-sur-Papier", insee="17306"), "bench"
        )
        register = find_register(book, commune.id).id
        for name, street in (("new", "rue"), ("same", "rue"), ("changed", "quai")):
            watch.longest = 0.0
            request = ImportRequest(register, "b.csv", register_file(street), "bench")
            began, cpu = time.perf_counter(), time.process_time()
            import_contacts(book, clock, request, read)
            figures[f"{name}_s"] = round(time.perf_counter() - began, 2)
            figures[f"{name}_cpu_s"] = round(time.process_time() - cpu, 2)
            figures[f"{name}_longest_transaction_ms"] = round(watch.longest * 1000, 1)
    print(json.dumps(figures, indent=2))
    slow = figures["new_s"] > LONGEST_SECONDS
    long = figures["new_longest_transaction_ms"] > LONGEST_TRANSACTION_MS
    return 1 if slow or long else 0


if __name__ == "__main__":
    sys.exit(main())
