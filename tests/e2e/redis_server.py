"""Debian's redis-server as a process of the test, and what goes over its wire."""
import re
import signal
import socket
import subprocess
import threading

from processes import free_port

PASSWORD = "s3cr3t-redis"


class RedisServer:
    """On a free port of 127.0.0.1, in memory only unless it is given a directory. Records the commands of everybody as
    MONITOR tells them, unless told not to."""

    def __init__(self, directory=None, monitored=True, options=()):
        self._options = options
        self._disk = ["--dir", "/tmp", "--appendonly", "no"]
        if directory:
            self._disk = ["--dir", str(directory), "--appendonly", "yes"]
        self._monitored = monitored
        self.port = free_port()
        self.url = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/2"
        self.process = None
        self.commands = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.kill()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *self._disk,
             "--requirepass", PASSWORD, *self._options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if "Ready to accept connections" in line:
                break
        else:
            raise AssertionError("redis-server did not start; is the package redis-server installed?")
        threading.Thread(target=self._monitor if self._monitored else self.process.stdout.read, daemon=True).start()

    def _monitor(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(f"AUTH {PASSWORD}\r\nMONITOR\r\n".encode())
                for line in connection.makefile(errors="replace"):
                    found = re.match(r'\+\d+\.\d+ \[\d+ [^]]*\] (".*)', line)
                    if found:
                        self.commands.append(re.findall(r'"((?:[^"\\]|\\.)*)"', found.group(1)))
        except OSError:
            pass

    def ask(self, *words):
        """The output of redis-cli."""
        done = subprocess.run(["redis-cli", "-p", str(self.port), "-a", PASSWORD, "--no-auth-warning", "-n", "2", *words],
                              capture_output=True, text=True, timeout=10, check=True)
        return done.stdout.strip()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
