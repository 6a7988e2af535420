"""Registering the deployments of `prefect.yaml`: by Prefect's own command, after a stricter look at the file.

Prefect takes a misspelt key for none at all and deploys without it, so every key is checked here first.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from flows.errors import RegistryError
from flows.registry import nearest

DEPLOYMENT_KEYS = (
    "name", "description", "version", "tags", "entrypoint", "parameters", "schedules", "work_pool", "concurrency_limit",
    "enforce_parameter_schema",
)  # fmt: skip
SCHEDULE_KEYS = ("cron", "timezone", "active", "slug", "parameters")
POOL_KEYS = ("name", "work_queue_name", "job_variables")
LIMIT_KEYS = ("limit", "collision_strategy")


def deploy_flows(root: Path) -> int:
    """Register every deployment of `root/prefect.yaml` and return the exit code.

    Needs a Prefect server; PREFECT_API_URL says which. Raises RegistryError for a file with a
    key that Prefect would pass over in silence.
    """
    path = root / "prefect.yaml"
    pools = sorted({each["work_pool"]["name"] for each in load_deployments(path)})
    environment = {**os.environ, "PYTHONPATH": str(root)}
    for pool in pools:
        command = ["--no-prompt", "work-pool", "create", pool, "--type", "process", "--overwrite"]
        subprocess.run([sys.executable, "-m", "prefect", *command], check=False, env=environment, cwd=root)
    command = ["--no-prompt", "deploy", "--all", "--prefect-file", str(path)]
    return subprocess.run(
        [sys.executable, "-m", "prefect", *command], check=False, env=environment, cwd=root
    ).returncode


def load_deployments(path: Path) -> list[Mapping[str, Any]]:
    """Return the deployments of a prefect.yaml; raise RegistryError for what Prefect would not understand."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RegistryError(
            f"{path}: {error}. Restore it with git.", f"{path}：{error}。请用 git 恢复。"
        ) from error
    deployments: list[Mapping[str, Any]] = content.get("deployments") or []
    for place, key, known in unknown_keys(deployments):
        close = nearest(key, known) or "-"
        raise RegistryError(
            f"{path}: {place}: unknown key '{key}', which Prefect would pass over in silence. Nearest: '{close}'.",
            f"{path}：{place}：未知键“{key}”，Prefect 会不作声地忽略它。最接近：“{close}”。",
        )
    return deployments


def unknown_keys(deployments: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield where a deployment has a key that is not one, the key, and the known ones."""
    for deployment in deployments:
        name = str(deployment.get("name", "?"))
        parts: list[tuple[Mapping[str, Any], tuple[str, ...]]] = [
            (deployment, DEPLOYMENT_KEYS),
            (deployment.get("work_pool") or {}, POOL_KEYS),
            (deployment.get("concurrency_limit") or {}, LIMIT_KEYS),
            *((schedule, SCHEDULE_KEYS) for schedule in deployment.get("schedules") or []),
        ]
        for part, known in parts:
            for key in part:
                if key not in known:
                    yield name, str(key), known
        for needed in ("name", "entrypoint", "work_pool"):
            if needed not in deployment:
                yield name, f"(no {needed})", DEPLOYMENT_KEYS
