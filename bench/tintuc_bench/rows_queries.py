"""What no cache can answer: lists with ever other filters, deep pages, and search. Held against the same SQL."""

import random
import re
from collections import Counter
from datetime import UTC, datetime
from statistics import median
from urllib.parse import quote_plus, urlencode

from .capture import Capture, scripts
from .load import alternate, pgbench, wrk
from .processes import Failure
from .results import Bar, Result
from .servers import DATABASE

LIST = "/api/v1/articles"
#: How many requests are captured; each with its next page where the row follows pages.
CAPTURED = 60
#: How many pages of each kind are timed.
TIMED = 300
SQL = "pgbench running the same SQL, 16 clients"


def uncached_list(bench):
    """Each request with another filter, another moment in time, or the next page of such a one."""
    some = random.Random(1)

    def values(table):
        return [row[0] for row in bench.ask(f"SELECT slug FROM delivery.{table} ORDER BY slug LIMIT 400")]

    categories, tags = values("categories"), values("tags")
    kinds = [row[0] for row in bench.ask("SELECT DISTINCT code FROM delivery.article_types")]
    paths = [f"{LIST}?published_before={{time}}"] * 20
    for _ in range(100):
        category, pair, kind = some.choice(categories), some.sample(tags, 2), some.choice(kinds)
        paths.append(f"{LIST}?{urlencode({'category': category})}&published_before={{time}}")
        paths.append(f"{LIST}?{urlencode({'tag': ','.join(pair)})}&published_before={{time}}")
        paths.append(f"{LIST}?{urlencode({'category': category, 'article_type': kind})}&published_before={{time}}")
    title = "list, every request another filter or cursor"
    rounds = _against_sql(bench, paths, connections=32, follow=True)
    yield Result("list-uncached", title, Bar(0.6), SQL, rounds.ratios, *rounds.rates(), note=_latency(rounds))


def search(bench):
    """Two words that many articles have, each request another pair and another address, against the list by date."""
    words = _common_words(bench)
    pairs = [(one, other) for one in words for other in words if one != other]
    span = _span(bench)

    found = [f"{LIST}?q={quote_plus(f'{one} {other}')}&published_after={{long_ago}}" for one, other in pairs]
    searching = _requests(bench, "searches", found, span, connections=16)
    listing = _requests(bench, "lists", [f"{LIST}?published_before={{time}}"], span, connections=32)
    rounds = alternate(bench.options.rounds, searching, listing, bench.options.seconds)
    title = "search for two common words, uncached, 16 clients"
    against = "a list of 20 by date, each another page, 32 clients"
    yield Result("search", title, Bar(0.15), against, rounds.ratios, *rounds.rates(), note=_latency(rounds))
    tails = [load.p99_us / load.median_us for load in rounds.service]
    yield Result("search-p99", f"{title}: p99", Bar(10, at_most=True), "its median", tails, note=_latency(rounds))


def deep_page(bench):
    """A page far down by cursor against the first: one connection, by turns, each address once."""
    articles = int(bench.ask("SELECT count(*) FROM delivery.articles")[0][0])
    deep = min(4_000, articles // 20 - TIMED - 1)
    if deep < 50:
        raise Failure("too few articles for a deep page: give --articles 10000 or more")
    client = bench.service.client()
    page = client.json(f"{LIST}?limit=100&published_after={_long_ago()}")
    for _ in range(deep // 5 - 1):
        page = client.json(page["links"]["next"])
    next_page = page["links"]["next"].replace("limit=100", "limit=20")

    first, far = [], []
    for _ in range(TIMED):
        first.append(client.timed(f"{LIST}?limit=20&published_after={_long_ago()}")[0])
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


def _against_sql(bench, paths, *, connections, follow):
    """wrk over these paths against pgbench over what they ask of the database."""
    span = _span(bench)
    files = scripts(_captured(bench, paths, span, follow), bench.folder / "sql")
    service = _requests(bench, "paths", paths, span, connections=connections, follow=follow)

    def database(seconds):
        how = {"mode": "simple", "variables": {"ready": 0}}
        return pgbench(bench.postgres, DATABASE, files, clients=16, seconds=seconds, **how)

    return alternate(bench.options.rounds, service, database, bench.options.seconds)


def _requests(bench, name, paths, span, *, connections, follow=False):
    """What loads the service with requests of these paths, each time with another moment in time."""
    file = bench.folder / f"{name}.txt"
    file.write_text("\n".join(paths) + "\n")

    def load(seconds):
        arguments = [file, random.randrange(1_000_000_000), *span, "follow" if follow else "stay"]
        how = {"connections": connections, "seconds": seconds, "script": "queries.lua"}
        return wrk(bench.service.base, arguments=arguments, **how)

    return load


def _span(bench):
    """The first and the last date of an article, in seconds since 1970."""
    oldest, newest = bench.ask(
        "SELECT extract(epoch FROM min(published_at))::bigint, extract(epoch FROM max(published_at))::bigint "
        "FROM delivery.articles"
    )[0]
    return int(oldest), int(newest)


def _captured(bench, paths, span, follow):
    """What the database is asked for by requests of the kind that wrk will send."""
    some = random.Random(2)
    client = bench.service.client()
    requests = []
    with Capture(bench.postgres, DATABASE) as capture:
        for _ in range(CAPTURED):
            path = some.choice(paths).replace("{time}", _moment(some, *span)).replace("{long_ago}", _long_ago())
            answers = []
            requests.append(capture.of(lambda: answers.append(client.json(path))))
            if follow and (next_page := answers[0]["links"].get("next")):
                requests.append(capture.of(lambda: client.json(next_page)))
    return requests


def _common_words(bench, wanted=14):
    """The words that most titles have."""
    counts = Counter()
    for (title,) in bench.ask("SELECT card ->> 'title' FROM delivery.articles ORDER BY article_id LIMIT 5000"):
        counts.update(set(re.findall(r"[^\W\d_]{2,}", title.lower())))
    return [word for word, _ in counts.most_common(wanted)]


def _moment(some, oldest, newest):
    at = datetime.fromtimestamp(some.uniform(oldest, newest), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def _long_ago():
    """A time before anything was published, never the same."""
    return _moment(random, 0, 631_152_000)


def _latency(rounds):
    middle, tail = (median(values) / 1000 for values in zip(*((one.median_us, one.p99_us) for one in rounds.service)))
    return f"median {middle:.1f} ms, p99 {tail:.1f} ms"
