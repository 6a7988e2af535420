"""The way from a contributed figure back to the person and the paper."""

from collections.abc import Iterator, Mapping

from flows.cells import format_amount
from flows.curate.build import Outcome
from flows.curate.contributions import Shelf
from flows.model import Capture, Observation
from flows.publish.terminal import capture_lines, check_lines
from flows.registry import Registry


def trace_given(
    registry: Registry,
    outcome: Outcome,
    observation: Observation,
    source: tuple[Shelf, Mapping[str, Capture]],
    lang: str,
) -> Iterator[str]:
    """Yield what stands behind a contributed figure: what it says, who transcribed it from what, its capture, its checks."""
    shelf, captures = source
    zh = lang == "zh"
    indicator = registry.indicators[observation.indicator_id]
    amount = observation.value.amount
    said = f"{format_amount(amount)} {observation.unit}" if amount is not None else observation.value.status
    report, label = outcome.report, indicator.label_zh if zh else indicator.label_en
    yield f"{report.body_id} {report.year} {report.scope}: {label} ({indicator.indicator_id}, {observation.applicant})"
    yield f"{'数值' if zh else 'value'}: {said}    reading: contribution"
    codes, _, place = observation.locator.removeprefix("contribution ").partition(": ")
    yield f"{'位置' if zh else 'place'}: {place or '-'}"
    for each in shelf.contributions:
        if each.contribution_id in codes.split():
            for row in each.evidence.values():
                second = (
                    f", {'复核' if zh else 'second reader'} {row['second_reader']}"
                    if row["second_reader"]
                    else ""
                )
                yield ""
                yield f"{'来稿' if zh else 'contribution'} {each.contribution_id}: {row['transcriber']}{second}, {row['transcribed_on']}"
                yield f"  {row['title']}"
                yield f"  {row['holder']}, {'所见' if zh else 'seen'} {row['date_seen']} {row['url']} {row['file']}".rstrip()
    yield ""
    yield from capture_lines(captures[observation.capture_id], lang)
    yield ""
    yield from check_lines(registry, outcome, f"{observation.indicator_id}|{observation.applicant}", lang)
