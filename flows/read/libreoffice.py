"""Old documents through LibreOffice: converted to DOCX, within limits, without macros and without the network."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from flows.cells import clean_text
from flows.errors import ReadError
from flows.read.limits import OFFICE_MEMORY, OFFICE_SECONDS, OFFICE_WRITTEN, too_much

# No macros, and no picture from an address: the network ends at raw/.
OFFICE_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetProxyType" oor:op="fuse"><value>2</value></prop>
<prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop>
<prop oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPSProxyPort" oor:op="fuse"><value>9</value></prop></item>
</oor:items>
"""
_one_at_a_time = threading.Lock()


def convert_to_docx(data: bytes, name: str, ending: str) -> bytes:
    """Return the file as LibreOffice saves it in DOCX: one at a time, in a folder that goes, within a time limit.

    `ending` is that of the file's kind, such as `doc`. Raises ReadError where LibreOffice is
    missing, fails or takes too long.
    """
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        kind = ending.upper()
        raise ReadError(
            f"{name}: {kind} can be read only where LibreOffice is installed (Debian: libreoffice-writer-nogui). "
            "Install it, or save the report as DOCX.",
            f"{name}：读取 {kind} 需要安装 LibreOffice（Debian：libreoffice-writer-nogui）。请安装，或将报告另存为 DOCX。",
        )
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="gongkai-") as folder:
        source, profile = Path(folder) / f"report.{ending}", Path(folder) / "profile" / "user"
        source.write_bytes(data)
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(OFFICE_SETTINGS, encoding="utf-8")
        said = run_office(office, source, name)
        converted = source.with_suffix(".docx")
        if not converted.is_file():
            raise ReadError(
                f"{name}: LibreOffice could not convert it ({said or 'it said nothing'}); it may be damaged or "
                "locked with a password. Open it, and save the report as DOCX.",
                f"{name}：LibreOffice 无法转换（{said or '无输出'}），文件可能已损坏或设有密码。请打开后将报告另存为 DOCX。",
            )
        return converted.read_bytes()


def run_office(office: str, source: Path, name: str) -> str:
    """Return the last line that LibreOffice says while it converts a file; its whole process group ends here."""
    limits = (
        f"ulimit -v {OFFICE_MEMORY // 1024}; ulimit -t {OFFICE_SECONDS}; ulimit -f {OFFICE_WRITTEN // 512}"
    )
    words = [
        "/bin/sh", "-c", f'{limits}; exec "$0" "$@"', office, "--headless", "--norestore",
        f"-env:UserInstallation={(source.parent / 'profile').as_uri()}",
        "--convert-to", "docx", "--outdir", str(source.parent), str(source),
    ]  # fmt: skip
    with subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        cwd=source.parent, env={"PATH": os.environ["PATH"], "HOME": str(source.parent), "LC_ALL": "C.UTF-8"},
    ) as running:  # fmt: skip
        try:
            said, _ = running.communicate(timeout=OFFICE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise too_much(
                name,
                f"LibreOffice needs over {OFFICE_SECONDS} s for it",
                f"LibreOffice 转换超过 {OFFICE_SECONDS} 秒",
            ) from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
    return clean_text(said.decode("utf-8", "ignore").strip().rpartition("\n")[2])
