// Replays answers of real engines, and compares the changes with those that a person has checked.
// SWARMBELL_UPDATE_GOLDEN=1 writes the files again; read their differences before you commit them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collector/diff/diff.h"
#include "collector/snapshot/reader.h"
#include "tests/collector/diff/event_text.h"
#include "tests/collector/diff/recordings.h"

namespace swarmbell {
namespace {

std::string GoldenPath(const std::string& scenario) {
  return absl::StrCat(SWARMBELL_TESTDATA, "/golden/", scenario, ".txt");
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

DiffContext Context() {
  DiffContext context;
  context.cluster.set_id("cluster");
  context.node_down_after = absl::ZeroDuration();  // the recordings end sooner
  context.cluster.set_name("test");
  context.observer.set_node_id("observer");
  context.observer.set_hostname("d1");
  return context;
}

// A collector's memory, fed with recorded bodies.
class Replay {
 public:
  explicit Replay(absl::Time start) : start_(start) {}

  void Take(const Recording& recording) {
    absl::Status status;
    if (recording.kind == "services") status = Set(reader_.ReadServices(recording.body), snapshot_.services);
    if (recording.kind == "nodes") status = Set(reader_.ReadNodes(recording.body), snapshot_.nodes);
    if (recording.kind == "tasks") status = Set(reader_.ReadTasks(recording.body), snapshot_.tasks);
    if (recording.kind == "containers") {
      status = Set(reader_.ReadContainers(recording.body), snapshot_.containers);
    }
    ASSERT_TRUE(status.ok()) << recording.file << ": " << status;
    snapshot_.read_time = recording.time;
    if (recording.kind != "containers") snapshot_.server = recording.server;
  }

  void Compare() {
    for (const v1::ChangeEvent& event : Diff(known_, snapshot_, Context())) {
      const double seconds = absl::ToDoubleSeconds(snapshot_.read_time - start_);
      absl::StrAppend(&text_, absl::StrFormat("%+9.3f  ", seconds), EventText(event), "\n");
      EXPECT_TRUE(ids_.insert(event.event_id()).second) << "told twice: " << EventText(event);
      EXPECT_TRUE(event.has_observe_time());
    }
    EXPECT_THAT(Diff(known_, snapshot_, Context()), testing::IsEmpty()) << "the same reading told something";
  }

  const std::string& Text() const { return text_; }
  const std::set<std::string>& Ids() const { return ids_; }

 private:
  template <typename T>
  static absl::Status Set(absl::StatusOr<T> read, std::optional<T>& target) {
    if (!read.ok()) return read.status();
    target = *std::move(read);
    return absl::OkStatus();
  }

  SnapshotReader reader_{MaskOptions{}};
  Known known_;
  Snapshot snapshot_;
  absl::Time start_;
  std::string text_;
  std::set<std::string> ids_;
};

std::vector<Recording> AskedOf(const std::vector<Recording>& all, const std::string& engine) {
  std::vector<Recording> result;
  for (const Recording& recording : all) {
    if (recording.asked.empty() || recording.asked == engine) result.push_back(recording);
  }
  return result;
}

bool IsFirst(const Recording& recording) { return recording.file.rfind("00", 0) == 0; }

// The bodies of the first listing make one reading; after that each body makes one.
std::string ReplayAll(const std::vector<Recording>& recordings) {
  Replay replay(recordings.front().time);
  std::size_t i = 0;
  for (; i < recordings.size() && IsFirst(recordings[i]); ++i) replay.Take(recordings[i]);
  if (i > 0) replay.Compare();
  for (; i < recordings.size(); ++i) {
    replay.Take(recordings[i]);
    replay.Compare();
  }
  return replay.Text();
}

// The changes that are reported when every reading between the first and the last is missed.
std::string ReplayEnds(const std::vector<Recording>& recordings) {
  Replay replay(recordings.front().time);
  std::map<std::string, const Recording*> first;
  std::map<std::string, const Recording*> last;
  for (const Recording& recording : recordings) {
    first.emplace(recording.kind, &recording);
    last[recording.kind] = &recording;
  }
  for (const auto& [kind, recording] : first) replay.Take(*recording);
  replay.Compare();
  for (const auto& [kind, recording] : last) replay.Take(*recording);
  replay.Compare();
  return replay.Text();
}

std::string ReplayScenario(const std::string& scenario) {
  const std::vector<Recording> all = LoadRecordings(scenario);
  std::set<std::string> engines;
  for (const Recording& recording : all) {
    if (!recording.asked.empty()) engines.insert(recording.asked);
  }
  if (engines.empty()) engines.insert("");
  std::string text;
  for (const std::string& engine : engines) {
    const std::vector<Recording> recordings = AskedOf(all, engine);
    if (recordings.empty()) continue;
    const std::string of = engine.empty() ? "" : " of " + engine;
    absl::StrAppend(&text, "# every reading", of, "\n", ReplayAll(recordings));
    absl::StrAppend(&text, "# the first and the last reading", of, "\n", ReplayEnds(recordings));
  }
  return text;
}

class GoldenReplayTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenReplayTest, TellsWhatHappened) {
  const std::string told = ReplayScenario(GetParam());
  if (std::getenv("SWARMBELL_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(GoldenPath(GetParam())).parent_path());
    std::ofstream(GoldenPath(GetParam())) << told;
  }
  EXPECT_EQ(told, ReadText(GoldenPath(GetParam())));
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (c == '-' || c == '.') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Engines, GoldenReplayTest, testing::ValuesIn(Scenarios()), TestName);

}  // namespace
}  // namespace swarmbell
