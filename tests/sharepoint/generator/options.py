"""What is to be made."""

from dataclasses import dataclass
from pathlib import Path

WITH_HISTORY = ("bundle", "verbose", "soap")
TABLES = ("csv", "xlsx", "sharegate")
SHAPES = WITH_HISTORY + TABLES + ("pnp",)


@dataclass(frozen=True)
class Options:
    folder: Path
    items: int
    seed: int
    shape: str
    versions: float  # on average
    files: int | None  # about so many in all
    body: tuple[int, int]  # bytes
    page: int
    giant: bool
    clean: bool  # no damage at all
    date_only: bool
    edition: int  # 2: as it is some weeks later
    bare: bool
    list_schema: bool
    headers: str
    damage: str | None  # of the whole

    @property
    def history(self) -> bool:
        return self.shape in WITH_HISTORY

    @property
    def table(self) -> bool:
        return self.shape in TABLES
