"""The timeline in a browser, of a real swarm: each change within two seconds, and the same rows after a restart."""
import contextlib
import json
import os
import pathlib
import queue
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from processes import free_port

WEB = pathlib.Path(__file__).resolve().parents[1] / "web"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AT_MOST = 2.0  # seconds from the observation until it is on the screen


class Watcher:
    """A browser that has the page open; `tests/web/watch.mjs` says which rows appear."""

    def __init__(self, url):
        self.process = subprocess.Popen(["node", WEB / "watch.mjs", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines, self.rows = queue.Queue(), []
        threading.Thread(target=lambda: [self.lines.put(json.loads(line)) for line in self.process.stdout], daemon=True).start()
        self.wait_for(lambda line: "ready" in line)

    def wait_for(self, wanted, timeout=40):
        deadline = time.monotonic() + timeout
        while True:
            with contextlib.suppress(queue.Empty):
                line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
                if "title" in line:
                    self.rows.append(line)
                if wanted(line):
                    return line
            assert time.monotonic() < deadline, f"not on the page: {self.rows}"

    def row(self, color, *words):
        matches = lambda line: line.get("color") == color and all(word in line["title"] for word in words)  # noqa: E731
        known = next((row for row in self.rows if matches(row)), None)
        return known or self.wait_for(matches)

    def facts(self, title):
        self.process.stdin.write(title + "\n")
        self.process.stdin.flush()
        return self.wait_for(lambda line: "facts" in line)["facts"]

    def close(self):
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return json.load(answer)


@pytest.mark.skipif(not shutil.which("node") or not os.path.exists(CHROMIUM) or not (WEB / "node_modules").exists(),
                    reason="needs node, chromium and `npm ci --prefix tests/web`")
def test_each_change_is_on_the_page_at_once(start_rig, service, manager):
    url = f"http://127.0.0.1:{free_port()}/"
    rig = start_rig(manager, collector={"SWARMBELL_LOGS_LINES": "8"},
                    notifier={"SWARMBELL_WEB_LISTEN": url[7:-1], "SWARMBELL_WEB_EXTERNAL_URL": "https://bell.example.com/x/"})
    watcher = Watcher(url)
    try:
        name = service("--replicas", "1", "--update-monitor", "5s", "--update-failure-action", "pause", "--restart-max-attempts", "0",
                       command=["sleep", "1000"])
        shown = [watcher.row("green", f"Service {name} created")]
        manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "LOG_LEVEL=debug", name)
        shown.append(watcher.row("yellow", f"Service {name}"))
        shown.append(watcher.row("green", f"Service {name} update completed"))
        manager.docker("service", "update", "--detach", "--no-resolve-image", "--args", "sh -c 'echo no config; exit 3'", name)
        shown.append(watcher.row("red", f"Service {name} update paused"))
        facts = watcher.facts(f"Service {name} update paused")
        assert "no config" in facts and "Just before" in facts and "non-zero exit (3)" in facts and "Timeline" not in facts, facts
        manager.docker("service", "rollback", "--detach", name)
        shown.append(watcher.row("green", f"Service {name}", "roll"))
        late = {row["title"]: (row["shown"] - row["observed"]) / 1000 for row in shown}
        print("seconds until a row was shown:", late)
        assert max(late.values()) < AT_MOST, late
        for card in rig.expect("red", f"Service {name} update paused"):
            assert "https://bell.example.com/x/?row=" in json.dumps(card.body), card
    finally:
        watcher.close()

    before = get(url + "rows")["rows"]
    assert rig.notifier.terminate()[0] == 0
    rig.notifier.start()
    deadline = time.monotonic() + 20
    wanted = [(row["id"], row["title"], row["color"]) for row in before if row["kind"] in ("service", "task", "node")]
    while True:
        again = [(row["id"], row["title"], row["color"]) for row in get(url + "rows")["rows"]]
        if set(wanted) <= set(again):
            break
        assert time.monotonic() < deadline, (wanted, again)
        time.sleep(0.1)


def test_nothing_is_served_without_the_token(start_rig, manager):
    url = f"http://127.0.0.1:{free_port()}/"
    start_rig(manager, collector={"SWARMBELL_AUTH_TOKEN": "s3cret"},
              notifier={"SWARMBELL_WEB_LISTEN": url[7:-1], "SWARMBELL_AUTH_TOKEN": "s3cret"})
    for path in ("", "page.js", "rows", "row?id=x", "changes"):
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(url + path, **headers)
            assert refused.value.code == 401
    assert "rows" in get(url + "rows", Authorization="Bearer s3cret")
