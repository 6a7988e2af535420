"""Make the capture set that ships in raw/: transcriptions typeset by the project, archived as what they are.

    python -m tests.raw_set [FOLDER]

test_raw_set.py makes it again and compares the bytes with what is committed.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from flows.harvest.archive import append_captures
from flows.harvest.warc import NewCapture
from flows.model import Capture

PAGES = Path(__file__).parent / "pages"
HUAIROU_2018 = NewCapture(
    body_id="110116",
    year=2018,
    scope="whole_area",
    kind="transcription",
    url="http://www.bjhr.gov.cn/zfxxgkzl/gknb/2018nb/qzfbm2018/201912/t20191229_2397538.html",
    captured_at=datetime(2026, 11, 22, tzinfo=UTC),
    media_type="text/html",
    payload=(PAGES / "huairou_2018.html").read_bytes(),
    source="gongkai, typeset from the text of the report as a reader's browser showed it",
)
# Read by people from a comparison of the city's PDFs for 2023 and 2024, which does not give their address.
SUQIAN_2024 = NewCapture(
    body_id="321300",
    year=2024,
    scope="whole_area",
    kind="transcription",
    url="",
    captured_at=datetime(2026, 11, 25, tzinfo=UTC),
    media_type="text/html",
    payload=(PAGES / "suqian_2024.html").read_bytes(),
    source="gongkai, typeset from the figures of the report as people read and checked them; its address is not known",
)


def write_raw_set(raw: Path) -> tuple[Capture, ...]:
    """Write the shipped captures into an empty folder and return them, oldest first."""
    return append_captures(raw, [HUAIROU_2018, SUQIAN_2024], [])


if __name__ == "__main__":
    write_raw_set(Path(sys.argv[1] if len(sys.argv) > 1 else "raw"))
