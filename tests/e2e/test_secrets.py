"""Secrets are told nowhere: neither those of the swarm's services, nor those that the two programs are given."""
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import grpc
from feed_client import Subscription, feed, notifier
from processes import binary
from redis_server import PASSWORD, RedisServer


def test_secret_values_are_shown_nowhere(start_rig, service, manager):
    first, second = f"first-{uuid.uuid4().hex}", f"second-{uuid.uuid4().hex}"
    rig = start_rig(manager, collector={"SWARMBELL_LOG_LEVEL": "trace"}, notifier={"SWARMBELL_LOG_LEVEL": "trace"})
    name = service("--env", f"DB_PASSWORD={first}", "--env", f"DATABASE=https://user:{first}@db.example/x",
                   command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", f"DB_PASSWORD={second}",
                   "--env-add", f"DATABASE=https://user:{second}@db.example/x", name)
    rig.expect("yellow", f"Service {name} updated", "DB_PASSWORD", "masked")

    places = {
        "Slack": "".join(rig.slack.posted()),
        "Teams": "".join(rig.teams.posted()),
        "the collector's log": rig.collector.log(),
        "the notifier's log": rig.notifier.log(),
        "the collector's --print-config": rig.collector.run("--print-config").stdout,
        "the notifier's --print-config": rig.notifier.run("--print-config").stdout,
        "the stream": stream_of(rig.collector),
    }
    for place, text in places.items():
        assert text, f"{place} is empty: nothing was looked at"
        assert first not in text and second not in text, f"a secret value is in {place}"
    for place in ("the collector's log", "the notifier's log", "the notifier's --print-config"):
        assert "e2e-webhook-secret" not in places[place], f"a webhook URL is in {place}"


def stream_of(collector):
    subscription = Subscription(collector.target, from_oldest=True)
    subscription.wait(lambda s: any(e.WhichOneof("details") == "service_task_template_changed" for e in s.events()))
    subscription.close()
    # Not str(): its escapes could hide a value.
    return "".join(str(r) for r in subscription.responses) + repr([r.SerializeToString() for r in subscription.responses])


# Faults beside a secret, of YAML itself and of what it says.
BAD_YAML = [
    "slack: {{webhook_url: 'https://hooks.slack.com/{0}\n",
    "slack: {{webhook_url: {0}}}\n",
    "slack: {{webhook_url: [{0}]}}\n",
    "slack: {{webhook_ulr: {0}}}\n",
    "slack: {{webhook_url_file: /nowhere/{0}}}\n",
    "slack: {0}\n",
    "auth: {{token: {{x: {0}}}}}\n",
    "auth: {{token: {0}, token: {0}}}\n",
    "receivers: [{{name: a, type: slack, url: {0}}}]\n",
    "receivers: [{{name: a, type: slak, url: 'https://hooks.slack.com/{0}'}}]\n",
    "receivers: [{{name: a, type: teams, url: 'https://x.webhook.office.com/{0}'}}]\n",
    "receivers: [{{name: a, type: slack, url_file: '/nowhere/{0}'}}]\n",
    "receivers: [{{name: a, type: console, url: 'https://x.example/{0}'}}]\n",
    "heartbeat: {{url: '{0} {0}'}}\n",
    "redis: {{url: 'redis://:{0}@host:port'}}\n",
    "redis: {{url: 'http://user:{0}@host'}}\n",
]


def call(target, method, request, response, token=None):
    """The answer to the call, or the error's words; also as bytes, whose escapes could hide nothing."""
    with grpc.insecure_channel(target) as channel:
        stub = channel.unary_unary(method, request_serializer=type(request).SerializeToString,
                                   response_deserializer=response.FromString)
        try:
            answer = stub(request, timeout=10, metadata=[("authorization", f"Bearer {token}")] if token else None)
            return str(answer) + repr(answer.SerializeToString())
        except grpc.RpcError as error:
            return str(error)


def reloads(program):
    return program.log().count("stays in force") + program.log().count("The configuration was read again")


def both(done):
    return done.stdout + done.stderr


