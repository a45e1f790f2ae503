"""Others may subscribe too: as docs/subscribe.md and the examples say."""
import concurrent.futures
import json
import os
import re
import subprocess
import time

import pytest
from feed_client import Subscription
from processes import BUILD_DIR, ROOT, Collector


BUF = ROOT / "tests" / "tools" / "node_modules" / ".bin" / "buf"


def test_a_python_client_subscribes_and_resumes(start_rig, service, manager):
    rig = start_rig(manager)
    first = Subscription(rig.collector.target, subscriber_name="e2e")
    first.wait(lambda s: s.responses and s.responses[0].WhichOneof("payload") == "opened")
    seen = service()
    first.wait(lambda s: seen in s.names())
    cursor = first.responses[-1].cursor
    first.close()
    missed = service()
    rig.expect("green", f"Service {missed} created")
    second = Subscription(rig.collector.target, resume_after=cursor)
    second.wait(lambda s: missed in s.names())
    assert not [event for event in second.events() if event.event_id in {event.event_id for event in first.events()}]
    assert seen not in [e.resource.name for e in second.events() if e.WhichOneof("details") == "service_appeared"]
    second.close()


def test_both_programs_describe_themselves(start_rig, manager):
    check = ROOT / "tests" / "clients" / "reflection_check.sh"
    if not check.exists():
        pytest.fail(f"{check} is missing")
    rig = start_rig(manager)
    for program in (rig.collector, rig.notifier):
        done = subprocess.run([check, program.target], env=os.environ | {"CI": "true"}, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, f"{program.name}:\n{done.stdout}\n{done.stderr}"


CLIENTS = ROOT / "tests" / "clients"
EXAMPLES = {"python": ["/usr/bin/python3", ROOT / "examples" / "python" / "follow.py"],
            "node": ["node", ROOT / "examples" / "node" / "follow.mjs"]}


def recipes(marker):
    """The commands of a marked block in the documents; one that continues on the next line is one command."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))
    block = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", text, re.DOTALL).group(1).replace("\\\n", " ").replace("|\n", "| ")
    return [line for line in block.splitlines() if line and not line.startswith("#")]


def run_recipe(command, folder, **addresses):
    """As a user types it; a stream is cut off after a while. Returns the exit code and what was said."""
    where = " ".join(f"{documented}={real}" for documented, real in addresses.items())
    path = f"{CLIENTS}:{BUILD_DIR / 'notifier'}:{os.environ['PATH']}"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SWARMBELL_")}
    seconds = 4 if re.search("/(Subscribe|Watch)", command) else 30
    done = subprocess.run(["timeout", str(seconds), "bash", "-o", "pipefail", "-c", command], cwd=folder, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=inherited | {"PATH": path, "GRPCURL_ADDRESSES": where})
    return done.returncode, done.stdout


def methods(target):
    listed = subprocess.run([BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-methods", f"http://{target}"],
                            check=True, capture_output=True, text=True, timeout=20).stdout.split()
    return {method for method in listed if not method.startswith("grpc.reflection.")}


STACK_TRACE = r"""printf '\033[31mTraceback:\033[0m\n  connect(password="hunter2-secret")\nRuntimeError: no route\n' >&2; exit 3"""


def list_changes(rig, folder):
    code, said = run_recipe("grpcurl -plaintext -d '{\"page_size\": 1000}' localhost:50051 swarmbell.v1.ChangeFeedService/ListChanges",
                            folder, **{"localhost:50051": rig.collector.target})
    assert code == 0, said
    return json.loads(said).get("events", [])


def failed_task(rig, service, folder, *options):
    """A task that writes a stack trace, with colours and a password in it, and fails; once its failure is in the log."""
    name = service("--restart-condition", "none", *options, command=("sh", "-c", STACK_TRACE))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for event in list_changes(rig, folder):
            failed = event.get("taskFailed", event.get("serviceJobFailed", {})).get("task", {})
            if failed.get("serviceName") == name and failed.get("id"):
                return failed["id"]
        time.sleep(0.2)
    raise AssertionError(f"no task of {name} failed:\n{rig.logs()}")


def task_log(rig, task, folder):
    code, said = run_recipe(f"grpcurl -plaintext -d '{{\"task_id\": \"{task}\"}}' localhost:50051 swarmbell.v1.ChangeFeedService/GetTaskLog",
                            folder, **{"localhost:50051": rig.collector.target})
    return code, json.loads(said) if code == 0 else said


def test_last_words_of_a_task(start_rig, service, manager, tmp_path):
    rig = start_rig(manager, collector={"SWARMBELL_LOGS_LINES": "8"})
    code, answer = task_log(rig, failed_task(rig, service, tmp_path), tmp_path)
    assert (code, answer) == (0, {"lines": ["Traceback:", '  connect(password="••••")', "RuntimeError: no route"]})
    code, answer = task_log(rig, failed_task(rig, service, tmp_path, "--label", "swarmbell.logs=false"), tmp_path)
    assert code == 0 and "lines" not in answer and "swarmbell.logs=false" in answer["missing"], answer
    code, said = task_log(rig, "unknowntask", tmp_path)
    assert code == 5 * 8 and "holds no failure" in said, said


def test_the_timeline_of_the_command_line(start_rig, service, manager):
    rig = start_rig(manager)
    names = [service("--label", f"com.docker.stack.namespace={stack}") for stack in ("shop", "blog")]
    for name in names:
        rig.expect("green", name, "created")
    manager.docker("service", "scale", "--detach", f"{names[0]}=2")
    rig.expect("blue", f"Service {names[0]} scaled")
    rig.notifier.kill9()  # it need not run
    told = rig.notifier.run("--since", "10m", "--stack", "shop")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert "green " in lines[0] and f"Service {names[0]} created" in lines[0], told.stdout
    assert "blue " in lines[-1] and f"Service {names[0]} scaled" in lines[-1], told.stdout
    assert names[1] not in told.stdout
    rows = [json.loads(line) for line in rig.notifier.run("--since", "10m", "--color", "blue", "--format", "json").stdout.splitlines()]
    assert [(row["name"], row["color"]) for row in rows] == [(names[0], "blue")], rows
    assert "serviceModeChanged" in rows[0]["events"][0], rows
    rig.collector.kill9()
    gone = rig.notifier.run("--since", "10m", timeout=40)
    assert gone.returncode == 1 and "cannot list the changes of the collector" in gone.stderr, gone.stderr


def test_every_recipe_of_the_documents_works(start_rig, service, manager, tmp_path):
    rig = start_rig(manager, collector={"SWARMBELL_LOGS_LINES": "8"})
    rig.expect("green", f"Service {service()} created")
    task = failed_task(rig, service, tmp_path)
    plain = [recipe for recipe in recipes("recipes") if "-plaintext" in recipe]
    called = {match for recipe in plain for match in re.findall(r"\S+\.v1\.\w+/\w+", recipe)}
    assert called == methods(rig.collector.target) | methods(rig.notifier.target), "a method without a recipe"
    addresses = {"localhost:50051": rig.collector.target, "localhost:50052": rig.notifier.target}
    code, listed = run_recipe("grpcurl -plaintext localhost:50051 swarmbell.v1.ChangeFeedService/ListChanges", tmp_path, **addresses)
    assert code == 0, listed
    cursor = json.loads(listed)["cursor"]
    plain = [recipe.replace("TASK_ID", task) for recipe in plain]
    silence = next(recipe for recipe in plain if recipe.endswith("NotifierService/Silence")).replace("stack=batch", "stack=other")
    code, said = run_recipe(silence, tmp_path, **addresses)
    assert code == 0, said
    plain = [recipe.replace("SILENCE_ID", json.loads(said)["silence"]["id"]) for recipe in plain]
    plain = [re.sub(r'"LOG_ID", "sequence": \d+', f'"{cursor["logId"]}", "sequence": {cursor["sequence"]}', recipe) for recipe in plain]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for recipe, (code, said) in zip(plain, pool.map(lambda recipe: run_recipe(recipe, tmp_path, **addresses), plain)):
            stream = re.search("/(Subscribe|Watch)", recipe)
            assert code == (124 if stream else 0) and said, f"{recipe}\n{code}: {said}"
            assert "opened" in said or "/Subscribe" not in recipe, f"{recipe}\n{said}"
            assert "GAP_REASON" not in said and "NOT_SERVING" not in said, f"{recipe}\n{said}"
    assert any(card.shows("test") for card in rig.slack.cards()) and "DELIVERY_STATE_ACCEPTED" in run_recipe(
        "grpcurl -plaintext localhost:50052 swarmbell.v1.NotifierService/ListDeliveries", tmp_path, **addresses)[1]


def test_certificates_and_a_token(manager, service, tmp_path):
    """The recipe, and the examples, against a collector that asks for both."""
    subprocess.run([ROOT / "compose" / "certificates.sh", tmp_path / "made", "localhost"], check=True, capture_output=True)
    files = {key: str(tmp_path / "made" / file) for key, file in (
        ("SWARMBELL_TLS_CERT", "server.crt"), ("SWARMBELL_TLS_KEY", "server.key"), ("SWARMBELL_TLS_CLIENT_CA", "ca.crt"),
        ("SWARMBELL_AUTH_TOKEN_FILE", "token"))}
    collector = Collector(tmp_path, manager, files)
    target = f"localhost:{collector.port}"
    followers = {}
    try:
        collector.start()
        secured = [recipe for recipe in recipes("recipes") if "-plaintext" not in recipe]
        assert secured
        for recipe in secured:
            code, said = run_recipe(recipe, tmp_path / "made", **{"manager1.example.com:50051": target})
            assert code == 0 and "engineVersion" in said, f"{recipe}\n{said}"
            code, said = run_recipe(recipe.replace("$(cat token)", "wrong"), tmp_path / "made",
                                    **{"manager1.example.com:50051": target})
            assert code == 16 * 8 and "token" in said, said
        shown = ["--ca", "ca.crt", "--cert", "client.crt", "--key", "client.key", "--token-file", "token"]
        wanted = ["--change", "service_appeared", "--subscription", "examples", "--max-events", "1"]
        for language, command in EXAMPLES.items():
            followers[language] = subprocess.Popen([*command, *shown, *wanted, target], cwd=tmp_path / "made", text=True,
                                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert "subscribed" in followers[language].stderr.readline()
        name = service()
        for follower in followers.values():
            said, complained = follower.communicate(timeout=20)
            assert follower.returncode == 0 and json.loads(said)["event"]["resource"]["name"] == name, complained
    finally:
        for follower in followers.values():
            follower.kill()
        collector.close()


def test_explain_reads_what_a_collector_lists(start_rig, service, manager, tmp_path):
    rig = start_rig(manager)
    rig.expect("green", f"Service {service()} created")
    (tmp_path / "notifier.yml").write_bytes((ROOT / "compose" / "notifier.yml").read_bytes())
    (recipe,) = recipes("explain")
    code, said = run_recipe(recipe, tmp_path, **{"localhost:50051": rig.collector.target})
    assert code == 0, said
    for line in ("change: service_appeared of ", "rule:   service-appeared", "posts:  "):
        assert line in said, said
