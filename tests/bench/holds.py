"""What is to hold, what was measured, and whether it holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Hold:
    """One figure that is to be at least (or at most) as large as another."""

    what: str
    found: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether it holds."""
        return (self.least is None or self.found >= self.least) and (
            self.most is None or self.found <= self.most
        )


def print_holds(holds: Iterable[Hold], out: Console) -> None:
    """Print each hold with what was measured."""
    table = Table("hold", title="Holds")
    for name in ("asked", "found", "met"):
        table.add_column(name, justify="right")
    for hold in holds:
        asked = f"≥ {hold.least:g}" if hold.least is not None else f"≤ {hold.most:g}"
        table.add_row(hold.what, asked, f"{hold.found:.2f}", "yes" if hold.met else "NO")
    out.print(table)
