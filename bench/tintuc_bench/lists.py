"""Reads each list of the management side over millions of rows, and says what the database did: which indexes gave the
page, how many rows it looked at, how long it took.

A list is read well if no more rows are looked at than a few times those it shows, however many there are. The run fails
on one that is not. A report adds up what is in its period, and is held to looking at that alone.
"""

import argparse
import json
import secrets
import signal
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

from . import tools
from .postgres import Postgres
from .processes import Failure
from .servers import DATABASE, Service

HERE = Path(__file__).resolve().parents[1]
PROJECT = HERE.parent
MANAGE = "/api/v1/manage"

#: What there is more of with the years. People, categories and what they are granted are as many as an office has.
GROWING = {
    *(
        "events",
        "transitions",
        "articles",
        "article_versions",
        "publications",
        "royalties",
        "article_comments",
        "article_words",
        "sessions",
        "refresh_tokens",
    ),
    *("tags", "published_counts", "published_count_changes", "view_totals", "media", "version_media", "article_media"),
}
#: How many rows of those a list may look at for each that it shows, and besides.
A_ROW, BESIDES = 12, 200
#: Those that go through a part of everything, to add it up or to put it in order, and how many rows that is for each
#: article that there is: what was published in a period, what is filed below a category, what befell one thing.
PARTS = {
    "royalties by author, a year": 1.6,
    **dict.fromkeys((f"royalties by {group}, a month" for group in ("author", "month", "category", "article")), 0.15),
    **dict.fromkeys(("articles: of a category and below", "articles: pending, of a category"), 0.1),
    **dict.fromkeys(("articles: of a small category", "trash, as an editor of a category"), 0.2),
    **dict.fromkeys((f"{which}articles, as an editor of a category" for which in ("", "pending ")), 0.1),
    # One in twenty is under review here, and what waits for somebody is looked for among that.
    **dict.fromkeys(("inbox", "inbox, as their author", "inbox, as an editor of a category"), 1),
    # It counts all that there is.
    "dashboard": 3,
    # Half of what was never public is under review or sent back here, and so is one in twenty of all.
    "articles: never public": 0.01,
    "articles: at a stage": 0.1,
    # Merged tags lead to others: all of them are looked through.
    "articles: under a tag": 0.2,
    "articles: of an editor": 0.01,
    # Who had a hand in it is asked of every version of what is shown.
    "articles: oldest first": 0.01,
    "audit: what never happened to it": 2,
    "audit: what somebody did to what much happened to": 0.01,
}
#: Rows a page.
LIMIT = 50
#: So far back, and no later, lies what those did who are gone: as `lists.sql` has it.
FORMER = 4998


def identifier(kind, number):
    """As `lists.sql` makes them."""
    return uuid.UUID(f"01900000-000{kind}-7000-8000-{number:012x}")


