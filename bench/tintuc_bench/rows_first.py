"""What a first reading costs: an address that was asked for before anything was kept of it."""

import time
from statistics import median

from .results import Bar, Result

#: The reading that the others are held against.
LIST = "/api/v1/articles?limit=20"

#: What else a portal asks for, and what readers type.
ADDRESSES = {
    "tags, a hundred": "/api/v1/tags?limit=100",
    "tags": "/api/v1/tags",
    "authors": "/api/v1/authors",
    "article types": "/api/v1/article-types",
    "archive": "/api/v1/archive",
    "categories": "/api/v1/categories",
    "suggestions for one letter": "/api/v1/suggest?q=t",
    "suggestions for two letters": "/api/v1/suggest?q=th",
    "suggestions for six letters": "/api/v1/suggest?q=th%C3%B4ng%20b%C3%A1o",
    "a list and its number": "/api/v1/articles?count=exact",
    "a common word": "/api/v1/articles?q=t%E1%BB%89nh",
    "a common word and its number": "/api/v1/articles?q=t%E1%BB%89nh&count=exact",
}


def first(bench):
    """First readings, each against that of a list"""
    client = bench.service.client()

    def once(path):
        # A state of which nothing is told has changed everything. The watch hears of it at once.
        bench.ask(
            "WITH raised AS (UPDATE publication_state SET generation = generation + 1 RETURNING 1) "
            "SELECT pg_notify('tintuc_publication', '') FROM raised"
        )
        time.sleep(0.1)
        return client.timed(path)[0]

    def times(path):
        once(path)
        return [once(path) for _ in range(3 * bench.options.rounds)]

    usual = times(LIST)
    for name, path in ADDRESSES.items():
        taken = median(times(path))
        yield Result(
            "first",
            f"first reading: {name}",
            Bar(10, at_most=True),
            f"first reading of a list of 20 (time): {median(usual):.1f} ms",
            [taken / median(usual)],
            f"{taken:.1f} ms",
        )
