"""compose/monitoring against a running pair: the metrics are well formed, every query of the dashboard finds data."""
import json
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from processes import ROOT, free_port

MONITORING = ROOT / "compose" / "monitoring"


def promtool(*args, text=None):
    program = shutil.which("promtool")
    assert program, "promtool is missing: apt-get install prometheus"
    done = subprocess.run([program, *map(str, args)], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stdout + done.stderr


def test_alert_rules_hold():
    promtool("check", "rules", MONITORING / "alerts.yml")
    promtool("test", "rules", MONITORING / "alerts_test.yml")
    promtool("check", "config", MONITORING / "prometheus.yml")


def scrape(program):
    with urllib.request.urlopen(f"http://127.0.0.1:{program.metrics_port}/metrics", timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture
def busy_rig(start_rig, manager, service):
    """A pair for which everything has happened once that the dashboard shows."""
    rig = start_rig(manager)
    name = service("--label", "mark=zero")
    rig.expect("green", f"Service {name} created")
    rig.slack.answer_next(503)
    rig.teams.answer_next(503)
    rig.mark()
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--label-add", "mark=one", name)
    rig.expect("blue", f"Service {name} labels changed")
    return rig


def test_metrics_are_well_formed(busy_rig):
    for program in (busy_rig.collector, busy_rig.notifier):
        promtool("check", "metrics", text=scrape(program))


class Prometheus:
    def __init__(self, directory, targets):
        self.port = free_port()
        jobs = [{"job_name": program.name, "static_configs": [{"targets": [f"127.0.0.1:{program.metrics_port}"]}]}
                for program in targets]
        config = pathlib.Path(directory) / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))  # JSON is YAML
        self._log = open(pathlib.Path(directory) / "prometheus.log", "wb")  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

    def query(self, expression):
        url = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        except OSError:
            return []  # not up yet

    def close(self):
        self._process.terminate()
        self._process.wait(10)
        self._log.close()


def dashboard_queries():
    """(panel, query) with what Grafana puts in for its own variables."""
    board = json.loads((MONITORING / "dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "30s").replace("$__range", "5m").replace("$swarm", ".*")


def test_every_query_of_the_dashboard_finds_data(busy_rig, tmp_path, service):
    prometheus = Prometheus(tmp_path, [busy_rig.collector, busy_rig.notifier])
    try:
        missing = dict.fromkeys(dashboard_queries())
        assert len(missing) > 20
        deadline = time.monotonic() + 40
        while missing:
            assert time.monotonic() < deadline, "no data for:\n" + "\n".join(map(str, missing))
            for key in list(missing):
                # A value that is no number draws nothing: a rate over nothing that happened.
                if any(row["value"][1] != "NaN" for row in prometheus.query(key[1])):
                    del missing[key]
            if missing:
                service("--label", "mark=more")  # something for the rates
                time.sleep(1)
    finally:
        prometheus.close()