def lists():
    """Whose list, its name and its path."""
    page = f"limit={LIMIT}"
    busy, idle, somebody = (identifier(1, number) for number in (1, 4999, 77))
    key, rare_key = identifier(5, 1), identifier(5, 77)
    much, little = identifier(8, 1), identifier(8, 77777)
    month = "after=2026-01-01T00:00:00Z&before=2026-02-01T00:00:00Z"
    former = identifier(1, FORMER)
    for name, query in {
        "audit": "",
        "audit: by an account that was busy years ago": f"actor={former}",
        "audit: a rare action of that account": f"actor={former}&action=media.deleted",
        "audit: an action that was common years ago": "action=media.created",
        "audit: of a month": month,
        "audit: by a busy account": f"actor={busy}",
        "audit: by an idle account": f"actor={idle}",
        "audit: by nobody's account": f"actor={identifier(1, 6000)}",
        "audit: by a busy key": f"key={key}",
        "audit: by a rare key": f"key={rare_key}",
        "audit: about what much happened to": f"subject={much}",
        "audit: about what little happened to": f"subject={little}",
        "audit: a common action": "action=article.edited",
        "audit: a rare action": "action=category.deleted",
        "audit: an action of a month": f"action=article.edited&{month}",
        "audit: by an account, of a month": f"actor={busy}&{month}",
        "audit: an action of an account": f"actor={busy}&action=article.edited",
        "audit: what a busy account never did": f"actor={busy}&action=user.disabled",
        "audit: what a busy account does not do": f"actor={busy}&action=session.started",
        "audit: what a busy key does not do": f"key={key}&action=session.started",
        "audit: an action to what much happened to": f"subject={much}&action=article.edited",
        "audit: what never happened to it": f"subject={much}&action=article.approved",
        "audit: what somebody did to what much happened to": f"subject={much}&actor={somebody}",
        "audit: as CSV": "format=csv",
        "audit: of a month, as CSV": f"format=csv&{month}",
    }.items():
        yield "admin", name, f"/audit?{page}&{query}".rstrip("&")
    for name, path in {
        "history of a long one": f"/articles/{much}/history?{page}",
        "versions of a long one": f"/articles/{much}/versions?{page}",
        "users": f"/users?{page}",
        "users: disabled": f"/users?disabled=true&{page}",
        "users: not disabled": f"/users?disabled=false&{page}",
        "grants": f"/grants?{page}",
        "grants: of a role": f"/grants?role=approver&{page}",
        "grants: over a category": f"/grants?category=chuyen-muc-30&{page}",
        "keys": f"/api-keys?{page}",
        "keys: by prefix": "/api-keys?prefix=ttk_00004711",
        "tags": f"/tags?{page}",
        "authors": f"/authors?{page}",
        "categories": "/categories",
        "articles": f"/articles?{page}",
        "articles: oldest first": f"/articles?sort=updated_at&{page}",
        "articles: pending": f"/articles?approval=pending&{page}",
        "articles: of a category and below": f"/articles?category=chuyen-muc-3&{page}",
        "articles: of a small category": f"/articles?category=chuyen-muc-77&{page}",
        "articles: pending, of a category": f"/articles?approval=pending&category=chuyen-muc-3&{page}",
        "articles: of an author": f"/articles?author={identifier(6, 4)}&{page}",
        "articles: of a type": f"/articles?article_type=video&{page}",
        "articles: of a locale": f"/articles?locale=en&{page}",
        "articles: newest made": f"/articles?sort=-created_at&{page}",
        "articles: live": f"/articles?status=live&{page}",
        "articles: scheduled": f"/articles?status=scheduled&{page}",
        "articles: withdrawn": f"/articles?status=withdrawn&{page}",
        "articles: expired": f"/articles?status=expired&{page}",
        "articles: never public": f"/articles?status=unpublished&{page}",
        "articles: approved, never public": f"/articles?approval=approved&status=unpublished&{page}",
        "articles: at a stage": f"/articles?stage=Ph%C3%AA%20duy%E1%BB%87t&{page}",
        "articles: under a tag": f"/articles?tag=tu-khoa-77&{page}",
        "articles: of an editor": f"/articles?editor={somebody}&{page}",
        "articles: of a month": f"/articles?updated_after=2026-01-01T00:00:00Z&updated_before=2026-02-01T00:00:00Z&{page}",
        "articles: of a word": f"/articles?q=tu777&{page}",
        "articles: of a word that all have": f"/articles?q=th%C3%B4ng%20b%C3%A1o&{page}",
        "comments on a long one": f"/articles/{much}/comments?{page}",
        "inbox": f"/inbox?{page}",
        "dashboard": "/dashboard",
        "trash": f"/trash?{page}",
    }.items():
        yield "admin", name, path
    yield "admin", "sessions", "/api/v1/auth/sessions"
    for name, path in {
        "articles, as their author": f"/articles?{page}",
        "pending articles, as their author": f"/articles?approval=pending&{page}",
        "trash, as an author": f"/trash?{page}",
        "inbox, as their author": f"/inbox?{page}",
    }.items():
        yield "author", name, path
    for name, path in {
        "articles, as an editor of a category": f"/articles?{page}",
        "pending articles, as an editor of a category": f"/articles?approval=pending&{page}",
        "trash, as an editor of a category": f"/trash?{page}",
        "inbox, as an editor of a category": f"/inbox?{page}",
    }.items():
        yield "editor", name, path
    month, year = "from=2026-01-01&to=2026-01-31", "from=2025-01-01&to=2025-12-31"
    for group in ("author", "month", "category", "article"):
        yield "admin", f"royalties by {group}, a month", f"/royalties?group_by={group}&{month}"
    yield "admin", "royalties by author, a year", f"/royalties?group_by=author&{year}"


