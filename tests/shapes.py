"""The same tables in the markups that pages really use: blocks, layout tables, tables in tables, odd geometry.

Each shape takes the rows of one table and returns its markup; FRAMES take the markup of the whole body.
"""

import json
from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from tests.portal.boxes import Box, Rows

Shape = Callable[[Rows], str]
Frame = Callable[[str], str]
Place = tuple[int, int, Box]


def place(rows: Rows) -> list[Place]:
    """Return the boxes with the row and column in which a browser puts each."""
    taken: set[tuple[int, int]] = set()
    placed = []
    for at, row in enumerate(rows):
        column = 0
        for box in row:
            while (at, column) in taken:
                column += 1
            placed.append((at, column, box))
            taken |= {(at + r, column + c) for r in range(box.down) for c in range(box.across)}
    return placed


def width_of(rows: Rows) -> int:
    return max(column + box.across for _, column, box in place(rows))


def spans(box: Box, down: str = "rowspan", across: str = "colspan") -> str:
    return f' {down}="{box.down}" {across}="{box.across}"' if box.down * box.across > 1 else ""


def table(rows: Rows, cell: Callable[[Box], str] = lambda box: escape(box.text), tag: str = "td") -> str:
    lines = ("".join(f"<{tag}{spans(box)}>{cell(box)}</{tag}>" for box in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def tree(rows: Rows, row: str, cell: str, around: str = "<div>{}</div>") -> str:
    """Return rows in templates for a row, a cell and the whole."""
    lines = (row.format("".join(cell.format(escape(box.text)) for box in each)) for each in rows)
    return around.format("\n".join(lines))


# Blocks


def blocks_with_classes(rows: Rows) -> str:
    return tree(rows, '<div class="tr">{}</div>', '<div class="td">{}</div>', '<div class="table">{}</div>')


def blocks_without_hint(rows: Rows) -> str:
    return tree(rows, "<div>\n{}\n</div>", "<div>{}</div> ")


def blocks_wrapped_deep(rows: Rows) -> str:
    cell = '<div class="el-col"><div class="inner"><p><span>{}</span></p></div></div>'
    return tree(rows, '<section><div class="el-row">{}</div></section>', cell)


def blocks_with_span_attributes(rows: Rows) -> str:
    lines = (
        "".join(f"<div{spans(box, 'data-rowspan', 'data-colspan')}>{box.text}</div>" for box in row)
        for row in rows
    )
    return f"<div>{''.join(f'<div>{line}</div>' for line in lines)}</div>"


def blocks_left_blank(rows: Rows) -> str:
    """Print what spans rows and columns in its first cell, and the others blank."""
    boxes = {(at, column): box for at, column, box in place(rows)}
    blank = Box("")
    whole = [[boxes.get((at, column), blank) for column in range(width_of(rows))] for at in range(len(rows))]
    cell = '<div class="td" style="flex:1">{}</div>'
    return tree(tuple(map(tuple, whole)), '<div class="tr">{}</div>', cell, '<div class="table">{}</div>')


def head_and_body_of_blocks(rows: Rows) -> str:
    first = next(at for at, row in enumerate(rows) if any(box.key for box in row))
    parts = [
        tree(part, '<div class="tr">{}</div>', '<div class="cell">{}</div>')
        for part in (rows[:first], rows[first:])
    ]
    return f"<div>{''.join(parts)}</div>"


def css_grid_placed(rows: Rows) -> str:
    items = (
        f'<div style="grid-row:{r + 1}/span {box.down};grid-column: {c + 1} / {c + 1 + box.across}">{box.text}</div>'
        for r, c, box in place(rows)
    )
    return f'<div style="display: grid; grid-template-columns: repeat({width_of(rows)}, 1fr)">{"".join(items)}</div>'


def css_grid_flowing(rows: Rows) -> str:
    """Print a grid whose classes say how far items span, in a style sheet."""
    boxes = [box for row in rows for box in row]
    sheet = "".join(
        f".r{down}c{across} {{ grid-row: span {down}; grid-column: span {across} }}"
        for down, across in sorted({(box.down, box.across) for box in boxes})
    )
    items = "".join(f'<div class="r{box.down}c{box.across}">{box.text}</div>' for box in boxes)
    tracks = " ".join(["minmax(0,1fr)"] * width_of(rows))
    grid = f".g{width_of(rows)} {{ display: grid; grid-template-columns: {tracks}; }}"
    style = f"/* grid */ @media print {{ .g {{ display: none }} }} {grid} {sheet}"
    return f'<style>{style}</style><div class="g{width_of(rows)}">{items}</div>'


def css_grid_of_rows(rows: Rows) -> str:
    """Print a grid whose rows are no boxes of their own (`display: contents`)."""
    lines = "".join(
        '<div style="display:contents">'
        + "".join(
            f'<span style="grid-area:{r + 1}/{c + 1}/span {box.down}/span {box.across}">{box.text}</span>'
            for r, c, box in group
        )
        + "</div>"
        for _, group in groupby(place(rows), key=lambda each: each[0])
    )
    return f'<div style="display:grid;grid-template-columns:repeat({width_of(rows)},auto)">{lines}</div>'


def table_by_style_sheet(rows: Rows) -> str:
    style = "<style>.a{display:table;width:100%} .a>div{display:table-row} .a>div>span{display:table-cell}</style>"
    return style + tree(rows, "<div>{}</div>", "<span>{}</span>", '<div class="a">{}</div>')


def table_by_style_attributes(rows: Rows) -> str:
    cell = '<span style="display:table-cell;border:1px solid">{}</span>'
    return tree(rows, '<p style="display:table-row">{}</p>', cell, '<div style="display:table">{}</div>')


def lists_of_cells(rows: Rows) -> str:
    return tree(rows, "<ul>{}</ul>", "<li>{}</li>")


def items_of_cells(rows: Rows) -> str:
    return tree(rows, '<li class="row">{}</li>', "<span>{}</span>\n", "<ul>{}</ul>")


def definition_lists(rows: Rows) -> str:
    lines = (
        "<dl>"
        + "".join(
            f"<{'dt' if at == 0 else 'dd'}>{box.text}</{'dt' if at == 0 else 'dd'}>"
            for at, box in enumerate(row)
        )
        + "</dl>"
        for row in rows
    )
    return f"<div>{''.join(lines)}</div>"


def one_definition_list(rows: Rows) -> str:
    lines = (
        "".join(
            f"<{'dt' if at == 0 else 'dd'}>{box.text}</{'dt' if at == 0 else 'dd'}>"
            for at, box in enumerate(row)
        )
        for row in rows
    )
    return f"<dl>{''.join(lines)}</dl>"


def aria_roles(rows: Rows) -> str:
    lines = (
        "".join(
            f'<div role="cell"{spans(box, "aria-rowspan", "aria-colspan")}>{box.text}</div>' for box in row
        )
        for row in rows
    )
    return f'<div role="table">{"".join(f"""<div role="row">{line}</div>""" for line in lines)}</div>'


def own_elements(rows: Rows) -> str:
    return tree(rows, "<x-row>{}</x-row>", "<x-cell>{}</x-cell>", "<x-table>{}</x-table>")


def paragraphs_as_cells(rows: Rows) -> str:
    return tree(rows, '<div class="row">{}</div>', "<p>{}</p>")


def split_groups(rows: Rows, start: int, end: int, column: int) -> list[tuple[int, int]]:
    """Return the stretches of rows that the boxes beginning at a column cover."""
    cuts = [r for r, c, _ in place(rows) if c == column and start <= r < end]
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def nested_flex(rows: Rows) -> str:
    """Print rows as flex boxes; what spans rows stands beside a column of the rows that it spans."""
    boxes = {(r, c): box for r, c, box in place(rows)}

    def lay(start: int, end: int, column: int, last: int) -> str:
        cells = []
        while column < last:
            box = boxes[start, column]
            if box.down == end - start:
                cells.append(f'<div style="flex:{box.across}">{box.text}</div>')
                column += box.across
            else:
                stop = next(
                    (
                        c
                        for c in range(column + 1, last)
                        if (start, c) in boxes and boxes[start, c].down == end - start
                    ),
                    last,
                )
                cells.append(
                    f'<div style="display:flex;flex-direction:column">{stack(start, end, column, stop)}</div>'
                )
                column = stop
        return f'<div style="display:flex">{"".join(cells)}</div>'

    def stack(start: int, end: int, column: int, last: int) -> str:
        lines = []
        while start < end:
            stop = start + 1
            while any(r < stop < r + box.down for (r, c), box in boxes.items() if column <= c < last):
                stop += 1
            lines.append(lay(start, stop, column, last))
            start = stop
        return "".join(lines)

    return f"<div>{stack(0, len(rows), 0, width_of(rows))}</div>"


def flex_by_width(rows: Rows) -> str:
    """Print rows whose cells say their share of the width; a group's heading again in each of its rows."""
    full = width_of(rows)
    lines = []
    for at in range(len(rows)):
        cells = [(c, box) for r, c, box in place(rows) if r <= at < r + box.down]
        lines.append(
            "".join(
                f'<div style="width:{100 * box.across / full:.4f}%">{box.text}</div>'
                for _, box in sorted(cells, key=lambda each: each[0])
            )
        )
    return f"<div>{''.join(f'<div style=display:flex>{line}</div>' for line in lines)}</div>"


def floats(rows: Rows) -> str:
    """Print cells that float, line after line, by their widths alone."""
    full = width_of(rows)
    cells = []
    for at in range(len(rows)):
        line = sorted(
            ((c, box) for r, c, box in place(rows) if r <= at < r + box.down), key=lambda each: each[0]
        )
        cells += [
            f'<div style="float:left;width:{100 * box.across / full:.4f}%">{box.text}</div>'
            for _, box in line
        ]
    return f"<div>{''.join(cells)}</div>"


def tables_in_the_block(rows: Rows) -> str:
    """Print two tables of blocks, and sentences, in one block: the second is no row of the first."""
    first, second = (
        tree(part, '<div class="tr">{}</div>', '<div class="td">{}</div>', '<div class="table">{}</div>')
        for part in (((Box("科室"), Box("人数")), (Box("一科"), Box("4")), (Box("二科"), Box("5"))), rows)
    )
    return f'<div class="content"><div>本年人员如下。</div>{first}<div>统计如下。</div>{second}<div>以上。</div></div>'


BLOCKS: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        tables_in_the_block,
        blocks_with_classes, blocks_without_hint, blocks_wrapped_deep, blocks_with_span_attributes,
        blocks_left_blank, head_and_body_of_blocks, css_grid_placed, css_grid_flowing, css_grid_of_rows, table_by_style_sheet,
        table_by_style_attributes, lists_of_cells, items_of_cells, definition_lists, one_definition_list, aria_roles,
        own_elements, paragraphs_as_cells, nested_flex, flex_by_width, floats,
    )
}  # fmt: skip


