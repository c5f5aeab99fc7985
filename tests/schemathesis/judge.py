"""Has Schemathesis ask a service of its own, by the service's own document, as everybody; and says what it found.

What counts: no answer of 500 or more, and none that the document does not describe. The service runs on a fresh data
directory with the sample newsroom, and everything ends after the time that is given.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path("target/schemathesis").resolve()

# What an answer is held to. The other checks of Schemathesis judge what was refused by what its generator thinks of it;
# here that depends on who asks and on what is there.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]

# How long a service may take to start, to stop, and a caller to end after its time: it finishes what it is at.
START, STOP, GRACE = 60, 20, 45


@dataclass
class Caller:
    """Somebody who asks: by a password, by a key, or as nobody."""

    name: str
    email: str = ""
    password: str = ""
    key: str = ""


class Service:
    """A Tintuc of our own."""

    def __init__(self, program):
        self.place = Path(tempfile.mkdtemp(prefix="tintuc-schemathesis-"))
        # As root, the service goes on as an account that has to reach its data.
        self.place.chmod(0o755)
        self.log = WORK / "service.log"
        # Asking thousands of times is what is asked for here.
        settings = {
            "TINTUC_RATE_LIMIT": "off",
            "TINTUC_LISTEN": "127.0.0.1:0",
            "TINTUC_DATA_DIR": str(self.place / "data"),
        }
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith(("TINTUC_", "DATABASE_URL"))
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen([program, "serve"], stdout=log, stderr=log, env=outside | settings)
        self.base = self._started()

    def _started(self):
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := re.search(r"^Tintuc answers on (\S+)", self.log.read_text(), re.MULTILINE):
                return found.group(1)
            time.sleep(0.1)
        self.end()
        sys.exit(f"the service does not start:\n{self.log.read_text()}")

    def ask(self, method, path, body=None, token=None):
        """What the service answers, which must be a success."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def sign_ins(self):
        """The people of the sample, by their roles."""
        file = (self.place / "data" / "sample-sign-ins.env").read_text()
        values = dict(line.split("=", 1) for line in file.splitlines())
        roles = [name.removesuffix("_EMAIL").lower() for name in values if name.endswith("_EMAIL")]
        return [Caller(role, values[f"{role}_EMAIL".upper()], values[f"{role}_PASSWORD".upper()]) for role in roles]

    def end(self):
        """Stops it, and says whether it stopped in good order."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        shutil.rmtree(self.place, ignore_errors=True)
        return status == 0

    def complaints(self):
        """What its log says that should not have happened."""
        # The levels as the log for people has them; a defect is an ERROR.
        return [line for line in self.log.read_text().splitlines() if " ERROR " in line or "panicked" in line]


def callers(service):
    """Everybody who asks, and a caller who looks after them. Those whom the sample lacks are invited."""
    people = service.sign_ins()
    admin = next(person for person in people if person.name == "admin")

    def signed_in(person):
        answer = service.ask("POST", "/api/v1/auth/login", {"email": person.email, "password": person.password})
        return answer["access_token"]

    def invited(name, grants):
        email, password = f"{name}@schemathesis.example", f"mật khẩu của {name}"
        who = {"email": email, "name": f"Phòng {name}", "grants": grants}
        invite = service.ask("POST", "/api/v1/manage/users", who, signed_in(admin))["data"]["invite"]
        service.ask("POST", "/api/v1/auth/accept", {"token": invite["token"], "password": password})
        return Caller(name, email, password)

    category = service.ask("GET", "/api/v1/categories")["data"][0]["slug"]
    people.append(invited("editor", [{"role": "editor"}]))
    people.append(invited("author-of-a-category", [{"role": "author", "category": category}]))
    # Makes the key and knows what there is; nobody touches this account.
    keeper = invited("keeper", [{"role": "admin"}])
    key = {"name": "schemathesis", "scopes": ["read", "views", "sync"], "grants": [{"role": "editor"}]}
    made = service.ask("POST", "/api/v1/manage/api-keys", key, signed_in(keeper))["data"]["key"]
    return [Caller("nobody"), *people, Caller("key", key=made)], keeper


def asks(service, caller, keeper, spared, options):
    """Starts Schemathesis as this caller."""
    place = WORK / caller.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASK_AS": json.dumps(vars(caller)),
        "ASK_KEEPER": json.dumps(vars(keeper)),
        "ASK_SPARE": json.dumps(spared),
        "ASK_BASE": service.base,
        "ASK_SEED": str(options.seed),
        "ASK_COUNTS": str(place / "counts.json"),
    }
    command = [str(WORK / "venv/bin/schemathesis"), "run", f"{service.base}/api/openapi.json"]
    command += ["--max-time", str(options.seconds), "--seed", str(options.seed), "--checks", ",".join(CHECKS)]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--no-shrink"]
    command += ["--request-timeout", "30", "--suppress-health-check", "all", "--generation-database", "none"]
    # It has no end.
    command += ["--exclude-path", "/api/v1/stream"]
    command += ["--warnings", "off", "--no-color", "--output-sanitize", "false"]
    command += ["--report-json-path", str(place / "report.json")]
    # There, for it leaves notes of its own where it runs.
    with (place / "output.txt").open("w") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=place)


def ended(process, deadline):
    """How a caller came to its end, of itself or not."""
    try:
        return process.wait(max(1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def read(path):
    return json.loads(path.read_text()) if path.exists() else {}


def main():
    parser = argparse.ArgumentParser(prog="tests/schemathesis/run", description=__doc__)
    parser.add_argument("--seconds", type=int, default=40, help="for how long they ask (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins; another finds other things")
    parser.add_argument("--only", action="append", help="one caller alone, such as admin; may repeat")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    program = Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve() / "debug/tintuc"
    if not program.exists():
        subprocess.run(["cargo", "build", "--locked"], check=True)

    service = Service(program)
    asking = {}
    try:
        everybody, keeper = callers(service)
        # The key's maker, and everybody who asks: who put one of them out would ask alone from then on.
        spared = [caller.email for caller in [*everybody, keeper] if caller.email]
        chosen = [caller for caller in everybody if not options.only or caller.name in options.only]
        asking = {caller.name: asks(service, caller, keeper, spared, options) for caller in chosen}
        deadline = time.monotonic() + options.seconds + GRACE
        statuses = {name: ended(process, deadline) for name, process in asking.items()}
    finally:
        for process in asking.values():
            if process.poll() is None:
                process.kill()
        stopped = service.end()

    failed, total = not stopped, 0
    row = "{:22} {:>7} {:>7} {:>6} {:>7} {:>5} {:>10} {:>6}".format
    # The operations that said yes at least once, of those that were asked; and what Schemathesis found.
    print(row("as", "asked", "2xx", "3xx", "4xx", "5xx", "said yes", "found"))
    for name, status in statuses.items():
        counts, report = read(WORK / name / "counts.json"), read(WORK / name / "report.json")
        by_class = [sum(n for code, n in counts.get("statuses", {}).items() if code[0] == digit) for digit in "2345"]
        total += sum(by_class)
        said_yes = f"{len(counts.get('granted', []))} of {report.get('operations', {}).get('tested', '?')}"
        print(row(name, sum(by_class), *by_class, said_yes, len(report.get("failures", []))))
        failed |= status != 0
    print(f"{total} requests, seed {options.seed}")
    for name, status in statuses.items():
        if status != 0:
            why = "did not end in time" if status is None else f"ended with {status}"
            print(f"\n{name} {why}; from {WORK / name / 'output.txt'}:")
            print((WORK / name / "output.txt").read_text()[-6000:])
    if complaints := service.complaints():
        failed = True
        print(f"\nthe service complained, see {service.log}:", *complaints[:20], sep="\n")
    if not stopped:
        print("\nthe service did not stop in good order")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
