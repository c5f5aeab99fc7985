#!/usr/bin/env python3
"""Makes a SharePoint list to import, of any size, and the truth beside it: see README.md."""

import argparse
import json
import sys
import time
from pathlib import Path

from generator import columns, write
from generator.options import SHAPES, TABLES, Options


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the bundle goes; best one that is not there yet")
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same list")
    parser.add_argument("--shape", choices=SHAPES, default="bundle")
    parser.add_argument("--versions", type=float, default=3, metavar="AVERAGE", help="1 to 12 an item")
    parser.add_argument("--files", type=int, help="about so many in all (about 1.7 an item unless said otherwise)")
    parser.add_argument("--body", default="2000-8000", metavar="LEAST-MOST", help="bytes of a body")
    parser.add_argument("--page", type=int, default=5000, help="items a file")
    parser.add_argument("--quick", action="store_true", help="short bodies and none of 900 kB")
    parser.add_argument("--no-giant", action="store_true", help="without the one body of 900 kB")
    parser.add_argument("--clean", action="store_true", help="no damage: only states and versions differ")
    parser.add_argument("--date-only", action="store_true", help="the publication date is a day")
    parser.add_argument("--edition", type=int, choices=(1, 2), default=1, help="2: some weeks later, as a second export finds it")
    parser.add_argument("--bare", action="store_true", help="pages are arrays whose items have Id but no ID")
    parser.add_argument("--list-schema", action="store_true", help="CSV begins with ListSchema=")
    parser.add_argument("--headers", choices=("display", "internal"), default="display", help="names of columns in tables")
    parser.add_argument("--damage", choices=("truncated-page", "html-page", "ascii", "cut-at-30000"), help="an export to be refused")
    parser.add_argument("--truth", type=Path, help="expected.jsonl beside the folder unless said otherwise")
    parser.add_argument("--mapping", type=Path, help="write the mapping there")
    given = parser.parse_args()

    if given.damage in ("ascii", "cut-at-30000") and given.shape != "csv":
        parser.error(f"--damage {given.damage} is for --shape csv")
    if given.damage in ("truncated-page", "html-page") and given.shape in TABLES:
        parser.error(f"--damage {given.damage} is for pages of JSON")
    least, most = map(int, given.body.split("-"))
    if given.quick:
        least, most = 300, 1200
    items = 30_000 if given.damage == "cut-at-30000" else given.items
    options = Options(
        folder=given.folder, items=items, seed=given.seed, shape=given.shape, versions=given.versions, files=given.files,
        body=(least, most), page=given.page,
        # A cell of a workbook holds 32,767 characters.
        giant=not (given.no_giant or given.quick or given.clean or given.shape in ("xlsx", "sharegate")),
        clean=given.clean, date_only=given.date_only, edition=given.edition, bare=given.bare, list_schema=given.list_schema,
        headers=given.headers, damage=given.damage,
    )
    if given.mapping:
        text = columns.mapping(options.table, options.date_only, options.headers if options.table else "display")
        given.mapping.write_text(text, encoding="utf-8")
    begun = time.monotonic()
    counts = write.run(options, given.truth or given.folder.parent / "expected.jsonl")
    json.dump(counts | {"seconds": round(time.monotonic() - begun, 1)}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
