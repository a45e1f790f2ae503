#include "tests/bench/recorded_lists.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace swarmbell {
namespace {

// The texts that are replaced in the recorded objects.
constexpr char kName[] = "shop0_svc0000";
constexpr char kServiceId[] = "43f9933z5thb5uo5bfsnf6c30";
constexpr char kTaskId[] = "5zsx5dn7n29x71y4dg0o1u063";

std::string Recorded(const std::string& file) {
  std::ifstream in(SWARMBELL_BENCH_RECORDED "/" + file);
  if (!in) throw std::runtime_error("cannot read tests/bench/recorded/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string ServiceId(std::size_t number) { return absl::StrFormat("svc%022d", number); }
std::string Name(std::size_t number) { return absl::StrFormat("shop%d_svc%04d", number % 40, number); }

void Append(std::string& list, const std::string& object) {
  list += list.size() > 1 ? "," : "";
  list += object;
}

}  // namespace

std::string RecordedServices(std::size_t count, std::size_t changed) {
  const std::string recorded = Recorded("service.json");
  std::string list = "[";
  for (std::size_t number = 0; number < count; ++number) {
    std::string one = absl::StrReplaceAll(recorded, {{kName, Name(number)}, {kServiceId, ServiceId(number)}});
    if (number < changed) {
      absl::StrReplaceAll({{"COLOR=blue", "COLOR=red"}, {"{\"Index\":19}", "{\"Index\":20}"}}, &one);
    }
    Append(list, one);
  }
  return list + "]\n";
}

std::string RecordedTasks(std::size_t services, std::size_t each, std::size_t changed) {
  const std::string recorded = Recorded("task.json");
  std::string list = "[";
  for (std::size_t number = 0; number < services * each; ++number) {
    const std::size_t service = number / each;
    Append(list,
           absl::StrReplaceAll(
               recorded, {{kName, Name(service)},
                          {kServiceId, ServiceId(service)},
                          {kTaskId, absl::StrFormat("tsk%021d%c", number, number < changed ? 'b' : 'a')},
                          {"\"Slot\":2", absl::StrFormat("\"Slot\":%d", number % each + 1)}}));
  }
  return list + "]\n";
}

}  // namespace swarmbell
