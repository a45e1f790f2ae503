#!/usr/bin/python3
"""Clients in other languages against a real change feed: clients_test.py FEED_SERVER"""

import importlib.util
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import unittest

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"
PATIENCE = 30


class FeedServer:
    def __init__(self, port=0, token=""):
        self._process = subprocess.Popen([SERVER, str(port), token], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
        line = self._process.stdout.readline()
        self.port = int(line)

    def append(self, prefix, count):
        self._say(f"append {prefix} {count}")

    def reset(self):
        self._say("reset")

    def _say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self):
        self._process.kill()
        self.stop()

    def stop(self):
        self._process.stdin.close()
        self._close()

    def _close(self):
        self._process.wait(PATIENCE)
        self._process.stdout.close()


class Follow:
    """follow.py as a process; its two outputs are read line by line."""

    def __init__(self, port, *arguments, token=""):
        self._process = subprocess.Popen(
            ["/usr/bin/python3", CLIENTS / "follow.py", f"localhost:{port}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SWARMBELL_AUTH_TOKEN": token})
        self._lines = {"out": queue.Queue(), "err": queue.Queue()}
        self._threads = [threading.Thread(target=self._collect, args=(self._process.stdout, "out")),
                         threading.Thread(target=self._collect, args=(self._process.stderr, "err"))]
        for thread in self._threads:
            thread.start()

    def _collect(self, stream, name):
        with stream:
            for line in stream:
                self._lines[name].put(line.rstrip("\n"))

    def next(self):
        told = json.loads(self._lines["out"].get(timeout=PATIENCE))
        return told["event"]["event_id"] if "event" in told else told["gap"]

    def await_note(self, words):
        while True:
            line = self._lines["err"].get(timeout=PATIENCE)
            if words in line:
                return line

    def exit_code(self):
        code = self._process.wait(PATIENCE)
        self._join()
        return code

    def stop(self):
        self._process.kill()
        self._process.wait(PATIENCE)
        self._join()

    def _join(self):
        for thread in self._threads:
            thread.join(PATIENCE)


class FollowTest(unittest.TestCase):
    def serve(self, *arguments, **options):
        server = FeedServer(*arguments, **options)
        self.addCleanup(server.stop)
        return server

    def follow(self, *arguments, **options):
        follow = Follow(*arguments, **options)
        self.addCleanup(follow.stop)
        return follow

    def test_prints_changes_and_ends_after_enough(self):
        server = self.serve()
        server.append("a", 2)
        follow = self.follow(server.port, "--from-oldest", "--max-events", "3")
        self.assertEqual([follow.next(), follow.next()], ["a0", "a1"])
        server.append("b", 1)
        self.assertEqual(follow.next(), "b0")
        self.assertEqual(follow.exit_code(), 0)

    def test_filters(self):
        server = self.serve()
        follow = self.follow(server.port, "--change", "node_role_changed", "--kind", "node")
        follow.await_note("subscribed")
        server.append("a", 1)
        self.assertEqual(follow.next(), "a0")

    def test_subscribes_again_after_a_crash_and_tells_what_is_lost(self):
        first = FeedServer()
        follow = self.follow(first.port)
        follow.await_note("subscribed")
        first.append("a", 1)
        self.assertEqual(follow.next(), "a0")
        first.kill()
        follow.await_note("subscribing again")
        second = self.serve(first.port)
        second.append("b", 1)
        self.assertEqual([follow.next(), follow.next()], ["GAP_REASON_LOG_RESET", "b0"])

    def test_a_reset_is_told_and_followed(self):
        server = self.serve()
        follow = self.follow(server.port)
        follow.await_note("subscribed")
        server.reset()
        server.append("a", 1)
        self.assertEqual([follow.next(), follow.next()], ["GAP_REASON_LOG_RESET", "a0"])

    def test_token(self):
        server = self.serve(token="s3cret")
        server.append("a", 1)
        refused = self.follow(server.port, "--from-oldest")
        self.assertIn("no token", refused.await_note("UNAUTHENTICATED"))
        self.assertEqual(refused.exit_code(), 1)
        self.assertEqual(self.follow(server.port, "--from-oldest", token="s3cret").next(), "a0")


class ReflectionTest(unittest.TestCase):
    def check(self, port, **environment):
        result = subprocess.run([CLIENTS / "reflection_check.sh", f"localhost:{port}"], capture_output=True, text=True,
                                timeout=PATIENCE * 2, env={**os.environ, **environment}, check=False)
        if result.returncode == 77:
            self.skipTest(result.stderr.strip())
        return result

    def test_every_method_can_be_found_and_called(self):
        server = FeedServer(token="s3cret")
        self.addCleanup(server.stop)
        result = self.check(server.port, SWARMBELL_AUTH_TOKEN="s3cret")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for method in ("swarmbell.v1.ChangeFeedService/Subscribe streams",
                       "swarmbell.v1.ChangeFeedService/ListChanges code=0",
                       "swarmbell.v1.ChangeFeedService/GetSnapshotSummary code=0",
                       "grpc.health.v1.Health/Check code=0", "grpc.health.v1.Health/Watch streams"):
            self.assertIn("ok " + method, result.stdout)

    def test_the_check_finds_what_does_not_answer(self):
        server = FeedServer(token="s3cret")
        self.addCleanup(server.stop)
        result = self.check(server.port, SWARMBELL_AUTH_TOKEN="")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("FAILED swarmbell.v1.ChangeFeedService/ListChanges", result.stdout)
        self.assertIn("ok grpc.health.v1.Health/Check", result.stdout)


if __name__ == "__main__":
    if not importlib.util.find_spec("grpc") or not shutil.which("grpc_python_plugin"):
        print("python3-grpcio or grpc_python_plugin is not installed", file=sys.stderr)
        sys.exit(77)
    SERVER = sys.argv.pop(1)
    unittest.main()
