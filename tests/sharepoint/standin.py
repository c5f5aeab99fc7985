#!/usr/bin/env python3
"""A small server that answers as SharePoint does, over a list of `generate.py`: what an export is tried on.

    python3 tests/sharepoint/standin.py --items 300 --seed 1 --listen 127.0.0.1:8899

It speaks what `examples/sharepoint/export.ps1` asks for, in both flavours of OData, and misbehaves as the real ones do.
"""

import argparse
import functools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.etree import ElementTree

from generator import columns, files, people, rest, soap, terms
from generator.articles import World
from generator.options import Options

JSON = "application/json;odata={};streaming=true;charset=utf-8"
SOAP = "{http://schemas.microsoft.com/sharepoint/soap/}"
THRESHOLD = 5000


class Site:
    """What the server holds, and how it misbehaves."""

    def __init__(self, options: Options, given):
        self.world, self.given = World(options), given
        self.lock, self.requests, self.log = threading.Lock(), 0, []
        self.item = functools.lru_cache(512)(self.world.item)
        self.there = set(self.world.ids)

    @functools.cached_property
    def files(self) -> set[str]:
        """Paths of all files that are there."""
        paths = set()
        for number in self.world.ids:
            item = self.world.item(number)
            if item.kind == "article":
                mine = [item.values[name] for name in ("image", "description_image", "audio")] + item.body.pictures + item.values["attachments"]
                paths |= {path for path in mine if path and path not in item.missing}
        return paths

    def title(self, number: int) -> str:
        return self.world.title(number) if number in self.world.article_set else ""


class Answer(Exception):
    """Ends a request with something else than what was asked for."""

    def __init__(self, status: int, text: str, headers: dict | None = None, kind: str = "application/json;charset=utf-8"):
        self.status, self.body, self.headers, self.kind = status, text.encode(), headers or {}, kind


