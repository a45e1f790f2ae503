// Splitting, fingerprints, reading and comparing, on recorded lists.

#include <memory>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/diff/diff.h"
#include "collector/snapshot/array_splitter.h"
#include "collector/snapshot/reader.h"
#include "tests/bench/recorded_lists.h"
#include "tests/bench/workloads.h"

namespace swarmbell {
namespace {

// As libcurl hands a body over.
constexpr std::size_t kPiece = 128 << 10;

void Expect(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

template <typename T>
Objects<T> Read(ListReader<T>& list, std::string_view body) {
  list.Begin();
  for (; !body.empty(); body.remove_prefix(std::min(kPiece, body.size()))) {
    Expect(list.Add(body.substr(0, kPiece)).ok(), "the list does not read");
  }
  auto objects = list.End();
  Expect(objects.ok(), "the list is not whole");
  return *std::move(objects);
}

// Two states of a swarm, read in turn and compared with each other.
class Swarm {
 public:
  Swarm(std::string before, std::string after) : bodies_{std::move(before), std::move(after)} { Read(); }

  void Read() {
    fresh_.services = swarmbell::Read(reader_.Services(), bodies_[turn_]);
    turn_ = 1 - turn_;
  }
  void Keep(int state) { read_[state] = fresh_; }
  std::size_t CompareKept() {
    turn_ = 1 - turn_;
    return Diff(known_, read_[turn_], {}).size();
  }

 private:
  SnapshotReader reader_{MaskOptions{}};
  std::string bodies_[2];
  int turn_ = 0;
  Snapshot fresh_;
  Snapshot read_[2];
  Known known_;
};

class Nothing final : public ArraySplitter::Sink {
 public:
  ArraySplitter::Expected Expect() override { return {}; }
  void TakeExpected() override {}
  absl::Status Take(std::string_view) override { return ++objects, absl::OkStatus(); }
  std::size_t objects = 0;
};

std::function<void()> Hash() {
  return [body = RecordedServices(1000)] { Expect(ByteHashOf(body).low != 0, "no hash"); };
}

// The splitter when it can predict nothing.
std::function<void()> Split() {
  return [body = RecordedServices(1000)] {
    Nothing sink;
    ArraySplitter splitter(sink);
    for (std::string_view rest = body; !rest.empty(); rest.remove_prefix(std::min(kPiece, rest.size()))) {
      Expect(splitter.Add(rest.substr(0, kPiece)).ok(), "the list does not split");
    }
    Expect(splitter.End().ok() && sink.objects == 1000, "objects are missing");
  };
}

std::function<void()> ReadUnchanged() {
  struct State {
    SnapshotReader reader{MaskOptions{}};
    std::string services = RecordedServices(1000), tasks = RecordedTasks(1000, 10);
  };
  auto state = std::make_shared<State>();
  const auto read = [state] {
    const auto services = Read(state->reader.Services(), state->services);
    const auto tasks = Read(state->reader.Tasks(), state->tasks);
    Expect(services.size() == 1000 && tasks.size() == 10000, "objects are missing");
  };
  read();
  return read;
}

// Each time as many services of `count` are others than the time before.
std::function<void()> ReadChanged(std::size_t count, std::size_t changed) {
  auto swarm = std::make_shared<Swarm>(RecordedServices(count), RecordedServices(count, changed));
  return [swarm] { swarm->Read(); };
}

// A service that changed, and one of its tasks, among so many: read and compared.
std::function<void()> ReadAndCompare() {
  struct State {
    SnapshotReader reader{MaskOptions{}};
    std::string services[2] = {RecordedServices(1000), RecordedServices(1000, 1)};
    std::string tasks[2] = {RecordedTasks(1000, 10), RecordedTasks(1000, 10, 1)};
    int turn = 0;
    Known known;
  };
  auto state = std::make_shared<State>();
  const auto work = [state] {
    Snapshot fresh;
    fresh.services = Read(state->reader.Services(), state->services[state->turn]);
    fresh.tasks = Read(state->reader.Tasks(), state->tasks[state->turn]);
    state->turn = 1 - state->turn;
    Diff(state->known, fresh, {});
  };
  work();
  return work;
}

// The comparison alone.
std::function<void()> Compare(std::size_t count, std::size_t changed) {
  auto swarm = std::make_shared<Swarm>(RecordedServices(count), RecordedServices(count, changed));
  swarm->Keep(0);
  swarm->Read();
  swarm->Keep(1);
  swarm->CompareKept();
  return [swarm, changed] { Expect(swarm->CompareKept() >= changed, "changes are missing"); };
}

std::string Count(std::size_t count) { return absl::StrCat("/", count); }

}  // namespace

std::vector<Workload> ReadingWorkloads() {
  std::vector<Workload> workloads = {
      {"hash/services/1000", 1000, true, Hash},
      {"split/services/1000", 1000, true, Split},
      {"read/a_service_that_changed/1", 1, true, [] { return ReadChanged(1, 1); }},
      {"read/unchanged_services_and_10000_tasks/1000", 11000, true, ReadUnchanged},
      {"read_and_diff/one_changed_with_10000_tasks/1000", 11000, true, ReadAndCompare},
      {"read/one_changed_of/1000", 1000, true, [] { return ReadChanged(1000, 1); }},
  };
  for (const std::size_t count : {std::size_t{100}, std::size_t{500}, std::size_t{1000}, std::size_t{5000}}) {
    const bool quick = count <= 500;
    workloads.push_back(
        {"diff/one_changed_of" + Count(count), count, quick, [count] { return Compare(count, 1); }});
    workloads.push_back(
        {"diff/all_changed_of" + Count(count), count, quick, [count] { return Compare(count, count); }});
  }
  return workloads;
}

}  // namespace swarmbell
