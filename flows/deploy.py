"""Registering the deployments of `prefect.yaml`: by Prefect's own command, after a stricter look at the file.

Prefect takes a misspelt key for none at all and deploys without it, so everything is checked here first.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import requests
import yaml

from flows.declared import nearest
from flows.errors import RegistryError, Text, UsageError

Part = Mapping[str, Any]

FILE_KEYS = ("name", "prefect-version", "pull", "deployments")  # pull: []: see prefect.yaml
DEPLOYMENT_KEYS = (
    "name", "description", "version", "tags", "entrypoint", "parameters", "schedules", "work_pool", "concurrency_limit",
    "enforce_parameter_schema",
)  # fmt: skip
SCHEDULE_KEYS = ("cron", "timezone", "active", "slug", "parameters")
POOL_KEYS = ("name", "work_queue_name", "job_variables")
LIMIT_KEYS = ("limit", "collision_strategy")
STRATEGIES = ("ENQUEUE", "CANCEL_NEW")
CRON_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
CRON_PART = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/[1-9]\d*)?", re.ASCII)


def deploy_flows(root: Path) -> int:
    """Register every deployment of `root/prefect.yaml` and return the exit code of Prefect.

    Raises RegistryError for what is wrong in the file, UsageError where no Prefect server is set
    or the one that is set does not answer. Registering again changes only what the file changed.
    """
    path = root / "prefect.yaml"
    deployments = load_deployments(path)
    pools = sorted({each["work_pool"]["name"] for each in deployments})
    api = find_server(root)
    check_server(api)
    for pool in pools:
        create_pool(root, api, pool)
    deployed = run_prefect(root, api, "deploy", "--all", "--prefect-file", str(path))
    if deployed.returncode:
        sys.stderr.write(deployed.stdout + deployed.stderr)
    else:
        names = ", ".join(each["name"] for each in deployments)
        sys.stdout.write(
            f"registered with {api}: {names}. Next: prefect worker start --pool {pools[0]}\n"
            f"已登记到 {api}：{names}。下一步：prefect worker start --pool {pools[0]}\n"
        )
    return deployed.returncode


def create_pool(root: Path, api: str, pool: str) -> None:
    """Create a work pool for processes; one that is there stays as its operator set it.

    No limit on the pool: a run whose worker was killed would hold it for ever, while the limit
    of a deployment is given back after five minutes (both measured with Prefect 3.8.8).
    """
    created = run_prefect(root, api, "work-pool", "create", pool, "--type", "process")
    if created.returncode and "already exists" not in created.stdout + created.stderr:
        sys.stderr.write(created.stdout + created.stderr)


def run_prefect(root: Path, api: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Prefect's own command in the folder of the project against one server, and return how it ended."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
    environment = {"DO_NOT_TRACK": "1", **os.environ, **({"PREFECT_API_URL": api} if api else {})}
    return subprocess.run(
        command,
        check=False,
        cwd=root,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )


def find_server(root: Path) -> str:
    """Return the address of the Prefect API that the environment or the active profile names.

    Raises UsageError where none does: Prefect would start a server of its own, forget it at the
    end, and the deployments with it.
    """
    if api := os.environ.get("PREFECT_API_URL", "").strip():
        return api
    shown = run_prefect(root, api, "config", "view", "--output", "json")
    settings = json.loads(shown.stdout)["settings"] if shown.returncode == 0 else []
    for setting in settings:
        if setting["name"] == "PREFECT_API_URL" and setting["value"]:
            return str(setting["value"])
    raise UsageError(
        "no Prefect server is set, by PREFECT_API_URL or by the active profile. Start one with: prefect server start; "
        "name it with: prefect config set PREFECT_API_URL=http://127.0.0.1:4200/api; then run gongkai deploy again.",
        "未设置 Prefect 服务器：PREFECT_API_URL 与当前 profile 均未指明。请用 prefect server start 启动，"
        "用 prefect config set PREFECT_API_URL=http://127.0.0.1:4200/api 设置，然后重新运行 gongkai deploy。",
    )


def check_server(api: str) -> None:
    """Raise UsageError unless something answers at the address of the Prefect API, and not with a web page."""
    try:
        answer = requests.get(f"{api.rstrip('/')}/health", timeout=10)
    except requests.RequestException as error:
        raise UsageError(
            f"{api}: the Prefect server does not answer ({type(error).__name__}). Start it with: prefect server start; "
            "or set PREFECT_API_URL to the one that runs.",
            f"{api}：Prefect 服务器没有响应（{type(error).__name__}）。请用 prefect server start 启动，"
            "或将 PREFECT_API_URL 设为正在运行的服务器。",
        ) from error
    if "text/html" in answer.headers.get("Content-Type", ""):
        raise UsageError(
            f"{api}: a web page answers there, expected the Prefect API. The address ends in /api: {api.rstrip('/')}/api",
            f"{api}：该处为网页，应为 Prefect API。网址应以 /api 结尾：{api.rstrip('/')}/api",
        )


def load_deployments(path: Path) -> list[Part]:
    """Return the deployments of a prefect.yaml; raise RegistryError naming everything that is wrong in it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RegistryError(
            f"{path}: cannot be read ({error}). Restore it with git; it stands in the folder of the project, which "
            "GONGKAI_HOME names where it is set.",
            f"{path}：无法读取（{error}）。请用 git 恢复；该文件位于项目文件夹中（如设置了 GONGKAI_HOME，即为其所指）。",
        ) from error
    if problems := list(check_file(content, path.parent)):
        raise RegistryError(
            f"{path}: {'; '.join(each.en for each in problems)}.",
            f"{path}：{'；'.join(each.zh for each in problems)}。",
        )
    deployments: list[Part] = content["deployments"]
    return deployments


