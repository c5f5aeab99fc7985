"""Deep pages and search, held against a list of the same run."""

import re
from collections import Counter
from statistics import median
from urllib.parse import quote_plus

from .asking import LIST, asking, long_ago, span
from .load import alternate, latency
from .processes import Failure
from .results import Bar, Result

#: How many pages of each kind are timed.
TIMED = 300


def search(bench):
    """Two words that many articles have, each request another pair and another address, against the list by date."""
    words = _common_words(bench)
    pairs = [(one, other) for one in words for other in words if one != other]
    dates = span(bench)

    found = [f"{LIST}?q={quote_plus(f'{one} {other}')}&published_after={{long_ago}}" for one, other in pairs]
    searching = asking(bench, "searches", found, dates, connections=16)
    listing = asking(bench, "lists", [f"{LIST}?published_before={{time}}"], dates, connections=32)
    rounds = alternate(bench.options.rounds, searching, listing, bench.options.seconds)
    title = "search for two common words, uncached, 16 clients"
    against = "a list of 20 by date, each another page, 32 clients"
    yield Result("search", title, Bar(0.15), against, rounds.ratios, *rounds.rates(), note=latency(rounds))
    tails = [load.p99_us / load.median_us for load in rounds.service]
    yield Result("search-p99", f"{title}: p99", Bar(10, at_most=True), "its median", tails, note=latency(rounds))


def deep_page(bench):
    """A page far down by cursor against the first: one connection, by turns, each address once."""
    articles = int(bench.ask("SELECT count(*) FROM delivery.articles")[0][0])
    deep = min(4_000, articles // 20 - TIMED - 1)
    if deep < 50:
        raise Failure("too few articles for a deep page: give --articles 10000 or more")
    client = bench.service.client()
    page = client.json(f"{LIST}?limit=100&published_after={long_ago()}")
    for _ in range(deep // 5 - 1):
        page = client.json(page["links"]["next"])
    next_page = page["links"]["next"].replace("limit=100", "limit=20")

    first, far = [], []
    for _ in range(TIMED):
        first.append(client.timed(f"{LIST}?limit=20&published_after={long_ago()}")[0])
        taken, answer = client.timed(next_page)
        far.append(taken)
        next_page = answer["links"]["next"]
    part = TIMED // bench.options.rounds
    parts = [slice(n * part, (n + 1) * part) for n in range(bench.options.rounds)]
    ratios = [median(far[part]) / median(first[part]) for part in parts]
    yield Result(
        "deep-page",
        f"page {deep:,} by cursor, uncached",
        Bar(1.2, at_most=True),
        "page 1, uncached (time)",
        ratios,
        f"{median(far):.2f} ms",
        f"{median(first):.2f} ms",
    )


def _common_words(bench, wanted=14):
    """The words that most titles have."""
    counts = Counter()
    for (title,) in bench.ask("SELECT card ->> 'title' FROM delivery.articles ORDER BY article_id LIMIT 5000"):
        counts.update(set(re.findall(r"[^\W\d_]{2,}", title.lower())))
    return [word for word, _ in counts.most_common(wanted)]
