#!/usr/bin/env python3
"""Replays what `examples/sharepoint/export.ps1` asks for against the stand-in, and holds the bundle against the generated one.

PowerShell cannot be had where this is run. So the addresses, the order in which they are asked for, the SOAP body and which files are
fetched are read out of the script's own text; what is done with the answers is told here once more. A new sentence in the script that
asks for something else fails this test. Where PyPI's `tree-sitter-powershell` is installed, the script's grammar is checked, too.

    python3 tests/sharepoint/export_test.py
"""

import html
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import standin
from generator import columns

HERE = Path(__file__).parent
SCRIPT = (HERE.parents[1] / "examples/sharepoint/export.ps1").read_text(encoding="utf-8")


def single_quoted(text: str) -> str:
    return text.replace("''", "'")


def constant(name: str) -> str:
    return single_quoted(re.search(rf"^\${name} = '((?:[^']|'')*)'", SCRIPT, re.M)[1])


TABLE = re.search(r"^\$Routes = @\{\n(.*?)^\}", SCRIPT, re.M | re.S)[1]
ROUTES = {name: single_quoted(text) for name, text in re.findall(r"^ +(\w+) += '((?:[^']|'')*)'", TABLE, re.M)}
ENDINGS = constant("FileEndings")
MAIN = SCRIPT[SCRIPT.index("# 1. The list"):]
# In the order of the main part; functions that ask are named where they are called.
ORDER = re.findall(r"Get-Address '(\w+)'|\$route = '(\w+)'|(Save-SoapVersions|Save-File) \$", MAIN)
ORDER = [next(filter(None, one)) for one in ORDER]


class Stopped(Exception):
    """Somebody has pulled the plug."""


