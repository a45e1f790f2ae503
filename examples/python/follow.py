#!/usr/bin/python3
"""Follows the changes of a Docker Swarm and prints each as one line of JSON.

    follow.py localhost:50051
    follow.py localhost:50051 --kind node --kind service --from-oldest
    follow.py localhost:50051 --cursor-file /var/lib/mine/cursor   # continues there after a restart
    follow.py localhost:50051 --subscription mine                  # the collector keeps the place
    follow.py manager1.example:50051 --ca ca.crt --cert client.crt --key client.key --token-file token

An example to copy, complete in what a subscriber must do: it keeps the cursor of the last message that it
handled, subscribes again after it when the connection is lost (waiting longer each time), takes the
connection for lost when three progress messages are missing, drops events that it has seen, and tells when
changes were lost.

Standard output: {"event": {...}} and {"gap": "GAP_REASON_..."}. Standard error: what happens to the connection.
Needs python3-grpcio, python3-protobuf, protoc and grpc_python_plugin; the stubs are generated at the start.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading

import grpc
from google.protobuf import json_format

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "proto"
REMEMBERED_EVENTS = 10000
FINAL_CODES = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNIMPLEMENTED,
)


def generate_stubs(protos):
    """Imports the modules that protoc makes of the protos, and returns them."""
    with tempfile.TemporaryDirectory(prefix="swarmbell-stubs-") as out:
        subprocess.run(
            ["protoc", f"-I{protos}", f"--python_out={out}", f"--grpc_python_out={out}",
             f"--plugin=protoc-gen-grpc_python={shutil.which('grpc_python_plugin')}",
             *(str(path) for path in sorted(protos.glob("swarmbell/v1/*.proto")))],
            check=True)
        sys.path.insert(0, out)
        try:
            from swarmbell.v1 import change_feed_pb2, change_feed_pb2_grpc, common_pb2
        finally:
            sys.path.remove(out)
    return change_feed_pb2, change_feed_pb2_grpc, common_pb2


def note(text):
    print(text, file=sys.stderr, flush=True)


class Watchdog:
    """Cancels a call that has been silent for too long."""

    def __init__(self, call):
        self._call = call
        self._timer = None

    def feed(self, seconds):
        self.stop()
        self._timer = threading.Timer(seconds, self._call.cancel)
        self._timer.daemon = True
        self._timer.start()

    def stop(self):
        if self._timer:
            self._timer.cancel()


class Place:
    """Where to go on: in a file, with the collector under the subscription's name, or in memory only."""

    def __init__(self, request, acknowledge, file):
        self._request = request
        self._acknowledge = acknowledge
        self._file = pathlib.Path(file) if file else None
        if self._file and self._file.exists():
            request.resume_after.CopyFrom(json_format.Parse(self._file.read_text(), type(request.resume_after)()))

    def move(self, response):
        """To be called once everything in the response is handled: what is not must be sent again."""
        self._request.resume_after.CopyFrom(response.cursor)
        if self._file:
            written = self._file.with_name(self._file.name + ".new")
            written.write_text(json_format.MessageToJson(response.cursor, preserving_proto_field_name=True))
            os.replace(written, self._file)
        if self._request.subscription and response.WhichOneof("payload") in ("changes", "gap"):
            self._acknowledge(self._request.subscription, response.cursor)


