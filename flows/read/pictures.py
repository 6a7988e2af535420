"""Pictures of print to pages, by the optional extra `ocr`: it runs in a process of its own, under limits of its own.

What recognises characters needs OpenCV and an engine with models of 30 MB: more memory and time
than any other file may take, and nothing that a reader without pictures should load.
"""

import importlib.util
import json
import subprocess
import sys

from flows.errors import ReadError, Text
from flows.read.limits import PICTURE_MEMORY, PICTURE_SECONDS, too_much
from flows.read.pdfium import Char, Page

ENGINE = ("PIL", "cv2", "onnxruntime", "rapidocr")


def recognise_pages(data: bytes, name: str, what: Text) -> list[Page]:
    """Return what the pages of an image or a scanned PDF show, places in points of text ten points high.

    `what` says which of the two it is. Raises ReadError where the extra is not installed, where the file is broken or passes a limit.
    """
    if missing := find_missing():
        raise not_installed(name, what, missing)
    asked = json.dumps(name).encode() + b"\n" + data
    # The reading process stands under closer limits: the shell lifts that of address space before Python starts.
    command = f'ulimit -v {PICTURE_MEMORY // 1024} 2>/dev/null; exec "$0" -m flows.read.ocr'
    try:
        ran = subprocess.run(
            ["sh", "-c", command, sys.executable], input=asked, capture_output=True, check=False, timeout=PICTURE_SECONDS
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise too_much(
            name, f"over {PICTURE_SECONDS} s to recognise", f"文字识别超过 {PICTURE_SECONDS} 秒"
        ) from error
    if ran.returncode != 0:
        said = (ran.stderr.decode("utf-8", "ignore").strip().splitlines() or [f"exit {ran.returncode}"])[-1][
            :120
        ]
        raise too_much(name, f"text recognition ended: {said}", f"文字识别中止：{said}")
    answer = json.loads(ran.stdout)
    if "refused" in answer:
        raise ReadError(*answer["refused"])
    return [
        Page(
            [Char(*char) for char in page["chars"]],
            [(left, top, right, bottom) for left, top, right, bottom in page["boxes"]],
            1,
        )
        for page in answer["pages"]
    ]


def find_missing() -> list[str]:
    """Return the modules of the extra that are not installed."""
    return [module for module in ENGINE if importlib.util.find_spec(module) is None]


def not_installed(name: str, what: Text, missing: list[str]) -> ReadError:
    """Return the error for a picture without the extra that reads it."""
    return ReadError(
        f"{name}: {what.en}. It needs OCR (text recognition), which is not installed (no {', '.join(missing)}): run "
        "make ocr, or pip install '.[ocr]', in the folder of gongkai, or find the report in another format.",
        f"{name}：{what.zh}，需要 OCR（文字识别），尚未安装（缺少 {'、'.join(missing)}）：请在 gongkai 目录运行 "
        "make ocr 或 pip install '.[ocr]'，或寻找该报告的其他格式。",
    )
