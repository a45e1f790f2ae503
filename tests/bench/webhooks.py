"""What a post over HTTPS costs the sender: the notifier's way, and with a fresh libcurl handle for each post."""
import pathlib
import statistics
import tempfile

import measure
from certificates import Certificates
from processes import BUILD_DIR
from sinks import WebhookSink

SYSTEM_AUTHORITIES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


def post_costs(rounds=3, kept=2000, fresh=20):
    """Microseconds of CPU of one post, (kept, fresh): medians of interleaved rounds."""
    with tempfile.TemporaryDirectory(prefix="swarmbell-bench-") as directory:
        certificates = Certificates(directory)
        # The system's bundle, and the authority of this test: both ways read the same file.
        bundle = pathlib.Path(directory, "bundle.pem")
        bundle.write_bytes(SYSTEM_AUTHORITIES.read_bytes() + pathlib.Path(certificates.authority).read_bytes())
        sink = WebhookSink("slack", tls=certificates.right, keep_connections=True)
        try:
            program = BUILD_DIR / "tests/bench/bench_webhook_posts"
            costs = {way: [] for way in ("kept", "fresh")}
            for _ in range(rounds):
                for way, count in (("kept", kept), ("fresh", fresh)):
                    costs[way].append(measure.run_json(program, sink.url, bundle, count, way)["cpu_us"])
        finally:
            sink.close()
    return [statistics.median(costs[way]) for way in ("kept", "fresh")]


def measure_webhooks():
    kept, fresh = post_costs()
    head = ("CPU for a post of a card over HTTPS", "")
    rows = [("Swarmbell", f"{kept:.0f} us"), ("a fresh libcurl handle for each, with Debian's CA bundle", f"{fresh / 1e3:.1f} ms"),
            ("that is so many times as much", f"{fresh / kept:.0f}")]
    return measure.table(head, *rows)
