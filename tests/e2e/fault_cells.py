"""The faults of the matrix. Each is given the lab, the watch and the changes under way, and leaves everything running."""
import contextlib
import dataclasses
import random
import signal
import subprocess
import sys
import time

import grpc

import sink_faults
from feed_client import Subscription, feed, notifier


def none(lab, watch, changes):
    del lab, watch, changes


# --- programs

def restart_at_random(program, times, least=1.0, most=5.0):
    for _ in range(times):
        time.sleep(random.uniform(least, most))
        program.kill9()
        time.sleep(random.uniform(0.0, 1.0))
        program.start()


def notifier_killed(lab, watch, changes):
    restart_at_random(watch.notifiers[0], 10)


def on_duty_killed(lab, watch, changes):
    """Kills the active notifier three times, and the standby once."""
    for number in range(4):
        time.sleep(random.uniform(2.0, 6.0))
        on_duty = [one for one in watch.notifiers if one.metric("swarmbell_on_duty") == 1]
        others = [one for one in watch.notifiers if one not in on_duty]
        chosen = (others or on_duty) if number == 1 else (on_duty or others)
        chosen[0].kill9()
        time.sleep(random.uniform(0.0, 12.0))
        chosen[0].start()


def collector_killed(lab, watch, changes):
    restart_at_random(watch.collectors[0], 10)


def one_of_three_collectors_killed(lab, watch, changes):
    for number in range(6):
        restart_at_random(watch.collectors[number % 3], 1, 4, 8)


def notifier_away(seconds):
    def fault(lab, watch, changes):
        time.sleep(2)
        watch.notifiers[0].kill9()
        end = time.monotonic() + seconds
        changes.finish()
        time.sleep(max(0.0, end - time.monotonic()))
        watch.notifiers[0].start()
    return fault


# --- managers

def leader(lab):
    for node in lab.managers:
        with contextlib.suppress(Exception):
            listing = node.docker("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}", timeout=5)
            return next(n for n in lab.managers for line in listing.splitlines() if line == f"{n.name} Leader")
    raise AssertionError("the swarm has no leader")


def leader_engine_killed(lab, watch, changes):
    time.sleep(5)
    node = leader(lab)
    node.kill9()
    time.sleep(25)
    node.restart()
    time.sleep(10)


def leader_engine_stopped(lab, watch, changes, seconds=40):
    time.sleep(5)
    node = leader(lab)
    node.sigstop()
    time.sleep(seconds)
    node.sigcont()
    time.sleep(10)


def leader_cut_off(lab, watch, changes, seconds=45):
    """The old leader is isolated: for a while it answers as if it still led."""
    time.sleep(5)
    node = leader(lab)
    node.link_down()
    time.sleep(seconds)
    node.link_up()
    time.sleep(15)


def quorum_lost(lab, watch, changes):
    time.sleep(5)
    first, second = [node for node in lab.managers if node is not leader(lab)]
    for node in (first, second):
        node.kill9()
    time.sleep(30)
    for node in (first, second):
        node.restart()
    time.sleep(20)


# --- webhooks

def webhook_fault(seconds, answer):
    def fault(lab, watch, changes):
        time.sleep(3)
        for sink in watch.sinks:
            sink.fault = answer
        time.sleep(seconds)
        for sink in watch.sinks:
            sink.fault = None
    return fault


def deliveries(program):
    """The answer of ListDeliveries."""
    with grpc.insecure_channel(program.target) as channel:
        ask = channel.unary_unary("/swarmbell.v1.NotifierService/ListDeliveries",
                                  request_serializer=notifier.ListDeliveriesRequest.SerializeToString,
                                  response_deserializer=notifier.ListDeliveriesResponse.FromString)
        return ask(notifier.ListDeliveriesRequest(page_size=1000), timeout=10).deliveries


def wrong_certificate(lab, watch, changes):
    time.sleep(3)
    for name in ("unknown", "misnamed"):
        before = [len(sink.cards()) for sink in watch.sinks]
        for sink in watch.sinks:
            sink.show(getattr(watch.certificates, name))
        time.sleep(15)
        if [len(sink.cards()) for sink in watch.sinks] != before:
            watch.problems.append(f"a card went to a webhook whose certificate is {name}")
        waiting = [one for one in deliveries(watch.notifiers[0]) if "certificate" in one.error.lower()]
        if {one.receiver for one in waiting} != {"slack", "teams"}:
            watch.problems.append(f"ListDeliveries does not tell of the {name} certificate")
        watch.notes.append(f"ListDeliveries: {waiting[0].error if waiting else 'nothing'}")
    if "certificate" not in watch.notifiers[0].log():
        watch.problems.append("the log does not tell of the certificates")
    for sink in watch.sinks:
        sink.show(watch.certificates.right)


