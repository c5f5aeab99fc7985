"""Files: the original and a rendition against nginx, and making all renditions against vipsthumbnail."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from .load import alternate, wrk
from .newsroom import Newsroom
from .processes import Failure, run
from .results import Bar, Result
from .servers import nginx

CONNECTIONS = 32
TWELVE_MEGAPIXELS = (4000, 3000)


def media(bench):
    """All three rows, over one small newsroom."""
    folder = bench.folder / "media"
    (folder / "files").mkdir(parents=True)
    newsroom = Newsroom(bench.service)
    picture = _photograph(folder, seed=1)
    article = newsroom.publish_with(newsroom.upload(_of_100_kb(folder, picture)), _category(bench))
    image = article["image"]
    card = next(one for one in image["renditions"] if one["preset"] == "card" and one["mime_type"] == "image/webp")
    yield _against_nginx(bench, folder, "media-original", "original of 100 kB", _path(image["url"]))
    yield _against_nginx(bench, folder, "media-rendition", "rendition, warm", _path(card["url"]))
    yield _against_vips(bench, folder, newsroom)


def _against_nginx(bench, folder, name, title, path):
    data = bench.service.client().get(path)
    served = folder / "files" / f"{name}{Path(urlsplit(path).path).suffix}"
    served.write_bytes(data)

    def load(url):
        return lambda seconds: wrk(url, connections=CONNECTIONS, seconds=seconds)

    with nginx(folder) as base:
        service, ceiling = load(bench.service.base + path), load(f"{base}/{served.name}")
        rounds = alternate(bench.options.rounds, service, ceiling, bench.options.seconds)
    note = f"{len(data):,} bytes"
    return Result(name, title, Bar(0.85), "nginx serving the same file", rounds.ratios, *rounds.rates(), note=note)


def _against_vips(bench, folder, newsroom):
    """Asks for all renditions of a picture at once, as the first page that shows it does. A new picture each round."""
    ours, theirs = [], []
    for number in range(bench.options.rounds + 1):
        picture = folder / f"large-{number}.jpg"
        source = _photograph(folder, seed=100 + number)
        run(["vips", "jpegsave", source, picture, "--Q", 90])
        source.unlink()
        record = newsroom.upload(picture)
        ours.append(_time_of_renditions(bench, newsroom, record["renditions"]))
        theirs.append(_time_of_vips(folder, picture, record["renditions"]))
    # The first round warms up both.
    ratios = [one / other for one, other in zip(ours[1:], theirs[1:])]
    middle = [f"{sorted(times[1:])[len(times[1:]) // 2]:,.0f} ms" for times in (ours, theirs)]
    title = "all presets of a 12-megapixel JPEG"
    bar, note = Bar(1.5, at_most=True), f"{len(record['renditions'])} renditions"
    return Result("media-presets", title, bar, "vipsthumbnail making the same sizes (time)", ratios, *middle, note=note)


def _time_of_renditions(bench, newsroom, renditions):
    paths = [_path(rendition["url"]) for rendition in renditions]
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(paths)) as clients:
        # Each on a connection of its own, as a browser opens several.
        list(clients.map(lambda path: bench.service.client().get(path, token=newsroom.author), paths))
    return (time.perf_counter() - begun) * 1000


def _time_of_vips(folder, picture, renditions):
    """One run for each file, as the program is made for; libvips uses all cores in each."""
    begun = time.perf_counter()
    for number, rendition in enumerate(renditions):
        size = [f"--size={rendition['width']}x{rendition['height']}"]
        if rendition["preset"] == "share":
            size.append("--smartcrop=centre")
        target = folder / f"vips-{number}"
        webp = rendition["mime_type"] == "image/webp"
        run(["vipsthumbnail", picture, *size, "-o", f"{target}.webp[Q=80]" if webp else f"{target}.jpg[Q=82]"])
    return (time.perf_counter() - begun) * 1000


def _photograph(folder, seed):
    """Twelve megapixels with soft shapes, colours and some noise: about as hard to encode as a photograph."""
    width, height = TWELVE_MEGAPIXELS
    bands = []
    for channel, cell in enumerate((700, 500, 900)):
        band = folder / f"band-{channel}.v"
        run(["vips", "perlin", band, width, height, "--cell-size", cell, "--uchar", "--seed", seed * 10 + channel])
        bands.append(band)
    noise, colours, picture = folder / "noise.v", folder / "colours.v", folder / f"photograph-{seed}.v"
    run(["vips", "bandjoin", " ".join(map(str, bands)), colours])
    run(["vips", "gaussnoise", noise, width, height, "--sigma", 6, "--mean", 0, "--seed", seed])
    mixed = folder / "mixed.v"
    run(["vips", "add", colours, noise, mixed])
    run(["vips", "cast", mixed, picture, "uchar"])
    for file in (*bands, noise, colours, mixed):
        file.unlink()
    return picture


def _of_100_kb(folder, picture):
    """The picture as a JPEG of 100 kB, within a tenth."""
    small = folder / "small.v"
    run(["vips", "resize", picture, small, 0.3])
    target = folder / "anh-hoat-dong.jpg"
    for quality in range(95, 20, -3):
        run(["vips", "jpegsave", small, target, "--Q", quality])
        if target.stat().st_size <= 104_000:
            return target
    raise Failure(f"could not make a picture of 100 kB: {target.stat().st_size} bytes")


def _category(bench):
    return bench.ask("SELECT slug FROM delivery.categories ORDER BY slug LIMIT 1")[0][0]


def _path(url):
    """The path and query of an address that may be absolute."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()
