"""Write the lock files anew: exact versions with hashes, no download addresses.

python -m tests.lock
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet", "--no-annotate",
    "--no-emit-index-url", "--no-emit-find-links",
]  # fmt: skip
LOCKS = {
    "requirements.txt": ["--extra", "build"],
    "requirements-dev.txt": ["--extra", "build", "--extra", "dev", "--constraint", "requirements.txt"],
    "requirements-ocr.txt": ["--extra", "ocr", "--constraint", "requirements-dev.txt"],
}


def write_locks() -> None:
    """Resolve pyproject.toml into requirements.txt and, with the extras `dev` and `ocr`, into files of their own."""
    for target, more in LOCKS.items():
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            "pyproject.toml",
            *OPTIONS,
            *more,
            "-o",
            target,
        ]
        subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    write_locks()
