"""Follows a service by webhooks while it is killed again and again, and has the public client of Standard Webhooks check each request."""

import argparse
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook

EVENTS = ["article.published", "article.updated", "article.unpublished"]


class Receiver(ThreadingHTTPServer):
    """Checks each request when it comes. Takes it at the second time, so that retries are looked at too, and none while it is down."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Request)
        self.lock = threading.Lock()
        self.secrets, self.down = [], False
        self.requests, self.refused, self.wrong = 0, set(), []
        # The events of each article, by their ids, in the order in which they were taken; and how many secrets signed the last one.
        self.taken, self.signed = {}, 0

    def takes(self, headers, body):
        signed = sum(verifies(secret, headers, body) for secret in self.secrets)
        changed = sum(verifies(secret, headers, body.replace(b'"type"', b'"Type"')) for secret in self.secrets)
        with self.lock:
            self.requests += 1
            if signed == 0 or changed != 0:
                self.wrong.append((signed, changed, headers, body))
            name = headers["webhook-id"]
            if self.down or name not in self.refused:
                self.refused.add(name)
                return False
            event = json.loads(body)
            self.taken.setdefault(event["data"]["id"], {}).setdefault(name, event["type"])
            self.signed = signed
            return True


class Request(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204 if self.server.takes(dict(self.headers), body) else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


def verifies(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
    except Exception:
        return False
    return True


class Service:
    """The program over one data directory, and people who sign in there."""

    def __init__(self, program, data):
        self.program, self.data, self.tokens = program, Path(data), {}
        self.start()

    def start(self):
        settings = {"TINTUC_WEBHOOK_ALLOW_PRIVATE": "true", "TINTUC_RATE_LIMIT": "off", "TINTUC_LOG": "warn"}
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | settings
        command = [self.program, "serve", "--listen", "127.0.0.1:0", "--data-dir", self.data]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.base = next(line.split()[-1] for line in self.process.stdout if line.startswith("Tintuc answers on"))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.start()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0

    def asks(self, who, method, path, body=None, tag=None):
        """What the management side answers, and its tag."""
        if who not in self.tokens:
            kept = (self.data / "sample-sign-ins.env").read_text()
            kept = dict(line.split("=", 1) for line in kept.splitlines() if "=" in line)
            login = {"email": kept[f"{who}_EMAIL"], "password": kept[f"{who}_PASSWORD"]}
            with self.send("POST", "/auth/login", login, {}) as answer:
                self.tokens[who] = json.load(answer)["access_token"]
        headers = {"authorization": f"Bearer {self.tokens[who]}"} | ({"if-match": tag} if tag else {})
        with self.send(method, f"/manage{path}", body or {}, headers) as answer:
            return json.load(answer)["data"], answer.headers["etag"]

    def send(self, method, path, body, headers):
        headers |= {"content-type": "application/json"}
        url = f"{self.base}/api/v1{path}"
        return urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers, method=method))

    def turns_over(self, category, number):
        """An article that appears, is replaced and goes; answers which."""
        article = {"title": f"Tin số {number}", "body": "<p>Nội dung</p>", "category": category, "article_type": "news"}
        made, tag = self.asks("AUTHOR", "POST", "/articles", article)
        path = f"/articles/{made['id']}"
        publish = [("AUTHOR", "submit"), ("APPROVER", "approve"), ("APPROVER", "publish")]
        for who, step in publish:
            _, tag = self.asks(who, "POST", f"{path}/transitions/{step}", tag=tag)
        _, tag = self.asks("AUTHOR", "PATCH", path, {"summary": "Mới"}, tag)
        for who, step in [*publish, ("APPROVER", "unpublish")]:
            _, tag = self.asks(who, "POST", f"{path}/transitions/{step}", tag=tag)
        return made["id"]


def judge(service, receiver, kills, down):
    url = f"http://127.0.0.1:{receiver.server_port}/"
    hook, _ = service.asks("ADMIN", "POST", "/webhooks", {"url": url, "events": EVENTS})
    receiver.secrets.append(hook["secret"])
    with urllib.request.urlopen(f"{service.base}/api/v1/categories") as answer:
        category = json.load(answer)["data"][0]["slug"]
    chance, articles = random.Random(20_261_128), []
    for kill in range(kills):
        receiver.down = kill == kills // 2
        articles += [service.turns_over(category, len(articles)) for _ in range(2)]
        if receiver.down:
            time.sleep(down)
        time.sleep(chance.uniform(0, 1.5))
        service.kill()
    receiver.down = False
    rotated, _ = service.asks("ADMIN", "POST", f"/webhooks/{hook['id']}/secret")
    receiver.secrets.append(rotated["secret"])
    articles.append(service.turns_over(category, len(articles)))

    # Who was refused for so long is asked again after as long, and a little.
    until = time.monotonic() + 60 + 2 * down
    while time.monotonic() < until:
        with receiver.lock:
            if sum(map(len, receiver.taken.values())) >= len(EVENTS) * len(articles):
                break
        time.sleep(0.1)

    with receiver.lock:
        assert not receiver.wrong, receiver.wrong[0]
        for article in articles:
            told = list(receiver.taken.get(article, {}).values())
            assert told == EVENTS, f"of {article}: {told}"
        assert receiver.taken.keys() == set(articles)
        assert receiver.signed == 2, "both secrets sign while they are changed"
        events = len(EVENTS) * len(articles)
        print(f"standardwebhooks takes all {receiver.requests} requests of {events} events; killed {kills} times meanwhile")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the service")
    parser.add_argument("data", help="its data directory, which is not there yet")
    parser.add_argument("--kills", type=int, default=1, help="how often it is killed (default: %(default)s)")
    help = "for how many seconds the receiver is down, halfway (default: %(default)s)"
    parser.add_argument("--down", type=float, default=0, help=help)
    asked = parser.parse_args()
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    service = Service(asked.program, asked.data)
    try:
        judge(service, receiver, asked.kills, asked.down)
    finally:
        service.stop()


main()
