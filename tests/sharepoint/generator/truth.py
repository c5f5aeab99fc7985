"""What is to come of each item: see README.md of the folder above for the fields."""

from collections import Counter
from datetime import datetime

from . import blocks, people, words
from .articles import APPROVED, DENIED, DRAFT, PENDING, SCHEDULED, Item, Version
from .columns import FOLDER
from .options import Options

_APPROVAL = {APPROVED: "approved", DENIED: "rejected", PENDING: "pending", DRAFT: "draft", SCHEDULED: "approved"}
_RENAMED = {"Tin CCHC": "Cải cách hành chính"}


def _moment(at: datetime | None, options: Options) -> str | None:
    # Tables know no seconds.
    at = at.replace(second=0) if at and options.table else at
    return at and at.strftime("%Y-%m-%dT%H:%M:%SZ")


def of(item: Item, options: Options) -> dict:
    guid = None if options.table else item.guid
    if item.kind != "article":
        return {"id": item.id, "guid": guid, "action": "refused", "title": item.title, "losses": []}
    values, now = item.values, item.now
    shown = item.versions[-1:] if not options.history or "versions_gone" in item.damage else item.versions
    approved = [version for version in shown if version.moderation == APPROVED]
    lost = Counter(item.losses)

    def path(name: str) -> str | None:
        return None if values[name] in item.missing else values[name]

    published = None if lost["date_ambiguous", "published_at"] else values["published_at"]
    category = None if lost["term_unlabelled", "category"] else values["category"].label
    return {
        "id": item.id, "guid": guid, "action": "written", "title": now.title, "summary": values["summary"],
        "body": blocks.meant(item.body, item.missing), "external_url": values["external_url"], "published_at": _moment(published, options),
        "publish_at": _moment(values["publish_at"], options), "featured": values["featured"], "author": people.name(values["author"]) or None,
        "category": _RENAMED.get(category, category), "article_type": values["article_type"], "page_count": values["page_count"],
        "photo_count": values["photo_count"], "royalty": values["royalty"],
        "related": [other for other in values["related"] if other not in values["nowhere"]],
        "image": path("image"), "description_image": path("description_image"), "audio": path("audio"),
        "attachments": [one for one in values["attachments"] if one not in item.missing],
        "tags": [term.label for term in values["tags"] if len(term.label) <= 80],
        "source_name": values["source"] and words.AGENCIES[values["source"] - 1], "views": values["views"],
        "status": "live" if approved else "scheduled" if now.moderation == SCHEDULED else "unpublished", "approval": _APPROVAL[now.moderation],
        "public_title": approved[-1].title if approved else None,
        "first_published_at": _moment(approved[0].at, options) if approved else None,
        "last_published_at": _moment(approved[-1].at, options) if approved else None, "created_at": _moment(item.versions[0].at, options),
        "old_address": f"{FOLDER}/DispForm.aspx?ID={item.id}", "versions": [_version(version, item, options) for version in shown],
        "losses": [{"code": code, "field": name} for code, name in lost], "damage": sorted(item.damage),
    }


def _version(version: Version, item: Item, options: Options) -> dict:
    label = None if options.shape == "soap" and version is not item.now else version.label
    return {"label": label, "at": _moment(version.at, options), "by": people.name(version.by), "title": version.title,
            "approved": version.moderation in (APPROVED, SCHEDULED), "note": version.note}
