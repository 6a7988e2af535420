"""What the gate finds: the places where a table breaks its schema, in the words of frictionless and of both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flows.errors import Text
from flows.publish.columns import Column, Source

LISTED = 1000  # breaches of a table listed one by one, as many as frictionless lists; all are counted
WORDS = {
    "type": Text("of type {}", "类型应为 {}"),
    "required": Text("a value", "应有值"),
    "pattern": Text("like {}", "应符合 {}"),
    "enum": Text("one of {}", "应为 {} 之一"),
    "categories": Text("one of the categories {}", "应为类别 {} 之一"),
    "minimum": Text("at least {}", "不小于 {}"),
    "maximum": Text("at most {}", "不大于 {}"),
    "exclusiveMinimum": Text("more than {}", "大于 {}"),
    "exclusiveMaximum": Text("less than {}", "小于 {}"),
    "minLength": Text("at least {} characters", "至少 {} 个字符"),
    "maxLength": Text("at most {} characters", "至多 {} 个字符"),
    "unique": Text("a value that no other row has", "应为其他行所无的值"),
    "key": Text("a key that no other row has", "应为其他行所无的主键"),
    "whole": Text("a key without a missing part", "主键各部分均应有值"),
    "reference": Text("a row that {} has", "{} 中应有此行"),
    "label": Text("column {}", "应为 {} 列"),
    "shape": Text("as many cells as columns", "单元格数应与列数相同"),
    "encoding": Text("text in UTF-8", "应为 UTF-8 文本"),
    "blank": Text("a row with values", "行内应有值"),
}


class Breach(NamedTuple):
    """One place where a table breaks its schema; `kind` is what frictionless calls it, rows count the header as 1."""

    resource: str
    kind: str
    row: int | None
    field: str
    rule: str
    found: str
    expected: str = ""

    def say(self) -> Text:
        """Return the breach in words."""
        words = WORDS[self.rule]
        at_en = f"{self.resource}: " + (f"row {self.row}, " if self.row else "")
        at_zh = f"{self.resource}：" + (f"第 {self.row} 行，" if self.row else "")
        return Text(
            f"{at_en}column {self.field or '-'}: {self.kind}: found '{self.found}', expected {words.en.format(self.expected)}",
            f"{at_zh}{self.field or '-'} 列：{self.kind}：现为“{self.found}”，{words.zh.format(self.expected)}",
        )


@dataclass
class Verdict:
    """What the gate found: how many rows it saw, how many breaches, and the first of each table."""

    rows: int = 0
    count: int = 0
    breaches: list[Breach] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """One table of a package: its schema and where its rows come from; a CSV file may have rows of another shape."""

    name: str
    schema: Mapping[str, Any]
    source: Source
    ragged: Source | None = None
    typed: bool = False


@dataclass
class Checked:
    """A table whose rows were seen: its columns by name, with the numbers of the values that keys need."""

    table: Table
    columns: Mapping[str, Column]
    listed: int = LISTED
    rows: int = 0
    count: int = 0
    breaches: list[Breach] = field(default_factory=list)

    def add(self, found: Breach, texts: Sequence[str], rows: Sequence[int]) -> None:
        """Count a breach in some rows and list the first of them."""
        self.count += len(rows)
        for row, text in zip(rows[: max(0, self.listed - len(self.breaches))], texts, strict=False):
            self.breaches.append(found._replace(row=int(row), found=text))
