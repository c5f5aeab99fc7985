"""Counting views: each POST another visitor, each answered when it is committed."""

import secrets
import time

from .client import raw_answer
from .load import alternate, pgbench, wrk
from .processes import Failure
from .results import Bar, Result
from .servers import ceiling

ARTICLES = 1_000


def views(bench):
    """The service against a constant, at 32 and 256 connections, and against one UPDATE a view."""
    ids = [
        row[0] for row in bench.ask(f"SELECT article_id FROM delivery.articles ORDER BY article_id LIMIT {ARTICLES}")
    ]
    file, one = bench.folder / "article-ids.txt", bench.folder / "article-id.txt"
    file.write_text("\n".join(ids) + "\n")
    one.write_text(ids[0] + "\n")
    path = f"/api/v1/articles/{ids[0]}/views"
    answer = raw_answer(
        bench.service.base, "POST", path, ["Content-Type: application/json"], b'{"visitor":"%s"}' % _word().encode()
    )
    acknowledged = 0

    def load(base, connections, articles=file):
        def measure(seconds):
            nonlocal acknowledged
            arguments = [articles, _word()]
            done = wrk(base, connections=connections, seconds=seconds, script="views.lua", arguments=arguments)
            if base == bench.service.base:
                acknowledged += done.requests
            return done

        return measure

    before = _total(bench, ids)
    constant = "actix-web parsing the same POST and answering a constant"
    with ceiling(bench, path, method="POST", answer=answer, pattern="/api/v1/articles/{key}/views") as base:
        for connections, limit in ((32, 0.4), (256, 0.5)):
            rounds = alternate(
                bench.options.rounds,
                load(bench.service.base, connections),
                load(base, connections),
                bench.options.seconds,
            )
            title = f"POST views, all new visitors, {connections} connections"
            result = Result(f"views-{connections}", title, Bar(limit), constant, rounds.ratios, *rounds.rates())
            result.note = f"p99 {max(load.p99_us for load in rounds.service) / 1000:.1f} ms"
            yield result
    yield _against_update(bench, load(bench.service.base, 32, one))
    # What reads show may be a second old.
    deadline = time.monotonic() + 5
    while (counted := _total(bench, ids) - before) < acknowledged and time.monotonic() < deadline:
        time.sleep(0.2)
    if counted < acknowledged:
        raise Failure(f"of {acknowledged:,} views acknowledged only {counted:,} are counted")
    bench.say(f"  {acknowledged:,} views acknowledged, {counted:,} counted: the rest was under way when a load ended")


def _against_update(bench, service):
    """pgbench adding one to a row that everybody reads, whose lock is waited for, in a database of its own in the same
    server."""
    database = "updates"
    bench.postgres.ask(f"CREATE DATABASE {database}")
    bench.postgres.ask(
        "CREATE TABLE totals (article int PRIMARY KEY, views bigint NOT NULL)",
        "INSERT INTO totals VALUES (1, 0)",
        "VACUUM ANALYZE totals",
        database=database,
    )
    script = bench.folder / "views-update.sql"
    script.write_text("UPDATE totals SET views = views + 1 WHERE article = 1;\n")
    rounds = alternate(
        bench.options.rounds,
        service,
        lambda seconds: pgbench(bench.postgres, database, [script], clients=32, seconds=seconds),
        bench.options.seconds,
    )
    title = "POST views, all new visitors, all of one article, against one UPDATE each"
    against = "pgbench updating one row a view, 32 clients"
    return Result("views-update", title, Bar(4.0), against, rounds.ratios, *rounds.rates())


def _total(bench, ids):
    """The views of all these articles, as the public sees them."""
    client = bench.service.client()
    return sum(client.json(f"/api/v1/articles/{id}/views")["data"]["views"] for id in ids)


def _word():
    return secrets.token_hex(6)
