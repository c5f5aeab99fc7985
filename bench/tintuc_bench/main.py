"""The run: builds, seeds, measures row by row, and writes the results."""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import (
    rows_cached,
    rows_cards,
    rows_corpus,
    rows_first,
    rows_media,
    rows_process,
    rows_queries,
    rows_storm,
    rows_syndication,
    rows_views,
    rows_webhooks,
    rows_writing,
    tools,
)
from .postgres import Postgres, account_for_servers
from .processes import Failure, run
from .report import write
from .results import Bar, Result
from .servers import DATABASE, Service

PROJECT = Path(__file__).resolve().parents[2]

#: In the order they are measured; `--only` chooses among them. The service's memory is watched throughout.
ROWS = {
    "seed": rows_corpus.seed,
    "size": rows_corpus.size,
    "start": rows_process.start,
    "cold-start": rows_process.cold_start,
    "article": rows_cached.article,
    "not-modified": rows_cached.not_modified,
    "list": rows_cached.article_list,
    "feeds": rows_cached.feeds,
    "list-uncached": rows_cards.filtered,
    "pages": rows_cards.pages,
    "first": rows_first.first,
    "deep-page": rows_queries.deep_page,
    "search": rows_queries.search,
    "views": rows_views.views,
    "media": rows_media.media,
    "create": rows_writing.create,
    "sync": rows_syndication.sync,
    "heard": rows_syndication.heard,
    "webhook": rows_webhooks.webhook,
    # Last: what it publishes lies long after the corpus, and searches would walk through the gap.
    "storm": rows_storm.storm,
    "storm-followed": rows_storm.followed,
}


@dataclass
class Bench:
    """What the rows work with."""

    options: argparse.Namespace
    folder: Path
    postgres: Postgres
    service: Service
    ceiling_binary: Path
    #: How long seeding took, in seconds.
    seeded: float = 0

    def ask(self, sql):
        """The rows that the service's database answers."""
        return self.postgres.ask(sql, database=DATABASE)

    def categories(self):
        """The slugs of all categories."""
        return [slug for (slug,) in self.ask("SELECT slug FROM delivery.categories ORDER BY slug")]

    def say(self, text):
        print(text, flush=True)


def options(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000, help="how many to seed (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each row, whose median counts (default: %(default)s)")
    parser.add_argument(
        "--only",
        action="append",
        choices=ROWS,
        metavar="ROW",
        help=f"measure this row; may repeat; the results then go to the work folder. There are {', '.join(ROWS)}",
    )
    parser.add_argument("--skip-build", action="store_true", help="measure what the last run built")
    parser.add_argument("--binary", type=Path, help="measure this tintuc; only the ceiling is built")
    parser.add_argument(
        "--workers", type=int, default=tools.cores(), help="of the ceiling; the service takes one a core"
    )
    parser.add_argument("--log", metavar="FILTER", help="what the service logs, as TINTUC_LOG; its default if left out")
    return parser.parse_args(arguments)


def main() -> int:
    chosen = options()
    # A polite end is an end like Ctrl-C: everything that runs is stopped on the way out. A shell may have told a job in
    # its background to ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return bench(chosen)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted, everything stopped", file=sys.stderr)
        return 130


def bench(chosen) -> int:
    rows = chosen.only or list(ROWS)
    tools.require(rows)
    target = tools.target_directory(PROJECT)
    if not chosen.skip_build:
        print("building", flush=True)
        tools.build(PROJECT, service=chosen.binary is None)
    binary = (chosen.binary or target / "release" / "tintuc").resolve()
    ceiling = target / "release" / "ceiling"
    for file in (binary, ceiling):
        if not file.exists():
            raise Failure(f"{file} is not there: leave out --skip-build")
    work = target / "bench"
    work.mkdir(parents=True, exist_ok=True)
    python = tools.python_for_plots(work / "venv", PROJECT / "bench" / "requirements.txt")

    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=reachable(work)))
        folder = Path(folder)
        folder.chmod(0o755)
        server = Postgres(folder / "postgres")
        ends.callback(server.stop)
        service = Service(binary, folder / "service", server, chosen.log)
        ends.callback(service.stop)
        state = Bench(chosen, folder, server, service, ceiling)
        seed(state)
        service.start()
        service.wait_for_search()
        results = measure(state, rows)
        facts = describe(state)
    return report(results, facts, work, python, complete=not chosen.only)


