"""Tables without rules: where the columns of figures stand, so that a blank cell leaves a trace in the text.

Lines of figures that stand below each other show their columns: what is printed in one column never
reaches into the next. A line is then written with its cells parted by tabs, one for each column, blank
or not, and the headings of the columns on one line above. Where the columns are not certain, lines stay
as they are: figures parted by blanks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from flows.cells import find_unit
from flows.read.cuts import join_cut_figures
from flows.read.typeset import (
    PAGE_NUMBER,
    Columns,
    Line,
    Piece,
    are_figures,
    find_columns,
    is_figure,
    join_near,
)
from flows.read.wrapped import join_wrapped

LEAST_GAP = 2.0  # points between two columns
ALONE = 3  # figures on a line without a heading that are a row of a table
ABOVE = 8  # lines above the figures that can be their headings

Head = tuple[int, Piece]  # a heading, and which of the lines above it stands on


@dataclass(frozen=True)
class Band:
    """One column of figures: from where to where its figures stand."""

    left: float
    right: float


def set_columns(lines: Sequence[Line], bands: Sequence[Band]) -> tuple[list[Line | Columns], Sequence[Band]]:
    """Return lines without rules around them: those that certainly form a table together, the others cell by cell.

    `bands` are the last columns of the page before; the last ones of this page are returned too.
    """
    found: list[Line | Columns] = []
    done = 0
    items = find_columns([join_near(line) for line in lines])
    for is_line, group in groupby(items, lambda item: isinstance(item, Line)):
        own = list(group)
        count = sum(len(item.lines) if isinstance(item, Columns) else 1 for item in own)
        if is_line:
            parted, bands = part_lines(join_wrapped(join_cut_figures(lines[done : done + count])), bands)
            found += [join_near(line) for line in parted]
        else:
            found += own
        done += count
    return found, bands


def part_lines(lines: Sequence[Line], before: Sequence[Band] = ()) -> tuple[list[Line], Sequence[Band]]:
    """Return the lines of a page with the cells of figures parted by tabs wherever their columns are certain.

    A table may go on from the page before, in its last columns `before`; the last columns of this page
    are returned for the next.
    """
    parted: list[Line] = []
    done = 0
    for first, last in find_runs(lines):
        before, heads = settle_bands(lines[done:first], lines[first:last], before)
        start, end = widen_run(lines, (done, first, last), before) if before else (first, last)
        above = lines[done:start]
        parted += lift_heads(above, heads) if len(heads) == len(before) > 1 else above
        parted += [part_line(line, before) for line in lines[start:end]] if before else lines[start:end]
        done = end
    return [*parted, *lines[done:]], before


def widen_run(lines: Sequence[Line], run: tuple[int, int, int], bands: Sequence[Band]) -> tuple[int, int]:
    """Return where a run begins and ends with its rows of blank cells, which a unit shows; none begins before the first place."""
    first, start, end = run
    while start > first and is_blank_row(lines[start - 1], bands):
        start -= 1
    for at in range(end, len(lines)):
        if lines[at].pieces[-1].right > bands[0].left:
            break
        end = at + 1 if is_blank_row(lines[at], bands) else end
    return start, end


def is_blank_row(line: Line, bands: Sequence[Band]) -> bool:
    """Return whether a line is a label with its unit, and nothing in any column."""
    return line.pieces[-1].right <= bands[0].left and ends_with_unit(line.pieces)


def settle_bands(
    above: Sequence[Line], run: Sequence[Line], before: Sequence[Band]
) -> tuple[Sequence[Band], Mapping[int, Head]]:
    """Return the columns of a run with the headings above them; no columns where they are not certain.

    A column may have no figures but a heading. Where headings stand beside their columns, the figures alone
    show these, if there are as many.
    """
    nearest = find_head(above, run)
    figures = [piece for line in run for piece in trailing_figures(line)]
    bands, filled = find_bands([*figures, *nearest]), find_bands(figures)
    for columns in (bands, filled) if len(filled) == len(nearest) else (bands,):
        heads = match_heads(above, columns)
        if is_certain(columns, run, heads):
            return columns, heads
    goes_on = not nearest and all(len(bands_of(piece, before)) == 1 for piece in figures)
    return (before, {}) if goes_on else ((), {})


# Where figures stand


def trailing_figures(line: Line) -> list[Piece]:
    """Return the figures at the end of a line, behind its last word; a few alone are no row of a table."""
    at = len(line.pieces)
    while at and are_figures(line.pieces[at - 1].text):
        at -= 1
    is_row = (at or len(line.pieces) >= ALONE) and not PAGE_NUMBER.fullmatch(line.text)
    return list(line.pieces[at:]) if is_row else []


def find_runs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield the first and last (exclusive) of lines that go on below each other with figures in the same places.

    Words where the figures stood are the headings of other columns: there another run begins.
    """
    start = last = -1
    left = 0.0
    for at, line in enumerate(lines):
        figures = trailing_figures(line)
        if start >= 0 and not figures and any(piece.right > left for piece in line.pieces):
            yield start, last + 1
            start = -1
        if figures:
            start, left = (at, figures[0].left) if start < 0 else (start, min(left, figures[0].left))
            last = at
    if start >= 0:
        yield start, last + 1


