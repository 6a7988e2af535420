"""The types of the codebook: indicators, the official forms with their tables and spellings, rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flows.formulas import Formula
from flows.model import Label

BALANCES = ("identity", "history", "area")  # the kinds of rules that are formulas


@dataclass(frozen=True)
class Indicator:
    """One row or cell of one official form."""

    indicator_id: str
    form: str
    order: int
    parent_id: str
    concept_id: str
    label_zh: str
    label_en: str
    unit: str
    measure_type: str
    by_applicant: bool
    origin: str

    @property
    def is_heading(self) -> bool:
        """Whether the row is a heading, which never has a figure."""
        return self.measure_type == "heading"


@dataclass(frozen=True, eq=False)
class FormTable:
    """One printed table of a form: what the spellings of its rows and columns mean, as codes."""

    name: str
    rows: Mapping[Label, tuple[str, ...]]
    columns: Mapping[Label, str]

    @cached_property
    def labels(self) -> frozenset[Label]:
        """The spellings of its rows and columns."""
        return frozenset(self.rows) | frozenset(self.columns)


@dataclass(frozen=True, eq=False)  # there is one of each: what is derived from it is kept by identity
class Form:
    """One official form: its years, its indicators in printed order, its tables with their spellings."""

    form: str
    first_year: int
    last_year: int | None
    name_en: str
    name_zh: str
    has_table: bool
    rows: tuple[Indicator, ...]
    tables: Mapping[str, FormTable]
    prose: tuple[tuple[str, str], ...]
    applicants: tuple[str, ...]

    def covers(self, year: int) -> bool:
        """Return whether the form was in force for reports on `year`."""
        return self.first_year <= year <= (self.last_year or year)

    @cached_property
    def values(self) -> tuple[Indicator, ...]:
        """The rows that can hold a figure."""
        return tuple(row for row in self.rows if not row.is_heading)

    @cached_property
    def cells(self) -> tuple[tuple[Indicator, str], ...]:
        """Every cell of the form that can hold a figure: its indicator and its kind of applicant."""
        return tuple(
            (row, applicant)
            for row in self.values
            for applicant in (self.applicants if row.by_applicant else ("total",))
        )

    @cached_property
    def row_spellings(self) -> Mapping[Label, tuple[Indicator, ...]]:
        """The indicators that the spellings of rows mean, over all tables of the form."""
        meant: dict[Label, list[Indicator]] = {}
        for table in self.tables.values():
            for label, codes in table.rows.items():
                meant.setdefault(label, []).extend(self.by_id[code] for code in codes if code in self.by_id)
        return {label: tuple(found) for label, found in meant.items() if found}

    @cached_property
    def row_labels(self) -> frozenset[Label]:
        """The spellings of rows that mean an indicator."""
        return frozenset(self.row_spellings)

    @cached_property
    def column_spellings(self) -> Mapping[Label, str]:
        """What the spellings of columns mean, over all tables of the form."""
        return {label: code for table in self.tables.values() for label, code in table.columns.items()}

    @cached_property
    def by_id(self) -> Mapping[str, Indicator]:
        """The rows by indicator code."""
        return {row.indicator_id: row for row in self.rows}

    def ancestors(self, indicator_id: str) -> tuple[str, ...]:
        """Return the codes above a row, nearest first."""
        found: list[str] = []
        parent = self.by_id[indicator_id].parent_id
        while parent:
            found.append(parent)
            parent = self.by_id[parent].parent_id if parent in self.by_id else ""
        return tuple(found)


@dataclass(frozen=True)
class Rule:
    """One rule that a report must hold, or a kind of trouble in reading one."""

    rule_id: str
    kind: str
    form: str
    severity: str
    finding_class: str
    formula: Formula | None
    first_year: int
    last_year: int
    threshold: float
    least: int
    description_en: str
    description_zh: str

    @property
    def is_balance(self) -> bool:
        """Whether its formula is held against the figures: of one report, of two years, or of a body and its offices."""
        return self.kind in BALANCES

    @property
    def is_alone(self) -> bool:
        """Whether one report is enough to tell if it holds."""
        return self.formula is not None and not any(term.whose for term in self.formula.terms)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the report's own figures that its formula is about."""
        return self.formula.codes if self.formula else ()
