"""Keeps a swarm small while changes are made to it for long."""
import contextlib
import threading


class Remover(threading.Thread):
    """Removes the services that both webhooks have told, so that the swarm stays small."""

    def __init__(self, lab, watch, changes, keep_newest=20):
        super().__init__(daemon=True)
        self.lab, self.watch, self.changes, self.keep_newest = lab, watch, changes, keep_newest
        self.stopping = threading.Event()

    def run(self):
        removed = set()
        while not self.stopping.wait(2.0):
            told = set.intersection(*(set(one) for one in self.watch.told()))
            for name in [name for name in list(self.changes.made)[:-self.keep_newest] if name in told - removed]:
                for node in self.lab.managers:
                    with contextlib.suppress(Exception):
                        node.docker("service", "rm", name, timeout=8)
                        removed.add(name)
                        break