def find_head(above: Sequence[Line], run: Sequence[Line]) -> list[Piece]:
    """Return the headings of a run: the words of the nearest line above that has some right of the labels.

    The heading of the labels is none of them, though it may stand a little right of them. Headings of the first and
    last columns may stand higher up, where those between are parts of a group.
    """
    figures = [piece for line in run for piece in trailing_figures(line)]
    left = min(piece.left for piece in figures)
    labels = max((piece.right for line in run for piece in line.pieces if piece.right <= left), default=0.0)
    for at in range(len(above) - 1, max(-1, len(above) - 1 - ABOVE), -1):
        words = [piece for piece in above[at].pieces if piece.left > labels]
        if len(words) > 1 or (words and len(above[at].pieces) > 1):
            higher = find_block(above[max(0, len(above) - ABOVE) : at], labels)
            stub = any(line.pieces[0].left <= labels for line in (*higher, above[at]))
            if not stub and labels and words[0] is above[at].pieces[0] and words[0].right < left:
                words = words[1:]
            return words + find_outer(higher, (labels, [*figures, *words]))
    return []


def find_block(above: Sequence[Line], labels: float) -> list[Line]:
    """Return the lines of headings above another, the lowest first, as far as a title or a sentence."""
    block: list[Line] = []
    for line in reversed(above):
        if len(line.pieces) == 1 and line.pieces[0].left <= labels:
            break
        block.append(line)
    return block


def find_outer(lines: Sequence[Line], inner: tuple[float, Sequence[Piece]]) -> list[Piece]:
    """Return the headings on lines of several that stand left or right of all columns, right of the labels."""
    labels, columns = inner
    first, last = min(piece.left for piece in columns), max(piece.right for piece in columns)
    return [
        piece
        for line in lines
        for piece in line.pieces
        if len(line.pieces) > 1 and "单位" not in piece.text and not is_figure(piece.text)
        if labels < piece.left and (piece.right < first - LEAST_GAP or piece.left > last + LEAST_GAP)
    ]


def find_bands(pieces: Iterable[Piece]) -> list[Band]:
    """Return the columns that pieces stand in, from the left."""
    bands: list[Band] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        if bands and piece.left < bands[-1].right + LEAST_GAP:
            bands[-1] = replace(bands[-1], right=max(bands[-1].right, piece.right))
        else:
            bands.append(Band(piece.left, piece.right))
    return bands


def is_certain(bands: Sequence[Band], run: Sequence[Line], heads: Mapping[int, Head]) -> bool:
    """Return whether every column is headed or some line is whole, and no line prints two things in one column."""
    rows = [
        [at for piece in line.pieces for at in bands_of(piece, bands)]
        for line in run
        if trailing_figures(line)
    ]
    whole = len(heads) == len(bands) or any(len(set(row)) == len(bands) for row in rows)
    return whole and all(len(set(row)) == len(row) for row in rows)


def match_heads(above: Sequence[Line], bands: Sequence[Band]) -> dict[int, Head]:
    """Return by column the lowest word above it that stands above no other column, with the number of its line.

    What stands alone on a line further up is a title.
    """
    found: dict[int, Head] = {}
    for number in range(len(above) - 1, max(-1, len(above) - 1 - ABOVE), -1):
        alone = len(above[number].pieces) == 1 and number < len(above) - 1
        for piece in () if alone else above[number].pieces:
            places = bands_of(piece, bands)
            if len(places) == 1 and not is_figure(piece.text):
                found.setdefault(places[0], (number, piece))
    return found


def bands_of(piece: Piece, bands: Sequence[Band]) -> list[int]:
    """Return the columns that a piece reaches into."""
    return [at for at, band in enumerate(bands) if piece.left < band.right and piece.right > band.left]


# Lines with tabs


def part_line(line: Line, bands: Sequence[Band]) -> Line:
    """Return a row with a piece for each column, blank ones too; a line that is no row as it is.

    One of its cells may hold words (见附件), which then stand in one column as figures do. Without any it is a row
    where a unit stands before the columns.
    """
    labels = [piece for piece in line.pieces if piece.right <= bands[0].left]
    if not any(is_figure(piece.text) for piece in line.pieces[len(labels) :]) and not ends_with_unit(labels):
        return line
    before = join_near(replace(line, pieces=tuple(labels))).pieces
    held: dict[int, Piece] = {}
    for piece in line.pieces[len(labels) :]:
        places = bands_of(piece, bands)
        if len(places) != 1:
            return line
        held[places[0]] = piece
    cells = [held.get(at, Piece("", band.left, band.left)) for at, band in enumerate(bands)]
    return replace(line, pieces=(*before, *cells), between="\t")


def ends_with_unit(pieces: Sequence[Piece]) -> bool:
    """Return whether pieces are a label with its unit."""
    return len(pieces) > 1 and bool(find_unit(pieces[-1].text))


def lift_heads(above: Sequence[Line], heads: Mapping[int, Head]) -> list[Line]:
    """Return the lines above a run with the headings of its columns on one line, the last of them.

    Cells over several rows of headings print theirs higher up.
    """
    words = tuple(heads[at][1] for at in sorted(heads))
    rest = [
        replace(line, pieces=tuple(piece for piece in line.pieces if piece not in words)) for line in above
    ]
    last = above[max(number for number, _ in heads.values())]
    return [*(line for line in rest if line.pieces), replace(last, pieces=words, between="\t")]
