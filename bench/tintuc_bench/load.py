"""Load: wrk for HTTP, pgbench for the database, and rounds that alternate between the two sides of a ratio."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .processes import Failure, run

LUA = Path(__file__).parent.parent / "lua"
#: Threads of the load: half of the cores, so that the server keeps the others.
THREADS = max(1, len(os.sched_getaffinity(0)) // 2)


@dataclass
class Load:
    """What one run of load brought."""

    per_second: float
    requests: int = 0
    median_us: float = 0
    p99_us: float = 0


def wrk(url, *, connections, seconds, script="report.lua", arguments=(), headers=()) -> Load:
    """Requests over HTTP as fast as they are answered. Any refusal or broken connection is a failure."""
    command = ["wrk", "-t", THREADS, "-c", connections, "-d", f"{seconds}s", "--timeout", "10s", "-s", LUA / script]
    for header in headers:
        command += ["-H", header]
    output = run([*command, url, "--", *arguments])
    figures = json.loads(output.strip().splitlines()[-1])
    if figures["refused"] or figures["broken"] or not figures["requests"]:
        raise Failure(
            f"of {figures['requests']} requests to {url}, {figures['refused']} were refused "
            f"and {figures['broken']} connections failed"
        )
    per_second = figures["requests"] / (figures["duration_us"] / 1e6)
    return Load(per_second, figures["requests"], figures["median_us"], figures["p99_us"])


def pgbench(postgres, database, scripts, *, clients, seconds) -> Load:
    """Transactions as fast as the database takes them; each is one of `scripts`, by chance."""
    command = [postgres.bin / "pgbench", "-n", "-M", "prepared", "-c", clients, "-j", THREADS, "-T", seconds]
    for script in scripts:
        command += ["-f", script]
    output = run([*command, database], env=postgres.environment)
    tps = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: (\d+)", output, re.MULTILINE)
    if not tps or (failed and failed[1] != "0"):
        raise Failure(f"pgbench: {output}")
    return Load(float(tps[1]))


@dataclass
class Rounds:
    """Measurements of both sides, round by round."""

    service: list[Load]
    ceiling: list[Load]

    @property
    def ratios(self) -> list[float]:
        """The service's share of the ceiling, of each round."""
        return [ours.per_second / theirs.per_second for ours, theirs in zip(self.service, self.ceiling)]

    def rates(self) -> tuple[str, str]:
        """The median rates of both sides, for people."""
        return per_second(self.service), per_second(self.ceiling)


def latency(rounds: Rounds) -> str:
    """How long the service took to answer, for people."""
    pairs = [(one.median_us, one.p99_us) for one in rounds.service]
    middle, tail = (median(values) / 1000 for values in zip(*pairs))
    return f"median {middle:.1f} ms, p99 {tail:.1f} ms"


def per_second(loads: list[Load]) -> str:
    return f"{median(load.per_second for load in loads):,.0f}/s"


def alternate(rounds: int, service, ceiling, seconds: int, warm_up: int = 2) -> Rounds:
    """Measures both sides by turns: what disturbs the machine meanwhile disturbs both.

    `service` and `ceiling` are called with the seconds to measure, and answer a `Load`.
    """
    service(warm_up)
    ceiling(warm_up)
    measured = Rounds([], [])
    for number in range(rounds):
        # The one that begins changes, too.
        first = number % 2 == 0
        if first:
            measured.service.append(service(seconds))
        measured.ceiling.append(ceiling(seconds))
        if not first:
            measured.service.append(service(seconds))
    return measured