class Plans:
    """What the server did for requests, by its log."""

    #: Connections of requests have no name; those that read by themselves have.
    UNNAMED = "[unknown]: LOG:"

    def __init__(self, postgres):
        self.log = postgres.process.log
        self.postgres = postgres

    def start(self):
        """From now on the server tells of connections that are made."""
        settings = {
            "session_preload_libraries": "auto_explain",
            "auto_explain.log_min_duration": "0",
            "auto_explain.log_analyze": "on",
            "auto_explain.log_timing": "off",
            "auto_explain.log_format": "json",
            "log_line_prefix": "%a: ",
        }
        changes = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()]
        # Its settings are known where it is loaded.
        self.postgres.ask("LOAD 'auto_explain'", *changes, "SELECT pg_reload_conf()")

    def since(self, offset):
        """The plans of requests."""
        plans, entry = [], None
        for line in self.log.read_bytes()[offset:].decode(errors="replace").splitlines():
            if not line.startswith("\t"):
                entry = [] if line.startswith(self.UNNAMED) and " plan:" in line else None
                if entry is not None:
                    plans.append(entry)
            elif entry is not None:
                entry.append(line)
        return [json.loads("".join(entry)) for entry in plans]


def nodes(plan):
    """Every step of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def looked_at(plan):
    """How many rows were looked at, and by which index or of which table without one."""
    rows, by = 0, []
    for node in nodes(plan["Plan"]):
        if "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan":
            removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            if node.get("Relation Name") in GROWING:
                rows += (node["Actual Rows"] + removed) * node["Actual Loops"]
            if node["Node Type"] != "Bitmap Heap Scan" and node["Actual Loops"]:
                by.append(node.get("Index Name") or f"all of {node['Relation Name']}")
        elif node["Node Type"] == "Sort" and node["Actual Rows"] * node["Actual Loops"] > 2:
            by.append("(sorted)")
    return rows, by


def shown(answer):
    """How many rows an answer shows."""
    if answer.headers["Content-Type"].startswith("application/json"):
        data = json.loads(answer.data)["data"]
        return len(data) if isinstance(data, list) else 1
    return answer.data.count(b"\n")


def measured(client, plans, token, path):
    """Milliseconds, the rows shown, and what was done for them. The second time: the first finds nothing in memory."""
    address = path if path.startswith("/api/v1") else MANAGE + path
    client.get(address, token=token)
    before = plans.log.stat().st_size
    answer = client.send("GET", address, token=token)
    # What an earlier release wrote is looked for by the service itself meanwhile, over a connection like those of requests.
    done = [looked_at(plan) for plan in plans.since(before) if "LEFT JOIN article_words" not in plan["Query Text"]]
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        client.get(address, token=token)
        times.append((time.perf_counter() - begun) * 1000)
    # Of the statement that looked at most; who the caller is was looked up before.
    by = max((one for one in done if "sessions_pkey" not in one[1]), key=lambda one: one[0], default=(0, []))[1]
    return statistics.median(times), answer, sum(one[0] for one in done), by


def hire(service, name, *roles):
    """Somebody with these roles; answers their token."""
    email, password = f"{name}@lists.example", secrets.token_urlsafe(18)
    granted = [part for role in roles for part in ("--role", role)]
    service.command("create-user", "--email", email, "--name", f"Phòng {name}", *granted, TINTUC_PASSWORD=password)
    answer = service.client().send("POST", "/api/v1/auth/login", body={"email": email, "password": password})
    return json.loads(answer.data)["access_token"]


def fill(service, postgres, options):
    """Makes the rows, and three people who look at them; answers their tokens."""
    service.start()
    tokens = {"admin": hire(service, "admin", "admin"), "author": hire(service, "author", "author")}
    article = {"title": "Thông báo", "body": "<p>Văn phòng thông báo.</p>", "article_type": "announcement"}
    service.client().send("POST", f"{MANAGE}/articles", body=article, token=tokens["author"])
    service.stop()
    counts = {"events": options.rows * 6 // 10, "transitions": options.rows * 4 // 10, "articles": options.articles}
    script = (HERE / "lists.sql").read_text()
    for name, count in counts.items():
        script = script.replace(f":{name}", str(count))
    file = postgres.data.parent / "lists.sql"
    file.write_text(script)
    begun = time.monotonic()
    postgres.script(file, database=DATABASE)
    size = postgres.ask("SELECT pg_size_pretty(pg_database_size(current_database()))", database=DATABASE)[0][0]
    # One of the authors of these articles is somebody who can sign in.
    postgres.ask(
        "UPDATE articles SET created_by = (SELECT id FROM users WHERE email = 'author@lists.example') "
        f"WHERE created_by = '{identifier(1, 3)}'",
        "VACUUM ANALYZE articles",
        database=DATABASE,
    )
    service.start()
    tokens["editor"] = hire(service, "editor", "editor@chuyen-muc-4")
    service.stop()
    print(f"{counts} in {time.monotonic() - begun:.0f} s, {size}", flush=True)
    return tokens


def look(service, postgres, tokens, options):
    """Reads every list and its second page; answers how many were read badly."""
    # Connections are explained that are made from now on.
    plans = Plans(postgres)
    plans.start()
    service.start()
    client, bad = service.client(), 0
    print(f"{'list':56} {'ms':>8} {'shown':>6} {'looked at':>9}  by")
    for who, name, path in lists():
        for number in ("", ", next page"):
            milliseconds, answer, total, by = measured(client, plans, tokens[who], path)
            rows = shown(answer)
            enough = rows * A_ROW + BESIDES + PARTS.get(name, 0) * options.articles
            bad += total > enough
            verdict = (
                f"{', '.join(dict.fromkeys(by))}{'' if total <= enough else f'  TOO MANY: {enough:.0f} are enough'}"
            )
            print(f"{name + number:56} {milliseconds:8.1f} {rows:6} {total:9.0f}  {verdict}", flush=True)
            following = answer.getheader("Link")
            if not following:
                break
            path = following[1 : following.index(">")]
    return bad


def main():
    parser = argparse.ArgumentParser(prog="bench/lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of events and transitions (default: %(default)s)")
    parser.add_argument("--articles", type=int, default=200_000, help="(default: %(default)s)")
    parser.add_argument("--binary", type=Path, help="look at this tintuc; nothing is built")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if not options.binary:
            tools.build(PROJECT, service=True)
        binary = options.binary or tools.target_directory(PROJECT) / "release" / "tintuc"
        with tempfile.TemporaryDirectory(prefix="tintuc-lists-") as folder:
            return run(Path(folder), binary.resolve(), options)
    except Failure as failure:
        print(f"lists: {failure}", file=sys.stderr)
        return 1


def run(folder, binary, options):
    folder.chmod(0o755)
    postgres = Postgres(folder / "postgres")
    service = None
    try:
        postgres.ask(f"CREATE DATABASE {DATABASE}")
        service = Service(binary, folder, postgres, None)
        service.command("migrate")
        tokens = fill(service, postgres, options)
        bad = look(service, postgres, tokens, options)
        print(f"{bad} lists look at more than they have to" if bad else "every list is read by its index")
        return 1 if bad else 0
    finally:
        if service:
            service.stop()
        postgres.stop()