def reachable(work: Path) -> Path:
    """The work folder, or one in /var/tmp where the account of the servers may not enter it."""
    account = account_for_servers()
    if account is None:
        return work
    how = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}
    try:
        run(["ls", work], **how)
        return work
    except Failure:
        return Path("/var/tmp")


def seed(state: Bench):
    """Fills a new database, and lets it settle."""
    state.say(f"seeding {state.options.articles:,} articles")
    state.service.folder.mkdir()
    state.postgres.ask(f"CREATE DATABASE {DATABASE}")
    begun = time.monotonic()
    state.service.command("seed", "--articles", str(state.options.articles))
    state.seeded = time.monotonic() - begun
    state.say(f"  in {state.seeded:.0f} s")
    state.postgres.ask("VACUUM ANALYZE", "CHECKPOINT", database=DATABASE)
    # Else the kernel writes gigabytes out under the first rows.
    os.sync()


def measure(state: Bench, rows: list[str]) -> list[Result]:
    """All rows, each on its own: one that fails is reported as such."""
    results, peaks = [], {}
    for name in rows:
        state.say(name)
        state.service.forget_memory()
        try:
            for result in ROWS[name](state):
                results.append(result)
                state.say(f"  {result.title}: {result.shown()}, bar {result.bar} {result.against}")
        except Exception as failure:  # a run takes long: the other rows are worth having
            if not isinstance(failure, Failure):
                traceback.print_exc()
            results.append(
                Result(
                    name,
                    ROWS[name].__doc__.partition("\n")[0],
                    Bar(1),
                    "",
                    failure=str(failure) or type(failure).__name__,
                )
            )
            state.say(f"  not measured: {failure}")
        peaks[name] = state.service.memory()
        state.service.forget_log()
    note = ", ".join(f"{name} {peak:.0f}" for name, peak in peaks.items())
    # Making renditions takes what the largest picture takes, and 10,000 who wait at once take their connections: both are another
    # matter than serving.
    serving = {name: peak for name, peak in peaks.items() if name not in ("media", "heard")}
    if serving:
        most = max(serving, key=serving.get)
        bar = Bar(256, at_most=True, unit="MiB")
        title = "resident memory, at its most, media and those who wait apart"
        results.append(Result("memory", title, bar, f"in the row {most}", [serving[most]], note=note))
    return results


def describe(state: Bench) -> dict[str, str]:
    chosen = state.options
    return tools.machine(state.postgres) | {
        "corpus": f"{chosen.articles:,} articles",
        "load": f"{chosen.rounds} rounds of {chosen.seconds} s a side, by turns",
        "log of the service": chosen.log or "as by default",
        "revision": tools.revision(PROJECT),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def report(results, facts, work: Path, python: Path, *, complete: bool) -> int:
    """Writes the results; the committed ones only after a complete run. 1 where a bar is missed."""
    figures = work / "results.json"
    figures.write_text(json.dumps({"results": [result.as_json() for result in results], "facts": facts}, indent=1))
    folder = PROJECT / "bench" if complete else work
    run([python, "-m", "tintuc_bench.plot", figures, folder / "results.svg"], cwd=PROJECT / "bench")
    write(results, facts, folder, "results.svg")
    missed = [result.name for result in results if not result.passed]
    print(f"{folder / 'RESULTS.md'}: " + (f"missed {', '.join(missed)}" if missed else "all bars cleared"))
    return 1 if missed else 0