# Tables in tables, tables cut in pieces


def figures_in_tables(rows: Rows) -> str:
    return table(rows, lambda box: f"<table><tr><td>{box.text}</td></tr></table>" if box.key else box.text)


def every_cell_a_table(rows: Rows) -> str:
    return table(rows, lambda box: f"<table><tbody><tr><td><p>{box.text}</p></td></tr></tbody></table>")


def rows_in_tables(rows: Rows) -> str:
    """Print the figures of each row as a table of their own in one cell."""
    lines = []
    for row in rows:
        stubs = "".join(f"<td{spans(box)}>{box.text}</td>" for box in row if not box.key)
        figures = "".join(f'<td colspan="{box.across}">{box.text}</td>' for box in row if box.key)
        across = sum(box.across for box in row if box.key)
        inner = f'<td colspan="{across}"><table><tr>{figures}</tr></table></td>' if figures else ""
        lines.append(f"<tr>{stubs}{inner}</tr>")
    return f"<table>{''.join(lines)}</table>"


def a_table_each_row(rows: Rows) -> str:
    return "\n".join(
        "<table><tr>" + "".join(f"<td{spans(box)}>{box.text}</td>" for box in row) + "</tr></table>"
        for row in rows
    )


def head_table_and_body_table(rows: Rows) -> str:
    first = next(at for at, row in enumerate(rows) if any(box.key for box in row))
    return f"<div class=head>{table(rows[:first], tag='th')}</div><div class=body>{table(rows[first:])}</div>"


