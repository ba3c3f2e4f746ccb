"""Everything the account knows, in SQLite: in memory, or in a file that outlives the process.

Pools, nodes, jobs and schedules are few and live in memory; they are written here as they change. Tasks are many and
live here, with the columns that the rules ask by, so that no question about one job's tasks reads them all. Writes
gather in one transaction, committed before a request is answered; with the write-ahead log a killed process loses
nothing it answered for.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

from ._times import UNLIMITED, duration_text
from ._wire import Document

__all__ = ["ActiveTask", "Store", "StoreError"]

_VERSION = 2

_SCHEMA = """
CREATE TABLE resources (
    kind TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, memo TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
    slots INTEGER NOT NULL, waits INTEGER NOT NULL, number INTEGER, satisfied INTEGER NOT NULL DEFAULT 0,
    success INTEGER NOT NULL DEFAULT 0, expires REAL, document TEXT NOT NULL
);
CREATE UNIQUE INDEX task_by_key ON tasks (job, key);
CREATE INDEX task_by_state ON tasks (job, state, key);
CREATE INDEX task_by_expiry ON tasks (expires) WHERE expires IS NOT NULL;
CREATE INDEX task_by_number ON tasks (job, number) WHERE number IS NOT NULL;
"""

_FAILED = "state = 'completed' AND success = 0"
_LATER = f"""
CREATE INDEX IF NOT EXISTS task_by_failure ON tasks (job, key) WHERE {_FAILED};
CREATE INDEX IF NOT EXISTS task_by_waiting ON tasks (job) WHERE waits = 1;
CREATE TABLE IF NOT EXISTS gone (
    job TEXT NOT NULL, key TEXT NOT NULL, number INTEGER, before INTEGER NOT NULL, PRIMARY KEY (job, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS gone_by_number ON gone (job, number, before) WHERE number IS NOT NULL;
CREATE INDEX IF NOT EXISTS gone_by_place ON gone (job, before);
"""
"""What data of the same version may lack.

A task that let its dependants go on, and is deleted while some still wait, is kept among those that are gone: for tasks
up to the place ``before`` in the order of creation it counts as if it were there.
"""

_GONE = "SELECT 1 FROM gone WHERE job = :job AND key = {key} AND before >= :seq"
_NUMBERS = f"""
SELECT number FROM tasks WHERE job = :job AND number BETWEEN :start AND :end GROUP BY number
    HAVING MIN(CASE WHEN satisfied THEN 1 ELSE EXISTS ({_GONE.format(key="tasks.key")}) END)
UNION ALL SELECT number FROM gone WHERE job = :job AND number BETWEEN :start AND :end AND before >= :seq
    AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.job = :job AND tasks.number = gone.number)
"""
"""Numbers of which all tasks let the one of place ``seq`` go on."""


class StoreError(Exception):
    """The data folder cannot be used; the message says why."""


class ActiveTask(NamedTuple):
    """A task that waits for its turn."""

    key: str
    seq: int
    slots: int
    waits: bool


class Store:
    """The tables; every method does one thing to them."""

    def __init__(self, file: Optional[Path] = None) -> None:
        try:
            self._connection = sqlite3.connect(
                ":memory:" if file is None else str(file), isolation_level=None, check_same_thread=False, timeout=1
            )
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            raise StoreError(f"The data in {file} cannot be used: {error}") from error
        self._writing = False

    def _open(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")  # a second emulator on the same folder is refused
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("PRAGMA wal_autocheckpoint = 16000")  # 64 MB: the disk is waited for seldom
        run("PRAGMA cache_size = -65536")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"it was written by another version ({version}, not {_VERSION})")
        self._connection.executescript(_LATER)

    def _write(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if not self._writing:
            self._connection.execute("BEGIN")
            self._writing = True
        return self._connection.execute(statement, values)

    def commit(self) -> None:
        """Make what was written last."""
        if self._writing:
            self._writing = False
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._connection.close()

    # Resources that live in memory

    def save(self, kind: str, key: str, document: Document, memo: Document) -> None:
        """Write a resource: its document, and what the rules keep beside it."""
        statement = "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?)"
        self._write(statement, kind, key, _dump(document), _dump(memo))

    def remove(self, kind: str, key: str) -> None:
        """Forget a resource."""
        self._write("DELETE FROM resources WHERE kind = ? AND key = ?", kind, key)

    def load(self, kind: str) -> Iterator[tuple[str, Document, Document]]:
        """Key, document and memo of every resource of a kind."""
        rows = self._connection.execute(
            "SELECT key, document, memo FROM resources WHERE kind = ? ORDER BY key", (kind,)
        )
        for key, document, memo in rows.fetchall():
            yield key, json.loads(document), json.loads(memo)

    # Tasks

    def add_task(
        self, job: str, key: str, document: Document, *, number: Optional[int], waits: bool, expires: float
    ) -> int:
        """Write a new task; its place in the order of creation. ``expires`` is when time will do something to it."""
        cursor = self._write(
            "INSERT INTO tasks (job, key, state, slots, waits, number, expires, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            job, key, document["state"], document["requiredSlots"], waits, number, expires, _dump(document),
        )  # fmt: skip
        seq = cursor.lastrowid
        assert seq is not None
        return seq

    def save_task(self, job: str, key: str, document: Document, *, satisfied: bool = False) -> None:
        """Write a task as it is now; ``satisfied`` when tasks that depend on it may go on."""
        success = document.get("executionInfo", {}).get("result") == "success"
        self._write(
            "UPDATE tasks SET state = ?, satisfied = ?, success = ?, document = ? WHERE job = ? AND key = ?",
            document["state"], satisfied, success, _dump(document), job, key,
        )  # fmt: skip

    def release_task(self, job: str, key: str) -> None:
        """A task has nothing to wait for any more."""
        self._write("UPDATE tasks SET waits = 0 WHERE job = ? AND key = ?", job, key)

    def expire_task(self, job: str, key: str, when: Optional[float]) -> None:
        """Time will do something to a task then, or no more."""
        self._write("UPDATE tasks SET expires = ? WHERE job = ? AND key = ?", when, job, key)

    def expired_tasks(self, now: float, limit: int) -> list[tuple[str, str]]:
        """Job and key of tasks whose time has come, the earliest first."""
        statement = "SELECT job, key FROM tasks WHERE expires <= ? ORDER BY expires LIMIT ?"
        return [(job, key) for job, key in self._connection.execute(statement, (now, limit)).fetchall()]

    def first_expiry(self) -> Optional[float]:
        """When time will do something to a task next."""
        row = self._connection.execute("SELECT MIN(expires) FROM tasks WHERE expires IS NOT NULL").fetchone()
        return None if row[0] is None else float(row[0])

    def last_expiry(self, node: str) -> Optional[float]:
        """When the last directory that completed tasks have on a node is to go; infinite when one never goes."""
        row = self._connection.execute(
            "SELECT MAX(CASE WHEN instr(document, ?) > 0 THEN 9e999 ELSE expires END) FROM tasks"
            " WHERE state = 'completed' AND instr(document, ?) > 0",
            (f'"retentionTime":"{duration_text(UNLIMITED)}"', f'"nodeId":"{node}"'),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def has_task(self, job: str, key: str) -> bool:
        """Whether a job has a task of that key."""
        row = self._connection.execute("SELECT 1 FROM tasks WHERE job = ? AND key = ?", (job, key)).fetchone()
        return row is not None

    def get_task(self, job: str, key: str) -> Optional[Document]:
        """The document of a task."""
        row = self._connection.execute("SELECT document FROM tasks WHERE job = ? AND key = ?", (job, key)).fetchone()
        return None if row is None else json.loads(row[0])

    def is_waiting(self, job: str, key: str) -> bool:
        """Whether a task was never let go on by all that it depends on."""
        row = self._connection.execute("SELECT waits FROM tasks WHERE job = ? AND key = ?", (job, key)).fetchone()
        return row is not None and bool(row[0])

    def get_seq(self, job: str, key: str) -> int:
        """The place of a task in the order of creation."""
        row = self._connection.execute("SELECT seq FROM tasks WHERE job = ? AND key = ?", (job, key)).fetchone()
        return int(row[0])

    def delete_task(self, job: str, key: str) -> None:
        """Forget a task, but for what it means to those that wait by now."""
        first = "(SELECT MIN(seq) FROM tasks WHERE job = ? AND waits = 1)"
        kept = self._write(
            "INSERT OR REPLACE INTO gone SELECT job, key, number, (SELECT MAX(seq) FROM tasks) FROM tasks"
            f" WHERE job = ? AND key = ? AND satisfied = 1 AND {first} IS NOT NULL",
            job, key, job,
        )  # fmt: skip
        if kept.rowcount:
            self._write(f"DELETE FROM gone WHERE job = ? AND before < {first}", job, job)
        self._write("DELETE FROM tasks WHERE job = ? AND key = ?", job, key)

    def delete_tasks(self, job: str, limit: int) -> int:
        """Forget some of a job's tasks; how many they were."""
        self._write("DELETE FROM gone WHERE job = ?", job)
        statement = "DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks WHERE job = ? LIMIT ?)"
        return self._write(statement, job, limit).rowcount

    def page_tasks(
        self,
        job: str,
        after: str,
        limit: int,
        *,
        state: Optional[str] = None,
        key: Optional[str] = None,
        failed: bool = False,
    ) -> list[tuple[str, Document]]:
        """Tasks by key, from the one behind ``after``."""
        where, values = ["job = ?", "key > ?"], [job, after]
        if failed:
            where.append(_FAILED)
        if state is not None:
            where.append("state = ?")
            values.append(state)
        if key is not None:
            where.append("key = ?")
            values.append(key)
        statement = f"SELECT key, document FROM tasks WHERE {' AND '.join(where)} ORDER BY key LIMIT ?"
        rows = self._connection.execute(statement, (*values, limit)).fetchall()
        return [(row[0], json.loads(row[1])) for row in rows]

    def active_tasks(self, job: str) -> list[ActiveTask]:
        """What waits for its turn in a job, oldest first; what has become too old to run waits no more."""
        rows = self._connection.execute(
            "SELECT key, seq, slots, waits FROM tasks WHERE job = ? AND state = 'active' AND expires IS NOT NULL"
            " ORDER BY seq",
            (job,),
        )
        return [ActiveTask(key, seq, slots, bool(waits)) for key, seq, slots, waits in rows.fetchall()]

    def unfinished_tasks(self, job: str) -> list[tuple[str, Document]]:
        """Tasks that were on a node when the process ended."""
        rows = self._connection.execute(
            "SELECT key, document FROM tasks WHERE job = ? AND state IN ('running', 'preparing')", (job,)
        )
        return [(key, json.loads(document)) for key, document in rows.fetchall()]

    def count_tasks(self, job: str) -> list[tuple[str, bool, int, int]]:
        """State, success, number and slots of a job's tasks."""
        rows = self._connection.execute(
            "SELECT state, success, COUNT(*), SUM(slots) FROM tasks WHERE job = ? GROUP BY state, success", (job,)
        )
        return [(state, bool(success), number, slots) for state, success, number, slots in rows.fetchall()]

    def is_satisfied(self, job: str, key: str, seq: float = math.inf) -> bool:
        """Whether tasks that depend on this one may go on; of a deleted one, whether the task of place ``seq`` may."""
        statement = "SELECT 1 FROM tasks WHERE job = :job AND key = :key AND satisfied = 1"
        values = {"job": job, "key": key, "seq": seq}
        row = self._connection.execute(f"{statement} UNION ALL {_GONE.format(key=':key')}", values).fetchone()
        return row is not None

    def satisfied_numbers(self, job: str, start: int, end: int, seq: int) -> set[int]:
        """Those of a range of task numbers of which all tasks let the one of place ``seq`` go on."""
        rows = self._connection.execute(_NUMBERS, {"job": job, "start": start, "end": end, "seq": seq})
        return {number for (number,) in rows.fetchall()}

    def first_gone(self, job: str, seq: int) -> Optional[int]:
        """What is the same for two tasks when the same ones of those that are gone count for both."""
        statement = "SELECT MIN(before) FROM gone WHERE job = ? AND before >= ?"
        row = self._connection.execute(statement, (job, seq)).fetchone()
        return None if row[0] is None else int(row[0])


def _dump(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"))  # in ASCII: half a surrogate pair is text here
