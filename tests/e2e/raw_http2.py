"""A gRPC subscriber made of bytes, which can do what no library would: vanish, never read, leave in mid-sentence."""
import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1
MAX_CONCURRENT, INITIAL_WINDOW = 3, 4
CANCEL = 8


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header(name, value):
    """Literal, not indexed, without Huffman codes (RFC 7541, 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


class RawSubscriber:
    """One connection with one Subscribe call. `window`: how many bytes the server may send before it is read."""

    def __init__(self, target, request, window=65535):
        host, port = target.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=5)
        headers = b"".join(header(*pair) for pair in (
            (":method", "POST"), (":scheme", "http"), (":path", "/swarmbell.v1.ChangeFeedService/Subscribe"),
            (":authority", target), ("content-type", "application/grpc"), ("te", "trailers")))
        message = b"\x00" + struct.pack(">I", len(request)) + request
        self._socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                             + frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW, window))
                             + frame(HEADERS, END_HEADERS, 1, headers) + frame(DATA, END_STREAM, 1, message))
        self._socket.setblocking(False)

    def read(self):
        """Throws away what has come; whether the connection is still there."""
        try:
            while True:
                if not self._socket.recv(65536):
                    return False
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _send(self, data):
        try:
            self._socket.send(data)
        except OSError:
            pass

    def cancel(self):
        """As a client that ends the call properly; the connection stays."""
        self._send(frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL)))

    def leave_in_mid_frame(self):
        self._send(frame(PING, 0, 0, bytes(8))[:12])
        self.close()

    def close(self):
        self._socket.close()

    def reset(self):
        """As a machine that crashed and answers from its next life."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
