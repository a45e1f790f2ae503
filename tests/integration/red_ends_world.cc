#include "tests/integration/red_ends_world.h"

#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/known_records.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

RuleSet DefaultRules() {
  NotifierConfig config;
  config.receivers.emplace_back().name = "chat";
  config.rules = BuiltInRules();
  return *RuleSet::Create(config);
}

PipelineOptions Options() {
  PipelineOptions options;
  options.grouping.window = absl::ZeroDuration();
  options.grouping.digest_over = 0;
  return options;
}

}  // namespace

RedEndsWorld::RedEndsWorld() : rules_(DefaultRules()) {
  for (const char* name : {"1", "2", "3", "4", "5"}) {
    nodes_.push_back(NodeJson(std::string("n") + name, std::string("host") + name));
    nodes_.back()["Spec"]["Role"] = "manager";
    nodes_.back()["ManagerStatus"] = {{"Reachability", "reachable"}, {"Leader", name[0] == '1'}};
  }
  services_.push_back(ServiceJson("s1", "web", 2));
  services_.push_back(ServiceJson("s2", "api", 1));
  AddTask("t1", "s1", 1, "running");
  AddTask("t2", "s1", 2, "running");
  AddTask("u1", "s2", 1, "running");
  SetContainer("running", "Up 2 hours");
  StartNotifier();
  Pass(absl::Minutes(2));
  TakePosted();
}

void RedEndsWorld::Pass(absl::Duration time) {
  for (absl::Duration passed; passed < time; passed += absl::Seconds(10)) {
    now_ += absl::Seconds(10);
    if (collector_runs_) ReadOnce();
    if (pipeline_) Post(pipeline_->Tick(now_));
  }
}

