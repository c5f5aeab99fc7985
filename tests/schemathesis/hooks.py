"""What Schemathesis cannot know: who asks, what there is to ask for, and which state of it is the present one.

A made-up id is answered with 404, and a made-up entity tag with 412, so most questions would end before anything
happens. Here most of what is well formed is replaced by what exists; what is not is left as it is, and so is one in
five of the others.
"""

import atexit
import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter

import schemathesis

BASE = os.environ["ASK_BASE"]
# How often what there is is looked up again, in seconds.
LOOK_EVERY = 10
# Of so many things at most.
MANY = 100

chance = random.Random(int(os.environ["ASK_SEED"]))
lock = threading.RLock()


def ask(method, path, token=None, body=None):
    """The answer and its headers; none where it is a refusal."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(BASE + path, data, headers, method=method), timeout=30
        ) as answer:
            return json.load(answer), answer.headers
    except urllib.error.HTTPError:
        return {}, {}


class SignIn:
    """A sign-in, renewed when it has ended: they last a quarter of an hour, and whoever asks ends them, too."""

    def __init__(self, caller):
        self.caller = caller
        self.held = caller["key"]

    def token(self):
        with lock:
            if not self.held and self.caller["email"]:
                who = {"email": self.caller["email"], "password": self.caller["password"]}
                self.held = ask("POST", "/api/v1/auth/login", body=who)[0].get("access_token", "")
            return self.held

    def has_ended(self):
        with lock:
            self.held = self.caller["key"]


class Things:
    """What there is, as somebody sees it who sees everything."""

    def __init__(self):
        self.keeper = SignIn(json.loads(os.environ["ASK_KEEPER"]))
        self.spared_emails = json.loads(os.environ["ASK_SPARE"])
        self.until = 0.0
        self.known = {}

    def of(self, kind):
        """Everything of a kind."""
        with lock:
            if time.monotonic() > self.until:
                self._look()
                self.until = time.monotonic() + LOOK_EVERY
            return self.known.get(kind, [])

    def _rows(self, path):
        path = f"/api/v1/manage/{path}"
        rows = ask("GET", path, self.keeper.token())[0].get("data")
        if rows is None:
            self.keeper.has_ended()
            rows = ask("GET", path, self.keeper.token())[0].get("data", [])
        return rows[:MANY]

    def _look(self):
        def ids(path):
            return [row["id"] for row in self._rows(path)]

        users, media, categories = (
            self._rows("users?limit=100"),
            self._rows("media?limit=100"),
            self._rows("categories"),
        )
        self.spared = {user["id"] for user in users if user["email"] in self.spared_emails}
        keys = self._rows("api-keys?limit=100")
        self.spared |= {key["id"] for key in keys if key["name"] == "schemathesis"}
        public = ask("GET", "/api/v1/articles?limit=50")[0].get("data", [])
        self.known = {
            "articles": ids("articles?limit=100"),
            "trash": ids("trash?limit=100"),
            "tags": ids("tags?limit=100"),
            "authors": ids("authors?limit=100"),
            "article-types": [row["code"] for row in self._rows("article-types")],
            "categories": [row["id"] for row in categories],
            "slugs": [row["slug"] for row in categories],
            "media": [row["id"] for row in media],
            "pictures": [row["id"] for row in media if row["kind"] == "image"],
            "files": [row["url"].split("?")[0] for row in media],
            "users": [user["id"] for user in users if user["id"] not in self.spared],
            "api-keys": [key["id"] for key in keys if key["id"] not in self.spared],
            "public": [row["id"] for row in public] + [row["slug"] for row in public],
        }


caller = SignIn(json.loads(os.environ["ASK_AS"]))
things = Things()
statuses = Counter()
granted = set()

# A picture and a document that are taken: what is made up is refused for what it is.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def often(share=0.8):
    with lock:
        return chance.random() < share


def one_of(kind):
    """Something of a kind; none where there is nothing."""
    there = things.of(kind)
    with lock:
        return chance.choice(there) if there else None


def is_id(value):
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def point(case):
    """Names something that is there."""
    parts = case.path.strip("/").split("/")
    given = case.path_parameters
    if not isinstance(given, dict):
        return
    if "key" in given and often():
        given["key"] = one_of("public") or given["key"]
    if "code" in given and often():
        given["code"] = one_of("article-types") or given["code"]
    if case.path == "/media/{id}/{name}" and often() and (file := one_of("files")):
        _, _, given["id"], given["name"] = file.split("/", 3)
    elif parts[:3] == ["api", "v1", "manage"] and is_id(given.get("id")) and often():
        given["id"] = one_of(parts[3]) or given["id"]
    if isinstance(given.get("n"), int) and given["n"] > 0 and often():
        given["n"] = 1


def spare(case):
    """Nobody puts out another who asks, nor the key: from then on there would be one caller less, and no word of it."""
    things.of("users")
    given = case.path_parameters
    if isinstance(given, dict) and given.get("id") in things.spared and case.method != "GET":
        given["id"] = str(uuid.uuid4())


def refer(value):
    """Within a body, the same for what it refers to."""
    if isinstance(value, list):
        for item in value:
            refer(item)
    if not isinstance(value, dict):
        return
    for name, kind in (
        ("category", "slugs"),
        ("parent", "slugs"),
        ("article_type", "article-types"),
        ("media_id", "media"),
    ):
        if isinstance(value.get(name), str) and often():
            value[name] = one_of(kind) or value[name]
    for name, kind in (("image", "pictures"), ("description_image", "pictures")):
        if isinstance(value.get(name), dict) and isinstance(value[name].get("media_id"), str) and often():
            value[name]["media_id"] = one_of(kind) or value[name]["media_id"]
    for name in ("related", "translations"):
        if isinstance(value.get(name), list) and all(is_id(item) for item in value[name]) and often():
            value[name] = list({one_of("articles") for _ in value[name]} - {None})
    for item in value.values():
        refer(item)


def file_of(case):
    """In an upload, a file of a type that is taken."""
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict) and "file" in case.body and often():
        case.body["file"] = PDF


def match(case):
    """The present state of what is to be changed, as the caller knows it."""
    declared = {parameter.name.lower() for parameter in case.operation.headers}
    if "if-match" not in declared or not often(0.9):
        return
    # What is changed is read at the same path, or at that of the article.
    path = case.formatted_path
    for reading in (path, path.split("/transitions/")[0].split("/versions/")[0], path.removesuffix("/file")):
        if tag := ask("GET", reading, caller.token())[1].get("ETag"):
            case.headers["If-Match"] = tag
            return


def wait(case):
    """Whoever waits for a change asks nothing meanwhile."""
    if isinstance(case.query, dict) and str(case.query.get("wait", "")).isdigit() and int(case.query["wait"]) <= 30:
        case.query["wait"] = 0


@schemathesis.hook
def before_call(context, case, kwargs):
    point(case)
    spare(case)
    refer(case.body)
    file_of(case)
    wait(case)
    # In place of what was made up for it, too.
    if (token := caller.token()) and often(0.97):
        case.headers["Authorization"] = f"Bearer {token}"
    try:
        match(case)
    except (ValueError, UnicodeError):
        # A path that nobody can send: Schemathesis is to see for itself.
        pass


@schemathesis.hook
def after_call(context, case, response):
    with lock:
        statuses[str(response.status_code)] += 1
        if response.status_code < 400:
            granted.add(case.operation.label)
    if response.status_code == 401 and case.headers.get("Authorization") == f"Bearer {caller.held}":
        caller.has_ended()


@atexit.register
def tell():
    with open(os.environ["ASK_COUNTS"], "w") as file:
        json.dump({"statuses": statuses, "granted": sorted(granted)}, file)
