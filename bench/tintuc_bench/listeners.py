"""Those who follow while something else is measured: many who listen to the stream, and the mirrors of partners.

Run by itself, `python -m tintuc_bench.listeners HOST PORT NUMBER` is those who listen: a process of its own, which takes no time of
the one that measures.
"""

import asyncio
import re
import signal
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .processes import Failure, Process

BENCH = Path(__file__).resolve().parents[1]
MIRROR = BENCH.parent / "examples" / "mirror" / "mirror.py"
PUBLISHED = b"event: article.published\n"


class Listener(asyncio.Protocol):
    """One who listens, and counts what is published."""

    def __init__(self, host, port):
        self.question = f"GET /api/v1/stream HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self.began = asyncio.get_running_loop().create_future()
        self.heard, self.lost, self.rest = 0, False, b""

    def connection_made(self, transport):
        transport.write(self.question)

    def data_received(self, data):
        data = self.rest + data
        self.heard += data.count(PUBLISHED)
        # What may be the beginning of another one.
        self.rest = data[1 - len(PUBLISHED) :]
        if not self.began.done() and b"id: " in data:
            self.began.set_result(None)

    def connection_lost(self, _):
        self.lost = True


async def listen(host, port, number):
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    listeners = []
    for _ in range(number):
        _, listener = await loop.create_connection(lambda: Listener(host, port), host, port)
        await listener.began
        listeners.append(listener)
    print("listening", flush=True)
    await over.wait()
    least, lost = min(one.heard for one in listeners), sum(one.lost for one in listeners)
    print(f"heard {least}, lost {lost}", flush=True)


class Listening:
    """So many who listen, until they are asked what they have heard."""

    def __init__(self, bench, number):
        self.number = number
        host, port = bench.service.base.removeprefix("http://").split(":")
        log = bench.folder / "listeners.log"
        log.write_bytes(b"")
        command = [sys.executable, "-m", "tintuc_bench.listeners", host, port, number]
        self.process = Process("those who listen", command, log=log, cwd=BENCH)
        try:
            self.process.until(lambda: "listening" in log.read_text(), "listen", seconds=60)
        except BaseException:
            self.process.stop()
            raise

    def heard(self, published):
        """Ends them; they must have heard as much as was published."""
        time.sleep(2)
        self.process.stop()
        heard, lost = map(int, re.search(r"heard (\d+), lost (\d+)", self.process.tail()).groups())
        if heard != published or lost:
            raise Failure(f"of {published} publications, one who listened heard {heard}; {lost} were cut off")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


@contextmanager
def mirrors(bench, *filters):
    """The mirror that partners have as an example, one with each of these filters, up to date at first. Gives their folders."""
    with ExitStack() as ends:
        folders = []
        for number, filter in enumerate(filters):
            folder = bench.folder / f"mirror-{number}"
            command = [sys.executable, MIRROR, bench.service.base, folder, "--limit", 500, *filter]
            process = Process("a mirror", command, log=bench.folder / f"mirror-{number}.log", stop_by=signal.SIGINT)
            ends.enter_context(process)
            folders.append((process, folder / "current"))
        for process, folder in folders:
            process.until(folder.exists, "take over what there is", seconds=600)
        yield folders


def mirrored(folders, numbers):
    """Waits until each mirror has as many articles as it should."""
    for (process, folder), number in zip(folders, numbers):
        process.until(lambda: sum(1 for _ in folder.glob("*.json")) == number, f"come to {number} articles")


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