class Replay:
    """The script, sentence by sentence."""

    def __init__(self, site: str, out: Path, token: str = "", requests: int | None = None, aliases=(), accept="nometadata"):
        self.site, self.out, self.token, self.left = site, out, token, requests
        self.hosts = {urlsplit(site).hostname, *aliases}
        self.accept, self.file_route, self.versions = f"application/json;odata={accept}", "fileByPath", "auto"
        self.missing: list[tuple[str, str]] = []
        self.asked: list[str] = []

    def address(self, route: str, **values) -> str:
        text = ROUTES[route]
        for key, value in values.items():
            text = text.replace("{%s}" % key, str(value))
        return self.site + text

    def ask(self, address: str, accept: str, posted: str = "") -> tuple[int, bytes, str]:
        for _ in range(int(re.search(r"^\$Tries = (\d+)", SCRIPT, re.M)[1])):
            if self.left is not None:
                if self.left == 0:
                    raise Stopped
                self.left -= 1
            headers = {"Accept": accept, "Authorization": f"Bearer {self.token}"}
            if posted:
                headers |= {"SOAPAction": f'"{constant("SoapAction")}"', "Content-Type": "text/xml; charset=utf-8"}
            # What .NET escapes by itself.
            address = quote(address, safe="%/:?&=@$(),'*;~+!#[]")
            asked = urllib.request.Request(address, posted.encode() or None, headers)
            try:
                status, body, kind = self.once(asked)
            except (OSError, http.client.IncompleteRead):
                continue
            if status not in (429, 502, 503, 504):
                return status, body, kind
        raise RuntimeError(f"{address}: tried too often")

    @staticmethod
    def once(asked: urllib.request.Request) -> tuple[int, bytes, str]:
        try:
            with urllib.request.urlopen(asked) as response:
                return response.status, response.read(), response.headers["Content-Type"]
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read(), refusal.headers["Content-Type"]

    def json_text(self, address: str) -> str | None:
        status, body, _ = self.ask(address, self.accept)
        if status == 406:
            self.accept = "application/json;odata=verbose"
            status, body, _ = self.ask(address, self.accept)
        text = body.decode()
        if status == 404:
            return None
        if status != 200:
            raise RuntimeError(f"status {status}")
        if not re.match(r"\s*[{\[]", text):
            raise RuntimeError("a page, not JSON")
        json.loads(text)
        return text

    def have(self, name: str) -> bool:
        return (self.out / name).exists()

    def save(self, name: str, data: bytes | str) -> None:
        place = self.out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.parent / "temporary.tmp"
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)
        temporary.rename(place)

    def kept(self, name: str, address: str) -> str | None:
        """What is there already, or what is asked for now."""
        if not self.have(name):
            text = self.json_text(address)
            if text is None:
                return None
            self.save(name, text)
        return (self.out / name).read_text(encoding="utf-8")

    def run(self) -> None:
        about = json.loads(self.json_text(self.address("listByTitle", title=quote("Tin tức"))))
        about = about.get("d", about)
        self.list = about["Id"]
        self.save("list.json", json.dumps(about))
        fields = rows(json.loads(self.kept("fields.json", self.address("fields", list=self.list))))
        self.kept("users.json", self.address("users"))
        self.kept("terms.json", self.address("terms"))
        for field in fields:
            other = field.get("LookupList", "").strip("{}")
            if field["TypeAsString"] in ("Lookup", "LookupMulti") and not field["Hidden"] and other and other != self.list:
                self.kept(f"lookups/{other}.json", self.address("lookup", list=other))
        following, pages = self.address("items", list=self.list, top=100), 0
        while following:
            pages += 1
            page = json.loads(self.kept(f"items-{pages:05}.json", following))
            following = following_of(page)
            following = following and self.site + following[following.index("/_api/"):]
        if self.json_text(self.address("folder", path=quote(about["RootFolder"]["ServerRelativeUrl"]))) is None:
            self.file_route = "fileByUrl"
        names = ["_ModerationStatus"] + [
            field["InternalName"] for field in fields
            if not field["Hidden"] and not field["ReadOnlyField"] and field["TypeAsString"] not in ("Attachments", "Computed")]
        for number in range(1, pages + 1):
            for row in rows(json.loads((self.out / f"items-{number:05}.json").read_text(encoding="utf-8"))):
                self.item(row, names)
        (self.out / "missing.csv").write_text("".join(f"{item},{path}\n" for item, path in self.missing), encoding="utf-8")

    def item(self, row: dict, names: list[str]) -> None:
        number, found = row["Id"], list(texts(row))
        if self.versions == "auto":
            text = self.kept(f"versions/{number}.json", self.address("versions", list=self.list, id=number))
            if text is None:
                self.versions = "soap"
            else:
                found += [one for version in rows(json.loads(text)) for one in texts(version)]
        if self.versions == "soap" and row["OData__UIVersionString"] not in ("0.1", "1.0"):
            for name in names:
                place = f"versions/{number}/{name}.xml"
                if not self.have(place):
                    posted = constant("SoapBody").replace("{list}", self.list).replace("{id}", str(number)).replace("{column}", name)
                    status, body, _ = self.ask(self.address("soap"), "text/xml", posted)
                    assert status == 200
                    self.save(place, body)
                text = (self.out / place).read_text(encoding="utf-8")
                found += [html.unescape(value) for value in re.findall('="([^"]*)"', text)]
        text = self.kept(f"html/{number}.json", self.address("html", list=self.list, id=number))
        found += list(texts(json.loads(text)))
        attachments = row["AttachmentFiles"]
        attachments = attachments["results"] if isinstance(attachments, dict) else attachments
        paths = {attachment["ServerRelativePath"]["DecodedUrl"] for attachment in attachments}
        paths |= {path for one in found for path in self.files_of(one) if path}
        for path in sorted(paths):
            self.file(path, number)

    def files_of(self, text: str):
        for found in re.findall(r"""(?i)(?:src|href)\s*=\s*["']([^"']+)["']""", text):
            yield self.path(found)
        for found in re.findall(r'"serverRelativeUrl"\s*:\s*"((?:[^"\\]|\\.)*)"', text):
            yield self.path(json.loads(f'"{found}"'))
        if re.match(r'(?:https?://|/)[^<>"\r\n]+$', text):
            yield self.path(re.sub(r"^(https?://.*?), .*$", r"\1", text))

    def path(self, address: str) -> str | None:
        address = html.unescape(address).strip()
        found = re.match(r"(?:https?:)?//([^/:?#]+)(?::\d+)?(/.*)$", address, re.S)
        if found:
            if found[1] not in self.hosts:
                return None
            address = found[2]
        path = re.split("[?#]", address, maxsplit=1)[0]
        if not path.startswith("/") or re.search("/_layouts/|/_api/|/_vti_bin/", path):
            return None
        return unquote(path) if re.search(rf"\.(?:{ENDINGS})$", path, re.I) else None

    def file(self, path: str, number: int) -> None:
        if len(path.rsplit("/", 1)[-1].encode()) <= 255 and self.have("files" + path):
            return
        status, body, kind = self.ask(self.address(self.file_route, path=quote(path.replace("'", "''"))), "*/*")
        if status != 200:
            status, body, kind = self.ask(self.site + quote(path), "*/*")
        if status == 200 and kind.startswith("text/html"):
            self.json_text(self.address("listById", list=self.list))
            status = 0
        if status == 200:
            self.save("files" + path, body)
        else:
            self.missing.append((str(number), path))


def rows(value: dict) -> list:
    value = value.get("d", value)
    return value["results"] if "results" in value else value["value"]


def following_of(value: dict) -> str | None:
    value = value.get("d", value)
    return value.get("__next") or value.get("odata.nextLink")


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("__metadata", "AttachmentFiles"):
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(place.relative_to(folder)): place.read_bytes() for place in folder.rglob("*") if place.is_file()}


