"""Certificates that last as long as a test, made by openssl."""
import pathlib
import subprocess


class Certificates:
    """`right`, `unknown` (signed by nobody) and `misnamed` are (certificate, key) for 127.0.0.1 or not quite."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self.authority = self._make("authority", "/CN=Test authority", "basicConstraints=critical,CA:TRUE")[0]
        self.right = self._make("right", "/CN=right", "subjectAltName=IP:127.0.0.1", signed=True)
        self.misnamed = self._make("misnamed", "/CN=misnamed", "subjectAltName=DNS:elsewhere.example", signed=True)
        self.unknown = self._make("unknown", "/CN=unknown", "subjectAltName=IP:127.0.0.1")

    def _make(self, name, subject, extension, signed=False):
        certificate, key = (str(self._directory / f"{name}.{kind}") for kind in ("pem", "key"))
        signer = ["-CA", self.authority, "-CAkey", self.authority.replace(".pem", ".key")] if signed else []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", subject, "-addext", extension, "-keyout", key, "-out", certificate, *signer],
                       check=True, capture_output=True)
        return certificate, key
