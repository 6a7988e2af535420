"""Printed tables as a Word document of before 2007, as LibreOffice saves one."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.portal.boxes import Sheet
from tests.portal.docx import print_docx
from tests.portal.layout import Layout
from tests.portal.truth import Truth

SECONDS = 120


def print_doc(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as a DOC; raises RuntimeError where LibreOffice is missing or fails."""
    return convert_to_doc(print_docx(truth, layout, sheets))


def find_office() -> str:
    """Return the path of LibreOffice, empty where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def convert_to_doc(data: bytes) -> bytes:
    """Return a DOCX as LibreOffice saves it in DOC."""
    with tempfile.TemporaryDirectory(prefix="gongkai-doc-") as folder:
        source = Path(folder) / "report.docx"
        source.write_bytes(data)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        words = [
            find_office(),
            "--headless",
            "--norestore",
            profile,
            "--convert-to",
            "doc",
            "--outdir",
            folder,
            str(source),
        ]
        said = subprocess.run(words, capture_output=True, check=False, timeout=SECONDS)
        converted = source.with_suffix(".doc")
        if not converted.is_file():
            raise RuntimeError(f"LibreOffice made no DOC: {said.stdout!r} {said.stderr!r}")
        return converted.read_bytes()
