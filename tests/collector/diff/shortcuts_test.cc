// The reader and Diff() pass over objects that did not change. Random swarms show the same
// changes as a collector that reads and compares everything each time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/diff/comparison.h"
#include "tests/collector/diff/swarm_fixture.h"

namespace swarmbell {
namespace {

class ShortcutsTest : public SwarmFixture, public testing::WithParamInterface<int> {
 protected:
  ShortcutsTest() {
    context_.node_down_after = absl::Seconds(10);
    context_.update_stalled_after = absl::Minutes(1);
    for (int i = 0; i < 3; ++i) AddManager(i);
    for (int i = 0; i < 8; ++i) AddService();
    for (int i = 0; i < 30; ++i) AddTask();
  }

  int Random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool Rarely() { return Random(8) == 0; }
  template <std::size_t kCount>
  const char* AnyOf(const char* const (&texts)[kCount]) {
    return texts[Random(kCount)];
  }
  Json* AnyIn(Json& list) {
    return list.empty() ? nullptr : &list[static_cast<std::size_t>(Random(static_cast<int>(list.size())))];
  }
  void EraseAny(Json& list) {
    if (!list.empty()) list.erase(static_cast<std::size_t>(Random(static_cast<int>(list.size()))));
  }
  // There may be tasks of a service that is not there, or not any longer.
  std::string AnyServiceId() { return absl::StrCat("s", Random(10)); }

  void AddManager(int number) {
    Json node = NodeJson(absl::StrCat("n", number), absl::StrCat("host", number));
    node["Spec"]["Role"] = "manager";
    node["ManagerStatus"] = {{"Reachability", "reachable"}, {"Leader", number == 0}};
    nodes_.push_back(node);
  }

  // Identifiers come back, which no engine does, and stand where they like.
  void AddService() {
    const std::string id = AnyServiceId();
    for (const Json& service : services_) {
      if (service["ID"] == id) return;
    }
    Json service = ServiceJson(id, "web" + id, Random(4));
    if (Rarely()) service["Spec"]["Mode"] = {{"Global", Json::object()}};
    if (Rarely()) service["Spec"]["Mode"] = {{"ReplicatedJob", {{"TotalCompletions", 2}}}};
    if (Rarely())
      service["Spec"]["TaskTemplate"]["RestartPolicy"]["Condition"] = AnyOf({"none", "on-failure"});
    services_.insert(services_.begin() + Random(static_cast<int>(services_.size()) + 1), service);
  }
  void AddTask() {
    Json task = TaskJson(absl::StrCat("t", Random(1000)), AnyServiceId(), Random(4), "running");
    for (const Json& other : tasks_) {
      if (other["ID"] == task["ID"]) return;
    }
    task["NodeID"] = absl::StrCat("n", Random(3));
    tasks_.insert(tasks_.begin() + Random(static_cast<int>(tasks_.size()) + 1), task);
  }

  void ChangeService(Json& service) {
    Json& version = service["Version"]["Index"];
    version = version.get<int>() + 1;
    switch (Random(3)) {
      case 0:
        service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = absl::StrCat("web:", Random(5));
        break;
      case 1:
        service["Spec"]["Mode"] = {{"Replicated", {{"Replicas", Random(4)}}}};
        break;
      default:
        service["UpdateStatus"] =
            Status(AnyOf({"updating", "paused", "completed", "rollback_started", "rollback_completed"}),
                   10 + Random(3), "because of task t1");
    }
  }
  void ChangeTask(Json& task) {
    Json& status = task["Status"];
    status["State"] = AnyOf({"pending", "running", "running", "failed", "rejected", "complete", "shutdown"});
    status["Timestamp"] = absl::StrCat("2026-11-22T12:00:", 10 + Random(40), "Z");
    status.erase("Err");
    if (status["State"] == "pending") status["Err"] = absl::StrCat("no suitable node (", Random(3), " of 3)");
    if (Rarely()) status["Err"] = "no such image";
    task["DesiredState"] = AnyOf({"running", "running", "shutdown", "ready", "complete"});
    if (Rarely()) task["ServiceID"] = AnyServiceId();
  }

