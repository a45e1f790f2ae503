"""A unix socket in front of an engine's own that passes everything on and keeps each request's first line."""
import contextlib
import re
import socket
import threading

REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.[01]\r\n")


class EngineProxy:
    def __init__(self, path, engine):
        self.path, self._engine = str(path), engine
        self.requests = []  # (method, target)
        self.garbage = []  # what was sent and is no request without a body
        self._connections = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self):
        return f"unix://{self.path}"

    def cut(self):
        """Ends every connection there is."""
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
        self.cut()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                try:
                    engine.connect(self._engine)
                except OSError:
                    client.close()
                    continue
                self._connections += [client, engine]
                threading.Thread(target=self._answers, args=(engine, client), daemon=True).start()
                threading.Thread(target=self._asks, args=(client, engine), daemon=True).start()

    @staticmethod
    def _answers(engine, client):
        with contextlib.suppress(OSError):
            while data := engine.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)

    def _asks(self, client, engine):
        waiting = b""
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                waiting = self._note(waiting + data)
                engine.sendall(data)
            engine.shutdown(socket.SHUT_RDWR)
        if waiting:
            self.garbage.append(waiting)

    def _note(self, text):
        """Takes whole requests off the front; a body would stay and be no request."""
        while b"\r\n\r\n" in text:
            head, text = text.split(b"\r\n\r\n", 1)
            request = REQUEST.match(head + b"\r\n")
            if not request or re.search(rb"(?i)\r\n(content-length|transfer-encoding):", head):
                self.garbage.append(head)
            else:
                self.requests.append((request[1].decode(), request[2].decode()))
        return text