def fetch(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode() + str(answer.headers)
    except urllib.error.HTTPError as error:
        return error.read().decode() + str(error.headers)


def test_the_programs_own_secrets_are_told_nowhere(start_rig, service, manager, tmp_path):
    secrets = {kind: f"{kind}-{uuid.uuid4().hex}" for kind in ("token", "wrong", "heartbeat", "proxy", "yaml", "hook")}
    token_file, yaml_file = tmp_path / "token", tmp_path / "notifier.yml"
    token_file.write_text(secrets["token"])
    # Nothing answers there: what is said of it is what counts.
    broken = f"receivers: [{{name: broken, type: slack, url: 'http://127.0.0.1:1/{secrets['hook']}'}}]\n"
    yaml_file.write_text(broken)
    with RedisServer(monitored=False) as redis:
        common = {"SWARMBELL_AUTH_TOKEN_FILE": str(token_file), "SWARMBELL_REDIS_URL": redis.url,
                  "SWARMBELL_LOG_LEVEL": "trace"}
        rig = start_rig(manager, collector=common, notifier=common | {
            "SWARMBELL_CONFIG_YAML_FILE": str(yaml_file),
            "SWARMBELL_HEARTBEAT_URL": f"https://127.0.0.1:1/{secrets['heartbeat']}",
            "SWARMBELL_HEARTBEAT_INTERVAL": "1s", "HTTPS_PROXY": f"http://user:{secrets['proxy']}@127.0.0.1:1"})
        name = service(command=["sleep", "1000"])
        rig.expect("green", f"Service {name} created")
        rig.notifier.wait_for_log("The heartbeat was not accepted")
        rig.notifier.wait_for_log("receiver=broken")
        for bad in BAD_YAML:
            yaml_file.write_text(broken + bad.format(secrets["yaml"]))
            before = reloads(rig.notifier)
            rig.notifier.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 10
            while reloads(rig.notifier) == before:
                assert time.monotonic() < deadline, f"not read again: {bad}\n{rig.logs()}"
                time.sleep(0.02)
            alone = subprocess.run([binary("swarmbell-notifier"), "--check-config", "--config", yaml_file], env={},
                                   stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
            assert alone.returncode == 1, bad
            assert secrets["yaml"] not in both(alone), bad
        assert "stays in force" in rig.notifier.log()
        yaml_file.write_text(broken)
        rig.collector.process.send_signal(signal.SIGHUP)
        rig.collector.wait_for_log("The configuration was read again")

        told = {
            "--print-config": both(rig.collector.run("--print-config")) + both(rig.notifier.run("--print-config")),
            "metrics": "".join(fetch(program.metrics_port, path) for program in (rig.collector, rig.notifier)
                               for path in ("/metrics", "/healthz", "/nothing")),
        }
        for token in (None, secrets["wrong"], secrets["token"]):
            told[f"calls with the token {str(token)[:5]}"] = "".join((
                call(rig.collector.target, "/swarmbell.v1.ChangeFeedService/GetSnapshotSummary",
                     feed.GetSnapshotSummaryRequest(), feed.GetSnapshotSummaryResponse, token),
                call(rig.collector.target, "/swarmbell.v1.ChangeFeedService/ListChanges",
                     feed.ListChangesRequest(), feed.ListChangesResponse, token),
                call(rig.notifier.target, "/swarmbell.v1.NotifierService/ListDeliveries",
                     notifier.ListDeliveriesRequest(), notifier.ListDeliveriesResponse, token),
                call(rig.notifier.target, "/swarmbell.v1.NotifierService/SendTest",
                     notifier.SendTestRequest(receiver="nobody"), notifier.SendTestResponse, token)))
        rig.collector.process.send_signal(signal.SIGABRT)
        rig.notifier.process.send_signal(signal.SIGSEGV)
        assert rig.collector.process.wait(10) == -signal.SIGABRT
        assert rig.notifier.process.wait(10) == -signal.SIGSEGV
    told |= {"the collector's log": rig.collector.log(), "the notifier's log": rig.notifier.log(),
             "the chats": "".join(rig.slack.posted() + rig.teams.posted())}
    assert "broken" in told["calls with the token token"], "ListDeliveries was not looked at"
    for place, text in told.items():
        assert text, f"{place} is empty: nothing was looked at"
        for kind, secret in (secrets | {"redis": PASSWORD, "webhook": "e2e-webhook-secret"}).items():
            assert secret not in text, f"the secret {kind} is in {place}"
