#!/usr/bin/python3
"""The examples, and clients that know no protos, against a real change feed: clients_test.py FEED_SERVER"""

import importlib.util
import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "clients"
EXAMPLES = ROOT / "examples"
GO_LIBRARIES = (pathlib.Path("/usr/share/gocode/src/google.golang.org/grpc"),
                pathlib.Path("/usr/share/doc/golang-github-golang-protobuf-1-5-dev"))  # not 1.3
PATIENCE = 30


class FeedServer:
    def __init__(self, port=0, token="", certificates=None):
        arguments = [str(port), token] + ([certificates] if certificates else [])
        self._process = subprocess.Popen([SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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
    """An example as a process; its two outputs are read line by line."""

    def __init__(self, command, port, *arguments, token=""):
        self._process = subprocess.Popen(
            [*command, *arguments, f"localhost:{port}"],
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
            if words.lower() in line.lower():
                return line

    def silent(self, seconds=0.2):
        try:
            return not self._lines["out"].get(timeout=seconds)
        except queue.Empty:
            return True

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


class Clients:
    """The behaviour of every example, in any language."""

    command = ()

    def serve(self, *arguments, **options):
        server = FeedServer(*arguments, **options)
        self.addCleanup(server.stop)
        return server

    def follow(self, *arguments, **options):
        follow = Follow(self.command, *arguments, **options)
        self.addCleanup(follow.stop)
        return follow

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="swarmbell-clients-")
        self.addCleanup(folder.cleanup)
        return folder.name

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
        other = self.follow(server.port, "--kind", "service", "--max-events", "1")
        for one in (follow, other):
            one.await_note("subscribed")
        server.append("a", 1)
        self.assertEqual(follow.next(), "a0")
        self.assertTrue(other.silent())

    def test_goes_on_where_its_cursor_file_says(self):
        server, file = self.serve(), self.folder() + "/cursor"
        server.append("a", 2)
        for prefix in ("a", "b"):
            follow = self.follow(server.port, "--from-oldest", "--cursor-file", file, "--max-events", "2")
            self.assertEqual([follow.next(), follow.next()], [prefix + "0", prefix + "1"])
            self.assertEqual(follow.exit_code(), 0)
            server.append("b", 2)

    def test_goes_on_where_the_collector_says(self):
        server = self.serve()
        server.append("a", 2)
        for prefix in ("a", "b"):
            follow = self.follow(server.port, "--from-oldest", "--subscription", "mine", "--max-events", "2")
            self.assertEqual([follow.next(), follow.next()], [prefix + "0", prefix + "1"])
            self.assertEqual(follow.exit_code(), 0)
            server.append("b", 2)

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

    def test_certificates_and_token(self):
        folder = self.folder() + "/certificates"
        subprocess.run([ROOT / "compose" / "certificates.sh", folder, "localhost"], check=True, capture_output=True)
        server = self.serve(token=pathlib.Path(folder, "token").read_text(encoding="ascii").strip(), certificates=folder)
        server.append("a", 1)
        tls = ["--ca", folder + "/ca.crt", "--cert", folder + "/client.crt", "--key", folder + "/client.key"]
        refused = self.follow(server.port, "--from-oldest", *tls)
        self.assertIn("no token", refused.await_note("unauthenticated"))
        self.assertEqual(refused.exit_code(), 1)
        self.follow(server.port, "--from-oldest", "--ca", folder + "/ca.crt").await_note("subscribing again")
        let_in = self.follow(server.port, "--from-oldest", *tls, "--token-file", folder + "/token")
        self.assertEqual(let_in.next(), "a0")

    def test_ends_quietly_when_nobody_reads_on(self):
        server = self.serve()
        server.append("a", 1)
        process = subprocess.Popen([*self.command, "--from-oldest", f"localhost:{server.port}"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        self.assertIn("a0", process.stdout.readline())
        process.stdout.close()
        server.append("b", 1)
        _, notes = process.communicate(timeout=PATIENCE)
        self.assertEqual(len(notes.splitlines()), 1, notes)  # that it subscribed


class PythonTest(Clients, unittest.TestCase):
    command = ["/usr/bin/python3", EXAMPLES / "python" / "follow.py"]


class NodeTest(Clients, unittest.TestCase):
    command = ["node", EXAMPLES / "node" / "follow.mjs"]

    @classmethod
    def setUpClass(cls):
        if not (EXAMPLES / "node" / "node_modules").exists():
            raise unittest.SkipTest("its packages are not installed: npm ci --prefix examples/node")


class GoTest(Clients, unittest.TestCase):
    """Built with Debian's packages, where they are installed: it is not worth 600 MB to everyone who runs the tests."""

    @classmethod
    def setUpClass(cls):
        if not all(map(shutil.which, ("go", "protoc-gen-go", "protoc-gen-go-grpc"))) or not all(map(os.path.exists, GO_LIBRARIES)):
            raise unittest.SkipTest("to have it built: apt-get install golang-go golang-google-grpc-dev "
                                    "golang-github-golang-protobuf-1-5-dev protoc-gen-go protoc-gen-go-grpc")
        folder = tempfile.TemporaryDirectory(prefix="swarmbell-go-")
        cls.addClassCleanup(folder.cleanup)
        source = shutil.copytree(EXAMPLES / "go", folder.name + "/src/follow")
        subprocess.run([source + "/generate.sh", ROOT / "proto"], check=True)
        cls.command = [folder.name + "/follow"]
        cls.environment = os.environ | {"GO111MODULE": "off", "GOPATH": f"{folder.name}:/usr/share/gocode"}
        cls.go("build", "-o", cls.command[0], "follow")

    @classmethod
    def go(cls, *arguments):
        subprocess.run(["go", *arguments], check=True, env=cls.environment)

    def test_vet_and_format(self):
        self.go("vet", "follow")
        unformatted = subprocess.run(["gofmt", "-l", EXAMPLES / "go"], check=True, capture_output=True, text=True)
        self.assertEqual(unformatted.stdout, "")


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
