"""The parts alone, timed by Google Benchmark (bench_parts): how comparing grows, and what a card costs."""
import measure
from processes import BUILD_DIR


def times(pattern):
    """name -> (microseconds of CPU for all, for one item)."""
    program = BUILD_DIR / "tests/bench/bench_parts"
    result = measure.run_json(program, f"--benchmark_filter={pattern}", "--benchmark_format=json", "--benchmark_repetitions=5",
                              "--benchmark_report_aggregates_only=true", "--benchmark_enable_random_interleaving=true",
                              "--benchmark_min_time=0.1")
    return {one["run_name"]: (one["cpu_time"], 1e6 * one["per_item"]) for one in result["benchmarks"]
            if one["aggregate_name"] == "median"}


def measure_growth():
    found = times("diff|cards")
    one, every = (lambda count, what=what: found[f"diff/{what}_changed_of/{count}"][0] for what in ("one", "all"))
    counts = (100, 1000, 5000)
    head = ("comparing two readings", *(f"{count} services" for count in counts), "5,000 beside 1,000")
    rows = [(label, *(f"{cost(count) / 1e3:.2f} ms" for count in counts), f"{cost(5000) / cost(1000):.1f} times")
            for label, cost in (("one service changed", one), ("all changed", every))]
    cards = [(f"a card for {chat.title()}, from its changes to its JSON", f"{found[f'cards/{chat}'][1]:.1f} us") for chat in ("slack", "teams")]
    return [*measure.table(head, *rows), *measure.table(("", "CPU"), *cards)]
