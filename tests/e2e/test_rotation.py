"""Certificates that are replaced on disk while both programs run."""
import os
import pathlib
import socket
import ssl
import subprocess
import time

from certificates import Certificates


class Files:
    """The files that both programs read: each is replaced at once, as careful people do it."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir()
        self.certificate, self.key, self.authorities = (str(self._folder / name) for name in ("cert.pem", "key.pem", "ca.pem"))

    def identity(self, pair):
        # Certificate and key are not replaced in one moment; a pair that does not fit is left alone until it does.
        for target, source in zip((self.key, self.certificate), reversed(pair)):
            self._replace(target, [source])

    def trust(self, *authorities):
        self._replace(self.authorities, authorities)

    def _replace(self, target, sources):
        new = pathlib.Path(f"{target}.new")
        new.write_bytes(b"".join(pathlib.Path(source).read_bytes() for source in sources))
        os.replace(new, target)


def make(folder):
    folder.mkdir()
    return Certificates(folder)


def handshake(port, authorities, pair):
    """(DER certificate that is shown, what is said first) to a client of gRPC; an SSLError when it is refused."""
    context = ssl.create_default_context(cafile=authorities)
    context.load_cert_chain(*pair)
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
        return tls.getpeercert(binary_form=True), tls.recv(9)


def shown(port, authorities, pair):
    """The certificate that the collector shows."""
    return handshake(port, authorities, pair)[0]


def refused(port, authorities, pair):
    """True if the collector refuses a client with this certificate."""
    try:
        return handshake(port, authorities, pair)[1] == b""
    except ssl.SSLError:
        return True


def serial(certificate):
    """As openssl prints it, of a file or of DER bytes."""
    of = ["-in", certificate] if isinstance(certificate, str) else ["-inform", "DER"]
    given = None if isinstance(certificate, str) else certificate
    return subprocess.run(["openssl", "x509", "-noout", "-serial", *of], input=given, check=True, capture_output=True).stdout


def wait_for(holds, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.2)


def test_certificates_and_their_authority_change_while_both_run(start_rig, service, manager, tmp_path):
    old, new = make(tmp_path / "old"), make(tmp_path / "new")
    files = Files(tmp_path / "live")
    files.identity(old.right)
    files.trust(old.authority)
    own = {"SWARMBELL_TLS_CERT": files.certificate, "SWARMBELL_TLS_KEY": files.key}
    rig = start_rig(manager, collector=own | {"SWARMBELL_TLS_CLIENT_CA": files.authorities},
                    notifier=own | {"SWARMBELL_TLS_CA": files.authorities})
    port = rig.collector.port
    followed = lambda: rig.notifier.log().count("A feed is following")  # noqa: E731
    name = service("--env", "A=1", command=["sleep", "1000"])
    rig.expect("green", f"Service {name} created")
    both = str(tmp_path / "both.pem")
    pathlib.Path(both).write_bytes(pathlib.Path(old.authority).read_bytes() + pathlib.Path(new.authority).read_bytes())
    assert serial(shown(port, both, old.right)) == serial(old.right[0])
    assert refused(port, both, new.right), "the new authority is not known yet"

    files.trust(old.authority, new.authority)
    files.identity(new.right)
    wait_for(lambda: serial(shown(port, both, old.right)) == serial(new.right[0]), "a new handshake shows the new certificate")
    assert serial(old.right[0]) != serial(new.right[0])
    wait_for(lambda: not refused(port, both, new.right), "the new client certificate is taken")
    rig.mark()
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "A=2", name)
    rig.expect("yellow", f"Service {name} updated")
    assert followed() == 1, "the stream of before goes on"

    files.trust(new.authority)
    wait_for(lambda: refused(port, both, old.right), "the old certificate is refused")
    assert not refused(port, both, new.right)

    # A new connection, now that nobody trusts what both started with.
    rig.collector.kill9()
    rig.collector.start()
    wait_for(lambda: followed() == 2, "the notifier follows again", 40)
    rig.mark()
    manager.docker("service", "update", "--detach", "--no-resolve-image", "--env-add", "A=3", name)
    rig.expect("yellow", f"Service {name} updated")
