"""What PnP PowerShell's `FieldValues` become by ConvertTo-Json: internal names as they are, dates by the millisecond."""

from datetime import datetime

from . import people, rest, words
from .articles import Item
from .columns import BY_KEY, FOLDER

_NOMETADATA = rest.Flavour(False)


def _date(at: datetime | None) -> str | None:
    return at and f"/Date({int(at.timestamp() * 1000)})/"


def _lookup(number: int | None, text: str) -> dict | None:
    return number and {"LookupId": number, "LookupValue": text, "TypeId": "{f1d34cc0-9b50-4a78-be78-d5facfcccfb7}"}


def _person(number: int) -> dict:
    return {"LookupId": number, "LookupValue": people.name(number), "Email": people.email(number),
            "TypeId": "{c956ab54-16bd-4c18-89d2-996f57282a6f}"}


def row(item: Item, titles) -> dict:
    now, values = item.now, item.values
    row: dict = {"ContentTypeId": {"StringValue": rest.TYPE_IDS[item.kind]}, "Title": item.title}
    if item.kind == "article":
        own = rest.simple(item, now, _NOMETADATA)
        category = values["category"]
        own |= {
            "image": rest.publishing_image(item) or None, "published_at": _date(values["published_at"]),
            "publish_at": _date(values["publish_at"]),
            "author": _person(values["author"]), "category": {"Label": category.label, "TermGuid": category.guid, "WssId": category.wss_id},
            "related": [_lookup(other, titles(other)) for other in values["related"]],
            "source": values["source"] and _lookup(values["source"], words.AGENCIES[values["source"] - 1]),
        }
        row |= {BY_KEY[key].internal: value for key, value in own.items()}
    row |= {"ID": item.id, "Modified": _date(now.at), "Created": _date(item.versions[0].at), "Author": _person(item.created_by),
            "Editor": _person(now.by), "_ModerationStatus": now.moderation, "_UIVersionString": now.label,
            "Attachments": bool(values["attachments"]) and item.kind == "article",
            "GUID": item.guid, "FSObjType": "1" if item.kind == "folder" else "0", "FileRef": f"{FOLDER}/{item.id}_.000"}
    return {"Id": item.id, "FieldValues": row}
