"""The truth: articles as they were meant, before any software touched them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from random import Random

from . import names_of_files, people, terms, words
from .blocks import Body, body_of
from .columns import FOLDER
from .options import Options

LOCAL = timezone(timedelta(hours=7))
# Files of an item, as the rates below make them.
_FILES = 1.65
# What has to happen in small lists too.
_RARE = [
    "question_marks", "versions_gone", "link_gone", "page_link", "markup", "long_tag", "long_summary", "unlabelled", "related_gone", "long_name",
    "bad_date", "author_gone", "author_named", "editor_named", "scheduled", "denied", "pending_edit", "data_image", "file_missing", "nfd",
]
APPROVED, DENIED, PENDING, DRAFT, SCHEDULED = range(5)


@dataclass
class Version:
    label: str
    moderation: int
    at: datetime
    by: int
    title: str
    blocks: int  # how many of the body's it has
    note: str | None


@dataclass
class Item:
    id: int
    guid: str
    kind: str  # article, folder, other
    title: str
    created_by: int
    versions: list[Version]
    body: Body
    damage: set[str] = field(default_factory=set)
    losses: list[tuple[str, str]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)  # paths of files that are not there
    values: dict = field(default_factory=dict)

    @property
    def now(self) -> Version:
        return self.versions[-1]


class World:
    """Which items there are. Each is made of its own number alone, in any order."""

    def __init__(self, options: Options):
        self.options = options
        rng = Random(f"{options.seed}:ids")
        ids, number = [], 0
        wanted = options.items + (max(1, options.items // 50) if options.edition > 1 else 0)
        while len(ids) < wanted:
            number += 1 if options.clean or rng.random() > 0.05 else rng.randint(2, 40)
            ids.append(number)
        # Links lead to what the first edition had, so that an item is the same in both unless it was changed.
        self.known = ids[:options.items]
        self.ids = ids
        if options.edition > 1:
            # The fifth in small lists, too.
            self.ids = [number for place, number in enumerate(ids) if place != 4 and self.dice("gone", number) > 0.01]
        self.giant = ids[options.items // 2] if options.giant and options.items >= 20 else None
        self.last = self.known[-1]
        self.articles = [number for number in self.known if self.kind(number) == "article"]
        self.article_set = set(self.articles)
        self.pool = words.Pool(options.seed)
        self.files = 1.0 if options.files is None else options.files / (_FILES * options.items)
        self.forced = {} if options.clean else dict(zip(self.articles[10::2], _RARE))

    def dice(self, what: str, number: int) -> float:
        return Random(f"{self.options.seed}:{what}:{number}").random()

    def kind(self, number: int) -> str:
        if self.options.clean:
            return "article"
        dice = self.dice("kind", number)
        return "folder" if dice < 0.005 else "other" if dice < 0.01 else "article"

    def title(self, number: int) -> str:
        """Two neighbours in fifty have the same."""
        pair = number // 2
        key = f"pair:{pair}" if self.dice("twins", pair) < 0.04 else f"title:{number}"
        return words.title(Random(f"{self.options.seed}:{key}"))

    def item(self, number: int) -> Item:
        rng = Random(f"{self.options.seed}:item:{number}")
        kind = self.kind(number)
        guid = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        damage = _damage(rng, self, number) if kind == "article" else set()
        values = _values(rng, self, number, damage)
        title = self.title(number)
        body = body_of(rng, self, number, damage, values)
        versions = _versions(rng, self, number, damage, title, values, len(body.blocks))
        item = Item(number, guid, kind, title, versions[0].by, versions, body, damage, values=values)
        _losses(rng, item, self)
        return item


def _damage(rng: Random, world: World, number: int) -> set[str]:
    """What happens to an item. Each draws, also where it is not wanted, so that a clean list is the same list."""
    rates = [
        ("wrapped", 0.30), ("word", 0.10), ("zero_width", 0.05), ("nfd", 0.03), ("data_image", 0.02), ("file_missing", 0.05),
        ("denied", 0.02), ("scheduled", 0.02), ("pending_edit", 0.08), ("never", 0.03), ("author_gone", 0.02), ("author_named", 0.01),
        ("editor_named", 0.01), ("unlabelled", 0.01), ("related_gone", 0.01), ("link_gone", 0.01), ("page_link", 0.01),
        ("markup", 0.01), ("long_tag", 0.01), ("long_summary", 0.01), ("question_marks", 0.005), ("versions_gone", 0.01), ("bad_date", 0.005),
        ("long_name", 0.003),
    ]
    found = {name for name, rate in rates if rng.random() < rate}
    states = ["denied", "scheduled", "pending_edit", "never"]
    forced = world.forced.get(number)
    if forced:
        found = found - set(states) - {"author_gone", "versions_gone"} | {forced}
    for place, name in enumerate(states):
        if name in found:
            found -= set(states[place + 1:])
    if "versions_gone" in found:
        found -= {"author_gone", "author_named", "editor_named", "pending_edit", "denied", "never"}
    if "author_gone" in found:
        found.discard("author_named")
    if number == world.giant:
        found -= {"word", "markup"}
    return found & set(states) if world.options.clean else found


def _values(rng: Random, world: World, number: int, damage: set[str]) -> dict:
    """What the item holds beside its title and body."""
    day = datetime(2012, 1, 2, tzinfo=LOCAL) + timedelta(days=rng.randint(0, 5000))
    hour, minute = (23, 30) if rng.random() < 0.03 else (rng.randint(7, 17), rng.choice([0, 15, 30, 45]))
    published = day if world.options.date_only else day + timedelta(hours=hour, minutes=minute)
    publish_at = None
    if "scheduled" in damage:
        publish_at = datetime(2031, 1, 6, 8, tzinfo=LOCAL) + timedelta(days=rng.randint(0, 300))
    author = rng.choice(list(people.ACCOUNTS))
    gone, named = rng.choice(list(people.GONE)), rng.choice(list(people.GONE_NAMED))
    author = gone if "author_gone" in damage else named if "author_named" in damage else author
    category = terms.UNLABELLED if "unlabelled" in damage else rng.choice(terms.CATEGORIES)
    summary = " ".join(words.sentence(rng) for _ in range(rng.randint(1, 3)))
    if "long_summary" in damage:
        while len(summary) <= 1050:
            summary += " " + words.sentence(rng)
    if "question_marks" in damage:
        summary = "Th?ng báo c?a " + summary
    tags = rng.sample(terms.TAGS, rng.choice([0, 1, 2, 3, 5]))
    if "long_tag" in damage:
        tags.append(terms.ENDLESS)
    links = [world.known[rng.randrange(len(world.known))] for _ in range(rng.choice([0, 0, 1, 2, 3]))]
    related = list(dict.fromkeys(one for one in links if one != number))
    if number in world.known[:3] and len(world.known) > 3:
        # A circle of three.
        related = [world.known[(world.known.index(number) + 1) % 3]]
    if not world.options.clean and "related_gone" in damage:
        related.append(world.last + 1000 + number)
    return {
        "published_at": None if rng.random() < 0.02 else (publish_at or published).astimezone(timezone.utc),
        "made_at": published.astimezone(timezone.utc), "publish_at": publish_at and publish_at.astimezone(timezone.utc),
        "summary": summary, "featured": rng.random() < 0.1, "author": author, "category": category,
        "article_type": rng.choice(["Tin tức", "Tin tức", "Tin tức", "Thông báo", "Văn bản", "Tin ảnh", "Video"]),
        "page_count": rng.randint(0, 6), "photo_count": rng.randint(0, 12),
        "royalty": rng.choice([None, 50_000, 150_000, 350_000, 1_200_000]), "related": related, "tags": tags,
        "external_url": f"https://bao.example/bai/{number}" if rng.random() < 0.05 else None,
        "source": rng.choice([None, None, 1, 2, 3, 4, 5]), "views": rng.randint(0, 20_000), "shares": rng.randint(0, 90),
        "comments": rng.randint(0, 40), "year": published.year, **names_of_files.of(rng, world, number, damage, published.year),
    }


def _versions(rng: Random, world: World, number: int, damage: set[str], title: str, values: dict, blocks: int) -> list[Version]:
    chance = min(1.0, max(0.0, (world.options.versions - 1) / 11))
    count = 1 + sum(rng.random() < chance for _ in range(11))
    ends = {"scheduled": SCHEDULED, "denied": DENIED, "never": rng.choice([DRAFT, PENDING]), "pending_edit": rng.choice([DRAFT, PENDING])}
    end = next((ends[name] for name in ends if name in damage), APPROVED)
    live_before = "pending_edit" in damage or ("denied" in damage and rng.random() < 0.25)
    count = max(count, 2) if live_before or "versions_gone" in damage else count
    never = not live_before and end != APPROVED
    at = values["made_at"] + timedelta(minutes=rng.randint(5, 600), seconds=rng.randint(0, 59))
    again = world.options.edition > 1 and world.dice("again", number) < 0.05
    major, minor, out = 0, 0, []
    for place in range(count):
        last = place == count - 1
        if last:
            moderation = end
        elif live_before and place == count - 2 or not never and rng.random() < 0.35:
            moderation = APPROVED
        else:
            moderation = rng.choice([DRAFT, PENDING])
        major, minor = (major + 1, 0) if moderation in (APPROVED, SCHEDULED) else (major, minor + 1)
        words_ = title
        if last and end != APPROVED and live_before:
            words_ = f"{title} (bổ sung)"
        elif not last and rng.random() < 0.5:
            words_ = f"Dự thảo: {title}"
        editor = rng.choice(list(people.GONE_NAMED)) if "editor_named" in damage and last else rng.choice(people.EDITORS)
        note = rng.choice([None, "Đã sửa lỗi chính tả.", "Bổ sung số liệu.", "Đã duyệt."])
        out.append(Version(f"{major}.{minor}", moderation, at, editor, words_, max(1, blocks - (count - 1 - place)), note))
        at += timedelta(minutes=rng.randint(3, 12_000), seconds=rng.randint(0, 59))
    if again:
        late = max(at, datetime(2026, 6, 1, tzinfo=timezone.utc))
        out.append(Version(f"{major + 1}.0", APPROVED, late, rng.choice(people.EDITORS), f"{title} (cập nhật)", blocks, "Cập nhật."))
        damage -= {"denied", "scheduled", "pending_edit", "never"}
    return out


def _losses(rng: Random, item: Item, world: World) -> None:
    """What of this cannot be brought over, in this shape."""
    options = world.options
    if item.kind != "article":
        item.damage.clear()
        return
    values, damage, lose = item.values, item.damage, item.losses.append
    if "file_missing" in damage:
        there = [name for name in ("image", "description_image", "audio") if values[name]]
        there += ["attachments"] if values["attachments"] and not options.table and options.shape != "pnp" else []
        there += ["body"] if item.body.pictures else []
        if there:
            name = rng.choice(there)
            found = item.body.pictures if name == "body" else values[name]
            item.missing.add(found if isinstance(found, str) else found[0])
            lose(("media_missing", name))
    if "long_name" in damage and options.history:
        path = f"{FOLDER}/Attachments/{item.id}/{'z' * 296}.pdf"
        values["attachments"].append(path)
        item.missing.add(path)
        if ("media_missing", "attachments") not in item.losses:
            lose(("media_missing", "attachments"))
    if "author_gone" in damage and not options.table:
        lose(("user_unknown", "author"))
    if "unlabelled" in damage and options.history:
        lose(("term_unlabelled", "category"))
    values["nowhere"] = [other for other in values["related"] if other not in world.article_set]
    if values["nowhere"]:
        lose(("link_unresolved", "related"))
    if "long_tag" in damage:
        lose(("tag_dropped", "tags"))
    if "long_summary" in damage:
        lose(("text_cut", "summary"))
    if "question_marks" in damage:
        lose(("question_marks", "summary"))
    if "bad_date" in damage and options.shape == "csv" and values["published_at"] and not options.date_only:
        lose(("date_ambiguous", "published_at"))
    item.losses += item.body.losses
    shown = item.versions[-1:] if not options.history or "versions_gone" in damage else item.versions
    major, minor = map(int, item.now.label.split("."))
    if len(shown) < major + minor:
        lose(("version_missing", "versions"))