  // A leader that is cut off from the other managers is not believed what it says of nodes.
  void ChangeNode(Json& node) {
    switch (Random(3)) {
      case 0:
        node["Status"]["State"] = AnyOf({"ready", "down", "unknown"});
        break;
      case 1:
        node["ManagerStatus"]["Reachability"] = AnyOf({"reachable", "unreachable"});
        break;
      default:
        const bool back = nodes_[1]["ManagerStatus"]["Reachability"] == "unreachable";
        for (const std::size_t i : {1U, 2U}) {
          nodes_[i]["ManagerStatus"]["Reachability"] = back ? "reachable" : "unreachable";
        }
    }
  }

  void ChangeSomething() {
    Json* const service = AnyIn(services_);
    Json* const task = AnyIn(tasks_);
    switch (Random(9)) {
      case 0:
        return AddService();
      case 1:
        if (Random(3) == 0) EraseAny(services_);
        return;
      case 2:
      case 3:
        return service != nullptr ? ChangeService(*service) : AddService();
      case 4:
        return AddTask();
      case 5:
        EraseAny(tasks_);
        return;
      case 6:
      case 7:
        return task != nullptr ? ChangeTask(*task) : AddTask();
      default:
        if (Random(3) == 0) ChangeNode(*AnyIn(nodes_));
    }
  }

  // A collector that reads everything each time.
  Snapshot ReadAll() const {
    SnapshotReader reader{MaskOptions{}};
    Snapshot snapshot;
    snapshot.read_time = now_;
    if (has_services_) snapshot.services = reader.ReadServices(services_.dump()).value();
    if (has_nodes_) snapshot.nodes = reader.ReadNodes(nodes_.dump()).value();
    if (has_tasks_) snapshot.tasks = reader.ReadTasks(tasks_.dump()).value();
    return snapshot;
  }

  // One who reads on, and may ask for no more than the tasks that changed.
  Snapshot ReadOn() {
    Snapshot snapshot;
    snapshot.read_time = now_;
    if (has_services_) snapshot.services = reader_on_->ReadServices(services_.dump()).value();
    if (has_nodes_) snapshot.nodes = reader_on_->ReadNodes(nodes_.dump()).value();
    if (!has_tasks_) return snapshot;
    const bool whole = !read_tasks_ || Random(2) == 0;
    snapshot.tasks = whole ? reader_on_->ReadTasks(tasks_.dump()).value() : ReadPartOfTasks();
    read_tasks_ = tasks_;
    return snapshot;
  }

  Objects<Task> ReadPartOfTasks() {
    const std::set<std::string> ids = ServicesOfChangedTasks();
    Json part = Json::array();
    for (const Json& task : tasks_) {
      if (ids.contains(task["ServiceID"])) part.push_back(task);
    }
    reader_on_->Tasks().Begin();
    EXPECT_TRUE(reader_on_->Tasks().Add(part.dump()).ok());
    return reader_on_->Tasks()
        .EndPart([&](const Task& task) { return ids.contains(task.service_id); })
        .value();
  }

  std::set<std::string> ServicesOfChangedTasks() const {
    std::set<std::string> ids;
    for (const auto& [list, others] :
         {std::pair(&tasks_, &*read_tasks_), std::pair(&*read_tasks_, &tasks_)}) {
      for (const Json& task : *list) {
        if (std::find(others->begin(), others->end(), task) == others->end()) ids.insert(task["ServiceID"]);
      }
    }
    return ids;
  }

  // A change that was due is not stored.
  void ForgetDue() { known_.due = {}; }

  // A collector that restarts continues with the stored objects: they are equal, not the same.
  void Restart() {
    ForgetDue();
    known_.services = Stored(known_.services);
    known_.nodes = Stored(known_.nodes);
    known_.tasks = Stored(known_.tasks);
    reader_on_ = std::make_unique<SnapshotReader>(MaskOptions{});
    read_tasks_.reset();
  }

  template <typename T>
  static std::optional<Objects<T>> Stored(const std::optional<Objects<T>>& objects) {
    if (!objects) return std::nullopt;
    typename Objects<T>::List list;
    for (const auto& [id, object] : *objects) list.push_back(std::make_shared<const T>(*object));
    return Objects<T>::Of(std::move(list));
  }

