"""Bodies: blocks of clean HTML, with placeholders where addresses depend on who shows them."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from . import files
from .columns import ALIAS, BASE, FOLDER

_REL = 'rel="noopener noreferrer"'


@dataclass
class Body:
    blocks: list[str]  # as they are meant, with placeholders
    addresses: dict[str, str] = field(default_factory=dict)  # what stands there in SharePoint, by placeholder
    pictures: list[str] = field(default_factory=list)  # paths
    losses: list[tuple[str, str]] = field(default_factory=list)
    foreign: str = ""  # what a cleaner takes away


def body_of(rng: Random, world, number: int, damage: set[str], values: dict) -> Body:
    body = Body([])
    if values["external_url"] and rng.random() < 0.7:
        # The link stands in for the body, and what is special about bodies does not happen.
        damage -= {"data_image", "link_gone", "page_link", "markup"}
        return body
    smallest, largest = world.options.body
    wanted, size = rng.randint(smallest, largest), 0
    if number == world.giant:
        wanted = 900_000
    pool = world.pool.blocks
    while size < wanted or not body.blocks:
        block = pool[rng.randrange(len(pool))]
        body.blocks.append(block)
        size += len(block.encode())
    special: list[str] = []
    if rng.random() < 0.4 * world.files:
        path = f"/PublishingImages/{values['year']}/{rng.choice(['minh-hoa', 'Minh họa', 'hình 100%', 'hình #'])}-{number}.png"
        address = rng.choice([quote(path), path.replace("%", "%25").replace("#", "%23").replace(" ", "%20"), BASE + quote(path)])
        special.append(f'<p><img src="{body_address(body, "file:" + path, address)}" alt="Ảnh minh họa {number}"></p>')
        body.pictures.append(path)
    if "data_image" in damage:
        picture = files.png(f"data-{number}")
        key = f"data:{hashlib.sha256(picture).hexdigest()}"
        address = "data:image/png;base64," + base64.b64encode(picture).decode()
        special.append(f'<p><img src="{body_address(body, key, address)}" alt="Ảnh dán {number}"></p>')
    if rng.random() < 0.15 and len(world.articles) > 1:
        other = world.articles[rng.randrange(len(world.articles))]
        address = rng.choice([
            f"{FOLDER}/DispForm.aspx?ID={other}", f"{BASE}/lists/tintuc/dispform.aspx?id={other}&amp;Source=%2FPages%2Fdefault.aspx",
            f"{ALIAS}{FOLDER}/DispForm.aspx?ID={other}&amp;ContentTypeId=0x0100",
        ])
        special.append(_link(body, f"article:{other}", address, "Xem thêm tin trước"))
    if "link_gone" in damage:
        address = f"{FOLDER}/DispForm.aspx?ID={world.last + 5000 + number}"
        special.append(_link(body, f"missing:{address}", address, "Tin đã gỡ"))
        body.losses.append(("link_unresolved", "body"))
    elif "page_link" in damage:
        address = f"/SitePages/gioi-thieu-{number % 7}.aspx"
        special.append(_link(body, f"missing:{address}", address, "Giới thiệu"))
        body.losses.append(("link_unresolved", "body"))
    if rng.random() < 0.1:
        special.append(f'<p>Nguồn: <a href="https://vanban.example/vb/{number}?a=1&amp;b=2" {_REL}>văn bản gốc</a></p>')
    if "markup" in damage:
        body.foreign = rng.choice(["<script>dem();</script>", '<iframe src="https://la.example/khung"></iframe>',
                                   '<form action="/tim"></form>', '<object data="/flash.swf"></object>'])
        body.losses.append(("markup_removed", "body"))
    body.blocks[1:1] = special
    return body


def body_address(body: Body, key: str, address: str) -> str:
    placeholder = "{{%s}}" % key
    body.addresses[placeholder] = address
    return placeholder


def _link(body: Body, key: str, address: str, text: str) -> str:
    return f'<p><a href="{body_address(body, key, address)}" {_REL}>{text}</a></p>'


_PLACEHOLDER = re.compile(r"\{\{[^}]*\}\}")


def meant(body: Body, missing: set[str]) -> str:
    """The body as it is to be."""
    text = "\n".join(body.blocks)
    for path in missing & set(body.pictures):
        text = text.replace("{{file:%s}}" % path, "{{missing:%s}}" % path)
    return text


def addressed(body: Body, count: int) -> str:
    """The first blocks of the body with the addresses that stand in SharePoint."""
    text = "\n".join(body.blocks[:count])
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: body.addresses[found.group()], text)
