"""The 71 figures of the Huairou report for 2018, printed in the many ways that bodies print such a table.

Every page made here is synthetic: labels and figures are the report's, the markup is ours.
A layout takes the rows, so that a test can damage them first and print them in any layout.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from flows.codebook import Form

GOLDEN = Path(__file__).parent / "golden" / "huairou_2018.csv"
TITLE = "北京市怀柔区人民政府2018年政府信息公开工作年度报告"
NUMBERING = re.compile(r"^（[一二三四五六七八九]）|^[一二三四五六七八九]、|^\d\.")
NUMERALS = "一二三四五六七八九"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Row:
    """One row of the table as it will be printed; `code` says what it truly is and is never printed."""

    code: str
    label: str
    unit: str
    value: str
    heading: bool


Layout = Callable[[Sequence[Row]], str]


def golden() -> dict[str, Decimal]:
    """Return the true figures by indicator code."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return {row["indicator_id"]: Decimal(row["value"]) for row in csv.DictReader(file)}


def form_rows(form: Form) -> list[Row]:
    """Return all printed rows of the Beijing table: 71 with figures, 7 headings."""
    figures = golden()
    return [
        Row(row.indicator_id, row.label_zh, row.unit, str(figures.get(row.indicator_id, "")), row.is_heading)
        for row in form.rows
    ]


def national_rows(form: Form) -> list[Row]:
    """Return the rows of the national table: without Beijing's block, the channels numbered （二）."""
    local = {row.indicator_id for row in form.rows if row.origin != "national"}
    rows = [row for row in form_rows(form) if row.code not in local]
    return [replace(row, label=row.label.replace("（三）通过", "（二）通过")) for row in rows]


# Pages


def to_page(body: str, title: str = TITLE, charset: str = "utf-8") -> bytes:
    """Return a whole page around a table."""
    return (
        f'<!DOCTYPE html><!-- Synthetic page of the tests --><html><head><meta charset="{charset}">'
        f"<title>{title}</title></head><body><h1>{title}</h1><p>日期：2019-03-19 01:02 来源：怀柔区</p>"
        f"<p>统计期限自2018年1月1日起至2018年12月31日止。</p>{body}<p>2019年3月</p></body></html>"
    ).encode(charset)


def to_text(body: str) -> bytes:
    """Return a whole text file around a table."""
    head = f"{TITLE}\n\n本文为测试合成。统计期限自2018年1月1日起至2018年12月31日止。\n\n政府信息公开情况统计表\n（2018年度）\n"
    return f"{head}{body}\n\n本文到此为止。\n".encode()


