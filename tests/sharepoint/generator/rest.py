"""What REST answers: items, versions and FieldValuesAsHtml, in either flavour of OData."""

import json
from datetime import datetime
from html import escape
from urllib.parse import quote

from . import debris, names, people, words
from .articles import Item, Version
from .columns import ARTICLE_TYPE_ID, BASE, BY_KEY, FOLDER, FOLDER_TYPE_ID, LINK_TYPE_ID, LIST
from .terms import Term

TYPE_IDS = {"article": ARTICLE_TYPE_ID, "folder": FOLDER_TYPE_ID, "other": LINK_TYPE_ID}


def utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Flavour:
    """`nometadata` or `verbose`."""

    def __init__(self, verbose: bool):
        self.verbose = verbose

    def many(self, kind: str, values: list):
        return {"__metadata": {"type": f"Collection({kind})"}, "results": values} if self.verbose else values

    def one(self, kind: str, value: dict) -> dict:
        return {"__metadata": {"type": kind}} | value if self.verbose else value

    def page(self, rows: list, following: str | None = None) -> dict:
        if self.verbose:
            return {"d": {"results": rows} | ({"__next": following} if following else {})}
        return {"value": rows} | ({"odata.nextLink": following} if following else {})

    # Values that look alike in items and in versions.

    def link(self, url: str | None, text: str | None) -> dict | None:
        return url and self.one("SP.FieldUrlValue", {"Description": text, "Url": url})

    def term(self, term: Term) -> dict:
        # The label of a single one is its number.
        value = {"Label": str(term.wss_id), "TermGuid": term.guid, "WssId": term.wss_id}
        return self.one("SP.Taxonomy.TaxonomyFieldValue", value)

    def terms(self, item: Item, terms: list[Term]):
        rows = [{"Label": debris.line(item, term.label) if "nfd" in item.damage else term.label, "TermGuid": term.guid, "WssId": term.wss_id}
                for term in terms]
        return self.many("SP.Taxonomy.TaxonomyFieldValue", rows)

    def person(self, number: int) -> dict:
        return self.one("SP.FieldUserValue", {"LookupId": number, "LookupValue": people.name(number), "Email": people.email(number)})


def simple(item: Item, version: Version, flavour: Flavour) -> dict:
    """The columns whose values items and versions write alike, by key."""
    values = item.values
    number = float if item.id % 2 else int
    return {
        "title": debris.line(item, version.title), "summary": debris.summary(item), "body": debris.body(item, version) or None,
        "description_image": modern_image(values["description_image"]),
        "external_url": flavour.link(values["external_url"], "Bài gốc"), "audio": flavour.link(audio_url(item), "Nghe bài"),
        "published_at": values["published_at"] and utc(values["published_at"]), "publish_at": values["publish_at"] and utc(values["publish_at"]),
        "featured": values["featured"], "category": flavour.term(values["category"]), "article_type": values["article_type"],
        "page_count": number(values["page_count"]), "photo_count": number(values["photo_count"]), "royalty": values["royalty"],
        "state": state(version), "history": version.note, "views": values["views"], "shares": values["shares"],
        "comments": values["comments"], "tags": flavour.terms(item, values["tags"]),
    }


def state(version: Version) -> str:
    return ["Đã xuất bản", "Đang soạn", "Chờ duyệt", "Đang soạn", "Chờ duyệt"][version.moderation]


def modern_image(path: str | None) -> str | None:
    if not path:
        return None
    name = path.rsplit("/", 1)[-1]
    return json.dumps({"type": "thumbnail", "fileName": name, "nativeFile": {}, "fieldName": BY_KEY["description_image"].internal,
                       "serverUrl": BASE, "serverRelativeUrl": quote(path) if "%" in path or "#" in path else path,
                       "id": "5a4f1c9e-0000-4000-8000-000000000001"}, ensure_ascii=False)


def publishing_image(item: Item) -> str:
    path = item.values["image"]
    alt = escape(debris.line(item, f"Ảnh của tin {item.id}"))
    return f'<img alt="{alt}" src="{quote(path)}" style="BORDER&#58;0px solid;" />' if path else ""


def audio_url(item: Item) -> str | None:
    path = item.values["audio"]
    return path and BASE + quote(path)


