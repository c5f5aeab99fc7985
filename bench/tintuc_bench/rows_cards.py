"""Lists that come from no memory: each page another, against a table that holds nothing but cards."""

import os
import random
from contextlib import contextmanager
from urllib.parse import urlencode

from .asking import LIST, asking, span
from .load import alternate, latency, pgbench, wrk
from .processes import Failure
from .results import Bar, Result
from .servers import is_ready

#: How many pages are asked for, by chance.
PAGES = 4_000
CONNECTIONS = 32
DATABASE = "cards"
STORED = "pgbench reading 21 stored cards"

#: As many cards as there are articles, each as large as one of ours, over fifteen years.
TABLE = """
CREATE TABLE cards (id uuid NOT NULL, at timestamptz NOT NULL, card text NOT NULL);
INSERT INTO cards SELECT gen_random_uuid(), '2011-11-01'::timestamptz + random() * interval '15 years',
       (SELECT string_agg(md5(n::text || part), '') FROM generate_series(1, 35) part)
  FROM generate_series(1, {articles}) n;
CREATE INDEX cards_newest ON cards (at DESC, id DESC)
"""
PAGE = """
\\set day random(0, 15 * 365 * 24)
SELECT id, at, card FROM cards
 WHERE (at, id) < ('2011-11-01'::timestamptz + :day * interval '1 hour', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
 ORDER BY at DESC, id DESC LIMIT 21;
"""


@contextmanager
def _stored_cards(bench):
    """What loads the database with the least that such a list can ask of it."""
    script = bench.folder / "page.sql"
    script.write_text(PAGE)
    bench.postgres.ask(f"CREATE DATABASE {DATABASE}")
    try:
        for statement in TABLE.format(articles=bench.options.articles).split(";"):
            bench.postgres.ask(statement, database=DATABASE)
        bench.postgres.ask("VACUUM ANALYZE cards", "CHECKPOINT", database=DATABASE)
        # Else the kernel writes gigabytes out while both sides read.
        os.sync()
        yield lambda seconds: pgbench(bench.postgres, DATABASE, [script], clients=CONNECTIONS, seconds=seconds)
    finally:
        bench.postgres.ask(f"DROP DATABASE {DATABASE}")


def pages(bench):
    """Pages by date, each another, nothing kept"""
    file = bench.folder / "pages.txt"
    file.write_text("\n".join(_cursors(bench)) + "\n")
    # Too small for a single answer.
    process, base = bench.service.launch(TINTUC_CACHE_SIZE="1kB")
    with process, _stored_cards(bench) as database:
        process.until(lambda: is_ready(base), "become ready")

        def service(seconds):
            arguments = [file, random.randrange(1_000_000_000)]
            how = {"connections": CONNECTIONS, "seconds": seconds, "script": "hot.lua"}
            return wrk(base, arguments=arguments, **how)

        rounds = alternate(bench.options.rounds, service, database, bench.options.seconds)
    title = "list of 20 by date, each another page, nothing kept"
    yield Result("pages", title, Bar(0.25), STORED, rounds.ratios, *rounds.rates(), note=latency(rounds))


def filtered(bench):
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
    service = asking(bench, "paths", paths, span(bench), connections=CONNECTIONS, follow=True)
    with _stored_cards(bench) as database:
        rounds = alternate(bench.options.rounds, service, database, bench.options.seconds)
    title = "list, every request another filter or cursor"
    yield Result("list-uncached", title, Bar(0.1), STORED, rounds.ratios, *rounds.rates(), note=latency(rounds))


def _cursors(bench):
    """Addresses of pages all over the list, which nobody has asked for: they were found by smaller ones."""
    client = bench.service.client()
    page = client.json(f"{LIST}?limit=10")
    found = []
    while (following := page["links"].get("next")) and len(found) < 2 * PAGES:
        found.append(following.replace("limit=10", "limit=20"))
        page = client.json(following)
    if len(found) < PAGES // 2:
        raise Failure("too few articles for so many pages: give --articles 25000 or more")
    return random.Random(1).sample(found, min(PAGES, len(found)))