class Export(unittest.TestCase):
    def setUp(self):
        self.work = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.work)

    def serve(self, *options: str) -> str:
        server = standin.serve(["--listen", "127.0.0.1:0", "--items", "150", "--seed", "3", "--quick", "--retry-after", "0", *options])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.server = server
        return f"http://127.0.0.1:{server.server_address[1]}"

    def generated(self, shape: str) -> Path:
        place = self.work / shape
        subprocess.run([sys.executable, HERE / "generate.py", place / "bundle", "--items", "150", "--seed", "3", "--quick", "--page", "100",
                        "--shape", shape], check=True, stdout=subprocess.DEVNULL)
        return place / "bundle"

    def replay(self, site: str, **options) -> Replay:
        hosts = {urlsplit(columns.BASE).hostname, urlsplit(columns.ALIAS).hostname}
        return Replay(site, self.work / "exported", aliases=hosts, **options)

    def same(self, exported: Path, generated: Path, versions: str) -> None:
        ours, meant = tree(exported), tree(generated)
        self.assertEqual({name for name in ours if name.startswith("files/")}, {name for name in meant if name.startswith("files/")})
        for name, data in meant.items():
            if name.startswith("items-"):
                self.assertEqual(rows(json.loads(ours[name])), rows(json.loads(data)), name)
            elif name.endswith(".json"):
                if name.startswith("versions/") or name.startswith("html/") or name in ("fields.json", "users.json", "terms.json"):
                    self.assertEqual(json.loads(ours[name]), json.loads(data), name)
            elif name.startswith("files/"):
                self.assertEqual(ours[name], data, name)
            elif name in ours:
                self.assertEqual(ElementTree.canonicalize(ours[name]), ElementTree.canonicalize(data), name)
        # The stand-in has the versions of all items; the generated bundle lacks some, which is a damage.
        self.assertLessEqual({name for name in meant if name.startswith(versions)} - set(ours), set())

    def test_the_script_asks_in_this_order(self):
        self.assertEqual(ORDER, ["listById", "listByTitle", "fields", "users", "terms", "lookup", "items", "pages", "folder", "versions",
                                 "Save-SoapVersions", "html", "Save-File"])
        used = set(re.findall(r"Get-Address '(\w+)'|\$route = '(\w+)'|FileRoute = '(\w+)'", SCRIPT))
        self.assertEqual({next(filter(None, one)) for one in used}, set(ROUTES))

    def test_what_is_exported_is_what_was_generated(self):
        replay = self.replay(self.serve("--token", "abc"), token="abc")
        replay.run()
        self.same(self.work / "exported", self.generated("bundle"), "versions/")
        self.assertTrue(any("z" * 296 in path for _, path in replay.missing), "a name of 300 letters is told")

    def test_stopped_anywhere_and_started_again_it_is_the_same(self):
        site = self.serve("--throttle", "7", "--cut", "11")
        for requests in (3, 40, 90, 200, 150):
            with self.assertRaises(Stopped):
                self.replay(site, requests=requests).run()
        self.replay(site).run()
        self.same(self.work / "exported", self.generated("bundle"), "versions/")
        asked = [line for line in self.server.site.log if line.endswith("/versions?$top=5000")]
        self.assertLess(len(asked), 150 * 1.5, "what is there is not asked for again")

    def test_a_server_of_2013_gives_versions_by_soap_and_the_wordy_form(self):
        self.replay(self.serve("--old")).run()
        exported = self.work / "exported"
        self.assertIn("d", json.loads((exported / "items-00001.json").read_text()))
        meant = {name: data for name, data in tree(self.generated("soap")).items() if name.startswith("versions/")}
        ours = {name: data for name, data in tree(exported).items() if name.startswith("versions/")}
        # Columns without a value have an empty answer; items that were saved once are not asked for.
        for name, data in meant.items():
            if name in ours:
                self.assertEqual(ours[name], data, name)
        self.assertGreater(len(set(ours) & set(meant)), len(meant) // 2)

    def test_a_page_to_sign_in_ends_the_run_and_leaves_nothing_half(self):
        with self.assertRaisesRegex(RuntimeError, "page"):
            self.replay(self.serve("--sign-in-after", "60")).run()
        for name, data in tree(self.work / "exported").items():
            self.assertFalse(name.endswith(".tmp") or b"<html>" in data, name)

    def test_it_is_ascii_for_windows_powershell_reads_all_else_wrongly(self):
        self.assertTrue(SCRIPT.isascii())

    def test_the_grammar_is_right(self):
        try:
            import tree_sitter
            import tree_sitter_powershell
        except ImportError:
            self.skipTest("tree-sitter-powershell is not installed")
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
        self.assertFalse(parser.parse(SCRIPT.encode()).root_node.has_error)


if __name__ == "__main__":
    unittest.main()