void RedEndsWorld::ReadOnce() {
  const Snapshot fresh = Look(absl::ZeroDuration());
  Events events;
  if (std::exchange(recollects_, false)) {
    for (v1::ChangeEvent& event : Recollect(fresh, context_)) {
      // As the feed does with `SubscribeRequest.known`.
      if (FromProto(event.occur_time()) >= known_until_) events.push_back(std::move(event));
    }
  } else {
    events = AdoptAlarms(known_, to_adopt_, fresh, context_);
  }
  Events found = Diff(known_, fresh, context_);
  events.insert(events.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  known_until_ = now_;
  log_.push_back(std::move(events));
  Flush();
}

void RedEndsWorld::Flush() {
  for (; pipeline_ && !log_.empty(); log_.pop_front()) {
    FeedBatch batch;
    batch.collector = "c:1";
    batch.events = log_.front();
    for (const v1::ChangeEvent& event : batch.events) stale_->Heard(event);
    batch.receipt = std::make_shared<Receipt>();
    Deliver(std::move(batch));
  }
}

void RedEndsWorld::Deliver(FeedBatch batch) { Post(pipeline_->Process(batch, now_)); }

void RedEndsWorld::Post(std::vector<OutgoingGroup> groups) {
  for (const OutgoingGroup& group : groups) {
    for (const Alert& alert : group.group.alerts) posted_.push_back({alert.rule, alert.color, alert.event});
  }
  groups.clear();  // accepted
  const HandledChanges::Additions all = handled_->Since(0);
  stored_marks_ = all.marks;
  if (!all.state.empty()) stored_state_ = all.state;
}

void RedEndsWorld::StopNotifier(bool hand_over) {
  if (hand_over) pipeline_->HandOver();
  pipeline_.reset();
}

void RedEndsWorld::StartNotifier() {
  handled_ = std::make_unique<HandledChanges>();
  handled_->Merge(stored_marks_);
  pipeline_ = std::make_unique<Pipeline>(
      Options(),
      [this](const v1::ChangeEvent& event, absl::Time now) { return rules_.Evaluate(event, now).alert; },
      *handled_);
  outage_ = Outage(absl::Seconds(60));
  stale_.emplace();
  stale_->Restore(stored_state_);
  FeedBatch batch;
  batch.collector = "c:2 (feed)";
  batch.state = stored_state_;
  batch.receipt = std::make_shared<Receipt>();
  Deliver(std::move(batch));
  Flush();
}

void RedEndsWorld::StopCollector() { collector_runs_ = false; }

void RedEndsWorld::StartCollector(bool with_memory) {
  collector_runs_ = true;
  std::map<std::string, std::string> records;
  if (with_memory) {
    VisitKnown(known_, known_, [&](const KnownRecord& record) { records[record.name] = record.seal(); });
  }
  known_ = Known();
  for (const auto& [name, record] : records) {
    EXPECT_TRUE(AddKnownRecord(name, record, known_, known_).ok()) << name;
  }
  if (with_memory) return;
  recollects_ = true;
  log_.clear();
  // It has lost what it stored for the notifier, which sends it again.
  stored_state_ = pipeline_ ? handled_->State() : "";
  if (!pipeline_) stored_marks_.clear();
  v1::KnownSwarm known;
  known.set_cluster_id(context_.cluster.id());
  AddOpenAlarms(stored_state_, known);
  to_adopt_ = {known.open_alarms().begin(), known.open_alarms().end()};
}

void RedEndsWorld::Tell(v1::ChangeEvent event) {
  FeedBatch batch;
  batch.collector = "c:1 (feed)";
  stale_->Heard(event);
  batch.events.push_back(std::move(event));
  Deliver(std::move(batch));
}

void RedEndsWorld::FollowFeed() {
  if (auto over = outage_.End({"c:1"}, Both())) Tell(*std::move(over));
  FeedBatch batch;
  batch.followed = "c:1";
  Deliver(std::move(batch));
}

void RedEndsWorld::RemoveFeed() {
  if (auto over = outage_.End({"c:1"}, Both())) Tell(*std::move(over));
  FeedBatch batch;
  batch.feeds = {"c:2"};
  Deliver(std::move(batch));
}

void RedEndsWorld::SendProgress(const std::string& node) {
  v1::Progress progress;
  *progress.mutable_cluster() = context_.cluster;
  progress.mutable_observer()->set_node_id(node);
  *progress.mutable_poll_time() = ToProto(now_);
  if (auto over = stale_->Heard(progress, now_)) Tell(*std::move(over));
}

std::vector<Posted> RedEndsWorld::TakePosted() {
  std::vector<Posted> posted = std::exchange(posted_, {});
  std::erase_if(posted,
                [](const Posted& one) { return one.color != Color::kRed && one.color != Color::kGreen; });
  return posted;
}

std::string RedEndsWorld::Now() const {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", now_, absl::UTCTimeZone());
}

SwarmFixture::Json& RedEndsWorld::Task(const std::string& id) {
  for (Json& task : tasks_) {
    if (task["ID"] == id) return task;
  }
  ADD_FAILURE() << "no task " << id;
  return tasks_[0];
}

SwarmFixture::Json& RedEndsWorld::AddTask(const std::string& id, const std::string& service, int slot,
                                          const std::string& state) {
  Json task = TaskJson(id, service, slot, state);
  task["CreatedAt"] = task["Status"]["Timestamp"] = Now();
  task["Version"]["Index"] = ++version_;
  for (const Json& known : services_) {
    if (known["ID"] == service) task["Spec"] = known["Spec"]["TaskTemplate"];
  }
  return tasks_.insert(tasks_.end(), task).value();
}

void RedEndsWorld::SetTask(const std::string& id, const std::string& state, const std::string& error) {
  Json& task = Task(id);
  task["Status"] = {{"State", state}, {"Timestamp", Now()}};
  task["Version"]["Index"] = ++version_;
  if (!error.empty()) task["Status"]["Err"] = error;
  if (state == "pending") task["NodeID"] = "";
  if (state == "running") task["NodeID"] = "n1";
  if (state == "failed" || state == "rejected" || state == "complete") task["DesiredState"] = "shutdown";
  if (state == "failed" || state == "complete") {
    task["Status"]["ContainerStatus"] = {{"ContainerID", "c"}, {"ExitCode", state == "failed" ? 1 : 0}};
  }
}

void RedEndsWorld::FailAndReplace(const std::string& id, const std::string& next, const std::string& error) {
  SetTask(id, error.empty() ? "failed" : "rejected", error);
  const std::string service = Task(id)["ServiceID"];
  AddTask(next, service, Task(id)["Slot"], "running");
}

void RedEndsWorld::SetUpdate(const std::string& state, const std::string& message) {
  Json& service = Service();
  const bool starts = !service.contains("UpdateStatus") || state == "updating";
  const std::string started = starts ? Now() : service["UpdateStatus"]["StartedAt"].get<std::string>();
  service["UpdateStatus"] = {{"State", state}, {"StartedAt", started}, {"Message", message}};
  if (state != "updating" && state != "rollback_started") service["UpdateStatus"]["CompletedAt"] = Now();
  service["Version"]["Index"] = ++version_;
  service["UpdatedAt"] = Now();
}

void RedEndsWorld::SetContainer(const std::string& state, const std::string& status) {
  containers_ = Json::array({ContainerJson("c1", state, status)});
}

void RedEndsWorld::RemoveTask(const std::string& id) {
  Json rest = Json::array();
  for (const Json& task : tasks_) {
    if (task["ID"] != id) rest.push_back(task);
  }
  tasks_ = rest;
}

void RedEndsWorld::RemoveService() {
  services_.erase(services_.begin());
  Json rest = Json::array();
  for (const Json& task : tasks_) {
    if (task["ServiceID"] != "s1") rest.push_back(task);
  }
  tasks_ = rest;
}

void RedEndsWorld::RemoveNode() { nodes_.erase(nodes_.begin() + 2); }

v1::ChangeEvent RedEndsWorld::OwnEvent(v1::ResourceKind kind, const std::string& id) const {
  v1::ChangeEvent event;
  event.set_event_id(absl::StrCat(id, " ", Now()));
  *event.mutable_observe_time() = ToProto(now_);
  *event.mutable_cluster() = context_.cluster;
  *event.mutable_observer() = context_.observer;
  event.mutable_resource()->set_kind(kind);
  event.mutable_resource()->set_id(id);
  event.mutable_resource()->set_name(id);
  return event;
}

}  // namespace swarmbell
