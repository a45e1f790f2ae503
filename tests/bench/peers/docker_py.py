#!/usr/bin/python3
"""The same as `bench_read_engine SOCKET read`, as one would write it with docker-py: lists, and compares all of them."""
import json
import resource
import sys
import time

import docker


def main():
    client = docker.APIClient(base_url=f"unix://{sys.argv[1]}", version="1.41")
    known = None
    for _ in sys.stdin:
        before, start = cpu(), time.monotonic()
        fresh = {kind: {one["ID"]: one for one in read()} for kind, read in
                 (("services", client.services), ("nodes", client.nodes), ("tasks", client.tasks))}
        changes = 0 if known is None else sum(
            known[kind].get(key) != value for kind in fresh for key, value in fresh[kind].items())
        known = fresh
        print(json.dumps({"cpu_ms": 1e3 * (cpu() - before), "wall_ms": 1e3 * (time.monotonic() - start), "changes": changes,
                          "rss_kb": memory("VmRSS:"), "peak_kb": memory("VmHWM:")}), flush=True)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory(name):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


main()
