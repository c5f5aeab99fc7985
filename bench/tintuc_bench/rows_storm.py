"""Reads while the newsroom publishes: a mix of hot addresses, quiet and with so many articles published a second."""

import threading
import time
from statistics import median, quantiles

from .listeners import Listening, mirrored, mirrors
from .load import per_second, wrk
from .newsroom import Newsroom
from .results import Bar, Result
from .rows_syndication import LISTENERS

CONNECTIONS = 32

#: Articles published a second, and the share of the quiet rate that is wanted then.
STORMS = {1: 0.8, 5: 0.5, 20: 0.25}


def storm(bench):
    """Hot addresses while articles are published"""
    yield from _storm(bench, "storm", "hot addresses")


def followed(bench):
    """The same with two mirrors and many who listen"""
    announcements = ["--article-type", "announcement"]
    before = _public(bench)
    with mirrors(bench, [], announcements) as folders, Listening(bench, LISTENERS) as listening:
        yield from _storm(bench, "storm-followed", "followed by 1,000 and two mirrors: hot addresses")
        # Who follows must have followed.
        after = _public(bench)
        listening.heard(after - before)
        mirrored(folders, [after, _public(bench, "WHERE article_type = 'announcement'")])


def _public(bench, which=""):
    return int(bench.ask(f"SELECT count(*) FROM delivery.articles {which}")[0][0])


def _storm(bench, name, what):
    addresses = bench.folder / "hot.txt"
    addresses.write_text("\n".join(hot(bench)) + "\n")
    newsroom = Newsroom(bench.service)
    seconds, rounds = bench.options.seconds, bench.options.rounds
    categories = bench.categories()
    run = iter(range(1_000_000))

    def mix(seconds):
        return wrk(
            bench.service.base,
            connections=CONNECTIONS,
            seconds=seconds,
            script="hot.lua",
            arguments=[addresses, next(run)],
        )

    alone = [transition for transition in published(newsroom, newsroom.approved(categories, 20), pause=0.02)]
    mix(2)
    for rate, share in STORMS.items():
        quiet, stormy, transitions = [], [], []
        for _ in range(rounds):
            approved = newsroom.approved(categories, rate * seconds)
            quiet.append(mix(seconds))
            with Publishing(newsroom, approved, rate) as publishing:
                stormy.append(mix(seconds))
            transitions += publishing.took
        title = f"{what}, {rate} published a second"
        against = f"the same while nothing is published: {per_second(quiet)}"
        ratios = [storm.per_second / calm.per_second for storm, calm in zip(stormy, quiet)]
        came = f"{len(transitions) / rounds / seconds:.1f} came through a second"
        note = f"93 addresses, {CONNECTIONS} connections; {came}"
        yield Result(name, title, Bar(share), against, ratios, per_second(stormy), note=note)
        late = [storm.p99_us / calm.p99_us for storm, calm in zip(stormy, quiet)]
        p99 = f"p99 {median(storm.p99_us for storm in stormy) / 1000:.1f} ms"
        calm = f"its quiet p99: {median(calm.p99_us for calm in quiet) / 1000:.1f} ms"
        yield Result(name, f"{title}: p99", Bar(10, at_most=True), calm, late, p99)
        if len(transitions) >= 20:
            slow = quantiles(transitions, n=100)[98]
            usual = quantiles(alone, n=100)[98]
            note = f"median {median(transitions) * 1000:.1f} ms"
            against = f"its p99 with nobody reading (time): {usual * 1000:.1f} ms"
            title = f"{what}: publishing, the transition alone, {rate} a second beside the mix: p99"
            took = f"{slow * 1000:.1f} ms"
            yield Result(name, title, Bar(5, at_most=True), against, [slow / usual], took, note=note)


def hot(bench):
    """What a portal's readers ask for all the time."""
    categories = [slug for (slug,) in bench.ask("SELECT slug FROM delivery.categories ORDER BY slug LIMIT 20")]
    newest = bench.ask("SELECT slug FROM delivery.articles ORDER BY published_at DESC LIMIT 60")
    lists = ["", "?limit=10", "?featured=true", "?article_type=announcement", "?article_type=news", "?locale=vi"]
    paths = [f"/api/v1/articles{query}" for query in [*lists, *(f"?limit={limit}" for limit in (5, 8, 12, 30))]]
    paths += [f"/api/v1/articles?category={slug}" for slug in categories]
    paths += [f"/api/v1/articles/{slug}" for (slug,) in newest]
    return [*paths, "/api/v1/categories", "/api/v1/tags", "/api/v1/most-viewed"]


def published(newsroom, approved, pause):
    """Publishes these, and says how long each transition took, in seconds."""
    for article in approved:
        begun = time.monotonic()
        newsroom.publish(article)
        yield time.monotonic() - begun
        time.sleep(pause)


class Publishing(threading.Thread):
    """Publishes in the background, at a rate, for as long as there is something."""

    def __init__(self, newsroom, approved, rate):
        super().__init__()
        self.newsroom, self.approved, self.rate = newsroom, approved, rate
        self.took, self.failed, self.over = [], None, False

    def run(self):
        due = time.monotonic()
        try:
            for article in self.approved:
                due += 1 / self.rate
                time.sleep(max(0, due - time.monotonic()))
                if self.over:
                    return
                begun = time.monotonic()
                self.newsroom.publish(article)
                self.took.append(time.monotonic() - begun)
        except Exception as failure:  # told where the round ends
            self.failed = failure

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.join()
        if self.failed:
            raise self.failed
