"""Writing: articles that many editors create at once, against rows of the same size."""

from .load import alternate, pgbench, wrk
from .newsroom import Newsroom
from .results import Bar, Result

CONNECTIONS = 32
DATABASE = "writing"
#: Of the body, in bytes.
BYTES = 5_000


def create(bench):
    """Creating articles of 5 kB through the API"""
    body = _body(bench)
    newsroom = Newsroom(bench.service)
    text = bench.folder / "body.html"
    text.write_text(body)
    (category,) = bench.ask("SELECT slug FROM delivery.categories ORDER BY slug LIMIT 1")[0]
    script = bench.folder / "insert.sql"
    script.write_text(f"INSERT INTO rows (body) VALUES ('{body}');\n")
    bench.postgres.ask(f"CREATE DATABASE {DATABASE}")
    bench.postgres.ask("CREATE TABLE rows (id bigserial PRIMARY KEY, body text NOT NULL)", database=DATABASE)
    run = iter(range(1_000_000))

    def service(seconds):
        arguments = [text, category, newsroom.author, next(run)]
        how = {"connections": CONNECTIONS, "seconds": seconds, "script": "create.lua"}
        return wrk(f"{bench.service.base}/api/v1/manage/articles", arguments=arguments, **how)

    def database(seconds):
        return pgbench(bench.postgres, DATABASE, [script], clients=CONNECTIONS, seconds=seconds)

    rounds = alternate(bench.options.rounds, service, database, bench.options.seconds)
    against = "pgbench inserting one row of 5 kB, 32 clients"
    title = "create an article of 5 kB, 32 connections"
    yield Result("create", title, Bar(0.1), against, rounds.ratios, *rounds.rates())
    bench.postgres.ask(f"DROP DATABASE {DATABASE}")


def _body(bench):
    """A body of the corpus, cut to size and without what pgbench or JSON would have to be told to leave alone."""
    parts = bench.ask("SELECT rest ->> 'body' FROM delivery.articles WHERE rest ? 'body' ORDER BY article_id LIMIT 9")
    words = " ".join(line for row in parts for line in row).replace("<p>", " ").replace("</p>", " ")
    plain = " ".join(word for word in words.split() if not set(word) & set("<>\"'\\:&{}"))
    return "<p>" + plain.encode()[: BYTES - 7].decode(errors="ignore") + "</p>"