def error(status: int, code: str, message: str) -> Answer:
    text = {"odata.error": {"code": code, "message": {"lang": "vi-VN", "value": message}}}
    return Answer(status, json.dumps(text, ensure_ascii=False))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self):
        self._answer(self._get)

    def do_POST(self):
        self._answer(self._post)

    def log_message(self, *_):
        pass

    def _answer(self, made):
        site, given = self.site, self.site.given
        length = int(self.headers.get("Content-Length") or 0)
        self.sent = self.rfile.read(length)
        with site.lock:
            site.requests += 1
            number = site.requests
            site.log.append(f"{self.command} {unquote(self.path)}")
        cut = False
        try:
            if given.token and self.headers.get("Authorization") != f"Bearer {given.token}":
                raise Answer(401, "401 UNAUTHORIZED", {"WWW-Authenticate": "NTLM"}, "text/plain")
            if given.sign_in_after and number > given.sign_in_after:
                raise Answer(200, "<!DOCTYPE html><html><title>Sign in</title></html>", kind="text/html; charset=utf-8")
            if given.throttle and number % given.throttle == 0:
                raise Answer(429, "429 TOO MANY REQUESTS", {"Retry-After": str(given.retry_after)}, "text/plain")
            cut = bool(given.cut) and number % given.cut == 0
            body, kind = made()
            status, headers = 200, {}
        except Answer as other:
            status, headers, body, kind = other.status, other.headers, other.body, other.kind
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("MicrosoftSharePointTeamServices", "15.0.0.4569" if given.old else "16.0.0.10417")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        # What breaks off is shorter than it said.
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

    # REST

    def _get(self):
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if not path.lower().startswith("/_api/"):
            return self._file(path)
        found = re.fullmatch(r"/_api/web/GetFileByServerRelative(Path\(decodedUrl|Url\()=?@f\)/\$value", path, re.I)
        if found:
            if self.site.given.old and "decodedUrl" in found[1]:
                raise error(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", "Cannot find resource for the request.")
            name = query.get("@f", "").strip("'").replace("''", "'")
            if "decodedUrl" not in found[1] and re.search("[#%]", name):
                raise error(400, "-1, System.ArgumentException", "The name has characters that cannot be in one.")
            return self._file(name)
        accept = self.headers.get("Accept", "").lower()
        verbose = "odata=verbose" in accept
        if not verbose and ("odata=nometadata" not in accept or self.site.given.old):
            raise error(406, "-1, Microsoft.SharePoint.Client.ClientServiceException",
                        "The HTTP header ACCEPT is missing or its value is invalid.")
        value = self._resource(path, query, rest.Flavour(verbose))
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), JSON.format("verbose" if verbose else "nometadata")

    def _resource(self, path: str, query: dict, flavour: rest.Flavour):
        site = self.site
        if re.fullmatch(r"/_api/web/siteusers", path, re.I):
            return flavour.page(people.accounts(flavour.verbose))
        if re.fullmatch(r"/_api/site/rootweb/lists/getbytitle\('TaxonomyHiddenList'\)/items", path, re.I):
            return flavour.page(terms.rows(flavour.verbose))
        if re.fullmatch(rf"/_api/web/GetFolderByServerRelativePath\(decodedUrl=@f\)", path, re.I):
            if site.given.old:
                raise error(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", "Cannot find resource for the request.")
            return {"Exists": True}
        if path.lower().startswith(f"/_api/web/lists(guid'{columns.AGENCIES}')/items"):
            return flavour.page(rest.agencies(flavour))
        found = re.fullmatch(rf"/_api/web/lists(?:\(guid'{columns.LIST}'\)|/getbytitle\('Tin tức'\))(/.*)?", path, re.I)
        if not found:
            raise error(404, "-1, System.ArgumentException", "List does not exist.")
        rest_of = found[1] or ""
        if rest_of == "":
            return rest.about(len(site.world.ids), flavour)
        if rest_of == "/fields":
            return flavour.page(columns.fields(site.world.options.date_only, flavour.verbose))
        if rest_of == "/items":
            return self._page(query, flavour)
        found = re.fullmatch(r"/items\((\d+)\)/(\w+)", rest_of)
        if not found or int(found[1]) not in site.there:
            raise error(404, "-2130575338, Microsoft.SharePoint.SPException", "Item does not exist.")
        item, what = site.item(int(found[1])), found[2].lower()
        if what == "versions" and not (site.given.old or site.given.no_versions):
            return flavour.page(rest.version_rows(item, flavour, site.title))
        if what == "fieldvaluesashtml":
            return rest.html_row(item, flavour)
        if what == "attachmentfiles":
            return flavour.page([rest.attachment_row(path, flavour) for path in item.values["attachments"]])
        raise error(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", f"Cannot find resource for the request {found[2]}.")

    def _page(self, query: dict, flavour: rest.Flavour):
        ids, top = self.site.world.ids, int(query.get("$top", 100))
        ordered = query.get("$orderby", "ID").lower() in ("id", "id asc")
        if len(ids) > THRESHOLD and ("$filter" in query or not ordered) or top > THRESHOLD:
            raise error(500, "-2147024860, Microsoft.SharePoint.SPQueryThrottledException",
                        "The attempted operation is prohibited because it exceeds the list view threshold.")
        # `$skip` is ignored, as it is there.
        after = re.search(r"p_ID=(\d+)", query.get("$skiptoken", ""))
        after = int(after[1]) if after else 0
        page = [number for number in ids if number > after][:top]
        rows = [rest.item_row(self.site.item(number), flavour) for number in page]
        if "AttachmentFiles" not in query.get("$expand", ""):
            for row in rows:
                del row["AttachmentFiles"]
        following = None
        if page and page[-1] != ids[-1]:
            # Behind a proxy, servers call themselves by another name.
            host = "http://may-chu-2" if flavour.verbose else f"http://{self.headers['Host']}"
            kept = "".join(f"&{quote(name)}={quote(query[name])}" for name in ("$select", "$expand", "$orderby", "$top") if name in query)
            following = f"{host}/_api/web/lists(guid'{columns.LIST}')/items?%24skiptoken=Paged%3dTRUE%26p_ID%3d{page[-1]}{kept}"
        return flavour.page(rows, following)

    def _file(self, path: str):
        if path not in self.site.files:
            raise error(404, "-2130575338, Microsoft.SharePoint.SPException", "The file does not exist.")
        return files.make(path), "application/octet-stream"

    # SOAP

    def _post(self):
        action = self.headers.get("SOAPAction", "").strip('"')
        if self.path != "/_vti_bin/lists.asmx" or not action.endswith("/GetVersionCollection"):
            raise Answer(404, "404 NOT FOUND", kind="text/plain")
        asked = ElementTree.fromstring(self.sent).find(f".//{SOAP}GetVersionCollection")
        asked = {child.tag.removeprefix(SOAP): child.text or "" for child in asked}
        if asked["strlistID"].strip("{}").lower() != columns.LIST or int(asked["strlistItemID"]) not in self.site.there:
            raise Answer(500, "<soap:Fault>List or item does not exist.</soap:Fault>", kind="text/xml; charset=utf-8")
        answers = dict(soap.columns(self.site.item(int(asked["strlistItemID"])), self.site.title))
        return answers.get(asked["strFieldName"], soap.NOTHING).encode(), "text/xml; charset=utf-8"


def serve(argv: list[str] | None = None) -> ThreadingHTTPServer:
    """A server that is not running yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:8899")
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--versions", type=float, default=3)
    parser.add_argument("--quick", action="store_true", help="short bodies")
    parser.add_argument("--old", action="store_true", help="as 2013: no nometadata, no versions by REST, no DecodedUrl")
    parser.add_argument("--no-versions", action="store_true", help="no versions by REST")
    parser.add_argument("--throttle", type=int, metavar="N", help="429 on each Nth request")
    parser.add_argument("--retry-after", type=int, default=1, help="seconds that a 429 asks for")
    parser.add_argument("--cut", type=int, metavar="N", help="each Nth answer breaks off")
    parser.add_argument("--sign-in-after", type=int, metavar="N", help="after N requests, all answers are a page to sign in")
    parser.add_argument("--token", help="what has to come as a bearer token")
    given = parser.parse_args(argv)
    body = (300, 1200) if given.quick else (2000, 8000)
    options = Options(
        folder=Path(), items=given.items, seed=given.seed, shape="soap" if given.old or given.no_versions else "bundle",
        versions=given.versions, files=None, body=body, page=5000, giant=not given.quick, clean=False, date_only=False, edition=1,
        bare=False, list_schema=False, headers="display", damage=None)
    handler = type("SiteHandler", (Handler,), {"site": Site(options, given)})
    host, port = given.listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), handler)
    server.site = handler.site
    return server


if __name__ == "__main__":
    running = serve()
    print(f"answers on http://{running.server_address[0]}:{running.server_address[1]}", flush=True)
    running.serve_forever()
