"""Which files an item has, and how people name them."""

import unicodedata
from random import Random

from .columns import FOLDER, LIST


def of(rng: Random, world, number: int, damage: set[str], year: int) -> dict:
    """The paths of the item's files, from the root of the server."""
    def drawn(rate: float) -> bool:
        return rng.random() < rate * world.files

    image, second, audio = drawn(0.6), drawn(0.3), drawn(0.06)
    attached = sum(drawn(0.2) for _ in range(2))
    names = (_name(rng, world.options.clean, number, place) for place in range(9))
    return {
        "image": f"/PublishingImages/{year}/{next(names)}.{rng.choice(['png', 'jpg'])}" if image else None,
        "description_image": f"/SiteAssets/Lists/{LIST}/{next(names)}.png" if second else None,
        "audio": f"/SiteAssets/Audio/tin-{number}.{rng.choice(['mp3', 'wav'])}" if audio else None,
        "attachments": sorted(f"{FOLDER}/Attachments/{number}/{next(names)}.pdf" for _ in range(attached)),
    }


def _name(rng: Random, clean: bool, number: int, place: int) -> str:
    dice = rng.random()
    tail = f"{number}-{place}"
    if clean or dice < 0.7:
        return f"tep-{tail}"
    if dice < 0.8:
        return f"Ảnh lễ hội {tail}"
    if dice < 0.85:
        return f"văn bản #{tail}"
    if dice < 0.9:
        return f"tăng 20% {tail}"
    if dice < 0.95:
        return unicodedata.normalize("NFD", f"kế hoạch {tail}")
    if dice < 0.98:
        return f"ban%20sao+{tail}"
    return "n" * 200 + tail
