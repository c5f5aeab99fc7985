"""Requests that no cache can answer: each bears another moment in time."""

import random
from datetime import UTC, datetime

from .load import wrk

LIST = "/api/v1/articles"


def asking(bench, name, paths, dates, *, connections, follow=False):
    """What loads the service with requests of these paths, each time with another moment in time."""
    file = bench.folder / f"{name}.txt"
    file.write_text("\n".join(paths) + "\n")

    def load(seconds):
        arguments = [file, random.randrange(1_000_000_000), *dates, "follow" if follow else "stay"]
        how = {"connections": connections, "seconds": seconds, "script": "queries.lua"}
        return wrk(bench.service.base, arguments=arguments, **how)

    return load


def span(bench):
    """The first and the last date of an article, in seconds since 1970."""
    oldest, newest = bench.ask(
        "SELECT extract(epoch FROM min(published_at))::bigint, extract(epoch FROM max(published_at))::bigint "
        "FROM delivery.articles"
    )[0]
    return int(oldest), int(newest)


def _moment(some, oldest, newest):
    at = datetime.fromtimestamp(some.uniform(oldest, newest), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def long_ago():
    """A time before anything was published, never the same."""
    return _moment(random, 0, 631_152_000)