def print_row(cells: Iterable[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def print_table(rows: Iterable[str], attributes: str = 'border="1"') -> str:
    return f"<table {attributes}>{''.join(rows)}</table>"


def cells(row: Row) -> tuple[str, str, str]:
    return row.label, row.unit, row.value


HEADER = print_row(("统计指标", "单位", "统计数"))


# Tables


def three_columns(rows: Sequence[Row]) -> str:
    return print_table([HEADER, *(print_row(cells(row)) for row in rows)])


def no_header(rows: Sequence[Row]) -> str:
    return print_table(print_row(cells(row)) for row in rows)


def number_column(rows: Sequence[Row]) -> str:
    numbered = (print_row((str(number), *cells(row))) for number, row in enumerate(rows, start=1))
    return print_table([print_row(("序号", "统计指标", "单位", "统计数")), *numbered])


def number_column_without_header(rows: Sequence[Row]) -> str:
    return print_table(print_row((str(number), *cells(row))) for number, row in enumerate(rows, start=1))


def no_unit_column(rows: Sequence[Row]) -> str:
    return print_table(
        [print_row(("指标名称", "数量")), *(print_row((row.label, row.value)) for row in rows)]
    )


def no_unit_column_no_header(rows: Sequence[Row]) -> str:
    return print_table(print_row((row.label, row.value)) for row in rows)


def units_in_cells(rows: Sequence[Row]) -> str:
    return print_table(
        [print_row(("统计指标", "统计数")), *(print_row((row.label, row.value + row.unit)) for row in rows)]
    )


def note_column(rows: Sequence[Row]) -> str:
    return print_table(
        [
            print_row(("统计指标", "单位", "统计数", "备注")),
            *(print_row((*cells(row), "见正文" if at % 9 == 0 else "")) for at, row in enumerate(rows)),
        ]
    )


def th_everywhere(rows: Sequence[Row]) -> str:
    return print_table(
        [print_row(("统计指标", "单位", "统计数"), "th"), *(print_row(cells(row), "th") for row in rows)]
    )


def th_labels(rows: Sequence[Row]) -> str:
    return print_table(
        [HEADER, *(f"<tr><th>{row.label}</th><td>{row.unit}</td><td>{row.value}</td></tr>" for row in rows)]
    )


def title_rows(rows: Sequence[Row]) -> str:
    head = "<tr><td colspan=3>政府信息公开情况统计表（2018年度）</td></tr><tr><td colspan=3>填报单位（盖章）：</td></tr>"
    return print_table([head, HEADER, *(print_row(cells(row)) for row in rows)])


def spanning_headings(rows: Sequence[Row]) -> str:
    return print_table(
        [
            HEADER,
            *(
                f"<tr><td colspan=3>{row.label}</td></tr>" if row.heading else print_row(cells(row))
                for row in rows
            ),
        ]
    )


def dashed_headings(rows: Sequence[Row]) -> str:
    return print_table(
        [HEADER, *(print_row((row.label, "—", "——") if row.heading else cells(row)) for row in rows)]
    )


def two_header_rows(rows: Sequence[Row]) -> str:
    head = (
        "<tr><td rowspan=2>统计指标</td><td rowspan=2>单位</td><td>2018年</td></tr><tr><td>统计数</td></tr>"
    )
    return print_table([head, *(print_row(cells(row)) for row in rows)])


def caption_and_sections(rows: Sequence[Row]) -> str:
    body = "".join(print_row(cells(row)) for row in rows)
    return (
        "<table><caption>政府信息公开情况统计表（2018年度）</caption><colgroup><col><col><col></colgroup>"
        f"<thead>{HEADER}</thead><tbody>{body}</tbody></table>"
    )


def place_of(rows: Sequence[Row], code: str) -> int:
    return next((at for at, row in enumerate(rows) if row.code == code), len(rows) // 2)


def two_tables(rows: Sequence[Row]) -> str:
    cut = place_of(rows, "v2014.application.concluded")
    return three_columns(rows[:cut]) + "<p>（续表）</p>" + three_columns(rows[cut:])


def two_tables_one_header(rows: Sequence[Row]) -> str:
    cut = place_of(rows, "v2014.litigation.corrected")
    return three_columns(rows[:cut]) + "<p>（续表）</p>" + no_header(rows[cut:])


def side_by_side(rows: Sequence[Row]) -> str:
    half = (len(rows) + 1) // 2
    right = [cells(row) for row in rows[half:]] + [("", "", "")] * (2 * half - len(rows))
    head = print_row(("统计指标", "单位", "统计数") * 2)
    return print_table(
        [head, *(print_row((*cells(row), *other)) for row, other in zip(rows[:half], right, strict=True))]
    )


def group_column(rows: Sequence[Row]) -> str:
    """Print the five section headings as cells that span the rows of their section."""
    sections: list[list[Row]] = []
    for row in rows:
        if row.label[1:2] == "、" or not sections:
            sections.append([])  # 四 to 七 have figures of their own
        sections[-1].append(row)
    printed = []
    for section in sections:
        head, *rest = section
        if not head.heading:
            printed += [
                f"<tr><td colspan=2>{row.label}</td><td>{row.unit}</td><td>{row.value}</td></tr>"
                for row in section
            ]
            continue
        for at, row in enumerate(rest):
            group = f"<td rowspan={len(rest)}>{head.label}</td>" if at == 0 else ""
            printed.append(f"<tr>{group}<td>{row.label}</td><td>{row.unit}</td><td>{row.value}</td></tr>")
    return print_table(["<tr><td colspan=2>统计指标</td><td>单位</td><td>统计数</td></tr>", *printed])


def of_which_column(rows: Sequence[Row]) -> str:
    """Print 其中 in a cell of its own before the reasons of refusal."""
    printed = []
    reasons = [row.code for row in rows if row.code.startswith("v2014.reply.refused.")]
    for row in rows:
        if row.code in reasons:
            first = f"<td rowspan={len(reasons)}>其中</td>" if row.code == reasons[0] else ""
            label = row.label.removeprefix("其中：")
            printed.append(f"<tr>{first}<td>{label}</td><td>{row.unit}</td><td>{row.value}</td></tr>")
        else:
            printed.append(f"<tr><td colspan=2>{row.label}</td><td>{row.unit}</td><td>{row.value}</td></tr>")
    return print_table(["<tr><td colspan=2>统计指标</td><td>单位</td><td>统计数</td></tr>", *printed])


def nested_paragraphs(rows: Sequence[Row]) -> str:
    return print_table(
        [
            HEADER,
            *(
                print_row(
                    (
                        f"<p><span>&nbsp;&nbsp;<span>{row.label[:4]}</span><font>{row.label[4:]}</font></span></p>",
                        f"<p align=center>{row.unit}<o:p></o:p></p>",
                        f"<p><span>{row.value[:1]}</span><b>{row.value[1:]}</b></p><p>&nbsp;</p>",
                    )
                )
                for row in rows
            ),
        ]
    )


def one_character_a_line(rows: Sequence[Row]) -> str:
    return print_table([HEADER, *(print_row(("<br>".join(row.label), row.unit, row.value)) for row in rows)])


def broken_labels(rows: Sequence[Row]) -> str:
    return print_table(
        [
            HEADER,
            *(print_row((f"{row.label[:7]}<br/>\n {row.label[7:]}", row.unit, row.value)) for row in rows),
        ]
    )


def layout_tables(rows: Sequence[Row]) -> str:
    inner = three_columns(rows)
    menu = "<td><ul><li>首页</li><li>政府信息公开</li></ul></td>"
    return f"<table><tr>{menu}<td><table><tr><td>{inner}</td></tr></table></td></tr></table>"


def word_markup(rows: Sequence[Row]) -> str:
    def paragraph(text: str) -> str:
        return (
            "<p class=MsoNormal style='mso-pagination:widow-orphan'><span lang=EN-US style='font-family:仿宋'>"
            f"{text}<o:p></o:p></span></p>"
        )

    body = "".join(
        "<tr style='mso-yfti-irow:1'>"
        + "".join(f"<td valign=top>{paragraph(cell)}</td>" for cell in cells(row))
        + "</tr>"
        for row in rows
    )
    return (
        "<!--[if gte mso 9]><xml><w:WordDocument></w:WordDocument></xml><![endif]--><div class=Section1>"
        f"<table class=MsoNormalTable><![if !supportMisalignedColumns]><![endif]>{HEADER}{body}</table></div>"
    )


def excel_markup(rows: Sequence[Row]) -> str:
    body = "".join(
        f"<tr height=19><td class=xl65>{row.label}</td><td class=xl66>{row.unit}</td>"
        f"<td class=xl67 align=right x:num>{row.value}</td></tr>\n"
        for row in rows
    )
    return f"<table x:str border=0><col width=400 style='mso-width-source:userset'><col><col>{HEADER}{body}</table>"


def unclosed_tags(rows: Sequence[Row]) -> str:
    return "<TABLE BORDER=1>" + "".join(f"<TR><TD>{'<TD>'.join(cells(row))}\n" for row in rows) + "</TABLE>"


def full_width_digits(rows: Sequence[Row]) -> str:
    return three_columns([replace(row, value=row.value.translate(FULL_WIDTH)) for row in rows])


def thousands_commas(rows: Sequence[Row]) -> str:
    return three_columns(
        [replace(row, value=f"{int(row.value):,}" if row.value.isdecimal() else row.value) for row in rows]
    )


def padded_values(rows: Sequence[Row]) -> str:
    return three_columns([replace(row, value=f"&nbsp;\u3000{row.value} \n") for row in rows])


def printed_twice(rows: Sequence[Row]) -> str:
    return three_columns(rows) + "<p>附表</p>" + three_columns(rows)


def renumbered(number: Callable[[str, int], str]) -> Layout:
    """Return a layout with labels numbered in another way; `number` takes the old number and its rank."""

    def print_renumbered(rows: Sequence[Row]) -> str:
        changed = []
        for row in rows:
            match = NUMBERING.match(row.label)
            if match:
                mark = match[0].strip("（）、.")
                rank = NUMERALS.index(mark) + 1 if mark in NUMERALS else int(mark)
                changed.append(replace(row, label=number(match[0], rank) + row.label[match.end() :]))
            else:
                changed.append(row)
        return three_columns(changed)

    return print_renumbered


# Text without a grid


def paragraphs(rows: Sequence[Row]) -> str:
    return "".join(f"<p>{row.label}{row.unit}{row.value}</p>" for row in rows)


def div_rows(rows: Sequence[Row]) -> str:
    return "".join(
        f"<div class=tr><span>{row.label}</span> <span>{row.unit}</span> <span>{row.value}</span></div>"
        for row in rows
    )


def div_cells(rows: Sequence[Row]) -> str:
    head = "".join(f"<div>{text}</div>" for text in ("统计指标", "单位", "统计数"))
    return head + "".join(f"<div>{cell}</div>" for row in rows for cell in cells(row))


def a_table_each_row(rows: Sequence[Row]) -> str:
    return "".join(print_table([print_row(cells(row))]) for row in rows)


def glued(rows: Sequence[Row]) -> str:
    return "统计指标单位统计数\n" + "\n".join(row.label + row.unit + row.value for row in rows)


def glued_without_units(rows: Sequence[Row]) -> str:
    return "统计指标单位统计数\n" + "\n".join(row.label + row.value for row in rows)


def figure_then_unit(rows: Sequence[Row]) -> str:
    return "\n".join(row.label + row.value + row.unit * (not row.heading) for row in rows)


def parted_by(mark: str, ends: str = "") -> Layout:
    def print_parted(rows: Sequence[Row]) -> str:
        lines = [("统计指标", "单位", "统计数"), *(cells(row) for row in rows)]
        return "\n".join(f"{ends}{mark.join(line)}{ends}" for line in lines)

    return print_parted


def numbered_lines(rows: Sequence[Row]) -> str:
    return "\n".join(
        f"{number}　{row.label}　{row.unit}　{row.value}" for number, row in enumerate(rows, start=1)
    )


def cell_a_line(rows: Sequence[Row]) -> str:
    return "\n".join(
        cell for line in [("统计指标", "单位", "统计数"), *map(cells, rows)] for cell in line if cell
    )


def cell_a_line_with_gaps(rows: Sequence[Row]) -> str:
    return "\n\n".join(cell for line in [("统计指标", "单位", "统计数"), *map(cells, rows)] for cell in line)


def wrapped(width: int) -> Layout:
    """Return a layout in which a heading goes on on the next line, as in a narrow column."""

    def print_wrapped(rows: Sequence[Row]) -> str:
        lines = []
        for row in rows:
            size = max(width, -(-len(row.label) // 3))
            parts = [row.label[at : at + size] for at in range(0, len(row.label), size)] or [""]
            lines += [*parts[:-1], f"{parts[-1]} {row.unit} {row.value}"]
        return "\n".join(lines)

    return print_wrapped


def windows_lines(rows: Sequence[Row]) -> str:
    return glued(rows).replace("\n", "\r\n")


TABLES: dict[str, Layout] = {
    layout.__name__: layout
    for layout in (
        three_columns, no_header, number_column, number_column_without_header, no_unit_column, no_unit_column_no_header,
        units_in_cells, note_column, th_everywhere, th_labels, title_rows, spanning_headings, dashed_headings,
        two_header_rows, caption_and_sections, two_tables, two_tables_one_header, side_by_side, group_column,
        of_which_column, nested_paragraphs, one_character_a_line, broken_labels, layout_tables, word_markup,
        excel_markup, unclosed_tags, full_width_digits, thousands_commas, padded_values, printed_twice,
    )
}  # fmt: skip
TABLES |= {
    "half_width_brackets": renumbered(lambda old, _: old.replace("（", "(").replace("）", ")")),
    "numerals_with_comma": renumbered(lambda _, rank: f"{NUMERALS[rank - 1]}、"),
    "digits_with_point": renumbered(lambda _, rank: f"{rank}."),
    "digits_with_comma": renumbered(lambda _, rank: f"{rank}、"),
    "circled_digits": renumbered(lambda _, rank: chr(0x245F + rank)),
    "digits_in_brackets": renumbered(lambda _, rank: f"（{rank}）"),
    "no_numbering": renumbered(lambda _, __: ""),
}
# Text layouts that are pages, and those that are plain text.
TEXT_PAGES: dict[str, Layout] = {
    layout.__name__: layout for layout in (paragraphs, div_rows, div_cells, a_table_each_row)
}
TEXTS: dict[str, Layout] = {
    layout.__name__: layout
    for layout in (
        glued, glued_without_units, figure_then_unit, numbered_lines, cell_a_line, cell_a_line_with_gaps, windows_lines,
    )
}  # fmt: skip
TEXTS |= {
    "tabs": parted_by("\t"),
    "spaces": parted_by("    "),
    "pipes": parted_by(" | "),
    "pipes_around": parted_by(" | ", "|"),
    "wrapped_at_12": wrapped(12),
    "wrapped_at_20": wrapped(20),
}


def print_layout(name: str, rows: Sequence[Row]) -> bytes:
    """Return the bytes of a page or text with the rows in the layout of that name."""
    if name in TEXTS:
        return to_text(TEXTS[name](rows))
    return to_page((TABLES | TEXT_PAGES)[name](rows))