# --- Redis. Its content shows when the collector is killed, so each of these ends with that.

def collector_killed_once(watch):
    time.sleep(6)
    watch.collectors[0].kill9()
    time.sleep(3)
    watch.collectors[0].start()


def redis_restarted(lab, watch, changes):
    for _ in range(3):
        time.sleep(5)
        watch.redis.kill()
        time.sleep(random.uniform(0.0, 3.0))
        watch.redis.start()
    collector_killed_once(watch)


def redis_emptied(lab, watch, changes):
    time.sleep(5)
    watch.redis.ask("FLUSHALL")
    collector_killed_once(watch)
    redis_restarted(lab, watch, changes)


def redis_stopped(lab, watch, changes, seconds=30):
    time.sleep(5)
    watch.redis.pause()
    time.sleep(seconds)
    watch.redis.resume()
    collector_killed_once(watch)


def redis_full(lab, watch, changes, seconds=25):
    time.sleep(5)
    watch.redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    watch.redis.ask("CONFIG", "SET", "maxmemory", "1")
    time.sleep(seconds)
    if "OOM" not in "".join(collector.log() for collector in watch.collectors):
        watch.problems.append("no log tells that Redis is full")
    watch.redis.ask("CONFIG", "SET", "maxmemory", "0")
    collector_killed_once(watch)


# --- subscribers

SMALL_LOG = 20


def log_overflows(lab, watch, changes):
    """The notifier is away until the log has dropped some of what it has not heard."""
    time.sleep(8)
    watch.notifiers[0].kill9()
    changes.finish()
    time.sleep(3)
    heard = set().union(*watch.told())
    kept = set()
    for collector in watch.collectors:
        reader = Subscription(collector.target, from_oldest=True)
        time.sleep(1)
        kept |= set(reader.names())
        reader.close()
    watch.gapped = set(changes.made) - kept - heard
    watch.notifiers[0].start()
    watch.wait_until_told(set(changes.made), 60)
    gaps = watch.cards_with("lost changes")
    watch.notes.append(f"{len(watch.gapped)} changes had left the log, told by {gaps} cards")
    if not watch.gapped or gaps != [1, 1]:
        watch.problems.append(f"{len(watch.gapped)} changes that left the log were told by {gaps} cards, not by one each")


READS_NOTHING = """
import sys, time, grpc
channel = grpc.insecure_channel(sys.argv[1])
call = channel.unary_stream("/swarmbell.v1.ChangeFeedService/Subscribe")(bytes.fromhex(sys.argv[2]))
next(call)
print("subscribed", flush=True)
time.sleep(1000)
"""


@contextlib.contextmanager
def stuck_subscribers(target, count):
    """Processes that subscribe and read nothing more. Every other one is stopped, so that nothing of what comes is even
    acknowledged: those are let go of after a while."""
    request = feed.SubscribeRequest(from_oldest=True, subscriber_name="stuck").SerializeToString().hex()
    stuck = [subprocess.Popen([sys.executable, "-c", READS_NOTHING, target, request], stdout=subprocess.PIPE)
             for _ in range(count)]
    try:
        for process in stuck:
            assert process.stdout.readline() == b"subscribed\n"
        for process in stuck[::2]:
            process.send_signal(signal.SIGSTOP)
        yield
    finally:
        for process in stuck:
            process.kill()
            process.wait(5)


def never_reads(lab, watch, changes):
    collector = watch.collectors[0]
    reader = Subscription(collector.target, from_oldest=True)
    before = collector.resident_kib()
    with stuck_subscribers(collector.target, 6):
        changes.finish()
        watch.wait_until_told(set(changes.made), 60)
        missed = set(changes.made) - set(reader.names())
        sent = sum(response.ByteSize() for response in reader.responses)
        time.sleep(6)  # the lag is measured with each progress
        lag, left = (collector.metric(f"swarmbell_{name}") for name in ("subscriber_lag_events", "subscribers"))
        watch.notes.append(f"{sent // 1024} KiB for each subscriber: the collector grew from {before} to "
                           f"{collector.resident_kib()} KiB; {left:.0f} are there, the slowest is {lag:.0f} events behind")
        if not lag:
            watch.problems.append("no subscriber was stuck")
        if missed:
            watch.problems.append(f"a subscriber beside the stuck ones missed {len(missed)} changes")
    reader.close()


@dataclasses.dataclass
class Cell:
    fault: object
    watched: int = 3        # how many managers have a collector
    changes: int = 60
    period: float = 0.7
    settle: float = 60.0    # how long the last alerts may take after the fault and the changes are over
    notifiers: int = 1
    stores: tuple = ("memory", "redis")
    options: tuple = ()     # of each service that is made
    collector: dict = dataclasses.field(default_factory=dict)  # settings
    notifier: dict = dataclasses.field(default_factory=dict)
    tls: bool = False       # of the webhooks
    disk: bool = False      # of Redis
    one_service: bool = False  # all changes are of one service, whose backlog folds into few cards