  std::unique_ptr<SnapshotReader> reader_on_ = std::make_unique<SnapshotReader>(MaskOptions{});
  std::optional<Json> read_tasks_;  // in full, or so far
  std::mt19937 random_{static_cast<unsigned>(GetParam())};
  bool has_services_ = true;
  bool has_nodes_ = true;
  bool has_tasks_ = true;
};

std::vector<std::string> Texts(const std::vector<v1::ChangeEvent>& events) {
  std::vector<std::string> texts;
  texts.reserve(events.size());
  for (const v1::ChangeEvent& event : events) texts.push_back(event.ShortDebugString());
  return texts;
}

std::string ShortagesOf(const Known& known) {
  std::string text;
  for (const auto& [id, shortage] : known.shortages) {
    absl::StrAppend(&text, id, " ", absl::FormatTime(shortage.since), " ", shortage.episode, " ",
                    shortage.reported, shortage.unschedulable, " ",
                    absl::FormatTime(shortage.held_since.value_or(absl::InfinitePast())), " ",
                    shortage.running_at_baseline.value_or(1000), "\n");
  }
  return text;
}

std::string ProgressOf(const Known& known) {
  std::string text;
  for (const auto& [id, note] : known.service_notes) {
    if (!note.run || !note.run->progress) continue;
    const RunProgress& progress = *note.run->progress;
    absl::StrAppend(&text, id, " ", absl::FormatTime(progress.since), " ",
                    absl::StrJoin(progress.reached, ","), " ", progress.stalled, " ", progress.stalls, "\n");
  }
  return text;
}

std::string FailedJobsOf(const Known& known) {
  std::string text;
  for (const auto& [id, job] : known.failed_jobs) absl::StrAppend(&text, id, " ", job.run, "\n");
  return text;
}

template <typename T>
std::vector<std::string> IdsOf(const std::optional<Objects<T>>& objects) {
  std::vector<std::string> ids;
  if (!objects) return ids;
  for (const auto& [id, object] : *objects) ids.push_back(absl::StrCat(id, " ", object->version));
  return ids;
}

TEST_P(ShortcutsTest, ChangeNothingOfWhatIsTold) {
  Known slow;
  std::size_t told = 0;
  for (int reading = 0; reading < 80; ++reading) {
    for (int changes = Random(4); changes > 0; --changes) ChangeSomething();
    now_ += absl::Seconds(1 + Random(30));
    has_services_ = !Rarely();
    has_nodes_ = !Rarely();
    has_tasks_ = !Rarely();
    if (Rarely()) ForgetDue();
    if (Rarely()) Restart();
    slow.due.all = true;
    const Events expected = Diff(slow, ReadAll(), context_);
    const Events events = Diff(known_, ReadOn(), context_);
    ASSERT_EQ(Texts(events), Texts(expected)) << "in reading " << reading;
    ASSERT_EQ(IdsOf(known_.services), IdsOf(slow.services));
    ASSERT_EQ(IdsOf(known_.nodes), IdsOf(slow.nodes));
    ASSERT_EQ(IdsOf(known_.tasks), IdsOf(slow.tasks));
    ASSERT_EQ(known_.failed_tasks, slow.failed_tasks) << "in reading " << reading;
    ASSERT_EQ(known_.unschedulable, slow.unschedulable) << "in reading " << reading;
    ASSERT_EQ(known_.held_unschedulable, slow.held_unschedulable) << "in reading " << reading;
    ASSERT_EQ(ShortagesOf(known_), ShortagesOf(slow)) << "in reading " << reading;
    ASSERT_EQ(ProgressOf(known_), ProgressOf(slow)) << "in reading " << reading;
    ASSERT_EQ(FailedJobsOf(known_), FailedJobsOf(slow)) << "in reading " << reading;
    told += events.size();
  }
  EXPECT_GT(told, 20U);
}

class TasksByServiceTest : public SwarmFixture {};

TEST_F(TasksByServiceTest, KnowsThoseOfServicesThatAreNotDue) {
  for (int i = 0; i < 6; ++i) {
    tasks_.push_back(TaskJson(absl::StrCat("t", i), absl::StrCat("s", i % 2), i, "running"));
  }
  Read();
  known_.due = {.all = false, .ids = {"s0", "gone"}};
  TasksByService tasks(known_);
  for (const char* id : {"s0", "s1", "s0"}) EXPECT_EQ(tasks.Of(id).size(), 3U) << id;
  EXPECT_TRUE(tasks.Of("gone").empty());
  EXPECT_TRUE(tasks.Of("unknown").empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ShortcutsTest, testing::Range(1, 25));

}  // namespace
}  // namespace swarmbell
