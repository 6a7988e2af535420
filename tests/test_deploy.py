"""`gongkai deploy`: what is wrong in prefect.yaml is refused with its place; without a server it says what to do."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from flows.deploy import deploy_flows, find_wrong_field, load_deployments, load_flows
from flows.errors import RegistryError, UsageError
from tests.command import ROOT, run_script

REAL = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
MUTANTS = {
    "a misspelt work pool": ("    work_pool: *pool", "    workpool: *pool", "deployments[2] harvest: key 'workpool'", "work_pool"),
    "a misspelt key at the top": ("name: gongkai\n", "nam: gongkai\n", "prefect.yaml: key 'nam'", "name"),
    "a misspelt key of a schedule": ("timezone: Asia", "time_zone: Asia", "refresh: schedules[1]: key 'time_zone'", "timezone"),
    "a misspelt key of the pool": ("      job_variables", "      job_vars", "refresh: work_pool: key 'job_vars'", "job_variables"),
    "a misspelt key of the limit": ("      limit: 1", "      limits: 1", "refresh: concurrency_limit: key 'limits'", "limit"),
    "an unknown parameter": (
        "    entrypoint: flows.pipeline.harvest", "    entrypoint: flows.pipeline.harvest\n    parameters: {body: '110116'}",
        "harvest: parameters: key 'body'", "body_id",
    ),
    "an unknown parameter of a schedule": (
        "        active: true", "        active: true\n        parameters: {yaer: 2024}",
        "refresh: schedules[1]: parameters: key 'yaer'", "year",
    ),
    "a flow that is not there": ("pipeline.build", "pipeline.bild", "build: entrypoint 'flows.pipeline.bild'", "flows.pipeline.build"),
    "a function that is no flow": ("pipeline.build", "pipeline.conclude", "entrypoint 'flows.pipeline.conclude'", "flows.pipeline."),
    "a module that is not there": ("pipeline.build", "pipelines.build", "build: entrypoint 'flows.pipelines.build'", ""),
    "a path for a module": ("flows.pipeline.build", "flows/pipeline.py:build", "entrypoint 'flows/pipeline.py:build'", ""),
    "a cron line that is too short": ('"17 2 * 1-4 *"', '"17 2 * *"', "refresh: schedules[1]: cron '17 2 * *': 4 fields", ""),
    "an hour that no day has": ('"17 2 * 1-4 *"', '"17 26 * 1-4 *"', "schedules[1]: cron '17 26 * 1-4 *': hour 26", ""),
    "a time zone that is not there": ("Asia/Shanghai", "Asia/Shanghia", "schedules[1]: timezone 'Asia/Shanghia'", "Asia/Shanghai"),
    "a schedule without its time zone": ("        timezone: Asia/Shanghai\n", "", "refresh: schedules[1]: no 'timezone'", ""),
    "a deployment without a name": ("  - name: harvest\n    desc", "  - desc", "deployments[2] ?: no 'name'", ""),
    "a name that is there twice": ("- name: harvest", "- name: refresh", "deployments[2] refresh: the name is there twice", ""),
    "a pool without a name": ("      name: gongkai\n", "", "refresh: work_pool: no 'name'", ""),
    "a text for a pool": ("work_pool: *pool", "work_pool: gongkai", "harvest: work_pool: expected keys with values", ""),
    "an unknown strategy": ("ENQUEUE", "QUEUE", "concurrency_limit: collision_strategy 'QUEUE'", "ENQUEUE"),
    "a limit of none": ("limit: 1", "limit: 0", "refresh: concurrency_limit: limit 0, expected 1 or more", ""),
    "an active that is a text": ("active: true", "active: 'yes'", "refresh: schedules[1]: active", ""),
    "a pull step of this machine": ("pull: []", "pull: null", "prefect.yaml: no 'pull'", ""),
    "no deployments": (REAL[REAL.index("deployments:") :], "deployments: []\n", "deployments: expected a list", ""),
    "no keys at all": (REAL, "- a list\n", "prefect.yaml: expected keys with values", ""),
    "a file that is no YAML": ("pull: []", "pull: [", "cannot be read", ""),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder of its own, with our flows and a prefect.yaml to change."""
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    (tmp_path / "prefect.yaml").write_text(REAL, encoding="utf-8")
    return tmp_path


