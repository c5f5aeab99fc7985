"""The SQL behind a request, taken from PostgreSQL's log, and made into scripts for pgbench.

So the ceiling of a query row follows the code: whatever statements the service sends for a request, pgbench sends the
same, with the parameters that came with them. Statements are prepared once a connection, as the service does, and
executed with parameters, so that PostgreSQL plans them as it does for the service.
"""

import csv
import re
import time
from dataclasses import dataclass
from pathlib import Path

from .processes import Failure

#: Columns of PostgreSQL's csvlog, the same since version 9.
DATABASE, MESSAGE, DETAIL = 2, 13, 14

_EXECUTED = re.compile(r"duration: [\d.]+ ms  execute [^:]*: (.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")
#: What frames the work and asks nothing of the tables.
_FRAME = re.compile(r"\s*(BEGIN|START|COMMIT|ROLLBACK|SET|RESET|SAVEPOINT|RELEASE|SELECT\s+1\s*$)", re.IGNORECASE)
#: pgbench takes no more scripts than this.
MOST_SCRIPTS = 128


@dataclass(frozen=True)
class Statement:
    """A statement and the literals of its parameters."""

    text: str
    parameters: tuple[str, ...]


class Capture:
    """Logs every statement while it lasts."""

    def __init__(self, postgres, database: str):
        self.postgres, self.database = postgres, database
        self.marks = 0

    def __enter__(self):
        self._log("0")
        # What the service does by itself, request or none.
        self._mark()
        time.sleep(2.5)
        self._mark()
        self.background = {statement.text for statement in self._between_last_marks()}
        return self

    def __exit__(self, *_):
        self._log("-1")

    def of(self, ask) -> list[Statement]:
        """The statements that ran while `ask()` did."""
        self._mark()
        ask()
        self._mark()
        found = [one for one in self._between_last_marks() if one.text not in self.background]
        return [one for one in found if not _FRAME.match(one.text)]

    def _log(self, threshold):
        self.postgres.ask(f"ALTER SYSTEM SET log_min_duration_statement = {threshold}")
        self.postgres.ask("SELECT pg_reload_conf()")
        # Sessions learn of it before their next statement.
        time.sleep(0.5)

    def _mark(self):
        self.marks += 1
        self.postgres.ask(f"SELECT 'mark {self.marks} of the capture'")

    def _between_last_marks(self) -> list[Statement]:
        begin, end = (f"SELECT 'mark {number} of the capture'" for number in (self.marks - 1, self.marks))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            rows = self._rows()
            places = [[n for n, row in enumerate(rows) if mark in row[MESSAGE]] for mark in (begin, end)]
            if all(places):
                return [one for row in rows[places[0][0] : places[1][0]] if (one := self._statement(row))]
            time.sleep(0.02)
        raise Failure("PostgreSQL's log does not show the statements: is its csvlog as expected?")

    def _rows(self):
        with self.postgres.log.open(newline="", errors="replace") as log:
            # The last line may still be half written.
            return [row for row in csv.reader(log) if len(row) > DETAIL]

    def _statement(self, row):
        executed = _EXECUTED.match(row[MESSAGE])
        if row[DATABASE] != self.database or not executed:
            return None
        return Statement(executed[1].strip().rstrip(";"), tuple(_PARAMETER.findall(row[DETAIL])))


def scripts(requests: list[list[Statement]], folder: Path) -> list[Path]:
    """A pgbench script for each captured request. Needs `-M simple` and the variable `ready`, 0 at first."""
    folder.mkdir(exist_ok=True)
    names: dict[str, str] = {}
    for statement in (statement for request in requests for statement in request):
        names.setdefault(statement.text, f"bench_{len(names)}")
    if not names:
        raise Failure("the requests ran no statement that the log shows: they came from a cache")
    prepare = "".join(f"PREPARE {name} AS {text};\n" for text, name in names.items())
    files = []
    for number, request in enumerate(requests[:MOST_SCRIPTS]):
        # Each connection prepares everything in its first transaction, whichever script that is.
        lines = [f"\\if :ready = 0\n{prepare}\\set ready 1\n\\endif\n"]
        for statement in request:
            parameters = f"({', '.join(statement.parameters)})" if statement.parameters else ""
            lines.append(f"EXECUTE {names[statement.text]}{parameters};\n")
        file = folder / f"{number:03}.sql"
        file.write_text("".join(lines))
        files.append(file)
    return files
