#!/usr/bin/python3
"""Faults of the receivers that are programs, and what becomes of alarms meanwhile: receiver_faults.py NOTIFIER FEED_SERVER [CELL...]

Each cell lets nodes go down and come back while the receiver, or the notifier, is broken. Prints the table of docs/delivery.md:
the alarms and ends that never arrived (lost), and those that arrived twice (repeated), of which those whose post was accepted
but not answered, or in flight when the notifier was killed, cannot be avoided.
"""
import argparse
import collections
import sys
import time

from receivers_rig import Changes, Endpoint, Feed, Grafana, Notifier, wait_until

NODES = 10


def kill_thrice(notifier, _):
    for _ in range(3):
        time.sleep(0.7)
        notifier.restart()


def fault(*faults):
    def apply(_, endpoint):
        with endpoint.lock:
            endpoint.faults += faults
    return apply


CELLS = {
    "nothing": lambda *_: None,
    "answers 500, six times": fault(*[(500, {})] * 6),
    "answers 429, wait 2 s, three times": fault(*[(429, {"Retry-After": "2"})] * 3),
    "never answers, three times": fault(3, 3, 3),
    "notifier killed, three times": kill_thrice,
}


def webhook(endpoint):
    """How often each alarm and each end arrived."""
    return collections.Counter((event["data"]["object"], event["data"]["status"] == "resolved") for event in endpoint.bodies())


def alertmanager(endpoint):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return collections.Counter((alert["labels"]["object"], alert["endsAt"] < now) for alerts in endpoint.bodies() for alert in alerts)


def grafana(endpoint):
    """An annotation tells the alarm, its region the end."""
    with endpoint.lock:
        annotations = list(endpoint.annotations.values())
    arrived = collections.Counter()
    for one in annotations:
        node = next(tag.removeprefix("node:") for tag in one["tags"] if tag.startswith("node:"))
        arrived[node, False] += 1
        arrived[node, True] += one["timeEnd"] > one["time"]
    return arrived


KINDS = {
    "webhook": (Endpoint, webhook, lambda endpoint: {"webhook_url": endpoint.url}),
    "alertmanager": (Endpoint, alertmanager, lambda endpoint: {"alertmanager_url": endpoint.url}),
    "grafana": (Grafana, grafana, lambda endpoint: {"grafana_url": endpoint.url, "grafana_token": endpoint.token}),
}


def run_cell(programs, kind, cell):
    make, count, settings = KINDS[kind]
    endpoint, feed, changes = make(), Feed(programs.feed_server), Changes()
    notifier = Notifier(programs.notifier, feed, **settings(endpoint)).start()
    expected = {(f"n{number}", over) for number in range(NODES) for over in (False, True)}
    try:
        for number in range(NODES):
            feed.emit(changes.node("DOWN", f"n{number}"))
            if number == NODES // 2:
                wait_until(lambda: endpoint.posts, "the first was posted")
                CELLS[cell](notifier, endpoint)
        for number in range(NODES):
            feed.emit(changes.node("READY", f"n{number}"))
        began = time.monotonic()
        while not expected <= set(+count(endpoint)) and time.monotonic() < began + 60:
            time.sleep(0.1)
        took = time.monotonic() - began
        time.sleep(2)
        arrived = +count(endpoint)
    finally:
        notifier.close()
        feed.close()
        endpoint.close()
    lost, repeated = len(expected - set(arrived)), sum(arrived.values()) - len(arrived)
    print(f"| {kind} | {cell} | {len(expected)} | {lost} | {repeated} | {took:.1f} s |", flush=True)
    return not lost and (not repeated or "killed" in cell)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notifier")
    parser.add_argument("feed_server")
    parser.add_argument("cells", nargs="*", metavar="CELL", help="parts of the names of receivers and cells")
    programs = parser.parse_args()
    print("| receiver | fault | alarms and ends | lost | repeated | until the last |\n| --- | --- | ---: | ---: | ---: | ---: |")
    good = [run_cell(programs, kind, cell) for kind in KINDS for cell in CELLS
            if not programs.cells or any(part in f"{kind} {cell}" for part in programs.cells)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
