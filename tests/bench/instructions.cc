// Does each quick workload once, warm, and lets callgrind count that alone:
//   valgrind --tool=callgrind --instr-atstart=no bench_instructions
// writes one dump for each, which names it and says how many items it has. regressions.py reads them.

#include <valgrind/callgrind.h>

#include <string>

#include "tests/bench/workloads.h"

namespace {

void Count(const swarmbell::Workload& workload) {
  if (!workload.quick) return;
  const std::function<void()> work = workload.prepare();
  work();
  work();  // lists of two states are both known now
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_ZERO_STATS;
  work();
  CALLGRIND_STOP_INSTRUMENTATION;
  const std::string name = workload.name + " " + std::to_string(workload.items);
  CALLGRIND_DUMP_STATS_AT(name.c_str());
}

}  // namespace

int main() {
  for (const auto& workload : swarmbell::ReadingWorkloads()) Count(workload);
  for (const auto& workload : swarmbell::TellingWorkloads()) Count(workload);
}
