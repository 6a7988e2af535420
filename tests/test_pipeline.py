"""The flows, with a real Prefect server and a real worker on this machine, and no network beyond it."""

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import frictionless
import pytest
import requests

from flows.errors import ReleaseError, Text, UsageError
from flows.model import Extraction
from flows.pipeline import conclude, find_folders, harvest_due, publish_all
from flows.registry import Registry
from tests.command import QUIET, ROOT, Ran, list_tree, run_script
from tests.contribute.files import filled, with_figure, write_files
from tests.contribute.test_accept import OLD
from tests.portal.city.serve import Served
from tests.portal.city.small import DAY
from tests.portal.city.verify import verify_package

PREFECT = [sys.executable, "-m", "prefect", "--no-prompt"]
SETTINGS = {
    "DO_NOT_TRACK": "1",
    "NO_PROXY": "*",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}
OTHER_HOST = "127.0.0.1:9"  # a registry with this host only can never be asked for a page outside


@dataclass(frozen=True)
class Server:
    """A Prefect server on a loopback port, with the environment that its clients need."""

    api: str
    env: Mapping[str, str]

    def ask(self, path: str, **body: Any) -> Any:
        """Return the server's answer to a POST with these contents; one that is busy is asked again, as Prefect's client does."""
        for wait in (1, 2, 4, 8, 0):
            answer = requests.post(f"{self.api}/{path}", json=body, timeout=30, proxies={"http": ""})
            if answer.status_code != 503:
                break
            time.sleep(wait)
        answer.raise_for_status()
        return answer.json()

    def deployment(self, name: str) -> Any:
        """Return the deployment of this name."""
        (found,) = self.ask("deployments/filter", deployments={"name": {"any_": [name]}})
        return found

    def run(self, name: str, **parameters: Any) -> Any:
        """Return the flow run of a deployment after it ended."""
        made = self.ask(
            f"deployments/{self.deployment(name)['id']}/create_flow_run",
            parameters=parameters,
            state={"type": "SCHEDULED"},
        )
        wait_until(lambda: self.state_of(made["id"]) in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), 60)
        (ended,) = self.ask("flow_runs/filter", flow_runs={"id": {"any_": [made["id"]]}})
        return ended

    def state_of(self, run: str) -> str:
        """Return the type of the state that a flow run is in."""
        (found,) = self.ask("flow_runs/filter", flow_runs={"id": {"any_": [run]}})
        return str(found["state_type"])

    def artifacts_of(self, run: str) -> dict[str, str]:
        """Return the contents of the artifacts of a flow run by their key."""
        found = self.ask("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
        return {each["key"]: each["data"] for each in found}


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    """Return as soon as something is so; fail after some seconds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.2)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started with a group of its own, and whatever it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Prefect server with a database of its own."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    api = f"http://127.0.0.1:{port}/api"
    env = {**QUIET, **SETTINGS, "PREFECT_HOME": str(home), "PREFECT_API_URL": api}
    command = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, cwd=home, stdout=log, stderr=log, start_new_session=True)

    def is_up() -> bool:
        assert process.poll() is None, (home / "server.log").read_text()
        try:
            return requests.get(f"{api}/health", timeout=5, proxies={"http": ""}).ok
        except requests.ConnectionError:
            return False

    try:
        wait_until(is_up, 120)
        yield Server(api, env)
    finally:
        end(process)


@pytest.fixture(scope="session")
def deployed(server: Server) -> Ran:
    """How `gongkai deploy` ended, the first time."""
    return run_script("deploy", env=server.env)


@pytest.fixture(scope="session")
def worker(server: Server, deployed: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A worker of the pool, in a folder that is not the project's; yields its log."""
    folder = tmp_path_factory.mktemp("worker")
    command = [*PREFECT, "worker", "start", "--pool", "gongkai"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=server.env, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    yield folder / "worker.log"
    end(process)


@pytest.fixture
def loopback_schemas(schemas: Path) -> Path:
    """A registry whose only report is on a port of this machine where nothing listens."""
    with (schemas / "hosts.csv").open("a", encoding="utf-8") as file:
        file.write(f"{OTHER_HOST},110101,portal,test\n")
    lists = (schemas / "platforms.csv").read_text(encoding="utf-8").splitlines()[0]
    (schemas / "platforms.csv").write_text(f"{lists}\n", encoding="utf-8")
    header = (schemas / "reports.csv").read_text(encoding="utf-8").splitlines()[0]
    row = f"110101,2015,whole_area,http://{OTHER_HOST}/report.html,,,test"
    (schemas / "reports.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    return schemas


def damage(raw: Path) -> None:
    """Turn a byte in every archived page."""
    (path,) = raw.glob("*.warc.gz")
    content = bytearray(path.read_bytes())
    with (raw / "index.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            content[int(row["offset"]) + 400] ^= 0xFF
    path.write_bytes(content)


def test_deploying_twice_leaves_each_deployment_once(server: Server, deployed: Ran, worker: Path) -> None:
    assert (deployed.code, run_script("deploy", env=server.env).code) == (0, 0), deployed.said
    assert f"registered with {server.api}: refresh, harvest, build, contributions, audit" in deployed.out
    found = server.ask("deployments/filter")
    assert sorted(each["name"] for each in found) == ["audit", "build", "contributions", "harvest", "refresh"]


def test_refresh_and_contributions_are_scheduled_at_night_in_beijing(server: Server, deployed: Ran) -> None:
    schedules = {each["slug"]: each for each in server.deployment("refresh")["schedules"]}
    assert {slug: each["schedule"]["cron"] for slug, each in schedules.items()} == {
        "season-daily": "17 2 * 1-4 *",
        "otherwise-weekly": "17 2 * 5-12 0",
    }
    assert {each["schedule"]["timezone"] for each in schedules.values()} == {"Asia/Shanghai"}
    assert all(each["active"] for each in schedules.values())
    (nightly,) = server.deployment("contributions")["schedules"]
    assert (nightly["schedule"]["cron"], nightly["schedule"]["timezone"]) == ("47 1 * * *", "Asia/Shanghai")
    (monthly,) = server.deployment("audit")["schedules"]
    assert (monthly["schedule"]["cron"], monthly["schedule"]["timezone"]) == ("17 5 1 * *", "Asia/Shanghai")
    assert server.deployment("harvest")["schedules"] == server.deployment("build")["schedules"] == []


@pytest.mark.parametrize("name", ["harvest", "build", "refresh", "contributions", "audit"])
def test_a_deployment_runs_once_at_a_time_and_holds_no_path_of_this_machine(
    server: Server, deployed: Ran, name: str
) -> None:
    found = server.deployment(name)
    assert found["global_concurrency_limit"]["limit"] == 1
    assert found["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert found["work_pool_name"] == "gongkai"
    assert str(ROOT) not in json.dumps(found)


def test_a_build_by_a_worker_publishes_and_a_damaged_archive_fails_and_leaves_the_package(
    server: Server, worker: Path, raw: Path, tmp_path: Path
) -> None:
    curated = tmp_path / "curated"
    built = server.run("build", raw=str(raw), curated=str(curated))
    assert built["state_type"] == "COMPLETED", worker.read_text()
    assert frictionless.validate(str(curated / "latest" / "datapackage.json")).valid
    shown = server.artifacts_of(built["id"])
    assert set(shown) == {"gongkai-summary", "gongkai-left-out", "gongkai-findings"}
    assert "Published package" in shown["gongkai-summary"]
    assert "已发布数据包" in shown["gongkai-summary"]
    assert json.loads(shown["gongkai-findings"])[0]["severity 级别"] == "error 错误"

    before = list_tree(curated)
    damage(raw)
    failed = server.run("build", raw=str(raw), curated=str(curated))
    assert failed["state_type"] == "FAILED", worker.read_text()
    assert "Left out 2: 110116 2018, 321300 2024." in failed["state"]["message"]
    assert "未收入 2 份：110116 2018, 321300 2024。" in failed["state"]["message"]
    left_out = json.loads(server.artifacts_of(failed["id"])["gongkai-left-out"])
    assert [(row["body 机关"], row["year 年度"]) for row in left_out] == [("110116", 2018), ("321300", 2024)]
    assert list_tree(curated) == before


def test_a_refresh_builds_after_a_failed_harvest_and_is_red_with_the_name_of_the_report(
    server: Server, worker: Path, loopback_schemas: Path, raw: Path, tmp_path: Path
) -> None:
    folders = {"schemas": loopback_schemas, "raw": raw, "curated": tmp_path / "curated"}
    ended = server.run("refresh", **{name: str(folder) for name, folder in folders.items()})
    assert ended["state_type"] == "FAILED", worker.read_text()
    english, chinese = ended["state"]["message"].split("published")
    assert "looked at 1 addresses: failed 1. Red are 1: 110101 2015." in english
    assert "查看网址 1 个：失败 1。失败 1 个：110101 2015。" in chinese
    assert "已发布" in chinese
    assert (tmp_path / "curated" / "latest" / "datapackage.json").exists()
    shown = server.artifacts_of(ended["id"])
    assert json.loads(shown["gongkai-harvest"])[0]["address 网址"] == f"http://{OTHER_HOST}/report.html"
    assert "asked 已请求" in worker.read_text()


def test_a_refresh_by_a_worker_harvests_a_simulated_portal_politely_and_publishes_what_it_printed(
    server: Server, worker: Path, town: tuple[Served, Path], tmp_path: Path
) -> None:
    served, registry = town
    folders = {"schemas": registry, "raw": tmp_path / "raw", "curated": tmp_path / "curated"}
    asked = {"body_id": "110116", "year": 2021, **{name: str(folder) for name, folder in folders.items()}}
    first = server.run("refresh", **asked)
    assert first["state_type"] == "COMPLETED", worker.read_text()
    looked_at = len([each for each in served.log if each.path != "/robots.txt"])
    assert 0 < looked_at < 12
    assert pressed(served, 2.0) == []
    shown = json.loads(server.artifacts_of(first["id"])["gongkai-harvest"])
    # What a page links is fetched with it: no address of its own.
    assert 0 < len(shown) <= looked_at
    assert {row["result 结果"] for row in shown} <= {"new 新存档", "unchanged 未变"}
    verified = verify_package(tmp_path / "curated" / "latest", served.city, DAY.date())
    assert verified.wrong == []
    assert verified.cells["right"] > 100

    requests_before, package = len(served.log), list_tree(tmp_path / "curated")
    again = server.run("refresh", **asked)
    assert again["state_type"] == "COMPLETED", worker.read_text()
    assert len(served.log) == requests_before
    assert list_tree(tmp_path / "curated") == package


def pressed(served: Served, pause: float) -> list[tuple[str, float]]:
    """Return the hosts that were asked twice within less than a pause, and after how long."""
    by_host: dict[str, list[float]] = {}
    for each in served.log:
        by_host.setdefault(each.host, []).append(each.at)
    pairs = [(host, later - at) for host, times in by_host.items() for at, later in pairwise(sorted(times))]
    return [(host, after) for host, after in pairs if after < pause - 0.05]


def test_contributions_by_a_worker_are_accepted_or_named_in_an_artifact(
    server: Server, worker: Path, raw: Path, registry: Registry, huairou: Extraction
) -> None:
    good = filled(registry, huairou, OLD)
    write_files(raw / "contributions" / "good", good)
    write_files(raw / "contributions" / "bad", with_figure(good, "v2014.reply.granted", figure="4O"))
    ended = server.run("contributions", raw=str(raw))
    assert ended["state_type"] == "FAILED", worker.read_text()
    assert "1 accepted (1 new), 1 refused. Refused for the first time: bad." in ended["state"]["message"]
    rows = json.loads(server.artifacts_of(ended["id"])["gongkai-contributions"])
    assert rows[0]["contribution 来稿"] == "bad"
    assert "'4O'" in rows[0]["message"]
    assert server.run("contributions", raw=str(raw))["state_type"] == "COMPLETED"


def test_an_audit_by_a_worker_is_red_where_a_bit_is_not_as_it_was_written(
    server: Server, worker: Path, raw: Path
) -> None:
    whole = server.run("audit", raw=str(raw))
    assert whole["state_type"] == "COMPLETED", worker.read_text()
    assert "whole. Files, records, captures, bytes: 1, 5, 2," in whole["state"]["message"]
    assert "完好" in whole["state"]["message"]
    damage(raw)
    ended = server.run("audit", raw=str(raw))
    assert ended["state_type"] == "FAILED", worker.read_text()
    assert "First: gongkai-00001.warc.gz offset " in ended["state"]["message"]
    assert len(json.loads(server.artifacts_of(ended["id"])["gongkai-audit"])) >= 2


def test_an_empty_folder_means_the_one_of_the_project() -> None:
    assert find_folders("", "/elsewhere") == (ROOT / "schemas", Path("/elsewhere"), ROOT / "curated")


def test_without_the_decorators_the_same_program_publishes(tmp_path: Path) -> None:
    source = (ROOT / "flows" / "pipeline.py").read_text(encoding="utf-8")
    plain, removed = re.subn(r"^@(flow|task)\(.*\)\n", "", source, flags=re.MULTILINE)
    assert (removed, "\n@" in plain) == (9, False)
    module: dict[str, Any] = {"__name__": "plain", "__file__": str(ROOT / "flows" / "pipeline.py")}
    exec(plain, module)
    assert module["build"](curated=str(tmp_path)).is_completed()
    assert (tmp_path / "latest" / "datapackage.json").exists()


def test_a_step_that_fails_is_said_and_stops_no_other() -> None:
    def fail() -> Text:
        raise ReleaseError("no room", "没有空间")

    state = conclude(fail, lambda: Text("done", "完成"))
    assert state.is_failed()
    assert state.message == "no room\ndone\n没有空间\n完成"
    assert conclude(lambda: Text("done", "完成")).is_completed()


def test_a_report_that_is_left_out_is_named_after_the_rest_is_published(raw: Path, tmp_path: Path) -> None:
    index = (raw / "index.csv").read_text(encoding="utf-8")
    wrong = index.splitlines()[1].replace("33b5fd04d4d4aa5a,110116,2018", "0000000000000000,110116,2017")
    (raw / "index.csv").write_text(f"{index}{wrong}\n", encoding="utf-8")
    with pytest.raises(ReleaseError) as caught:
        publish_all.fn(ROOT / "schemas", raw, tmp_path / "curated")
    assert "reports: 2. Left out 1: 110116 2017." in caught.value.text.en
    assert (tmp_path / "curated" / "latest" / "datapackage.json").exists()


def test_a_release_that_a_gate_refuses_is_red_with_its_reasons(raw: Path, tmp_path: Path) -> None:
    curated = tmp_path / "curated"
    whole = (raw / "index.csv").read_text(encoding="utf-8")
    publish_all.fn(ROOT / "schemas", raw, curated)
    (raw / "index.csv").write_text("".join(whole.splitlines(keepends=True)[:-1]), encoding="utf-8")
    before = list_tree(curated)
    state = conclude(lambda: publish_all.fn(ROOT / "schemas", raw, curated))
    assert state.is_failed()
    message = str(state.message)
    assert "capture_lost: 1 captures of the last release are not in the archive any more" in message
    assert "report_lost: 321300 2024 whole_area: was published, is not any more" in message
    assert "report_lost：321300 2024 whole_area：曾发布，现无" in message
    assert list_tree(curated) == before


def test_findings_of_the_source_do_not_fail_a_build(tmp_path: Path) -> None:
    said = publish_all.fn(ROOT / "schemas", ROOT / "raw", tmp_path / "curated")
    assert said.en.startswith("published ")


def test_a_bad_registry_fails_with_its_own_message(schemas: Path, tmp_path: Path) -> None:
    (schemas / "rules.csv").unlink()
    for task in (
        lambda: publish_all.fn(schemas, ROOT / "raw", tmp_path),
        lambda: harvest_due.fn(schemas, tmp_path),
    ):
        state = conclude(task)
        assert state.is_failed()
        assert "rules.csv: the file is missing" in str(state.message)


def test_a_folder_that_cannot_be_written_fails_with_our_own_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state = conclude(
        lambda: publish_all.fn(ROOT / "schemas", ROOT / "raw", tmp_path / "file" / "curated"),
        lambda: harvest_due.fn(ROOT / "schemas", tmp_path / ("long" * 99)),
    )
    assert state.is_failed()
    message = str(state.message)
    assert "curated: cannot be written (Not a directory)" in message
    assert "long: cannot be written (File name too long)" in message
    assert message.count("请腾出空间或修正权限后重试") == 2


@pytest.mark.parametrize(("body_id", "year"), [("110199", None), ("110101", 2007), ("", 2199)])
def test_a_report_that_nobody_owes_is_refused(tmp_path: Path, body_id: str, year: int | None) -> None:
    with pytest.raises(UsageError, match="no report is expected of"):
        harvest_due.fn(ROOT / "schemas", tmp_path, body_id, year)
