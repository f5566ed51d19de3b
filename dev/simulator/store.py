"""Everything the simulator knows, in memory, and in SQLite when asked.

Records are kept as objects in memory; with a database path each change is also
written there and read back at the next start. Whoever reads and then writes
holds ``Store.lock`` in between.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import threading
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Protocol, TypeVar


class Keyed(Protocol):
    """A dataclass that names the field by which it is found."""

    KEY: ClassVar[str]


Record = TypeVar("Record", bound=Keyed)

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
)
"""
UPSERT = """
INSERT INTO record (kind, key, body) VALUES (?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body
"""


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _decode(value: dict[str, Any]) -> Any:
    if "$decimal" in value:
        return Decimal(value["$decimal"])
    if "$datetime" in value:
        return datetime.fromisoformat(value["$datetime"])
    if "$date" in value:
        return date.fromisoformat(value["$date"])
    return value


class Table(Generic[Record]):
    """The records of one kind, in the order in which they came."""

    def __init__(self, store: Store, record_class: type[Record]) -> None:
        self._store = store
        self._class = record_class
        self._rows: dict[str, Record] = {}

    def get(self, key: str | None) -> Record | None:
        """The record with this key, or None."""
        return self._rows.get(key) if key is not None else None

    def one(self, key: str) -> Record:
        """The record with this key, which must be there."""
        return self._rows[key]

    def put(self, record: Record) -> Record:
        """Add a record or note that it changed."""
        with self._store.lock:
            key = getattr(record, self._class.KEY)
            self._rows[key] = record
            self._store.write(self._class.__name__, key, record)
        return record

    def delete(self, key: str) -> None:
        """Forget a record; one that is not there is no error."""
        with self._store.lock:
            if self._rows.pop(key, None) is not None:
                self._store.erase(self._class.__name__, key)

    def all(self) -> list[Record]:
        """A snapshot of all records."""
        with self._store.lock:
            return list(self._rows.values())

    def find(self, **fields: Any) -> list[Record]:
        """All records whose fields have these values."""
        wanted = fields.items()
        return [
            row
            for row in self.all()
            if all(getattr(row, name) == value for name, value in wanted)
        ]

    def clear(self) -> None:
        """Forget all records of this kind."""
        with self._store.lock:
            for key in list(self._rows):
                self.delete(key)

    def load(self, bodies: Iterable[str]) -> None:
        """Fill from the database."""
        for body in bodies:
            record = self._class(**json.loads(body, object_hook=_decode))
            self._rows[getattr(record, self._class.KEY)] = record

    def __len__(self) -> int:
        return len(self._rows)


class Store:
    """The tables, their lock and their SQLite file, if there is one."""

    def __init__(self, path: str | None = None) -> None:
        self.lock = threading.RLock()
        self._tables: dict[type, Table[Any]] = {}
        self._database = self._open(path) if path else None

    def table(self, record_class: type[Record]) -> Table[Record]:
        """The table of one kind of record, read from the file at first use."""
        with self.lock:
            if record_class not in self._tables:
                # the file knows a kind by its class's name alone
                names = {known.__name__ for known in self._tables}
                if record_class.__name__ in names:
                    raise TypeError(f"two kinds of {record_class.__name__}")
                table = Table(self, record_class)
                table.load(self._bodies(record_class.__name__))
                self._tables[record_class] = table
            return self._tables[record_class]

    def write(self, kind: str, key: str, record: Any) -> None:
        """Write one record to the file."""
        if self._database:
            fields = {
                entry.name: getattr(record, entry.name)
                for entry in dataclasses.fields(record)
            }
            self._database.execute(
                UPSERT, (kind, key, json.dumps(fields, default=_encode))
            )
            self._database.commit()

    def erase(self, kind: str, key: str) -> None:
        """Remove one record from the file."""
        if self._database:
            self._database.execute(
                "DELETE FROM record WHERE kind = ? AND key = ?", (kind, key)
            )
            self._database.commit()

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._database:
                self._database.close()
                self._database = None

    def _bodies(self, kind: str) -> list[str]:
        if not self._database:
            return []
        rows = self._database.execute(
            "SELECT body FROM record WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [row[0] for row in rows]

    @staticmethod
    def _open(path: str) -> sqlite3.Connection:
        database = sqlite3.connect(path, check_same_thread=False)
        database.execute("PRAGMA synchronous = OFF")
        database.execute(SCHEMA)
        return database
