"""What a row comes to: a figure, the bar it is held against, and whether it clears it."""

from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass
class Bar:
    """What is wanted: at least `limit`, or at most. In `unit`, or a plain ratio."""

    limit: float
    at_most: bool = False
    unit: str = "×"

    def __str__(self):
        return f"{'≤' if self.at_most else '≥'} {figure(self.limit, self.unit)}"


@dataclass
class Result:
    """A row of the table."""

    name: str
    title: str
    bar: Bar
    #: What the bar's limit is a multiple of.
    against: str
    #: One figure a round; the median counts.
    rounds: list[float] = field(default_factory=list)
    service: str = ""
    ceiling: str = ""
    note: str = ""
    #: Why there is no figure.
    failure: str = ""

    @property
    def value(self) -> float | None:
        return median(self.rounds) if self.rounds else None

    @property
    def passed(self) -> bool:
        if self.value is None or self.failure:
            return False
        return self.value <= self.bar.limit if self.bar.at_most else self.value >= self.bar.limit

    @property
    def headroom(self) -> float | None:
        """How far it clears the bar: 1 is just, more is better, whichever way the bar looks."""
        if not self.value:
            return None
        return self.bar.limit / self.value if self.bar.at_most else self.value / self.bar.limit

    def shown(self) -> str:
        """The median, and how far the rounds spread."""
        if self.value is None:
            return "—"
        text = figure(self.value, self.bar.unit)
        if len(self.rounds) > 1:
            text += f" ({figure(min(self.rounds), '')}–{figure(max(self.rounds), '')})"
        return text

    def as_json(self) -> dict:
        return asdict(self) | {"value": self.value, "passed": self.passed, "headroom": self.headroom}


def figure(value: float, unit: str) -> str:
    """A number as people read it: two decimals for ratios, none for large ones."""
    text = f"{value:,.0f}" if value >= 100 or unit in ("ms", "MiB") else f"{value:.2f}"
    return f"{text} {unit}".strip()
