"""A PostgreSQL of the benchmarks' own: default settings, fsync on, gone with the run."""

import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
from pathlib import Path

from .processes import Failure, Process, run

#: The first of these that exists runs the server when the harness is root, whom PostgreSQL refuses.
ACCOUNTS = ("postgres", "nobody")
#: Between columns: no text has it.
SEPARATOR = "\x1f"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version's if there are several."""
    debian = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if debian:
        return Path(max(debian, key=lambda path: float(path.split("/")[4]))).parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def account_for_servers():
    """The account for a server that refuses root; none when the harness is not root."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failure("PostgreSQL does not run as root: run this as an ordinary user, or make an account `postgres`")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """The server, and ways to talk to it."""

    USER = "tintuc"

    def __init__(self, folder: Path):
        self.bin = programs()
        self.data = folder / "data"
        self.account = account_for_servers()
        self.password = secrets.token_urlsafe(16)
        self.port = free_port()
        folder.mkdir()
        self._initialise(folder)
        self.process = Process(
            "PostgreSQL",
            [self.bin / "postgres", "-D", self.data],
            log=folder / "server.log",
            # "Fast": PostgreSQL ends its sessions and writes a checkpoint.
            stop_by=signal.SIGINT,
            account=self.account,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
        try:
            self.process.until(self._answers, "answer")
        except BaseException:
            self.process.stop()
            raise

    def _initialise(self, folder: Path):
        password_file = folder / "password"
        password_file.write_text(self.password)
        how = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if self.account is not None:
            for path in (folder, password_file):
                os.chown(path, self.account.pw_uid, self.account.pw_gid)
            how |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        initdb = [self.bin / "initdb", "-D", self.data, "-U", self.USER, "-E", "UTF8", "--locale=C.UTF-8"]
        run([*initdb, "-A", "scram-sha-256", f"--pwfile={password_file}"], **how)
        # What differs from the defaults: where it listens.
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n"
            )

    @property
    def environment(self):
        """What libpq's programs find the server by."""
        return os.environ | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": self.USER,
            "PGPASSWORD": self.password,
            "PGSSLMODE": "disable",
        }

    def url(self, database: str) -> str:
        return f"postgres://{self.USER}:{self.password}@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def _answers(self):
        try:
            return self.ask("SELECT 1")
        except Failure:
            return None

    def ask(self, *sql: str, database="postgres") -> list[list[str]]:
        """The rows that the statements answer, as text; each is a transaction of its own."""
        command = [self.bin / "psql", "-X", "-q", "-A", "-t", "-F", SEPARATOR, "-v", "ON_ERROR_STOP=1"]
        statements = [part for one in sql for part in ("-c", one)]
        output = run([*command, "-d", database, *statements], env=self.environment)
        return [line.split(SEPARATOR) for line in output.splitlines()]

    def script(self, file: Path, database="postgres"):
        """Runs a file of statements."""
        command = [self.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", file]
        run(command, env=self.environment)

    def stop(self):
        self.process.stop()
