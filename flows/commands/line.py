"""What every command shares: where the project is, how it speaks to a person, and what a command is."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.errors import Text

ROOT = Path(os.environ.get("GONGKAI_HOME") or Path(__file__).resolve().parents[2])

err = Console(stderr=True, highlight=False)
out = Console(highlight=False, markup=False)


class Command(NamedTuple):
    """One command: what its help says, an example, what it does, and what adds its options."""

    help: Text
    example: str
    call: Callable[[argparse.Namespace], int]
    add_options: Callable[[argparse.ArgumentParser, str], None]


def say(text: Text, lang: str) -> None:
    """Print a message to stderr."""
    print(text.read(lang), file=sys.stderr)


def no_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add no options."""


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[object], None]]:
    """Show a bar on stderr while something long goes on; yield what is called at each step.

    Where there are more steps than expected, as lists of reports name new ones, the total grows with them.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=total)

        def step(_: object) -> None:
            done = progress.tasks[0].completed + 1
            progress.update(task, completed=done, total=max(total, done))

        yield step
