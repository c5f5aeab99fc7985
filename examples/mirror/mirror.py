#!/usr/bin/env python3
"""A mirror of a Tintuc site: follows its change feed into a folder.

    python3 mirror.py https://tin.example/ ./tin --category thong-bao

Needs Python 3.9 and nothing else. `./tin/current/{id}.json` holds each article as the site delivers it; a program that
shows them reads that folder. The mirror may be killed at any moment, and started again: it goes on where it was.

How that is kept, in three rules:

* A page is taken over first, file by file, each put in its place by a rename; then the token of the next page is kept,
  in the same way. Killed in between, the mirror asks for that page again, and takes it over again: that does no harm.
* A full pass goes into a folder of its own, which begins empty until its first page is noted. When it is complete,
  `current` is turned to it. So whoever reads `current` never sees half a pass, and what the site removed while the
  mirror was away for too long is not there any more.
* One mirror a folder: a second one finds it locked.

With `--listen PORT` and the secret of a webhook in TINTUC_WEBHOOK_SECRET it also takes the site's webhooks, checks who
sent them, and asks for what is new at once. What it then takes over still comes from the feed: a webhook that is lost,
late or sent twice changes nothing.
"""

import argparse
import base64
import contextlib
import fcntl
import gzip
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import shutil
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

# How old or how far ahead the time of a webhook may be, in seconds (Standard Webhooks: against replays).
TOLERANCE = 5 * 60
# The longest pause between tries, in seconds.
LONGEST_PAUSE = 60


class BeginAnew(Exception):
    """The site does not know any more what has changed since: all is to be read again."""


def write(path, value):
    """Puts JSON in its place, whole or not at all, whenever the machine stops."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


class Site:
    """The feed of a site."""

    def __init__(self, address, filters):
        self.address = address.rstrip("/") + "/api/v1/sync"
        self.filters = filters

    def page(self, token, wait):
        """The next page; a full pass begins without a token."""
        query = dict(self.filters, wait=wait)
        if token:
            query["token"] = token
        request = urllib.request.Request(f"{self.address}?{urllib.parse.urlencode(query)}")
        request.add_header("Accept-Encoding", "gzip")
        try:
            with urllib.request.urlopen(request, timeout=wait + 30) as response:
                body = response.read()
                if response.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                return json.loads(body)
        except urllib.error.HTTPError as error:
            # 410: too long ago. 400: the token is of another filter or another site.
            if error.code == 410 or (error.code == 400 and token):
                raise BeginAnew from error
            raise


class Mirror:
    """The folder: `state.json` is how far it is, `current` the pass that is shown."""

    def __init__(self, folder, filters):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit(f"{folder}: another mirror is at work here")
        self.state = {"filters": filters, "token": None, "pass": 1, "complete": False}
        with contextlib.suppress(FileNotFoundError):
            kept = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            # Of other filters nothing can be used.
            self.state = kept if kept["filters"] == filters else {**self.state, "pass": kept["pass"] + 1}
        self.tidy()

    @property
    def articles(self):
        """Where this pass is kept."""
        return self.folder / f"pass-{self.state['pass']}"

    def keep(self, **changes):
        """Notes how far it is."""
        self.state = {**self.state, **changes}
        write(self.folder / "state.json", self.state)

    def take(self, page):
        """Takes a page over, and then notes that it is done."""
        self.articles.mkdir(exist_ok=True)
        for change in page["data"]:
            if change["change"] == "upsert":
                write(self.articles / f"{change['article']['id']}.json", change["article"])
            else:
                with contextlib.suppress(FileNotFoundError):
                    os.remove(self.articles / f"{change['id']}.json")
        # What was renamed and removed is to be on the disk before the token that leaves it behind.
        folder = os.open(self.articles, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        complete = self.state["complete"] or not page["meta"]["has_more"]
        self.keep(token=page["meta"]["next_token"], complete=complete)
        if complete:
            self.show()

    def show(self):
        """Turns `current` to this pass."""
        current, beside = self.folder / "current", self.folder / "current.new"
        if current.is_symlink() and os.readlink(current) == self.articles.name:
            return
        with contextlib.suppress(FileNotFoundError):
            os.remove(beside)
        os.symlink(self.articles.name, beside)
        os.replace(beside, current)
        self.tidy()

    def begin_anew(self):
        """A full pass, beside what is shown."""
        self.keep(token=None, complete=False, **{"pass": self.state["pass"] + 1})

    def tidy(self):
        """Removes what was left half done, and passes that nobody shows any more."""
        current = self.folder / "current"
        shown = os.readlink(current) if current.is_symlink() else None
        # Of a first page that was not noted the site does not say what has gone since.
        begun = self.articles.name if self.state["token"] else None
        for old in self.folder.glob("pass-*"):
            if old.name not in (shown, begun):
                shutil.rmtree(old, ignore_errors=True)


def follow(mirror, site, once, wait, news):
    """Follows the feed; for ever, or to the end of what there is."""
    pause = 1
    while True:
        try:
            page = site.page(mirror.state["token"], 0 if once else wait)
            mirror.take(page)
            pause = 1
        except BeginAnew:
            mirror.begin_anew()
            continue
        except (OSError, ValueError) as error:
            if once:
                sys.exit(f"{site.address}: {error}")
            print(f"{error}; again in {pause} s", file=sys.stderr)
            news.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        if once and not page["meta"]["has_more"]:
            return
        if not once and not page["meta"]["has_more"] and wait == 0:
            # Until a webhook tells of something, and now and then without one.
            news.wait(LONGEST_PAUSE)
        news.clear()


def is_genuine(secret, headers, body, now):
    """Whether a webhook comes from the site (Standard Webhooks 1.0): signed by the secret, and not long ago."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(now - int(sent_at)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # While a secret is being changed there are two signatures.
    sent = (part.partition(",") for part in headers.get("webhook-signature", "").split(" "))
    return any(version == "v1" and hmac.compare_digest(wanted, mac) for version, _, mac in sent)


def listen(port, secret, news):
    """Takes webhooks: each genuine one says that there is something new."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        """One webhook."""

        def do_POST(self):  # noqa: N802, the name that the library looks for
            """Checks who sent it."""
            length = min(int(self.headers.get("Content-Length", "0")), 4 * 1024 * 1024)
            genuine = is_genuine(secret, self.headers, self.rfile.read(length), time.time())
            self.send_response(204 if genuine else 401)
            self.end_headers()
            if genuine:
                news.set()

        def log_message(self, *_):
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main():
    """Reads the line and follows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", help="where the site is")
    parser.add_argument("folder", help="where the mirror is kept")
    for name in ("category", "tag", "article_type", "locale", "fields", "limit"):
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, help="as the feed takes it")
    parser.add_argument("--once", action="store_true", help="stop at the end of what there is")
    parser.add_argument("--wait", type=int, default=30, help="seconds to wait for a change; 0 leaves it to webhooks")
    parser.add_argument("--listen", type=int, metavar="PORT", help="take webhooks on this port of 127.0.0.1")
    asked = vars(parser.parse_args())
    names = ("category", "tag", "article_type", "locale", "fields", "limit")
    filters = {name: asked[name] for name in names if asked[name] is not None}
    news = threading.Event()
    if asked["listen"] is not None:
        listen(asked["listen"], os.environ["TINTUC_WEBHOOK_SECRET"], news)
    mirror = Mirror(asked["folder"], filters)
    with contextlib.suppress(KeyboardInterrupt):
        follow(mirror, Site(asked["site"], filters), asked["once"], asked["wait"], news)


if __name__ == "__main__":
    main()