def of_one_service(fault, **options):
    return Cell(fault, one_service=True, notifier={"SWARMBELL_COLORS": "yellow,red"}, **options)


BIG = "big=" + 100_000 * "x"
REDIS = ("redis",)  # the fault is one of Redis, or needs it: several notifiers agree through it

CELLS = {
    "nothing": Cell(none),
    "notifier killed 10 times": Cell(notifier_killed),
    # In memory a single collector has nothing to go on from: what changes while it is away nobody can know.
    "collector killed 10 times": Cell(collector_killed, watched=1, stores=REDIS),
    "one of 3 collectors killed, 6 times": Cell(one_of_three_collectors_killed),
    "leader's engine killed": Cell(leader_engine_killed),
    "leader's engine stopped 40 s": Cell(leader_engine_stopped),
    "leader cut off 45 s": Cell(leader_cut_off, period=1.0),
    "quorum lost and regained": Cell(quorum_lost, period=1.0, settle=90),
    "webhook answers 500 for 60 s": Cell(webhook_fault(60, sink_faults.answer_500), settle=120),
    "webhook answers 429, wait 7 s": Cell(webhook_fault(20, sink_faults.answer_429), settle=90),
    "webhook resets connections": Cell(webhook_fault(20, sink_faults.reset), settle=90),
    "webhook hangs": Cell(webhook_fault(30, sink_faults.hang), settle=120),
    "webhook accepts, answers too late": Cell(webhook_fault(30, sink_faults.accept_too_late), settle=120),
    "webhook answers garbage": Cell(webhook_fault(30, sink_faults.garbage), settle=120),
    "webhook closes connections": Cell(webhook_fault(30, sink_faults.close_connections)),
    "webhook shows a wrong certificate": Cell(wrong_certificate, settle=120, tls=True),
    "notifier away 5 min, 500 changes": Cell(notifier_away(300), changes=500, period=0.05, settle=180),
    "webhook answers 500 for 20 s, one service": of_one_service(webhook_fault(20, sink_faults.answer_500), period=0.3,
                                                                settle=90),
    "notifier killed 10 times, one service": of_one_service(notifier_killed),
    "notifier away 1 min, 300 changes of one service": of_one_service(notifier_away(60), changes=300, period=0.1,
                                                                      settle=120),
    "log overflows": Cell(log_overflows, collector={"SWARMBELL_CHANGELOG_MAX_EVENTS": str(SMALL_LOG)}),
    "subscribers that never read": Cell(never_reads, options=("--label", BIG, "--label", "also-" + BIG)),
    "two notifiers, one killed": Cell(on_duty_killed, notifiers=2, stores=REDIS),
    "Redis restarted with its data": Cell(redis_restarted, watched=1, notifiers=2, stores=REDIS, disk=True),
    "Redis restarted without its data": Cell(redis_emptied, watched=1, notifiers=2, stores=REDIS),
    "Redis stopped 30 s": Cell(redis_stopped, watched=1, notifiers=2, stores=REDIS, period=1.0),
    "Redis full": Cell(redis_full, watched=1, notifiers=2, stores=REDIS, period=1.0),
}


# The set for a machine that has other things to do: fewer faults, fewer changes.
QUICK = {
    "notifier killed": Cell(lambda lab, watch, changes: restart_at_random(watch.notifiers[0], 3, 1, 2), changes=15,
                            stores=("memory",)),
    "one of 3 collectors killed": Cell(lambda lab, watch, changes: restart_at_random(watch.collectors[1], 2, 1, 3),
                                       changes=15, stores=("memory",)),
    "webhook answers 500": Cell(webhook_fault(5, sink_faults.answer_500), changes=10, stores=("memory",)),
    "webhook answers 500, one service": of_one_service(webhook_fault(10, sink_faults.answer_500), changes=60, period=0.1,
                                                       stores=("memory",)),
    "collector killed": Cell(lambda lab, watch, changes: restart_at_random(watch.collectors[0], 3, 1, 3), watched=1,
                             changes=15, stores=REDIS),
    "two notifiers, one killed": Cell(lambda lab, watch, changes: restart_at_random(watch.notifiers[0], 1, 2, 3),
                                      notifiers=2, changes=15, stores=REDIS),
    "Redis emptied": Cell(lambda lab, watch, changes: (watch.redis.ask("FLUSHALL"), collector_killed_once(watch)),
                          watched=1, changes=15, stores=REDIS),
}
