"""Writes a list into a folder, a page of items at a time and several pages at once."""

import functools
import json
import multiprocessing
import os
from collections import Counter
from pathlib import Path

from . import columns, files, people, pnp, rest, soap, tables, terms, truth
from .articles import Item, World
from .options import Options

_world: World | None = None


def run(options: Options, truth_file: Path) -> dict:
    """Makes all of it and tells what there is."""
    global _world
    options.folder.mkdir(parents=True, exist_ok=True)
    _world = World(options)
    pages = [_world.ids[start:start + options.page] for start in range(0, len(_world.ids), options.page)]
    _around(options)
    counts: Counter = Counter()
    work = [(number, ids, len(pages)) for number, ids in enumerate(pages, 1)]
    if len(pages) == 1:
        parts = map(_page, work)
    else:
        pool = multiprocessing.get_context("fork").Pool(min(len(pages), os.cpu_count() or 1))
        parts = pool.imap(_page, work)
    with open(truth_file, "w", encoding="utf-8") as out:
        for lines, counted in parts:
            out.write(lines)
            counts.update(counted)
    _join(options, len(pages))
    return dict(sorted(counts.items()))


def _dump(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _around(options: Options) -> None:
    """What is beside the items."""
    folder, flavour = options.folder, rest.Flavour(options.shape == "verbose")
    if options.table:
        return
    _dump(folder / "fields.json", flavour.page(columns.fields(options.date_only, flavour.verbose)))
    if options.shape == "pnp":
        return
    _dump(folder / "list.json", rest.about(len(_world.ids), flavour))
    _dump(folder / "users.json", flavour.page(people.accounts(flavour.verbose)))
    _dump(folder / "terms.json", flavour.page(terms.rows(flavour.verbose)))
    _dump(folder / "lookups" / f"{columns.AGENCIES}.json", flavour.page(rest.agencies(flavour)))


def _page(job: tuple[int, list[int], int]) -> tuple[str, Counter]:
    number, ids, pages = job
    world, options = _world, _world.options
    titles = functools.lru_cache(4096)(lambda other: world.title(other) if other in world.article_set else "")
    counts: Counter = Counter()
    lines, rows = [], []
    flavour = rest.Flavour(options.shape == "verbose")
    for one in ids:
        item = world.item(one)
        expected = truth.of(item, options)
        lines.append(json.dumps(expected, ensure_ascii=False))
        counts["items"] += 1
        counts[expected["action"]] += 1
        counts["versions"] += len(expected.get("versions", ()))
        counts["files"] += _files(item, options)
        counts.update(f"loss {loss['code']} {loss['field']}" for loss in expected["losses"])
        if options.history:
            rows.append(rest.item_row(item, flavour, options.bare))
            _beside(item, options, flavour, titles)
        elif options.shape == "pnp":
            rows.append(pnp.row(item, titles))
        else:
            rows.append((item, tables.row(item, titles)))
    _write_page(number, pages, ids, rows, options, flavour)
    return "".join(line + "\n" for line in lines), counts


def _write_page(number: int, pages: int, ids: list[int], rows: list, options: Options, flavour: rest.Flavour) -> None:
    folder = options.folder
    if options.shape == "csv":
        (folder / f".part-{number:05}").write_text(tables.csv_rows(rows, options), encoding="utf-8", newline="")
    elif options.table:
        text = tables.sheet_rows([cells for _, cells in rows], 2 + (number - 1) * options.page)
        (folder / f".part-{number:05}").write_text(text, encoding="utf-8")
    elif options.shape == "pnp" or options.bare:
        _dump(folder / f"items-{number:05}.json", rows)
    else:
        following = None
        if number < pages:
            host = "http://may-chu-2" if flavour.verbose else columns.BASE
            following = f"{host}/_api/web/lists(guid'{columns.LIST}')/items?%24skiptoken=Paged%3dTRUE%26p_ID%3d{ids[-1]}&%24top={options.page}"
        _dump(folder / f"items-{number:05}.json", flavour.page(rows, following))


def _beside(item: Item, options: Options, flavour: rest.Flavour, titles) -> None:
    """The files of one item: its versions and its values as HTML."""
    folder = options.folder
    if item.kind == "article" and item.values["image"]:
        _dump(folder / "html" / f"{item.id}.json", rest.html_row(item, flavour))
    if "versions_gone" in item.damage:
        return
    if options.shape == "soap":
        place = folder / "versions" / str(item.id)
        place.mkdir(parents=True, exist_ok=True)
        for name, text in soap.columns(item, titles):
            (place / f"{name}.xml").write_text(text, encoding="utf-8")
    else:
        _dump(folder / "versions" / f"{item.id}.json", flavour.page(rest.version_rows(item, flavour, titles)))


def _files(item: Item, options: Options) -> int:
    values = item.values
    if item.kind != "article":
        return 0
    attached = [path for path in values["attachments"] if path not in item.missing]
    others = [values[name] for name in ("image", "description_image", "audio") if values[name]] + item.body.pictures
    places = [options.folder / "files" / path[1:] for path in others if path not in item.missing]
    if options.history:
        places += [options.folder / "files" / path[1:] for path in attached]
    else:
        places += [options.folder / "Attachments" / path.split("/Attachments/")[1] for path in attached]
    for place, path in zip(places, [path for path in others if path not in item.missing] + attached):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(files.make(path))
    return len(places)


def _join(options: Options, pages: int) -> None:
    """Puts the parts of a table together, and spoils the whole where that is wanted."""
    folder = options.folder
    parts = [folder / f".part-{number:05}" for number in range(1, pages + 1)]
    if options.shape == "csv":
        _csv(folder / "TinTuc.csv", options, parts)
    elif options.table:
        tables.workbook(folder / "TinTuc.xlsx", options, parts)
    if options.shape == "sharegate":
        document = folder / "Documents" / "GioiThieu.1.0.pdf"
        document.parent.mkdir(exist_ok=True)
        document.write_bytes(files.make("GioiThieu.pdf"))
    if options.table:
        for part in parts:
            part.unlink()
    last = folder / f"items-{pages:05}.json"
    if options.damage == "truncated-page":
        whole = last.read_bytes()
        last.write_bytes(whole[: len(whole) * 3 // 5])
    if options.damage == "html-page":
        page = "<!DOCTYPE html>\r\n<html><head><title>Sign In</title></head><body>Sorry, something went wrong</body></html>"
        last.write_text(page, encoding="utf-8")


def _csv(path: Path, options: Options, parts: list[Path]) -> None:
    text = tables.csv_head(options)
    with open(path, "w", encoding="utf-8", newline="") as out:
        if options.damage == "ascii":
            # Export-Csv of Windows PowerShell, with its encoding of old.
            text = text.lstrip("\ufeff")
        for chunk in [text] + parts:
            chunk = chunk if isinstance(chunk, str) else chunk.read_text(encoding="utf-8")
            out.write(chunk.encode("ascii", "replace").decode() if options.damage == "ascii" else chunk)
