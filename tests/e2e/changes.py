"""A steady stream of real changes to a swarm, each one told apart by its name."""
import threading
import time


class Changes(threading.Thread):
    """Makes one service after another, on whichever manager takes it; with `one_service`, one environment variable after
    another of a single service. `made`: name -> when (time.monotonic())."""

    def __init__(self, managers, label, count, period, options=(), one_service=False):
        super().__init__(daemon=True)
        self.managers, self.prefix, self.count, self.period = managers, f"{label}-", count, period
        self.options = options
        self.service = label if one_service else None
        self.made = {}
        self.errors = []
        self.stopping = threading.Event()

    def create(self, name):
        return ["service", "create", "--detach", "--no-resolve-image", "--replicas", "0", *self.options, "--name", name, "bb:1"]

    def command(self, name):
        if self.service is None:
            return self.create(name)
        return ["service", "update", "--detach", "--no-resolve-image", "--env-add", f"{name}=1", self.service]

    def run(self):
        if self.service:
            self.managers[0].docker(*self.create(self.service), timeout=20)
        for number in range(self.count):
            if self.stopping.is_set():
                return
            began = time.monotonic()
            self._make(f"{self.prefix}{number:03d}x")
            self.stopping.wait(max(0.0, self.period - (time.monotonic() - began)))

    def _make(self, name):
        for attempt in range(1000):
            if self.stopping.is_set():
                return
            manager = self.managers[attempt % len(self.managers)]
            began = time.monotonic()
            try:
                manager.docker(*self.command(name), timeout=8)
            except Exception as error:  # an engine that is dead, cut off, or without a leader
                text = str(error) + str(getattr(error, "stderr", ""))
                if "name conflicts" in text:
                    break  # an earlier try was heard after all
                self.errors.append(text)
                time.sleep(0.3)
                continue
            self.made[name] = began
            return
        self.made[name] = time.monotonic()

    def finish(self, timeout=600):
        """Waits until all are made."""
        self.join(timeout)
        assert not self.is_alive(), f"the swarm takes no changes any more: {self.errors[-3:]}"

    def stop(self):
        self.stopping.set()
        self.join(20)
