// Feeds any bytes, in pieces of any size, to the reader of a task's output, and checks what must hold for all
// of them.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collector/logs/task_output.h"
#include "collector/snapshot/masking.h"
#include "common/settings/setting.h"

namespace {

using swarmbell::OutputLimits;
using swarmbell::TaskOutput;

void Check(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string> Read(std::string_view bytes, std::size_t piece, const swarmbell::Masker& masker) {
  TaskOutput output;
  for (std::size_t at = 0; at < bytes.size(); at += piece) output.Add(bytes.substr(at, piece));
  Check(output.EngineError().size() <= 2000);
  return output.LastLines({}, [&](std::string_view text) { return masker.HideInOutput(text); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const masker = new swarmbell::Masker({}, "the key of this fuzzer");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> lines = Read(bytes, bytes.size() + 1, *masker);
  Check(lines.size() <= OutputLimits().lines);
  for (const std::string& line : lines) {
    Check(!line.empty() && swarmbell::IsUtf8(line));
    for (const char byte : line) Check(static_cast<unsigned char>(byte) >= ' ' && byte != '\x7f');
  }
  // Pieces do not matter.
  Check(Read(bytes, 1, *masker) == lines && Read(bytes, 7, *masker) == lines);
  return 0;
}