@pytest.fixture
def web_page() -> Iterator[str]:
    """The address of a server that answers everything with a web page, as Prefect's own does outside /api."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><title>Prefect</title>")

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_prefect_yaml_of_the_project_is_accepted() -> None:
    assert [each["name"] for each in load_deployments(ROOT / "prefect.yaml")] == [
        "refresh",
        "harvest",
        "build",
        "contributions",
        "audit",
    ]


def test_every_deployment_is_described_in_both_languages() -> None:
    for deployment in load_deployments(ROOT / "prefect.yaml"):
        english, chinese = deployment["description"].split(" / ")
        assert english.isascii()
        assert not chinese.isascii()


def test_prefect_yaml_names_the_prefect_that_is_installed() -> None:
    assert yaml.safe_load(REAL)["prefect-version"] == version("prefect")


def test_prefect_yaml_holds_no_path_of_a_machine() -> None:
    assert str(ROOT) not in REAL


def test_a_deployment_needs_no_parameter_to_run() -> None:
    assert all("parameters" not in each for each in load_deployments(ROOT / "prefect.yaml"))
    assert load_flows(ROOT / "flows" / "pipeline.py")["build"] == ("schemas", "raw", "curated")


@pytest.mark.parametrize(("old", "new", "said", "close"), MUTANTS.values(), ids=MUTANTS)
def test_what_is_wrong_is_refused_with_its_place_and_the_nearest_key(
    project: Path, old: str, new: str, said: str, close: str
) -> None:
    assert old in REAL
    path = project / "prefect.yaml"
    path.write_text(REAL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_deployments(path)
    assert said in caught.value.text.en
    assert close in caught.value.text.en.partition(said)[2]
    assert f"{path}：" in caught.value.text.zh


def test_everything_that_is_wrong_is_said_at_once(project: Path) -> None:
    path = project / "prefect.yaml"
    path.write_text(
        REAL.replace("work_pool: *pool", "workpool: *pool").replace("ENQUEUE", "QUEUE"), encoding="utf-8"
    )
    with pytest.raises(RegistryError) as caught:
        load_deployments(path)
    for said in ("harvest: key 'workpool'", "harvest: no 'work_pool'", "build: key 'workpool'", "'QUEUE'"):
        assert said in caught.value.text.en


@pytest.mark.parametrize(
    "cron", ["0 0 1 1 0", "*/5 * * * *", "17 2 * 1-4 *", "0,30 2-4 1,15 */3 1-5", "59 23 31 12 7"]
)
def test_a_cron_line_that_prefect_takes_is_taken(cron: str) -> None:
    assert find_wrong_field(cron) == ""


@pytest.mark.parametrize(
    "cron", ["", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * 9-3 * *", "*/0 * * * *", "a * * * *",
             "* * * * * *", "1,,2 * * * *", "-1 * * * *", "² * * * *"],
)  # fmt: skip
def test_a_cron_line_that_prefect_does_not_take_is_refused(cron: str) -> None:
    assert find_wrong_field(cron) != ""


def test_a_wrong_file_is_refused_before_any_server_is_asked(project: Path) -> None:
    text = REAL.replace("work_pool: *pool", "workpool: *pool")
    (project / "prefect.yaml").write_text(text, encoding="utf-8")
    ran = run_script(
        "deploy", env={"GONGKAI_HOME": str(project), "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    )
    assert ran.code == 1
    assert "key 'workpool' is not known. Nearest: 'work_pool'" in ran.err


def test_a_folder_without_prefect_yaml_is_refused(tmp_path: Path) -> None:
    ran = run_script("deploy", env={"GONGKAI_HOME": str(tmp_path)})
    assert ran.code == 1
    assert f"{tmp_path}/prefect.yaml: cannot be read" in ran.err


def test_without_a_server_it_says_in_both_languages_how_to_start_one_and_starts_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    with pytest.raises(UsageError) as caught:
        deploy_flows(ROOT)
    assert "no Prefect server is set" in caught.value.text.en
    assert "未设置 Prefect 服务器" in caught.value.text.zh
    assert all("prefect server start" in text for text in caught.value.text)
    assert not list(tmp_path.rglob("*.db*"))


def test_the_server_of_the_active_profile_is_used(tmp_path: Path) -> None:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text('active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n')
    ran = run_script("deploy", env={"PREFECT_HOME": str(tmp_path), "PREFECT_PROFILES_PATH": str(profiles)})
    assert ran.code == 2
    assert "http://127.0.0.1:9/api: the Prefect server does not answer" in ran.err


def test_a_web_page_in_place_of_the_server_is_told_from_it(tmp_path: Path, web_page: str) -> None:
    ran = run_script("deploy", env={"PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": web_page})
    assert ran.code == 2
    assert f"The address ends in /api: {web_page}/api" in ran.err
