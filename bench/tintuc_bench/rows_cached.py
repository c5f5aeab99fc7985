"""What is answered from memory: one article, its 304, the list's first page, and feeds."""

from .client import raw_answer
from .load import alternate, wrk
from .results import Bar, Result
from .servers import ceiling

CONNECTIONS = 32

#: About the size of an article of a portal, as JSON.
ARTICLE_BYTES = 5_000

FEEDS = {
    "RSS": "/feeds/rss.xml",
    "Atom": "/feeds/atom.xml",
    "JSON Feed": "/feeds/feed.json",
    "RSS with whole texts": "/feeds/rss.xml?full=true",
}


def article(bench):
    """One article by its slug."""
    path = f"/api/v1/articles/{_slug_of_usual_size(bench)}"
    yield _same_bytes(bench, "article", "article by slug, warm", path)


def not_modified(bench):
    """The same article to a client that has it."""
    path = f"/api/v1/articles/{_slug_of_usual_size(bench)}"
    etag = bench.service.client().send("GET", path).headers["ETag"]
    known = [f"If-None-Match: {etag}"]
    raw_answer(bench.service.base, "GET", path, known)
    result = Result("not-modified", "the same with `If-None-Match`: 304", Bar(0.9), "actix-web answering an empty 304")
    empty = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    with ceiling(bench, path, answer=empty) as base:
        yield _held_against(bench, result, path, base, headers=known)


def article_list(bench):
    """The first page of the list, as a portal's front page asks for it."""
    yield _same_bytes(bench, "list", "list of 20 cards, warm", "/api/v1/articles?limit=20")


def feeds(bench):
    """The feeds of the whole site, in each form"""
    for title, path in FEEDS.items():
        yield _same_bytes(bench, "feeds", f"{title}, warm", path)


def _same_bytes(bench, name, title, path):
    answer = raw_answer(bench.service.base, "GET", path)
    body = len(answer.split(b"\r\n\r\n", 1)[1])
    result = Result(name, title, Bar(0.9), "actix-web answering the same bytes from memory", note=f"{body:,} bytes")
    with ceiling(bench, path.partition("?")[0], answer=answer) as base:
        return _held_against(bench, result, path, base)


def _held_against(bench, result, path, base, **how):
    def load(base):
        return lambda seconds: wrk(base + path, connections=CONNECTIONS, seconds=seconds, **how)

    rounds = alternate(bench.options.rounds, load(bench.service.base), load(base), bench.options.seconds)
    result.rounds = rounds.ratios
    result.service, result.ceiling = rounds.rates()
    return result


def _slug_of_usual_size(bench):
    """The slug of the article whose JSON comes nearest to the usual size, of a few that should."""
    rows = bench.ask(
        "SELECT slug FROM delivery.articles WHERE rest ->> 'body' IS NOT NULL "
        f"ORDER BY abs(octet_length(card::text) + octet_length(rest::text) + 1000 - {ARTICLE_BYTES}), slug LIMIT 20"
    )
    client = bench.service.client()
    return min(
        (slug for (slug,) in rows), key=lambda slug: abs(len(client.get(f"/api/v1/articles/{slug}")) - ARTICLE_BYTES)
    )
