"""What `lists.asmx` answers to GetVersionCollection: one column at a time, without labels."""

from html import escape

from . import debris, people, rest, words
from .articles import Item, Version
from .columns import BY_KEY

_HEAD = ('<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
         '<GetVersionCollectionResponse xmlns="http://schemas.microsoft.com/sharepoint/soap/"><GetVersionCollectionResult><Versions>')
_TAIL = "</Versions></GetVersionCollectionResult></GetVersionCollectionResponse></soap:Body></soap:Envelope>"
NOTHING = _HEAD + _TAIL


def person(number: int) -> str:
    name = people.name(number)
    return f"{number};#{name},#{people.login(number)},#{people.email(number)},#,#{name}"


def _values(item: Item, version: Version, titles) -> dict[str, str | None]:
    values = item.values
    row: dict[str, str | None] = {"_ModerationStatus": str(version.moderation)}
    if item.kind != "article":
        return row | {"Title": item.title}
    number = "{:.14f}".format
    category = values["category"]
    source = values["source"]
    own = {
        "title": debris.line(item, version.title), "summary": debris.summary(item), "body": debris.body(item, version),
        "image": rest.publishing_image(item), "description_image": rest.modern_image(values["description_image"]),
        "external_url": values["external_url"] and f"{values['external_url']}, Bài gốc",
        "audio": values["audio"] and f"{rest.audio_url(item)}, Nghe bài",
        "published_at": values["published_at"] and rest.utc(values["published_at"]),
        "publish_at": values["publish_at"] and rest.utc(values["publish_at"]), "featured": "1" if values["featured"] else "0",
        "author": person(values["author"]), "category": f"{category.wss_id};#{category.label if category.known else ''}|{category.guid}",
        "article_type": values["article_type"], "page_count": number(values["page_count"]), "photo_count": number(values["photo_count"]),
        "royalty": values["royalty"] and number(values["royalty"]), "state": rest.state(version), "history": version.note,
        "views": number(values["views"]), "shares": number(values["shares"]), "comments": number(values["comments"]),
        "related": ";#".join(f"{other};#{titles(other)}" for other in values["related"]),
        "source": source and f"{source};#{words.AGENCIES[source - 1]}",
        "tags": ";#".join(f"{term.wss_id};#{term.label}|{term.guid}" for term in values["tags"]),
    }
    return row | {BY_KEY[key].internal: value for key, value in own.items()}


def columns(item: Item, titles):
    """Each column's name and answer. A version in which it is empty is left out, so the numbers of versions differ."""
    by_column: dict[str, list[str]] = {}
    for version in reversed(item.versions):
        end = f'Modified="{rest.utc(version.at)}" Editor="{escape(person(version.by))}" />'
        for name, value in _values(item, version, titles).items():
            rows = by_column.setdefault(name, [])
            if value:
                text = escape(value).replace("\n", "&#10;")
                rows.append(f'<Version {name}="{text}" {end}')
    for name, rows in by_column.items():
        if rows:
            yield name, _HEAD + "".join(rows) + _TAIL