def check_file(content: object, root: Path) -> Iterator[Text]:
    """Yield what is wrong in the content of a prefect.yaml whose entry points are modules below `root`."""
    yield from check_keys("prefect.yaml", content, FILE_KEYS, FILE_KEYS)
    deployments = content.get("deployments") if isinstance(content, dict) else None
    names: list[object] = []
    for at, deployment in enumerate(deployments if isinstance(deployments, list) else [], start=1):
        name = deployment.get("name", "?") if isinstance(deployment, dict) else "?"
        place = f"deployments[{at}] {name}"
        if name in names:
            yield Text(f"{place}: the name is there twice", f"{place}：名称重复")
        names.append(name)
        yield from check_deployment(place, deployment, root)
    if not names:
        yield Text("deployments: expected a list of at least one", "deployments：应为至少含一项的列表")


def check_deployment(place: str, deployment: object, root: Path) -> Iterator[Text]:
    """Yield what is wrong in one deployment: keys, work pool, limit, entry point, parameters, schedules."""
    needed = ("name", "description", "entrypoint", "work_pool", "concurrency_limit")
    yield from check_keys(place, deployment, DEPLOYMENT_KEYS, needed)
    if not isinstance(deployment, dict):
        return
    if "work_pool" in deployment:
        yield from check_keys(f"{place}: work_pool", deployment["work_pool"], POOL_KEYS, ("name",))
    if "concurrency_limit" in deployment:
        yield from check_limit(f"{place}: concurrency_limit", deployment["concurrency_limit"])
    schedules = [
        (f"{place}: schedules[{at}]", schedule)
        for at, schedule in enumerate(deployment.get("schedules") or [], start=1)
    ]
    for where, schedule in schedules:
        yield from check_schedule(where, schedule)
    module, _, name = str(deployment.get("entrypoint", "")).rpartition(".")
    flows = load_flows(root / f"{module.replace('.', '/')}.py")
    if name in flows:
        for where, part in ((place, deployment), *schedules):
            if isinstance(part, dict) and "parameters" in part:
                yield from check_keys(f"{where}: parameters", part["parameters"], flows[name], ())
    elif "entrypoint" in deployment:
        yield unknown(
            f"{place}: entrypoint", deployment["entrypoint"], [f"{module}.{each}" for each in flows]
        )


