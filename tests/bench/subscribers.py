"""The collector's cost of subscribers, from fanout.py, as tables."""
import measure
from processes import BUILD_DIR

WAYS = {"batches": "changes found 256 at a time", "new": "the same, the first that new connections carry",
        "joined": "found one by one, joined for those who let them",
        "single": "found one by one, sent so", "redis": "Redis Streams, `COUNT 256`"}


def measure_subscribers():
    figures = measure.run_json("/usr/bin/python3", measure.HERE / "fanout.py", "--build", BUILD_DIR, "--json", "-")
    counts = figures["backlog_us"]
    head = (f"server's CPU for a delivery, backlog of {figures['events']:,} changes", *(f"{int(count):,}" for count in counts))
    backlog = [(text, *(f"{by_way[way]:.2f} us" if way in by_way else "" for by_way in counts.values())) for way, text in WAYS.items()]
    paced, memory = figures["paced_us"], figures["memory_bytes"]
    others = [("paced, 100 subscribers, 100 changes a second: server's CPU for a delivery", f"{paced['swarmbell']:.1f} us"),
              ("the same, Redis Streams", f"{paced['redis']:.1f} us"),
              ("memory for a subscriber when nothing happens", f"{(memory['idle'] - memory['start']) / 1000 / 1024:.0f} KiB"),
              ("1,000 that read nothing: resident after twice what the log holds", f"{memory['slow2'] / 2**20:.0f} MiB"),
              ("and after four times that", f"{memory['slow4'] / 2**20:.0f} MiB")]
    return [*measure.table(head, *backlog), *measure.table(("", ""), *others)]
