"""The servers that are measured, and those they are measured against."""

import os
import re
import signal
from contextlib import contextmanager
from pathlib import Path

from .client import Client, raw_answer
from .postgres import free_port
from .processes import Failure, Process, run

DATABASE = "tintuc"


class Service:
    """`tintuc serve` over the benchmarks' database, with its default settings but for the rate limit and where webhooks may go."""

    def __init__(self, binary: Path, folder: Path, postgres, log_filter: str | None):
        self.binary, self.folder = binary, folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TINTUC_")}
        self.environment |= {
            "DATABASE_URL": postgres.url(DATABASE),
            "TINTUC_DATA_DIR": str(folder / "data"),
            "TINTUC_RATE_LIMIT": "off",
            # Receivers of webhooks are on the same machine.
            "TINTUC_WEBHOOK_ALLOW_PRIVATE": "true",
        }
        if log_filter:
            self.environment["TINTUC_LOG"] = log_filter
        self.process = None
        self.base = None

    def command(self, *arguments, **variables):
        """Runs a subcommand over the same database."""
        return run([self.binary, *arguments], cwd=self.folder, env=self.environment | variables)

    def launch(self, **variables) -> tuple[Process, str]:
        """Starts a process, with these settings besides, and answers at once: it and its address."""
        port = free_port()
        process = Process(
            "tintuc serve",
            [self.binary, "serve", "--listen", f"127.0.0.1:{port}"],
            log=self.folder / "service.log",
            cwd=self.folder,
            env=self.environment | variables,
        )
        return process, f"http://127.0.0.1:{port}"

    def start(self):
        self.process, self.base = self.launch()
        try:
            self.process.until(lambda: is_ready(self.base), "become ready")
        except BaseException:
            self.process.stop()
            raise

    def wait_for_search(self):
        """Waits until the index of search is there: until then it takes what the rows want to measure."""
        found = "/api/v1/articles?q=tin&limit=1"
        self.process.until(lambda: is_answered(self.base, found), "make its index", seconds=600)

    def client(self) -> Client:
        return Client(self.base)

    def forget_log(self):
        """Empties the log, which holds a line for each request."""
        os.truncate(self.process.log, 0)

    def memory(self, name="VmHWM") -> float:
        """Resident memory in MiB: the most since `forget_memory`, or `VmRSS` for what it is now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024

    def forget_memory(self):
        """Begins anew to look for the most. Documented in proc(5), clear_refs."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def stop(self):
        if self.process:
            self.process.stop()


def is_ready(base: str) -> bool:
    """Whether the service says so."""
    return is_answered(base, "/health/ready")


def is_answered(base: str, path: str) -> bool:
    """Whether the service answers this, and does not refuse it."""
    try:
        return Client(base).send("GET", path).status == 200
    except (OSError, Failure):
        return False


@contextmanager
def ceiling(bench, path: str, *, method="GET", answer: bytes, pattern: str | None = None):
    """Runs the server of `bench/ceiling.rs` with this answer, and gives its base address."""
    file = bench.folder / "answer.http"
    file.write_bytes(answer)
    log = bench.folder / "ceiling.log"
    log.write_bytes(b"")
    command = [bench.ceiling_binary, "--workers", bench.options.workers, "--method", method.lower()]
    with Process("the ceiling", [*command, "--path", pattern or path, file], log=log) as process:
        said = process.until(lambda: re.search(r"http://\S+", log.read_text()), "answer")
        if method == "GET":
            raw_answer(said[0], method, path)
        yield said[0]


NGINX = """
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


@contextmanager
def nginx(folder: Path):
    """Runs nginx with Debian's settings for static files over `folder`/files, and gives its base address."""
    port = free_port()
    settings = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    settings.write_text(NGINX.format(folder=folder, port=port, user=user))
    command = ["nginx", "-p", folder, "-e", folder / "error.log", "-c", settings, "-g", "daemon off;"]
    base = f"http://127.0.0.1:{port}"
    with Process("nginx", command, log=folder / "nginx.log", stop_by=signal.SIGTERM) as process:
        process.until(lambda: _listens(base), "listen")
        yield base


def _listens(base):
    try:
        Client(base).connection.connect()
        return True
    except OSError:
        return False
