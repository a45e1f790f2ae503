// Reads an engine once for each line on stdin, and says what that took, as JSON on a line:
//   bench_read_engine SOCKET read|discard
// `read` does what the collector does of services, nodes and tasks; `discard` lets libcurl throw the bytes
// away.

#include <spdlog/spdlog.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "collector/diff/diff.h"
#include "collector/docker/engine_client.h"
#include "collector/snapshot/reader.h"
#include "tests/bench/process_cost.h"

namespace swarmbell {
namespace {

class Bench {
 public:
  explicit Bench(EngineClient& engine) : engine_(engine) {}

  bool Read(std::size_t& changes) {
    Snapshot fresh;
    if (!Take(Endpoint::kServices, reader_.Services(), fresh.services)) return false;
    if (!Take(Endpoint::kNodes, reader_.Nodes(), fresh.nodes)) return false;
    if (!Take(Endpoint::kTasks, reader_.Tasks(), fresh.tasks)) return false;
    fresh.read_time = absl::Now();
    changes = Diff(known_, fresh, context_).size();
    return true;
  }

  bool Discard() {
    for (const Endpoint endpoint : {Endpoint::kServices, Endpoint::kNodes, Endpoint::kTasks}) {
      const auto answer = engine_.Get(endpoint, [](std::string_view) { return absl::OkStatus(); }, {});
      if (!answer.ok()) return Fail(answer.status());
      bytes_ += answer->body_bytes;
    }
    return true;
  }

  std::size_t TakeBytes() { return std::exchange(bytes_, 0); }

 private:
  template <typename T>
  bool Take(Endpoint endpoint, ListReader<T>& list, std::optional<Objects<T>>& objects) {
    list.Begin();
    const auto answer =
        engine_.Get(endpoint, [&list](std::string_view piece) { return list.Add(piece); }, {});
    if (!answer.ok()) return Fail(answer.status());
    auto value = list.End();
    if (!value.ok()) return Fail(value.status());
    bytes_ += answer->body_bytes;
    objects = *std::move(value);
    return true;
  }

  static bool Fail(const absl::Status& status) {
    std::cerr << status << '\n';
    return false;
  }

  EngineClient& engine_;
  SnapshotReader reader_{MaskOptions{}};
  Known known_;
  DiffContext context_;
  std::size_t bytes_ = 0;
};

int Run(const std::string& socket, const std::string& mode) {
  spdlog::set_level(spdlog::level::off);
  EngineOptions options;
  options.host = absl::StrCat("unix://", socket);
  auto engine = EngineClient::Create(options);
  if (!engine.ok()) return std::cerr << engine.status() << '\n', 1;
  Bench bench(**engine);
  for (std::string line; std::getline(std::cin, line);) {
    const absl::Duration cpu = CpuTime();
    const absl::Time start = absl::Now();
    std::size_t changes = 0;
    if (!(mode == "read" ? bench.Read(changes) : bench.Discard())) return 1;
    std::printf(
        "{\"cpu_ms\": %.3f, \"wall_ms\": %.3f, \"bytes\": %zu, \"changes\": %zu, \"rss_kb\": %ld, "
        "\"peak_kb\": %ld}\n",
        absl::ToDoubleMilliseconds(CpuTime() - cpu), absl::ToDoubleMilliseconds(absl::Now() - start),
        bench.TakeBytes(), changes, Memory("VmRSS:"), Memory("VmHWM:"));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "bench_read_engine SOCKET read|discard\n", 2;
  return swarmbell::Run(argv[1], argv[2]);
}
