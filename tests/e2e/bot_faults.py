#!/usr/bin/python3
"""Faults in the middle of rollouts that a Slack bot tells, and the messages that result.

    tests/e2e/bot_faults.py [--services N] [CELL...]

Each cell updates N services of five replicas, which overlap, and breaks something when each has a message that was edited. One
rollout is one message: the table counts those that are too many (extra) and those that never said that the update completed (lost).
"""
import argparse
import signal
import sys
import tempfile
import time

from bot_rig import FIVE, Bell
from lab import Lab
from redis_server import RedisServer

# Slow enough for a fault in its middle.
SLOW = (*FIVE[:4], "--update-delay", "4s", "--stop-grace-period", "0s")


def kill(*programs):
    for program in programs:
        program.kill9()
    time.sleep(1)
    for program in reversed(programs):
        program.start()


def refuse(bell, error, **answer):
    for _ in range(3):
        bell.slack.fail_next("chat.update", error, **answer)


def out_of_order(bell):
    for method in ("chat.update", "chat.postMessage"):
        for _ in range(4):
            bell.slack.fail_next(method, "internal_error", status=500)


CELLS = {  # name -> fault, notifiers, messages that a person deleted or Slack locked: each may be posted anew
    "nothing": (lambda bell: None, 1, 0),
    "notifier killed": (lambda bell: kill(bell.notifier), 1, 0),
    "collector killed": (lambda bell: kill(bell.collector), 1, 0),
    "both killed": (lambda bell: kill(bell.notifier, bell.collector), 1, 0),
    "the active of two notifiers killed": (lambda bell: bell.on_duty().kill9(), 2, 0),
    "Slack answers 429, wait 7 s": (lambda bell: refuse(bell, "ratelimited", status=429, headers={"Retry-After": "7"}), 1, 0),
    "Slack answers 200, ok: false": (lambda bell: refuse(bell, "internal_error"), 1, 0),
    "Slack answers 500, four times to each call": (out_of_order, 1, 0),
    "a message is deleted": (lambda bell: bell.slack.forget(bell.stories("f0x")[0]), 1, 1),
    "Slack lets three messages no longer be edited": (lambda bell: refuse(bell, "edit_window_closed"), 1, 3),
}


def run_cell(lab, name, count):
    fault, notifiers, renewed = CELLS[name]
    with tempfile.TemporaryDirectory(prefix="swarmbell-bot-") as directory, RedisServer(directory, monitored=False) as redis:
        bell = Bell(directory, lab.managers[0], redis, notifiers)
        try:
            bell.start()
            if notifiers > 1:
                bell.on_duty()
            services = [f"f{number}x" for number in range(count)]
            for service in services[:-1]:
                lab.managers[0].docker("service", "create", "--detach", "--no-resolve-image", "--name", service, *SLOW, "bb:1",
                                       "sleep", "100000")
            bell.create(services[-1], *SLOW)
            for service in services:
                # One after the other: many at once are a digest.
                bell.update(service, "--env-add", "A=2")
                bell.slack.wait_until(lambda slack: bell.stories(service))
            # A kill between Slack's acceptance and its answer would leave a message that nobody knows of.
            bell.slack.wait_until(lambda slack: all(bell.stories(service)[0].edited for service in services))
            fault(bell)
            completed = lambda service: any(  # noqa: E731
                message.card.color == "green" and message.card.shows("update completed") for message in bell.stories(service))
            deadline = time.monotonic() + 300
            while not all(map(completed, services)) and time.monotonic() < deadline:
                time.sleep(0.5)
            time.sleep(5)
            messages = sum(len(bell.stories(service)) for service in services)
            edits = sum(len(message.edited) for service in services for message in bell.stories(service))
            lost = sum(not completed(service) for service in services)
            extra = max(0, messages - count - renewed)
            if lost or extra:
                print(bell.slack, bell.notifier.log()[-6000:], sep="\n", file=sys.stderr)
            print(f"| {name} | {count} | {messages} | {edits} | {lost} | {extra} |", flush=True)
            return not lost and not extra
        finally:
            bell.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=6)
    parser.add_argument("cells", nargs="*", metavar="CELL", help="parts of the names of cells")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [name for name in CELLS if not options.cells or any(part in name for part in options.cells)]
    print("| fault in the middle of rollouts | rollouts | messages | edits | lost | extra |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    with Lab(managers=1, workers=0) as lab:
        good = [run_cell(lab, name, options.services) for name in chosen]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