class Follower:
    def __init__(self, stub, request, place, metadata, max_events):
        self._stub = stub
        self._request = request
        self._place = place
        self._metadata = metadata
        self._left = max_events
        self._seen = collections.OrderedDict()
        self._failures = 0

    def run(self):
        """Follows until enough events came or an error is final; returns the exit code."""
        while True:
            try:
                if self._subscribe():
                    return 0
                note("the collector ended the stream")
            except grpc.RpcError as error:
                note(f"{error.code().name}: {error.details()}")
                if error.code() in FINAL_CODES:
                    return 1
            self._wait()

    def _wait(self):
        self._failures += 1
        longest = min(30.0, 0.2 * 2 ** self._failures)
        seconds = random.uniform(longest / 2, longest)
        note(f"subscribing again in {seconds:.1f} s")
        threading.Event().wait(seconds)

    def _subscribe(self):
        call = self._stub.Subscribe(self._request, metadata=self._metadata)
        watchdog = Watchdog(call)
        silence = 30.0
        watchdog.feed(silence)
        try:
            for response in call:
                if response.HasField("opened"):
                    silence = 3 * (response.opened.progress_interval.ToMilliseconds() / 1000 or 10)
                    self._failures = 0
                    note(f"subscribed after sequence {response.cursor.sequence}")
                watchdog.feed(silence)
                enough = self._handle(response)
                self._place.move(response)
                if enough:
                    return True
            return False
        finally:
            watchdog.stop()
            call.cancel()

    def _handle(self, response):
        """Prints a message, all of it; says whether enough events have been printed."""
        if response.HasField("gap"):
            reason = response.gap.DESCRIPTOR.fields_by_name["reason"].enum_type.values_by_number
            number = response.gap.reason
            self._print({"gap": reason[number].name if number in reason else str(number)})
        for event in response.changes.events:
            if self._is_new(event.event_id):
                self._print({"event": json_format.MessageToDict(event, preserving_proto_field_name=True)})
                if self._left is not None:
                    self._left -= 1
        return self._left is not None and self._left <= 0

    def _is_new(self, event_id):
        if event_id in self._seen:
            return False
        self._seen[event_id] = True
        if len(self._seen) > REMEMBERED_EVENTS:
            self._seen.popitem(last=False)
        return True

    @staticmethod
    def _print(value):
        print(json.dumps(value, ensure_ascii=False), flush=True)


def read(path):
    return pathlib.Path(path).read_bytes() if path else None


def make_channel(options):
    settings = [("grpc.keepalive_time_ms", 20000), ("grpc.keepalive_timeout_ms", 10000),
                ("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 5000)]
    if not (options.tls or options.ca or options.cert):
        return grpc.insecure_channel(options.target, settings)
    credentials = grpc.ssl_channel_credentials(read(options.ca), read(options.key), read(options.cert))
    return grpc.secure_channel(options.target, credentials, settings)


def make_request(options, change_feed, common):
    request = change_feed.SubscribeRequest(subscriber_name="follow.py", subscription=options.subscription)
    if options.from_oldest:
        request.from_oldest = True
    if options.kind or options.stack or options.change:
        kinds = [common.ResourceKind.Value("RESOURCE_KIND_" + kind.upper()) for kind in options.kind]
        request.filters.add(kinds=kinds, stack=options.stack, changes=options.change)
    return request


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", help="the collector, as host:port")
    parser.add_argument("--from-oldest", action="store_true", help="start with the oldest change still held")
    parser.add_argument("--cursor-file", help="a file that keeps how far this program came")
    parser.add_argument("--subscription", default="", help="a name under which the collector keeps that")
    parser.add_argument("--kind", action="append", default=[],
                        choices=["node", "service", "task", "container", "collector", "feed"])
    parser.add_argument("--stack", default="")
    parser.add_argument("--change", action="append", default=[], help="for example node_role_changed")
    parser.add_argument("--max-events", type=int, help="end after this many events")
    parser.add_argument("--token-file", help="a file with the token (else SWARMBELL_AUTH_TOKEN)")
    parser.add_argument("--tls", action="store_true", help="TLS with the system's authorities")
    parser.add_argument("--ca", help="the collector's authority, PEM")
    parser.add_argument("--cert", help="the client's certificate, PEM")
    parser.add_argument("--key", help="its key, PEM")
    parser.add_argument("--protos", default=PROTOS, help="the folder with swarmbell/v1/*.proto")
    return parser.parse_args()


def main():
    options = parse_arguments()
    change_feed, change_feed_grpc, common = generate_stubs(pathlib.Path(options.protos))
    token = (read(options.token_file) or os.environ.get("SWARMBELL_AUTH_TOKEN", "").encode()).decode().strip()
    metadata = [("authorization", f"Bearer {token}")] if token else []
    with make_channel(options) as channel:
        stub = change_feed_grpc.ChangeFeedServiceStub(channel)
        request = make_request(options, change_feed, common)

        def acknowledge(subscription, cursor):
            stub.Acknowledge(change_feed.AcknowledgeRequest(subscription=subscription, cursor=cursor),
                             metadata=metadata, timeout=10)

        place = Place(request, acknowledge, options.cursor_file)
        try:
            return Follower(stub, request, place, metadata, options.max_events).run()
        except KeyboardInterrupt:
            return 0
        except BrokenPipeError:
            # The reader has enough, as `| head` has. The rest of the buffer would fail again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


if __name__ == "__main__":
    sys.exit(main())
