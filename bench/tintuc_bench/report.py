"""RESULTS.md: the table, and what it was measured on."""

from pathlib import Path

from .results import Result

HEAD = """# Results

Written by `bench/run`; [README.md](README.md) says what each row means. Ratios hold within this run only: the service
and its ceiling were measured by turns on the same machine, and machines differ.

![Each row against its bar](results.svg)

"""


def markdown(results: list[Result], facts: dict[str, str], svg: str | None) -> str:
    """The whole page."""
    lines = [HEAD if svg else HEAD.split("![")[0]]
    lines.append("| | row | bar | measured | service | against | |\n|---|---|---|---|---|---|---|\n")
    for result in results:
        mark = "✓" if result.passed else "✗"
        note = result.note
        if result.failure:
            mark, note = "–", f"not measured: {result.failure}"
        against = f"{result.against}: {result.ceiling}" if result.ceiling else result.against
        columns = [mark, result.title, str(result.bar), result.shown(), result.service, against, note]
        lines.append("| " + " | ".join(one_line(column) for column in columns) + " |\n")
    cleared = sum(result.passed for result in results)
    lines.append(f"\n{cleared} of {len(results)} bars cleared. In brackets: the lowest and the highest round.\n\n")
    lines.append("| measured on | |\n|---|---|\n")
    lines += [f"| {name} | {value} |\n" for name, value in facts.items()]
    return "".join(lines)


def one_line(text: str) -> str:
    """Text that keeps a table whole."""
    return " ".join(text.split()).replace("|", "\\|")[:300]


def write(results: list[Result], facts: dict[str, str], folder: Path, svg: str | None):
    (folder / "RESULTS.md").write_text(markdown(results, facts, svg))
