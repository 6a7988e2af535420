"""The engine that finds and recognises lines of print, its models read from its own wheel: nothing is downloaded.

Loaded only where the extra `ocr` is installed. The classifier that turns text upright stays off:
it takes 98 for 86 and 99 for 66 upside down, and says nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rapidocr
from rapidocr.ch_ppocr_rec import TextRecInput

from flows.read.drawn import Box
from flows.read.raster import Pixels

BAND = 1_400  # dots: so much of a page is looked at in one piece
LAP = 40  # dots that two bands share, more than a line is high
WIDTH = 800  # dots: so wide a page is looked at for its text


class Found(NamedTuple):
    """What a strip says, and how sure the engine is of each character, from 0 to 1."""

    text: str
    sure: tuple[float, ...]


@lru_cache(1)
def load_engine() -> tuple[Any, Any]:
    """Return the detector of text and the recogniser."""
    models = Path(rapidocr.__file__).parent / "models"
    engine = rapidocr.RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "error",
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "Det.limit_side_len": 32,
            # One thread: the same sums in the same order everywhere, and a core for each reader.
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    detector, recogniser = engine._load_det_model(), engine._load_rec_model()  # type: ignore[no-untyped-call]
    recogniser.rec_image_shape = [3, 48, 64]  # short strips, as figures are, are not stretched with blanks
    return detector, recogniser


def find_text(grey: Pixels) -> list[Box]:
    """Return the boxes of lines of text, in dots."""
    scale = min(1.0, WIDTH / grey.shape[1])
    small = cv2.cvtColor(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR
    )
    boxes: list[Box] = []
    for top in range(0, small.shape[0], BAND):
        first = max(0, top - LAP)
        part = np.ascontiguousarray(small[first : top + BAND + LAP])
        if min(part.shape[:2]) < 16:
            continue
        found = load_engine()[0](part).boxes
        for corners in () if found is None else found:
            (left, upper), (right, lower) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            if top <= (upper + lower) / 2 + first < top + BAND:
                boxes.append((left / scale, (upper + first) / scale, right / scale, (lower + first) / scale))
    return boxes


def recognise(pictures: Sequence[Pixels]) -> list[Found]:
    """Return what strips say; of strips that are alike to the dot, as many zeros of a clean page are, one is looked at."""
    keys = [(picture.shape, picture.tobytes()) for picture in pictures]
    alone = dict(zip(keys, pictures, strict=True))
    if not alone:
        return []
    out = load_engine()[1](TextRecInput(img=list(alone.values()), return_word_box=True))
    found = {
        key: Found(text, tuple(word.confs))
        for key, text, word in zip(alone, out.txts, out.word_results, strict=True)
    }
    return [found[key] for key in keys]
