// Times each part: bench_parts [--benchmark_filter=cards --benchmark_format=json ...]. `per_item` is the time
// of one object, event or card.

#include <benchmark/benchmark.h>

#include "tests/bench/workloads.h"

namespace swarmbell {
namespace {

void Register(const Workload& workload) {
  benchmark::RegisterBenchmark(workload.name.c_str(), [workload](benchmark::State& state) {
    const std::function<void()> work = workload.prepare();
    for ([[maybe_unused]] auto _ : state) work();
    state.counters["per_item"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(workload.items),
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const auto& workload : swarmbell::ReadingWorkloads()) swarmbell::Register(workload);
  for (const auto& workload : swarmbell::TellingWorkloads()) swarmbell::Register(workload);
  benchmark::RunSpecifiedBenchmarks();
}
