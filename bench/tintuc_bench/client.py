"""Talking to a server as a client would."""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

from .processes import Failure

#: Servers close connections that idle for some seconds; one that idled longer than this is opened anew.
IDLE = 2


class Client:
    """One connection that is kept open, as a browser would."""

    def __init__(self, base: str):
        self.base = base
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self.last_used = 0.0

    def send(self, method, path, *, body=None, headers=None, token=None) -> http.client.HTTPResponse:
        """The answer, its body in `data`; a `dict` is sent as JSON. Refusals are failures."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if time.monotonic() - self.last_used > IDLE:
            self.connection.close()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        answer.data = answer.read()
        self.last_used = time.monotonic()
        if answer.status >= 400:
            raise Failure(f"{method} {path} answered {answer.status}: {answer.data.decode(errors='replace')[:600]}")
        return answer

    def get(self, path, **how):
        return self.send("GET", path, **how).data

    def json(self, path, **how):
        return json.loads(self.get(path, **how))

    def timed(self, path):
        """How many milliseconds it took, and the answer."""
        begun = time.perf_counter()
        answer = self.json(path)
        return (time.perf_counter() - begun) * 1000, answer


def raw_answer(base: str, method: str, path: str, headers=(), body=b"") -> bytes:
    """The answer as it comes over the connection, head and body, to a request with the headers that wrk sends."""
    host = urlsplit(base).netloc
    with socket.create_connection(host.rsplit(":", 1), timeout=30) as connection:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status = answer.split(b" ", 2)[1]
    if status not in (b"200", b"304"):
        raise Failure(f"{method} {path} answered {status.decode()}: {answer[-400:].decode(errors='replace')}")
    return answer
