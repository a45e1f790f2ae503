"""A subscriber as anybody would write it: Python, with classes made from the protos."""
import atexit
import importlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import grpc

PROTOS = pathlib.Path(__file__).resolve().parents[2] / "proto"


def _generated():
    directory = tempfile.mkdtemp(prefix="swarmbell-stubs.")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    files = [str(path) for path in PROTOS.glob("swarmbell/v1/*.proto")]
    subprocess.run(["protoc", f"-I{PROTOS}", f"--python_out={directory}", *files], check=True)
    sys.path.insert(0, directory)
    return (importlib.import_module("swarmbell.v1.change_feed_pb2"), importlib.import_module("swarmbell.v1.notifier_pb2"))


feed, notifier = _generated()


class Subscription:
    """One Subscribe call, read by a thread; `events` and `cursor` grow as responses come."""

    def __init__(self, target, **request):
        self._channel = grpc.insecure_channel(target)
        call = self._channel.unary_stream(
            "/swarmbell.v1.ChangeFeedService/Subscribe",
            request_serializer=feed.SubscribeRequest.SerializeToString,
            response_deserializer=feed.SubscribeResponse.FromString,
        )
        self._call = call(feed.SubscribeRequest(**request))
        self._changed = threading.Condition()
        self.responses = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            for response in self._call:
                with self._changed:
                    self.responses.append(response)
                    self._changed.notify_all()
        except grpc.RpcError:
            pass

    def wait(self, condition, timeout=30):
        """Waits until condition(self) is true of the responses so far."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), timeout), f"after {timeout} s: {self.responses}"
        return self

    def events(self):
        return [event for response in self.responses for event in response.changes.events]

    def names(self):
        return [event.resource.name for event in self.events()]

    def close(self):
        self._call.cancel()
        self._channel.close()