def check_keys(place: str, part: object, known: Collection[str], needed: Collection[str]) -> Iterator[Text]:
    """Yield what is wrong with the keys of one part: unknown, missing, or no keys at all."""
    if not isinstance(part, dict):
        yield Text(f"{place}: expected keys with values, found {part!r}", f"{place}：应为键值，实为 {part!r}")
        return
    for key in part:
        if key not in known:
            yield unknown(f"{place}: key", key, known)
    for key in needed:
        if key not in part or part[key] in (None, ""):
            yield Text(f"{place}: no '{key}'", f"{place}：缺少“{key}”")


def unknown(place: str, found: object, known: Collection[str]) -> Text:
    """Return the message for something that is not known, with the nearest that is."""
    close = nearest(str(found), known) or ", ".join(sorted(known)[:6]) or "-"
    return Text(
        f"{place} '{found}' is not known. Nearest: '{close}'", f"{place} “{found}”未知。最接近：“{close}”"
    )


def check_limit(place: str, limit: object) -> Iterator[Text]:
    """Yield what is wrong with how many runs of a deployment may go on at once."""
    yield from check_keys(place, limit, LIMIT_KEYS, LIMIT_KEYS)
    if isinstance(limit, dict) and limit.get("collision_strategy") not in (None, *STRATEGIES):
        yield unknown(f"{place}: collision_strategy", limit["collision_strategy"], STRATEGIES)
    if isinstance(limit, dict) and (type(limit.get("limit")) is not int or limit["limit"] < 1):
        found = limit.get("limit")
        yield Text(
            f"{place}: limit {found!r}, expected 1 or more", f"{place}：limit 为 {found!r}，应不小于 1"
        )


def check_schedule(place: str, schedule: object) -> Iterator[Text]:
    """Yield what is wrong with one schedule: its keys, its cron line, its time zone."""
    yield from check_keys(place, schedule, SCHEDULE_KEYS, ("cron", "timezone"))
    if not isinstance(schedule, dict):
        return
    if str(schedule.get("timezone", "UTC")) not in available_timezones():
        yield unknown(f"{place}: timezone", schedule["timezone"], available_timezones())
    if wrong := find_wrong_field(str(schedule.get("cron", ""))):
        cron = schedule.get("cron")
        example = "'17 2 * 1-4 *'"
        yield Text(
            f"{place}: cron '{cron}': {wrong} is wrong; expected five fields such as {example}",
            f"{place}：cron “{cron}”：{wrong} 有误；应为五段，如 {example}",
        )
    if not isinstance(schedule.get("active", True), bool):
        yield Text(f"{place}: active: expected true or false", f"{place}：active 应为 true 或 false")


def find_wrong_field(cron: str) -> str:
    """Return the name of the first field of a cron line that is wrong, or an empty text.

    >>> find_wrong_field("17 2 * 1-4 *"), find_wrong_field("17 25 * * *"), find_wrong_field("17 2 * *")
    ('', 'hour 25', '4 fields')
    """
    words = cron.split()
    if len(words) != len(CRON_FIELDS):
        return f"{len(words)} fields"
    for (name, (least, most)), word in zip(CRON_FIELDS.items(), words, strict=True):
        for part in word.split(","):
            match = CRON_PART.fullmatch(part)
            ends = [int(end) for end in match.groups() if end] if match else []
            if not match or ends != sorted(ends) or any(not least <= end <= most for end in ends):
                return f"{name} {word}"
    return ""


def load_flows(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the flows of a module with the names of their parameters, read without importing it."""
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: tuple(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(is_flow(each) for each in node.decorator_list)
    }


def is_flow(decorator: ast.expr) -> bool:
    """Return whether a decorator is `@flow` or `@flow(...)`."""
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(name, ast.Name) and name.id == "flow"