def printed_twice(rows: Rows) -> str:
    return f'<div class="pc">{table(rows)}</div><div class="mobile" style="display:none">{table(rows)}</div>'


NESTED: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        figures_in_tables, every_cell_a_table, rows_in_tables, a_table_each_row, head_table_and_body_table, printed_twice,
    )
}  # fmt: skip

MENU = "<td><ul><li><a href=#>首页</a></li><li><a href=#>政务公开</a></li></ul></td>"
FRAMES: dict[str, Frame] = {
    "a layout table": lambda body: f"<table width='100%'><tr>{MENU}<td>{body}</td></tr></table>",
    "layout tables in each other": lambda body: (
        f"<table><tr><td><table><tr>{MENU}</tr></table></td></tr><tr><td><table><tr><td><table><tr><td>{body}"
        "</td></tr></table></td></tr></table></td></tr><tr><td>版权所有</td></tr></table>"
    ),
    "srcdoc of a frame": lambda body: f'<p>正文：</p><iframe srcdoc="{escape(body)}"></iframe>',
    "noscript": lambda body: f"<div id=app></div><noscript>{body}</noscript>",
    "template": lambda body: f"<div id=app></div><template>{body}</template>",
    "textarea": lambda body: f"<textarea style='display:none'>{escape(body)}</textarea>",
    "script as a template": lambda body: f'<script type="text/template">{body}</script>',
    "script as escaped HTML": lambda body: f'<script type="text/html">{escape(body)}</script>',
    "data of a script": lambda body: (
        f'<script type="text/xml"><datastore><![CDATA[{body}]]></datastore></script>'
    ),
    "JSON in a script": lambda body: (
        f'<script>var page = {{"title": "年报", "content": {json.dumps(body)}}};</script>'
    ),
    "JSON in UTF-8": lambda body: (
        f"<script>window.__DATA__={json.dumps({'body': body}, ensure_ascii=False).replace('</', '<' + chr(92) + '/')}</script>"
    ),
    "string of a script": lambda body: (
        f"<script>\nvar html = '{body.replace(chr(10), ' ')}';\nshow(html);</script>"
    ),
}


