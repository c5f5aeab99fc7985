"""The process itself: how soon it is ready, and how soon at its full rate. Its memory is watched throughout, by `main`."""

import socket
import time
from statistics import median

from .load import wrk
from .results import Bar, Result
from .rows_storm import CONNECTIONS, hot
from .servers import is_ready

#: How many seconds of a cold start are looked at.
SECONDS = 6
#: The share of the quiet rate that is full.
FULL = 0.9


def start(bench):
    """From starting the program to `/health/ready` saying yes, the database being up and full."""
    times = [_time_to_ready(bench) for _ in range(max(5, bench.options.rounds))]
    against = f"database up, {bench.options.articles:,} articles"
    yield Result("start", "process start to ready", Bar(300, at_most=True, unit="ms"), against, times)


def cold_start(bench):
    """A process that starts while 32 clients wait, until it answers as fast as a warm one"""
    addresses = bench.folder / "hot.txt"
    addresses.write_text("\n".join(hot(bench)) + "\n")
    mixes = iter(range(1_000_000))

    def mix(base, seconds):
        how = {"connections": CONNECTIONS, "seconds": seconds, "script": "hot.lua"}
        return wrk(base, arguments=[addresses, next(mixes)], **how).per_second

    mix(bench.service.base, 2)
    until, shares = [], []
    for _ in range(bench.options.rounds):
        quiet = mix(bench.service.base, bench.options.seconds)
        process, base = bench.service.launch()
        with process:
            # Whoever connects from now on waits until the service answers.
            process.until(lambda: _listens(base), "listen", pause=0.001)
            shares.append([mix(base, 1) / quiet for _ in range(SECONDS)])
        full = [second for second, share in enumerate(shares[-1], 1) if share >= FULL]
        until.append(full[0] if full else SECONDS + 1)
    against = f"{FULL} of the rate of a warm process"
    each = ", ".join(f"{median(second):.2f}" for second in zip(*shares))
    note = f"93 addresses, {CONNECTIONS} connections; second by second {each}"
    yield Result("cold-start", "cold start under load", Bar(3, at_most=True, unit="s"), against, until, note=note)


def _listens(base):
    try:
        host, port = base.removeprefix("http://").split(":")
        socket.create_connection((host, int(port)), timeout=1).close()
        return True
    except OSError:
        return False


def _time_to_ready(bench):
    begun = time.monotonic()
    process, base = bench.service.launch()
    with process:
        process.until(lambda: is_ready(base), "become ready", pause=0.002)
        return (time.monotonic() - begun) * 1000
