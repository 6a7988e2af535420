"""The formats for people, beside the CSV and Parquet file of each table: one list, a function for each."""

from collections.abc import Callable, Mapping
from pathlib import Path

from flows.publish.codebook import write_codebook
from flows.publish.contents import About, Contents
from flows.publish.database import write_database
from flows.publish.excel import write_excel_csv
from flows.publish.statistics import write_statistics
from flows.publish.workbook import write_workbook

Writer = Callable[[Contents, Path], Mapping[str, About]]

# Each writes its files into the folder of a package and returns their names with what they are.
FORMATS: tuple[Writer, ...] = (
    write_statistics,
    write_codebook,
    write_excel_csv,
    write_workbook,
    write_database,
)


def write_formats(contents: Contents, folder: Path) -> dict[str, About]:
    """Write every format into the folder of a package; return the names of the files with what they are."""
    return {name: about for write in FORMATS for name, about in write(contents, folder).items()}
