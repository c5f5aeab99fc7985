"""Starts the service, follows it by webhooks, and has the public client of Standard Webhooks check each request."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

arrived = queue.Queue()
refused = set()


class Receiver(BaseHTTPRequestHandler):
    """Takes each request at the second time, so that retries are looked at too."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        again = self.headers["webhook-id"] in refused
        refused.add(self.headers["webhook-id"])
        self.send_response(204 if again else 500)
        self.end_headers()
        arrived.put((dict(self.headers), body, again))

    def log_message(self, *_):
        pass


def main(program, data):
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    environment = os.environ | {"TINTUC_WEBHOOK_ALLOW_PRIVATE": "true", "TINTUC_LOG": "warn"}
    environment.pop("DATABASE_URL", None)
    service = subprocess.Popen(
        [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", data],
        env=environment, stdout=subprocess.PIPE, text=True,
    )
    try:
        base = service.stdout.readline().split()[-1]
        for line in service.stdout:
            if "kept in" in line or "create-user" in line:
                break
        judge(base, data, receiver.server_port)
    finally:
        service.send_signal(signal.SIGINT)
        service.wait(30)


def judge(base, data, port):
    kept = dict(line.strip().split("=", 1) for line in open(f"{data}/sample-sign-ins.env") if "=" in line)
    tokens = {}

    def asks(who, method, path, body=None, tag=None):
        if who not in tokens:
            login = {"email": kept[f"{who}_EMAIL"], "password": kept[f"{who}_PASSWORD"]}
            request = urllib.request.Request(
                f"{base}/api/v1/auth/login", json.dumps(login).encode(), {"content-type": "application/json"})
            tokens[who] = json.load(urllib.request.urlopen(request))["access_token"]
        headers = {"content-type": "application/json", "authorization": f"Bearer {tokens[who]}"}
        if tag:
            headers["if-match"] = tag
        request = urllib.request.Request(
            f"{base}/api/v1/manage{path}", json.dumps(body or {}).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"], answer.headers["etag"]

    events = ["article.published", "article.updated", "article.unpublished", "article.urgent"]
    hook, _ = asks("ADMIN", "POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/", "events": events})
    secrets = [hook["secret"]]
    with urllib.request.urlopen(f"{base}/api/v1/categories") as answer:
        category = json.load(answer)["data"][0]["slug"]
    article = {"title": "Tin thử", "body": "<p>Nội dung</p>", "category": category, "article_type": "news"}
    made, tag = asks("AUTHOR", "POST", "/articles", article)
    for who, step in [("AUTHOR", "submit"), ("APPROVER", "approve"), ("APPROVER", "publish")]:
        _, tag = asks(who, "POST", f"/articles/{made['id']}/transitions/{step}", tag=tag)
    rotated, _ = asks("ADMIN", "POST", f"/webhooks/{hook['id']}/secret")
    secrets.append(rotated["secret"])
    asks("APPROVER", "POST", f"/articles/{made['id']}/transitions/unpublish", tag=tag)

    taken = []
    while len(taken) < 2:
        headers, body, again = arrived.get(timeout=60)
        found = []
        for secret in secrets:
            try:
                found.append(Webhook(secret).verify(body, headers))
            except Exception:
                pass
        assert found, f"no secret fits {headers}"
        if again:
            taken.append((found[0]["type"], len(found)))
    assert [kind for kind, _ in taken] == ["article.published", "article.unpublished"], taken
    assert taken[1][1] == 2, "both secrets sign while they are changed"
    changed = body.replace(b"withdrawn", b"withdrawm")
    for secret in secrets:
        try:
            Webhook(secret).verify(changed, headers)
        except Exception:
            continue
        raise AssertionError("a changed body passes")
    print(f"standardwebhooks takes all {len(refused) * 2} requests of {len(taken)} events")


main(*sys.argv[1:])
