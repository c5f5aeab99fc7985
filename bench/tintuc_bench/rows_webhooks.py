"""How soon a receiver of webhooks is told of a publication."""

import asyncio
import json
import time
from contextlib import closing, nullcontext, suppress
from statistics import median, quantiles

from .listeners import Listening
from .newsroom import Newsroom
from .results import Bar, Result
from .rows_syndication import LISTENERS

#: How many publications are timed.
TIMED = 100


def webhook(bench):
    """How soon a webhook arrives"""
    newsroom = Newsroom(bench.service)
    categories = bench.categories()
    yield from asyncio.run(_webhook(bench, newsroom, categories))


async def _webhook(bench, newsroom, categories):
    arrived = asyncio.Queue()
    receiver = await asyncio.start_server(lambda *connection: _take(*connection, arrived), "127.0.0.1", 0)
    port = receiver.sockets[0].getsockname()[1]
    hook = {"url": f"http://127.0.0.1:{port}/", "events": ["article.published"]}
    admin = newsroom.hire(bench.service, "admin")
    made = newsroom.client.send("POST", "/api/v1/manage/webhooks", body=hook, token=admin)
    results = []
    for listeners in (0, LISTENERS):
        times = []
        with Listening(bench, listeners) if listeners else nullcontext() as listening:
            for article in newsroom.approved(categories, TIMED):
                # The answer to the transition comes when the publication is committed.
                await asyncio.to_thread(newsroom.publish, article)
                committed = time.monotonic()
                times.append((await asyncio.wait_for(arrived.get(), 60) - committed) * 1000)
            if listening:
                listening.heard(TIMED)
        title = f"a publication arrives as a webhook, {listeners:,} listening to the stream: p99"
        bar, against = Bar(1000, at_most=True, unit="ms"), "after its request was answered"
        worst = quantiles(times, n=100, method="inclusive")[98]
        note = f"p50 {median(times):.1f} ms; {TIMED} publications"
        results.append(Result("webhook", title, bar, against, [worst], note=note))
    path = f"/api/v1/manage/webhooks/{json.loads(made.data)['data']['id']}"
    newsroom.client.send("DELETE", path, headers={"If-Match": made.headers["ETag"]}, token=admin)
    receiver.close()
    return results


async def _take(reader, writer, arrived):
    """Takes what comes over one connection, and says when."""
    # The service keeps connections for a while: at the end one may be open still.
    with suppress(asyncio.IncompleteReadError, asyncio.CancelledError), closing(writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            arrived.put_nowait(time.monotonic())
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