# Geometry


def cut_spans(rows: Rows, more: int) -> Rows:
    """Return rows in which what spans several rows spans so many more, or fewer."""
    return tuple(
        tuple(
            Box(box.text, box.across, max(1, box.down + more) if box.down > 1 else 1, box.key, box.head)
            for box in row
        )
        for row in rows
    )


def unclosed_cells(rows: Rows) -> str:
    return (
        "<TABLE>"
        + "".join("<TR>" + "".join(f"<TD{spans(box)}>{box.text}\n" for box in row) for row in rows)
        + "</TABLE>"
    )


def cells_outside_rows(rows: Rows) -> str:
    lines = ("".join(f"<td{spans(box)}>{box.text}</td>" for box in row) for row in rows)
    return "<table>" + "</tr><tr></tr>".join(lines) + "</table>"


def mixed_heads(rows: Rows) -> str:
    lines = (
        "".join(
            f"<{'th' if (at + c) % 3 else 'td'}{spans(box)}>{box.text}</{'th' if (at + c) % 3 else 'td'}>"
            for c, box in enumerate(row)
        )
        for at, row in enumerate(rows)
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def spacer_columns(rows: Rows) -> str:
    """Print an empty column behind every one."""
    lines = (
        "".join(
            f'<td rowspan="{box.down}" colspan="{2 * box.across - 1}">{box.text}</td><td rowspan="{box.down}" width=3></td>'
            for box in row
        )
        for row in rows
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def spacer_rows(rows: Rows) -> str:
    """Print an empty row above every one; spans reach over those within them."""
    taller = tuple(tuple(Box(box.text, box.across, 2 * box.down - 1, box.key) for box in row) for row in rows)
    lines = ("".join(f"<td{spans(box)}>{box.text}</td>" for box in row) for row in taller)
    return f"<table>{'<tr height=5></tr>'.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def hidden_columns(rows: Rows) -> str:
    """Print a hidden cell before every one: a spreadsheet's columns of width nought."""
    lines = (
        "".join(
            f'<td style="display:none" rowspan="{box.down}">9</td><td{spans(box)}>{box.text}</td>'
            for box in row
        )
        for row in rows
    )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def padded(rows: Rows) -> str:
    return table(rows, lambda box: f"&nbsp;&nbsp;{box.text}&nbsp;\u3000<o:p></o:p>")


def heads_cut_by_cells(rows: Rows) -> str:
    """Print every heading of columns in two cells below each other, as a page break cuts it."""
    first = next(at for at, row in enumerate(rows) if any(box.key for box in row))
    lines: list[tuple[Box, ...]] = []
    for row in rows[:first]:
        if len(row) == 1:
            lines.append(row)
            continue
        cut = [(len(box.text) + 1) // 2 if box.down == 1 else 99 for box in row]
        lines.append(
            tuple(
                Box(box.text[:at], box.across, 2 * box.down if box.down > 1 else 1)
                for box, at in zip(row, cut, strict=True)
            )
        )
        lines.append(
            tuple(Box(box.text[at:], box.across) for box, at in zip(row, cut, strict=True) if box.down == 1)
        )
    return table((*lines, *rows[first:]))


def input_fields(rows: Rows) -> str:
    return table(
        rows, lambda box: f'<input type="text" readonly value="{box.text}">' if box.key else box.text
    )


def select_fields(rows: Rows) -> str:
    return table(
        rows,
        lambda box: (
            f"<select><option>请选择</option><option selected>{box.text}</option></select>"
            if box.key
            else box.text
        ),
    )


def pieces_of_font(rows: Rows) -> str:
    def cell(box: Box) -> str:
        return (
            f"<font>{box.text[:1]}</font><font><b>{box.text[1:]}</b></font>"
            if box.key
            else f"<b>{box.text}</b>"
        )

    return table(rows, cell)


def notes_beside_labels(rows: Rows) -> str:
    return table(rows, lambda box: box.text if box.key or box.head else f"{box.text}<sup>[注]</sup>")


def hidden_words(rows: Rows) -> str:
    """Print hidden text beside every figure."""
    return table(
        rows,
        lambda box: (
            f'{box.text}<span style="display: none;">7</span><i hidden>8</i>' if box.key else box.text
        ),
    )


def hidden_by_sheet(rows: Rows) -> str:
    style = "<style>td .tip, .x{display:none}</style>"
    return style + table(
        rows, lambda box: f'<b class="x">5</b>{box.text}<em class="tip">0</em>' if box.key else box.text
    )


def excel_numbers(rows: Rows) -> str:
    lines = (
        "".join(
            f"<td{spans(box)} class=xl66{f' x:num={chr(34)}{box.text}{chr(34)}' if box.key else ''}>{box.text}</td>"
            for box in row
        )
        for row in rows
    )
    return f"<table x:str><colgroup><col width=72 span=2></colgroup>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def wide_and_invisible(rows: Rows) -> str:
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    return table(
        rows, lambda box: f"\u200b{box.text.translate(wide)}\ufeff" if box.key else f"\u200b{box.text}"
    )


def vertical_labels(rows: Rows) -> str:
    return table(rows, lambda box: "<br>".join(box.text) if box.down > 1 and not box.key else box.text)


def paragraph_each_letter(rows: Rows) -> str:
    return table(
        rows,
        lambda box: (
            "".join(f"<p>{mark}</p>" for mark in box.text) if box.down > 1 and not box.key else box.text
        ),
    )


def sections_of_a_table(rows: Rows) -> str:
    first = next(at for at, row in enumerate(rows) if any(box.key for box in row))
    head = "".join(
        "<tr>" + "".join(f"<th{spans(box)}>{box.text}</th>" for box in row) + "</tr>" for row in rows[:first]
    )
    body = "".join(
        "<tr>" + "".join(f"<td{spans(box)}>{box.text}</td>" for box in row) + "</tr>" for row in rows[first:]
    )
    return f"<table><caption>附表</caption><thead>{head}</thead><tbody>{body}</tbody><tfoot></tfoot></table>"


def figures_with_units(rows: Rows) -> str:
    return table(
        rows,
        lambda box: (
            f"{box.text} 件" if box.key.startswith(("v2021.application", "v2021.result")) else box.text
        ),
    )


def links_and_marks(rows: Rows) -> str:
    return table(rows, lambda box: f"<a href='#t'><u>{box.text}</u></a><!-- 0 -->")


def zero_width_spans(rows: Rows) -> str:
    """Print spans as some editors do: as decimals, with units, nought, or more than there are."""

    def odd(box: Box) -> str:
        down = f' rowspan="{box.down}.0"' if box.down > 1 else ' rowspan=""'
        return down + (f' colspan="{box.across}px"' if box.across > 1 else ' colspan="x"')

    lines = ("".join(f"<td{odd(box)}>{box.text}</td>" for box in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def heads_again(rows: Rows) -> str:
    """Print the heading row again in the middle of a table, where no group reaches over it."""
    first = next(at for at, row in enumerate(rows) if any(box.key for box in row))
    tall = {r + more for r, _, box in place(rows) for more in range(1, box.down)}
    cut = next((at for at in range(first + 1, len(rows)) if at not in tall), len(rows))
    return table((*rows[:cut], *rows[:first], *rows[cut:]))


def numbers_in_front(rows: Rows) -> str:
    """Print a column of row numbers before all others."""
    lines = [
        f"<td>{at or '序号'}</td>" + "".join(f"<td{spans(box)}>{box.text}</td>" for box in row)
        for at, row in enumerate(rows)
    ]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def spans_repeated(rows: Rows) -> str:
    """Print what spans rows and columns once more in each of them, as converters do."""
    boxes = {
        (at + r, column + c): box
        for at, column, box in place(rows)
        for r in range(box.down)
        for c in range(box.across)
    }
    width = width_of(rows)
    lines = ([boxes.get((at, column), Box("")) for column in range(width)] for at in range(len(rows)))
    return table(tuple(tuple(Box(box.text) for box in line) for line in lines))


GEOMETRY: dict[str, Shape] = {
    shape.__name__: shape
    for shape in (
        spans_repeated,
        unclosed_cells, cells_outside_rows, mixed_heads, spacer_columns, spacer_rows, hidden_columns, padded,
        heads_cut_by_cells, input_fields, select_fields, pieces_of_font, notes_beside_labels, hidden_words,
        hidden_by_sheet, excel_numbers, wide_and_invisible, vertical_labels, paragraph_each_letter,
        sections_of_a_table, figures_with_units, links_and_marks, zero_width_spans, heads_again, numbers_in_front,
    )
}  # fmt: skip
GEOMETRY |= {
    "row_spans_too_short": lambda rows: table(cut_spans(rows, -2)),
    "row_spans_too_long": lambda rows: table(cut_spans(rows, 1)),
    "row_spans_lost": lambda rows: table(cut_spans(rows, -99)),
}


def print_page(
    title: str, tables: Sequence[str], chapters: Sequence[str], frame: Frame = lambda body: body
) -> bytes:
    """Return a page with the tables under their chapters, in a frame."""
    body = "".join(f"<p>{chapter}</p>{markup}" for chapter, markup in zip(chapters, tables, strict=True))
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f"<html>{head}<body><h1>{title}</h1>{frame(body)}</body></html>".encode()