def item_row(item: Item, flavour: Flavour, bare: bool = False) -> dict:
    """An item as it is now."""
    now, base = item.now, f"{BASE}/_api/Web/Lists(guid'{LIST}')/Items({item.id})"
    row = {"__metadata": {"id": base, "uri": base, "etag": f'"{len(item.versions)}"', "type": "SP.Data.TinTucListItem"}} if flavour.verbose else {}
    row |= {"FileSystemObjectType": int(item.kind == "folder"), "Id": item.id, "ServerRedirectedEmbedUri": None, "ServerRedirectedEmbedUrl": "",
            "ContentTypeId": TYPE_IDS[item.kind]}
    if item.kind == "article":
        for key, value in simple(item, now, flavour).items():
            row[BY_KEY[key].entity] = value
        row[BY_KEY["author"].entity + "Id"] = item.values["author"]
        row[BY_KEY["author"].entity + "StringId"] = str(item.values["author"])
        row[BY_KEY["related"].entity + "Id"] = flavour.many("Edm.Int32", item.values["related"])
        row[BY_KEY["source"].entity + "Id"] = item.values["source"]
    else:
        row["Title"] = item.title
    if not bare:
        row["ID"] = item.id
    row |= {"Modified": utc(now.at), "Created": utc(item.versions[0].at), "AuthorId": item.created_by, "EditorId": now.by,
            "OData__ModerationStatus": now.moderation, "OData__ModerationComments": now.note if now.moderation == 1 else None,
            "OData__UIVersionString": now.label, "Attachments": bool(item.values["attachments"]) and item.kind == "article", "GUID": item.guid}
    attachments = [attachment_row(path, flavour) for path in item.values["attachments"] if item.kind == "article"]
    row["AttachmentFiles"] = {"results": attachments} if flavour.verbose else attachments
    if flavour.verbose:
        row["Versions"] = {"__deferred": {"uri": f"{base}/Versions"}}
    return row


def attachment_row(path: str, flavour: Flavour) -> dict:
    name = path.rsplit("/", 1)[-1]
    return flavour.one("SP.Attachment", {
        "FileName": name, "FileNameAsPath": flavour.one("SP.ResourcePath", {"DecodedUrl": name}),
        "ServerRelativePath": flavour.one("SP.ResourcePath", {"DecodedUrl": path}), "ServerRelativeUrl": path,
    })


def lookup(number: int, text: str, flavour: Flavour) -> dict:
    return flavour.one("SP.FieldLookupValue", {"LookupId": number, "LookupValue": text})


def version_rows(item: Item, flavour: Flavour, titles) -> list[dict]:
    """All its versions, the newest first; `titles` says what other items are called."""
    rows = []
    for place, version in enumerate(item.versions):
        major, minor = map(int, version.label.split("."))
        row = {"__metadata": {"type": "SP.ListItemVersion"}} if flavour.verbose else {}
        # `Created` is when the version was, in UTC, without saying so.
        row |= {"IsCurrentVersion": version is item.now, "VersionId": 512 * major + minor, "VersionLabel": version.label,
                "Created": version.at.strftime("%Y-%m-%dT%H:%M:%S"),
                "ContentTypeId": flavour.one("SP.ContentTypeId", {"StringValue": TYPE_IDS[item.kind]}),
                "ID": item.id, "GUID": item.guid, "Modified": utc(version.at), "Author": flavour.person(item.created_by),
                "Editor": flavour.person(version.by), "FileLeafRef": f"{item.id}_.000", "FSObjType": "1" if item.kind == "folder" else "0",
                names.encoded("_ModerationStatus"): version.moderation, names.encoded("_UIVersionString"): version.label,
                names.encoded("_ModerationComments"): version.note if version.moderation == 1 else None,
                "Attachments": bool(item.values["attachments"])}
        if item.kind == "article":
            for key, value in simple(item, version, flavour).items():
                row[BY_KEY[key].encoded] = value
            row[BY_KEY["author"].encoded] = flavour.person(item.values["author"])
            related = [lookup(other, titles(other), flavour) for other in item.values["related"]]
            row[BY_KEY["related"].encoded] = flavour.many("SP.FieldLookupValue", related)
            source = item.values["source"]
            row[BY_KEY["source"].encoded] = source and lookup(source, words.AGENCIES[source - 1], flavour)
        else:
            row["Title"] = item.title
        rows.append(row)
    return rows[::-1]


def html_row(item: Item, flavour: Flavour) -> dict:
    """FieldValuesAsHtml: the one place where a publishing image is."""
    row = {"ID": str(item.id), "Title": escape(item.now.title), BY_KEY["image"].encoded: publishing_image(item)}
    if item.kind == "article":
        row[BY_KEY["summary"].encoded] = debris.wrapped(item, debris.line(item, item.values["summary"]))
        row[BY_KEY["article_type"].encoded] = escape(item.values["article_type"])
    return {"d": {"__metadata": {"type": "SP.FieldStringValues"}} | row} if flavour.verbose else row


def about(items: int, flavour: Flavour) -> dict:
    """The list itself."""
    row = {"Id": LIST, "Title": "Tin tức", "BaseType": 0, "ItemCount": items, "EnableModeration": True, "EnableVersioning": True,
           "EnableMinorVersions": True, "RootFolder": flavour.one("SP.Folder", {"ServerRelativeUrl": FOLDER})}
    return {"d": {"__metadata": {"type": "SP.List"}} | row} if flavour.verbose else row


def agencies(flavour: Flavour) -> list[dict]:
    return [flavour.one("SP.Data.CoQuanListItem", {"Id": number, "ID": number, "Title": title}) for number, title in enumerate(words.AGENCIES, 1)]
