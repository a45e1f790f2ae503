"""The collector's state in Redis, on a real swarm."""
import time

import pytest

from feed_client import Subscription
from processes import Collector
from redis_server import PASSWORD, RedisServer

PREFIX = "bell:"


@pytest.fixture
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture
def collector(tmp_path, manager, redis):
    one = Collector(tmp_path, manager, {"SWARMBELL_REDIS_URL": redis.url, "SWARMBELL_REDIS_KEY_PREFIX": PREFIX})
    yield one
    one.close()


def wait_until_stored(redis, node_id, record, timeout=20):
    deadline = time.monotonic() + timeout
    while redis.ask("HEXISTS", f"{PREFIX}collector:{{{node_id}}}:known", record) != "1":
        assert time.monotonic() < deadline, f"{record} is not stored after {timeout} s"
        time.sleep(0.02)


def changes(subscription):
    return [(event.WhichOneof("details"), event.resource.name) for event in subscription.events()]


def test_what_changes_while_the_collector_is_away_is_told_once(collector, manager, redis, service):
    kept = service()
    gone = service()
    collector.start()
    wait_until_stored(redis, manager.id, f"service:{manager.docker('service', 'inspect', '--format', '{{.ID}}', kept)}")
    before = service()
    first = Subscription(collector.target, from_oldest=True)
    first.wait(lambda s: ("service_appeared", before) in changes(s))
    wait_until_stored(redis, manager.id, f"service:{manager.docker('service', 'inspect', '--format', '{{.ID}}', before)}")
    first.close()

    collector.kill9()
    came = service()
    manager.docker("service", "rm", gone)
    manager.docker("service", "update", "--detach", "--env-add", "COLOR=blue", kept)
    collector.start()

    cursor = first.responses[-1].cursor
    second = Subscription(collector.target, resume_after=cursor)
    wanted = {("service_appeared", came), ("service_disappeared", gone), ("service_task_template_changed", kept)}
    second.wait(lambda s: wanted <= set(changes(s)))
    last = service()
    second.wait(lambda s: ("service_appeared", last) in changes(s))
    told = changes(second)
    for change in wanted:
        assert told.count(change) == 1, told
    assert ("service_appeared", before) not in told
    assert not any(response.HasField("gap") for response in second.responses)
    assert {response.cursor.log_id for response in second.responses if response.HasField("cursor")} == {cursor.log_id}
    second.close()


def test_redis_that_hangs_and_restarts_costs_nothing(collector, manager, redis, service):
    collector.start()
    follower = Subscription(collector.target, from_oldest=True)
    wait_until_stored(redis, manager.id, f"node:{manager.id}")  # the first reading, from which all is told, is over
    redis.pause()
    began = time.monotonic()
    during = service()
    follower.wait(lambda s: ("service_appeared", during) in changes(s), timeout=10)
    assert time.monotonic() - began < 8
    assert collector.run("--healthcheck").returncode == 0
    collector.wait_for_log("Redis cannot be used")
    redis.kill()
    redis.start()
    collector.wait_for_log("Redis can be used again")
    service_id = manager.docker("service", "inspect", "--format", "{{.ID}}", during)
    wait_until_stored(redis, manager.id, f"service:{service_id}")
    assert collector.log().count("Redis cannot be used") <= 2, collector.log()
    assert PASSWORD not in collector.log()
    follower.close()


def test_only_our_keys_are_touched(collector, manager, redis, service):
    redis.ask("SET", "foreign", "1")
    redis.ask("SET", f"{PREFIX}other", "1")
    deadline = time.monotonic() + 20
    while not any(f"{PREFIX}other" in words for words in list(redis.commands)):  # the monitor is a connection of its own
        assert time.monotonic() < deadline
        time.sleep(0.02)
    redis.commands.clear()
    collector.start()
    wait_until_stored(redis, manager.id, f"node:{manager.id}")  # the first reading, from which all is told, is over
    name = service()
    service_id = manager.docker("service", "inspect", "--format", "{{.ID}}", name)
    wait_until_stored(redis, manager.id, f"service:{service_id}")
    collector.kill9()
    collector.start()
    collector.wait_for_log("Resumed from the state in Redis")
    assert collector.terminate()[0] == 0

    ours = f"{PREFIX}collector:{{{manager.id}}}:"
    older = f"{PREFIX}collector:{manager.id}:"  # of older versions: looked for, and removed
    seen = set()
    for name, *words in redis.commands:
        seen.add(name)
        if name in ("AUTH", "SELECT", "MULTI", "EXEC", "COMMAND", "HEXISTS"):
            continue
        if name == "CONFIG":  # whether it may evict; nothing is set
            assert words[0] == "GET" and words[1].startswith("maxmemory"), words
            continue
        assert name in ("WATCH", "GET", "SET", "UNLINK", "PEXPIRE", "XADD", "XLEN", "XRANGE", "XTRIM",
                        "HSET", "HDEL", "HLEN", "HSCAN"), (name, words)
        keys = words if name in ("WATCH", "UNLINK") else words[:1]
        assert all(key.startswith((ours, older)) for key in keys), (name, words)
    assert {"SET", "HSET", "PEXPIRE", "EXEC"} <= seen
    assert redis.ask("GET", "foreign") == "1"
    assert int(redis.ask("PTTL", f"{ours}known")) > 6 * 24 * 3600 * 1000
