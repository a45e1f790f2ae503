"""A value whose name looks secret leaves the manager nowhere."""
import uuid

from feed_client import Subscription


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
