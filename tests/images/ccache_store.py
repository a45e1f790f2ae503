"""A folder served over HTTP on loopback, as ccache's remote storage wants it: GET, HEAD, PUT."""
import http.server
import pathlib
import re
import threading

# The same at every run, since it stands in the base image, and a base image that differs makes every layer stale.
PORT = 39417


class CcacheStore:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _file(self):
                # As ccache's storage in a folder lays it out, so that other builds can use it as that.
                return folder / "/".join(re.findall(r"[0-9A-Za-z_-]+", self.path))

            def _answer(self, status, body=b""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def do_GET(self):
                file = self._file()
                self._answer(200, file.read_bytes()) if file.is_file() else self._answer(404)

            do_HEAD = do_GET

            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                part = folder / f".{threading.get_ident()}"
                part.write_bytes(body)
                self._file().parent.mkdir(exist_ok=True)
                part.rename(self._file())
                self._answer(201)

            def log_message(self, *_):
                pass

        try:
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
        except OSError:
            self._server = None  # another run's serves this one too; without any, compiling only takes longer
            return
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
