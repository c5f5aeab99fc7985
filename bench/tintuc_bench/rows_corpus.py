"""The corpus itself: how long it takes to make, and how large it is."""

import time

from .results import Bar, Result

#: What is wanted of 100,000 articles, in seconds.
SEED = 60
#: What an article may take, in kB.
SIZE = 22


def seed(bench):
    """Seeding, and whether more articles take longer each"""
    articles = bench.options.articles
    bar = Bar(SEED * articles / 100_000, at_most=True, unit="s")
    yield Result("seed", f"seed --articles {articles}", bar, "the database up and empty", [bench.seeded])
    few = max(1000, articles // 10)
    database = "tenth"
    bench.postgres.ask(f"CREATE DATABASE {database}")
    begun = time.monotonic()
    bench.service.command("seed", "--articles", str(few), DATABASE_URL=bench.postgres.url(database))
    slow = few / (time.monotonic() - begun)
    bench.postgres.ask(f"DROP DATABASE {database}")
    rate = articles / bench.seeded
    against = f"a corpus of {few:,}: {slow:,.0f}/s"
    yield Result("seed", "articles a second", Bar(0.9), against, [rate / slow], f"{rate:,.0f}/s")


def size(bench):
    """What an article takes in the database, with its history and all indexes"""
    articles = bench.options.articles

    def each(size):
        return int(size) / 1024 / articles

    total = each(bench.ask("SELECT pg_database_size(current_database())")[0][0])
    tables = bench.ask(
        "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 6"
    )
    note = ", ".join(f"{name} {each(size):.1f}" for name, size in tables)
    yield Result("size", "database, an article", Bar(SIZE, at_most=True, unit="kB"), "", [total], note=note)
