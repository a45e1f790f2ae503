"""Containers of both images, started one by one as the stacks start them."""
import datetime

from conftest import VERSION
from containers import inspect, logs, wait_until

STARTED = {"collector": "Collector started.", "notifier": "Following collectors."}
# Nothing may be written, and what could run a shell is not there.
READ_ONLY = ("--read-only", "--tmpfs", "/usr/bin:ro", "--tmpfs", "/usr/sbin:ro")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "").split("+")[0][:26])


class Running:
    """A container without any capability, in its node's own network if no other is named."""

    def __init__(self, node, program, *settings, user=65532, group=65532, mounts=(), root=READ_ONLY, network="host", image=None):
        self.node, self.program = node, program
        self.name = f"swarmbell-{program}"
        node.docker("run", "--detach", "--name", self.name, "--network", network, *root, "--cap-drop", "ALL",
                    "--security-opt", "no-new-privileges", "--user", f"{user}:{group}", *mounts,
                    *[part for s in settings for part in ("--env", s)], image or f"{self.name}:{VERSION}")
        self.wait_until_ready()

    def log(self):
        return logs(self.node, self.name)

    def wait_until_ready(self):
        healthy = lambda: self.node.docker("exec", self.name, f"/usr/local/bin/{self.name}", "--healthcheck", check=False)  # noqa: E731
        wait_until(lambda: "serving" in healthy(), f"{self.name} is ready", 30, self.log)

    def start_seconds(self):
        """From the start of the process, as the engine tells it, to the line that says that it listens. A static program may
        write that line before the engine has noted the start: 0."""
        stamps = lambda: [moment(line.split()[0]) for line in logs(self.node, self.name, "--timestamps").splitlines()  # noqa: E731
                          if STARTED[self.program] in line]
        before = len(stamps())
        self.node.docker("restart", "--time", "5", self.name)
        started = moment(inspect(self.node, self.name, "{{.State.StartedAt}}"))
        since = wait_until(lambda: stamps()[before:], "the line about the start", 20, self.log)
        return max(0.0, (since[0] - started).total_seconds())

    def remove(self):
        self.node.docker("rm", "--force", self.name, check=False)
