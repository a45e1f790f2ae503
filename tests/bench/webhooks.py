"""The sender's cost of a post over HTTPS: the notifier's way, and with libcurl alone."""
import pathlib
import statistics
import tempfile

import measure
from certificates import Certificates
from processes import BUILD_DIR
from sinks import WebhookSink

SYSTEM_AUTHORITIES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


WAYS = {"swarmbell": 2000, "reused": 2000, "fresh": 20}  # and how many posts make a round


def post_costs(rounds=3):
    """Microseconds of CPU of one post, by way: medians of interleaved rounds."""
    with tempfile.TemporaryDirectory(prefix="swarmbell-bench-") as directory:
        certificates = Certificates(directory)
        # The system's bundle, and the authority of this test: all ways read the same file.
        bundle = pathlib.Path(directory, "bundle.pem")
        bundle.write_bytes(SYSTEM_AUTHORITIES.read_bytes() + pathlib.Path(certificates.authority).read_bytes())
        sink = WebhookSink("slack", tls=certificates.right, keep_connections=True)
        try:
            program = BUILD_DIR / "tests/bench/bench_webhook_posts"
            costs = [{way: measure.run_json(program, sink.url, bundle, count, way)["cpu_us"] for way, count in WAYS.items()}
                     for _ in range(rounds)]
        finally:
            sink.close()
    return {way: statistics.median(one[way] for one in costs) for way in WAYS}


def measure_webhooks():
    costs = post_costs()
    texts = {"swarmbell": "Swarmbell", "reused": "libcurl alone, one handle", "fresh": "libcurl alone, a fresh handle for each post"}
    head = ("a card's post over HTTPS, with Debian's CA bundle", "CPU", "of Swarmbell's")
    return measure.table(head, *((text, f"{costs[way]:,.0f} us", f"{costs[way] / costs['swarmbell']:.2f}") for way, text in texts.items()))
