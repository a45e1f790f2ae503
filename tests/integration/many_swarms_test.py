#!/usr/bin/python3
"""One notifier that follows 1,000 swarms and some collectors that are dead: many_swarms_test.py NOTIFIER MANY_FEEDS [COUNT]

Every change is told, soon, whatever the dead ones do; prints what the notifier needs for that.
"""
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

IDLE_SECONDS = 5
# How soon the last of as many changes must be told.
SOON_SECONDS = 10
ROUNDS = 3
# However many are followed: the notifier's own, gRPC's, of which more the more processors there are, and those that
# look for the reason why a collector is not reached.
MOST_THREADS = 32 + 4 * os.cpu_count()


class Notifier:
    def __init__(self, program, collectors, directory):
        self.out, self.log = pathlib.Path(directory, "cards"), pathlib.Path(directory, "log")
        env = {key: value for key, value in os.environ.items() if not key.startswith("SWARMBELL_")} | {
            "SWARMBELL_LISTEN": "127.0.0.1:0", "SWARMBELL_METRICS_LISTEN": "off", "SWARMBELL_COLLECTORS": ",".join(collectors),
            # Each change is a card of its own.
            "SWARMBELL_GROUPING_WINDOW": "0s", "SWARMBELL_GROUPING_DIGEST_OVER": "1000"}
        with open(self.out, "wb") as out, open(self.log, "wb") as log:
            self.process = subprocess.Popen([program], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=log)

    def wait(self, what, holds, seconds):
        began = time.monotonic()
        while not holds():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < began + seconds, f"{what}: not within {seconds} s\n{self.log.read_text()[-3000:]}"
            time.sleep(0.02)
        return time.monotonic() - began

    def following(self):
        return self.log.read_text(errors="replace").count("A feed is following")

    def told(self, mark):
        """The names of this mark that cards show, each as often as it is shown in a headline."""
        return re.findall(rf"Service ({mark}-\d+) ", self.out.read_text(errors="replace"))

    def cpu_seconds(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def status(self):
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        figures = {key: int(value.split()[0]) for key, value in (line.split(":", 1) for line in lines)
                   if key in ("Threads", "VmRSS", "RssAnon")}
        return {"threads": figures["Threads"], "resident": figures["VmRSS"], "own": figures["RssAnon"]}

    def footprint(self):
        files = len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))
        now = self.status()
        return f"{now['resident'] / 1024:.1f} MiB resident, {now['threads']} threads, {files} files"


def change_all(feeds, notifier, count, mark):
    """A change in every swarm at once; returns how long the last took."""
    for number in range(count):
        feeds.stdin.write(f"append {number} {mark}-{number}\n")
    feeds.stdin.flush()
    expected = {f"{mark}-{number}" for number in range(count)}
    took = notifier.wait(f"all of {mark} are told", lambda: set(notifier.told(mark)) >= expected, 3 * SOON_SECONDS)
    assert len(notifier.told(mark)) == count, "each once"
    return took


def main(program, many_feeds, count=1000):
    with tempfile.TemporaryDirectory(prefix="swarmbell-many-") as directory, \
            socket.create_server(("127.0.0.1", 0), backlog=8) as hung, socket.socket() as closed, \
            subprocess.Popen([many_feeds, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as feeds:
        closed.bind(("127.0.0.1", 0))
        ports = feeds.stdout.readline().split()
        dead = ["no-such-host.invalid:50051", f"127.0.0.1:{hung.getsockname()[1]}", f"127.0.0.1:{closed.getsockname()[1]}"]
        notifier = Notifier(program, dead + [f"127.0.0.1:{port}" for port in ports], directory)
        try:
            took = notifier.wait("all are followed", lambda: notifier.following() >= count, 60)
            print(f"{count} swarms followed after {took:.2f} s; {notifier.footprint()}")
            assert notifier.status()["threads"] <= MOST_THREADS, "threads for each collector"
            time.sleep(1)
            before = notifier.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            print(f"idle: {(notifier.cpu_seconds() - before) / IDLE_SECONDS * 100:.2f} % of a core")
            for number in range(ROUNDS):
                before = notifier.cpu_seconds()
                took = change_all(feeds, notifier, count, f"round{number}")
                spent = notifier.cpu_seconds() - before
                print(f"a change in each: all told after {took:.2f} s, {spent * 1000:.0f} ms of CPU; {notifier.footprint()}")
                assert took < SOON_SECONDS, "one dead collector delays the others"
                time.sleep(1)
                print(f"  a second later {1000 * (notifier.cpu_seconds() - before):.0f} ms")
        finally:
            notifier.process.terminate()
            began = time.monotonic()
            code = notifier.process.wait(20)
            feeds.stdin.close()
        print(f"ended {time.monotonic() - began:.2f} s after SIGTERM")
        assert code == 0, code


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:4]))
