"""CSV and XLSX: the current state of each item, as a view shows it."""

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

from . import columns, debris, people, rest, words
from .articles import LOCAL, Item
from .columns import COLUMNS, CONTENT_TYPES
from .options import Options

_BEFORE = [("ID", "ID"), ("ContentType", "Content Type"), ("FSObjType", "Item Type")]
_AFTER = [
    ("Attachments", "Attachments"), ("_ModerationStatus", "Approval Status"), ("_UIVersionString", "Version"), ("Created", "Created"),
    ("Author", "Created By"), ("Modified", "Modified"), ("Editor", "Modified By"),
]
_STATUS = ["Approved", "Rejected", "Pending", "Draft", "Scheduled"]


def header(options: Options) -> list[str]:
    pairs = _BEFORE + [(column.internal, column.display) for column in COLUMNS] + _AFTER
    return [pair[0] if options.headers == "internal" else pair[1] for pair in pairs]


def row(item: Item, titles) -> list:
    """Cells: text, numbers, booleans, moments."""
    now, values = item.now, item.values
    own: dict = {}
    if item.kind == "article":
        pairs = [f"{titles(other)};#{other}" for other in values["related"]]
        own = {
            "title": debris.line(item, now.title), "summary": debris.summary(item), "body": debris.body(item, now),
            "image": rest.publishing_image(item), "description_image": rest.modern_image(values["description_image"]),
            "external_url": values["external_url"], "audio": rest.audio_url(item), "published_at": values["published_at"],
            "publish_at": values["publish_at"], "featured": values["featured"], "author": people.name(values["author"]),
            "category": values["category"].label, "article_type": values["article_type"], "page_count": values["page_count"],
            "photo_count": values["photo_count"], "royalty": values["royalty"], "related": ";#".join(pairs), "state": rest.state(now),
            "history": now.note, "source": values["source"] and words.AGENCIES[values["source"] - 1], "shares": values["shares"],
            "views": values["views"], "comments": values["comments"],
            "tags": ";".join(debris.line(item, term.label) if "nfd" in item.damage else term.label for term in values["tags"]),
        }
    else:
        own = {"title": item.title}
    before = [str(item.id), CONTENT_TYPES[rest.TYPE_IDS[item.kind]], "Folder" if item.kind == "folder" else "Item"]
    after = [bool(values["attachments"]) and item.kind == "article", _STATUS[now.moderation], now.label, item.versions[0].at,
             people.name(item.created_by), now.at, people.name(now.by)]
    return before + [own.get(column.key) for column in COLUMNS] + after


_PUBLISHED = len(_BEFORE) + [column.key for column in COLUMNS].index("published_at")


def csv_rows(items_rows: list[tuple[Item, list]], options: Options) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for item, cells in items_rows:
        texts = [_text(cell) for cell in cells]
        if cells[_PUBLISHED] and options.date_only:
            texts[_PUBLISHED] = texts[_PUBLISHED].split(" ")[0]
        elif cells[_PUBLISHED] and ("date_ambiguous", "published_at") in item.losses:
            texts[_PUBLISHED] = "31/02/" + texts[_PUBLISHED][6:]
        writer.writerow(texts)
    return out.getvalue()


def csv_head(options: Options) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(header(options))
    schema = ""
    if options.list_schema:
        fields = [field["SchemaXml"] for field in columns.fields(options.date_only, False)]
        schema = "ListSchema=" + json.dumps({"schemaXmlList": fields}, ensure_ascii=False, separators=(",", ":")) + "\r\n"
    return "\ufeff" + schema + out.getvalue()


def _text(cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "True" if cell else "False"
    if isinstance(cell, datetime):
        return cell.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    return str(cell)


def sheet_rows(rows: list[list], first: int) -> str:
    return "".join(f'<row r="{number}">{"".join(map(_cell, cells))}</row>' for number, cells in enumerate(rows, first))


def _cell(cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, bool):
        return f'<c t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime):
        # Days since the end of 1899, by the clock on the wall.
        days = (cell.astimezone(LOCAL).replace(tzinfo=None, second=0) - datetime(1899, 12, 30)).total_seconds() / 86_400
        return f'<c s="1"><v>{days:.10f}</v></c>'
    if isinstance(cell, (int, float)):
        return f"<c><v>{cell}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="TinTuc" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
}


def workbook(path: Path, options: Options, parts: list[Path]) -> None:
    """Puts the rows of all parts into one sheet, without holding them."""
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_entry(name), declaration + text)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(f"{declaration}<worksheet {_MAIN}><sheetData>{sheet_rows([header(options)], 1)}".encode())
            for part in parts:
                sheet.write(part.read_bytes())
            sheet.write(b"</sheetData></worksheet>")


def _entry(name: str) -> zipfile.ZipInfo:
    """Without the time of day, so that the same list is the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
