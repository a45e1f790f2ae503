"""Redis Streams as a change feed: what `fanout.py` compares with. The client only counts bytes."""
import selectors
import socket
import time

import measure  # whose folder of end-to-end tests has the next
from redis_server import PASSWORD, RedisServer

FIRST = 1_000_000  # ids of one length make every entry as long as every other


class Redis(RedisServer):
    """Debian's redis-server with nothing on disk, its log and its subscribers."""

    def __init__(self):
        super().__init__(monitored=False,
                         options=["--maxclients", "4000", "--client-output-buffer-limit", "normal 0 0 0"])
        self.start()
        self.connection = self.connect()
        self.next = FIRST

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(command(b"AUTH", PASSWORD.encode()))
        assert connection.recv(len(b"+OK\r\n")) == b"+OK\r\n", "redis-server does not let the benchmark in"
        return connection

    def append(self, count, payload):
        commands = b"".join(command(b"XADD", b"s", b"%d-0" % (self.next + i), b"e", payload) for i in range(count))
        self.next += count
        self.connection.sendall(commands)
        left = count * len(b"$9\r\n%d-0\r\n" % FIRST)
        while left:
            left -= len(self.connection.recv(min(left, 1 << 20)))


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def entry_bytes(payload):
    return len(b"*2\r\n$9\r\n%d-0\r\n*2\r\n$1\r\ne\r\n$%d\r\n\r\n" % (FIRST, payload)) + payload


def reply_bytes(entries, payload):
    return len(b"*1\r\n*2\r\n$1\r\ns\r\n*%d\r\n" % entries) + entries * entry_bytes(payload)


class Reader:
    """One subscriber: asks for the next entries when it has got those before."""

    def __init__(self, connection):
        self.connection = connection
        self.at = 0

    def ask(self, entries, payload, *block):
        self.left = reply_bytes(entries, payload)
        self.entries = entries
        self.connection.sendall(command(b"XREAD", b"COUNT", b"256", *block, b"STREAMS", b"s", b"%d-0" % (FIRST + self.at - 1)))

    def take(self, buffer):
        """True if the answer is whole."""
        self.left -= self.connection.recv_into(buffer, min(len(buffer), self.left))
        if self.left:
            return False
        self.at += self.entries
        return True


def read_all(connections, events, payload):
    """Every connection reads the whole stream once."""
    buffer = bytearray(1 << 18)
    with selectors.DefaultSelector() as waiting:
        for connection in connections:
            reader = Reader(connection)
            waiting.register(connection, selectors.EVENT_READ, reader)
            reader.ask(min(256, events), payload)
        while waiting.get_map():
            for key, _ in waiting.select(10):
                reader = key.data
                if not reader.take(buffer):
                    continue
                if reader.at == events:
                    waiting.unregister(reader.connection)
                else:
                    reader.ask(min(256, events - reader.at), payload)
    return len(connections) * events


def follow(redis, connections, rate, seconds, payload):
    """Every connection waits for each entry as it comes."""
    buffer = bytearray(1 << 18)
    start = redis.next - FIRST
    left = rate * seconds * len(connections)
    with selectors.DefaultSelector() as waiting:
        for connection in connections:
            reader = Reader(connection)
            reader.at = start
            waiting.register(connection, selectors.EVENT_READ, reader)
            reader.ask(1, len(payload), b"BLOCK", b"60000")
        following = time.monotonic()
        while left:
            if redis.next - FIRST - start < rate * seconds and time.monotonic() >= following:
                following += 1 / rate
                redis.append(1, payload)
            for key, _ in waiting.select(max(0, min(0.1, following - time.monotonic()))):
                reader = key.data
                if reader.take(buffer):
                    left -= 1
                    reader.ask(1, len(payload), b"BLOCK", b"60000")
    return rate * seconds * len(connections)
