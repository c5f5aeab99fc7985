"""The process itself: how soon it is ready. Its memory is watched throughout, by `main`."""

import time

from .results import Bar, Result
from .servers import is_ready


def start(bench):
    """From starting the program to `/health/ready` saying yes, the database being up and full."""
    times = [_time_to_ready(bench) for _ in range(max(5, bench.options.rounds))]
    against = f"database up, {bench.options.articles:,} articles"
    yield Result("start", "process start to ready", Bar(300, at_most=True, unit="ms"), against, times)


def _time_to_ready(bench):
    begun = time.monotonic()
    process, base = bench.service.launch()
    with process:
        process.until(lambda: is_ready(base), "become ready", pause=0.002)
        return (time.monotonic() - begun) * 1000
