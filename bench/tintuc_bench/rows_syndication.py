"""The change feed: a full pass, how soon who listens and who waits hears of a publication, and how many may wait."""

import asyncio
import time
from statistics import median, quantiles

from .newsroom import Newsroom
from .processes import run
from .results import Bar, Result

#: How many changes a page of the full pass has.
PAGE = 500

#: How many listen to the stream, and how many wait for a change.
LISTENERS = 1_000
WAITERS = 10_000

#: How many publications are timed.
TIMED = 20


def sync(bench):
    """A full pass of the change feed against COPY of the same JSON"""
    client = bench.service.client()
    passes, copies, sizes = [], [], []
    folder = bench.folder / "feed"
    folder.mkdir(exist_ok=True)
    for number in range(min(3, bench.options.rounds)):
        begun = time.monotonic()
        pages, bytes_read = [], 0
        token, more = "", True
        while more:
            page = client.send("GET", f"/api/v1/sync?limit={PAGE}{token}")
            bytes_read += len(page.data)
            meta = page.data[page.data.rindex(b'"meta":') :]
            token = "&token=" + meta.partition(b'"next_token":"')[2].partition(b'"')[0].decode()
            more = b'"has_more":true' in meta
            if number == 0:
                pages.append(page.data)
        passes.append(time.monotonic() - begun)
        sizes.append(bytes_read)
        if number == 0:
            _keep(bench, folder, pages)
        copies.append(_copied(bench, folder / "copied.json"))
    ratios = [took / copied for took, copied in zip(passes, copies)]
    articles = bench.ask("SELECT count(*) FROM delivery.articles")[0][0]
    note = f"{int(articles):,} articles, {sizes[0] / 1e6:.0f} MB, {len(passes)} passes by turns"
    yield Result(
        "sync",
        f"full pass of the change feed, {PAGE} a page",
        Bar(3, at_most=True),
        "COPY … TO STDOUT of the same JSON (time)",
        ratios,
        f"{median(passes):.1f} s",
        f"{median(copies):.1f} s",
        note=note,
    )


def _keep(bench, folder, pages):
    """Puts the same JSON into a table: a row an article."""
    file = folder / "articles.txt"
    with file.open("wb") as out:
        for page in pages:
            for article in page.split(b'{"change":"upsert","article":')[1:]:
                # What COPY reads as text has its backslashes doubled.
                out.write(article.rstrip(b",").replace(b"\\", b"\\\\") + b"\n")
    file.chmod(0o644)
    script = folder / "copy.sql"
    script.write_text(
        "DROP TABLE IF EXISTS copied; CREATE UNLOGGED TABLE copied (article text);\n"
        f"\\copy copied FROM '{file}'\nVACUUM ANALYZE copied;\n"
    )
    bench.postgres.script(script)


def _copied(bench, into):
    """How long it takes to have all of it."""
    command = [bench.postgres.bin / "psql", "-X", "-q", "-d", "postgres", "-c", f"\\copy copied TO '{into}'"]
    begun = time.monotonic()
    run(command, env=bench.postgres.environment)
    return time.monotonic() - begun


def heard(bench):
    """How soon a publication is heard of by those who listen and those who wait"""
    newsroom = Newsroom(bench.service)
    categories = bench.categories()
    yield from asyncio.run(_heard(bench, newsroom, categories))


async def _heard(bench, newsroom, categories):
    host, port = bench.service.base.removeprefix("http://").split(":")
    results = []
    for listeners in (1, LISTENERS):
        opened = [await _listen(host, port) for _ in range(listeners)]
        first, last = [], []
        for article in newsroom.approved(categories, TIMED):
            heard = [asyncio.create_task(_event(reader)) for reader, _ in opened]
            await asyncio.sleep(0.1)
            # The answer to the transition comes when the publication is committed and seen here.
            committed = await asyncio.to_thread(_publish, newsroom, article)
            times = sorted(await asyncio.gather(*heard))
            first.append((times[len(times) // 2] - committed) * 1000)
            last.append((times[-1] - committed) * 1000)
        for _, writer in opened:
            writer.close()
        title = f"a publication is heard by {listeners:,} who listen to the stream: the last of them, p99"
        note = f"half of them: p50 {median(first):.1f} ms; the last: p50 {median(last):.1f} ms; {TIMED} publications"
        worst = quantiles(last, n=100)[98]
        bar, against = Bar(1000, at_most=True, unit="ms"), "after its request was answered"
        results.append(Result("heard", title, bar, against, [worst], note=note))

    before = bench.service.memory("VmRSS")
    token = _caught_up(bench)
    question = f"GET /api/v1/sync?wait=30&token={token} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    waiting = []
    for _ in range(WAITERS):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(question)
        waiting.append((reader, writer))
    await asyncio.sleep(3)
    memory = bench.service.memory("VmRSS") - before
    answered = [asyncio.create_task(reader.readline()) for reader, _ in waiting]
    (article,) = newsroom.approved(categories, 1)
    committed = await asyncio.to_thread(_publish, newsroom, article)
    times = []
    for line in asyncio.as_completed(answered):
        assert b" 200 " in await line
        times.append((time.monotonic() - committed) * 1000)
    for _, writer in waiting:
        writer.close()
    note = f"half of them after {times[len(times) // 2]:.0f} ms; {memory:.0f} MiB more resident while they waited"
    title = f"{WAITERS:,} who wait for a change are answered: the last of them"
    bar = Bar(10_000, at_most=True, unit="ms")
    results.append(Result("heard", title, bar, "after the publication", [times[-1]], note=note))
    return results


def _caught_up(bench):
    """A token behind all that there is."""
    client, token = bench.service.client(), ""
    while True:
        meta = client.json(f"/api/v1/sync?limit={PAGE}&fields=id{token}")["meta"]
        if not meta["has_more"]:
            return meta["next_token"]
        token = "&token=" + meta["next_token"]


def _publish(newsroom, article):
    newsroom.publish(article)
    return time.monotonic()


async def _listen(host, port):
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    while not (await reader.readline()).startswith(b"id: "):
        pass
    return reader, writer


async def _event(reader):
    """When the next event comes."""
    while not (await reader.readline()).startswith(b"data: "):
        pass
    return time.monotonic()
