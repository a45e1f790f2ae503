// The stories of a service that is created or removed, or whose settings change.

#include <algorithm>

#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

template <typename Repeated>
std::string Listed(const Repeated& items) {
  return JoinSome({items.begin(), items.end()});
}

Fact ModeFact(const v1::ServiceMode& mode, const std::string& prefix) {
  const bool replicated = mode.kind() == v1::SERVICE_MODE_KIND_REPLICATED && mode.has_replicas();
  if (replicated) return {UpperFirst(prefix + "replicas"), std::to_string(mode.replicas())};
  const bool known = mode.kind() != v1::SERVICE_MODE_KIND_UNSPECIFIED;
  return {UpperFirst(prefix + "mode"), known ? ModeWords(mode) : ""};
}

void Appeared(const v1::ServiceAppeared& change, const std::string& stack, Story& story) {
  const v1::ServiceSummary& service = change.service();
  story.rank = StoryRank::kAppeared;
  story.result = "created";
  story.sentence = stack.empty() ? "New service." : "New service in stack " + stack + ".";
  story.also = "It was created.";
  AddFacts(story.tail, {{"Image", ShortImage(service.image())},
                        ModeFact(service.mode(), ""),
                        {"Ports", Listed(service.published_ports())},
                        {"Networks", Listed(service.networks())},
                        {"Memory limit", service.memory_limit()},
                        {"CPU limit", service.cpu_limit()}});
}

void Disappeared(const v1::ServiceSummary& service, const std::string& stack, Story& story) {
  story.rank = StoryRank::kGone;
  story.result = "removed";
  story.sentence = stack.empty() ? "It no longer exists." : "Was in stack " + stack + ".";
  story.also = "It was removed.";
  AddFacts(story.tail, {{"Last image", ShortImage(service.image())},
                        ModeFact(service.mode(), "last "),
                        {"Last ports", Listed(service.published_ports())}});
}

template <typename Details>
FieldChanges FieldsOf(const Details& details) {
  return {details.fields().begin(), details.fields().end()};
}

// `Task template changed: image 2.4.1 → 2.5.0.`
std::string Changed(const std::string& what, const FieldChanges& fields) {
  const std::string summary = FieldSummary(fields);
  return what + " changed" + (summary.empty() ? "." : ": " + summary + ".");
}

void Settings(const std::string& result, const std::string& what, FieldChanges fields, Story& story) {
  story.rank = StoryRank::kChanged;
  story.result = result;
  story.sentence = Changed(what, fields);
  story.also = story.sentence;
  story.fields = std::move(fields);
}

void TaskTemplate(FieldChanges fields, Story& story) {
  const bool forced = fields.size() == 1 && fields[0].group() == "Forced update";
  Settings("updated", "Task template", std::move(fields), story);
  if (!forced) return;
  story.sentence = "Forced update: its tasks are replaced although no setting changed.";
  story.also = "A forced update replaces its tasks.";
}

// A config whose name is in the title already.
void Config(const std::string& what, FieldChanges fields, Story& story) {
  const std::string summary = FieldSummary(fields);
  Settings(LowerFirst(what) + " changed", what, std::move(fields), story);
  if (!summary.empty()) story.sentence = UpperFirst(summary) + " changed.";
}

// `2 added, 1 removed`
std::string Counts(const FieldChanges& fields) {
  std::vector<std::string> words;
  const auto add = [&](const char* word, auto matches) {
    const auto count = std::count_if(fields.begin(), fields.end(), matches);
    if (count > 0) words.push_back(std::to_string(count) + " " + word);
  };
  const auto is = [](v1::FieldChangeKind kind) {
    return [kind](const v1::FieldChange& field) { return field.kind() == kind; };
  };
  add("added", is(v1::FIELD_CHANGE_KIND_ADDED));
  add("removed", is(v1::FIELD_CHANGE_KIND_REMOVED));
  add("changed", [](const v1::FieldChange& field) {
    return field.kind() != v1::FIELD_CHANGE_KIND_ADDED && field.kind() != v1::FIELD_CHANGE_KIND_REMOVED;
  });
  return JoinSome(words);
}

void Labels(FieldChanges fields, Story& story) {
  const std::string counts = Counts(fields);
  Settings("labels changed", "Labels", std::move(fields), story);
  if (counts.empty()) return;
  story.sentence = UpperFirst(counts) + ".";
  story.also = "Labels: " + counts + ".";
}

// In words what the endpoint mode became; empty if it did not change.
std::string EndpointModeSwitch(const FieldChanges& fields) {
  const auto mode = std::find_if(fields.begin(), fields.end(), [](const v1::FieldChange& field) {
    return field.current_value() == "dnsrr" || field.current_value() == "vip";
  });
  if (mode == fields.end()) return "";
  return mode->current_value() == "vip" ? "switched to a virtual IP" : "switched to DNS round robin";
}

void Endpoint(FieldChanges fields, Story& story) {
  const std::string mode = EndpointModeSwitch(fields);
  const bool only_mode = !mode.empty() && fields.size() == 1;
  Settings("endpoint changed", "Endpoint spec", std::move(fields), story);
  if (only_mode) {
    story.sentence = UpperFirst(mode) + ".";
    story.also = "Also " + mode + ".";
  }
}

std::string ReplicaCount(const v1::ServiceMode& mode) {
  return mode.has_replicas() ? std::to_string(mode.replicas()) : "0";
}

void Scaled(const v1::ServiceModeChanged& change, Story& story) {
  const std::string from = ReplicaCount(change.previous_mode());
  const std::string to = ReplicaCount(change.current_mode());
  // Not to be broken across lines.
  story.result = "scaled " + from + "\u00A0→\u00A0" + to;
  story.also = "Scaled " + from + " → " + to + ".";
  if (change.current_mode().replicas() == 0) {
    story.sentence = "It runs no tasks any more.";
  } else if (change.current_mode().replicas() > change.previous_mode().replicas()) {
    const auto more = change.current_mode().replicas() - change.previous_mode().replicas();
    story.sentence = Counted(more, "more replica is wanted.", "more replicas are wanted.");
  } else {
    const auto fewer = change.previous_mode().replicas() - change.current_mode().replicas();
    story.sentence = Counted(fewer, "fewer replica is wanted.", "fewer replicas are wanted.");
  }
  story.lead.push_back(ChangeSection{"", {{"Replicas", from, to}}, 0});
}

void Job(const v1::ServiceModeChanged& change, Story& story) {
  ChangeSection section;
  const auto row = [&section](const char* label, bool has_before, std::uint64_t before, bool has_after,
                              std::uint64_t after) {
    if (has_before == has_after && before == after) return;
    section.rows.push_back({label, has_before ? std::optional(std::to_string(before)) : std::nullopt,
                            has_after ? std::optional(std::to_string(after)) : std::nullopt});
  };
  const v1::ServiceMode& from = change.previous_mode();
  const v1::ServiceMode& to = change.current_mode();
  row("Completions", from.has_replicas(), from.replicas(), to.has_replicas(), to.replicas());
  row("At once", from.has_max_concurrent(), from.max_concurrent(), to.has_max_concurrent(),
      to.max_concurrent());
  story.result = "job size changed";
  story.sentence = "The number of completions, or how many run at once, changed.";
  story.also = "Job size changed.";
  if (!section.rows.empty()) story.lead.push_back(std::move(section));
}

void Mode(const v1::ServiceModeChanged& change, Story& story) {
  const v1::ServiceModeKind from = change.previous_mode().kind();
  const v1::ServiceModeKind to = change.current_mode().kind();
  story.rank = StoryRank::kShaped;
  if (from == to && to == v1::SERVICE_MODE_KIND_REPLICATED) return Scaled(change, story);
  if (from == to && to == v1::SERVICE_MODE_KIND_REPLICATED_JOB) return Job(change, story);
  story.result = "mode changed";
  story.sentence =
      "Now " + ModeWords(change.current_mode()) + ", before " + ModeWords(change.previous_mode()) + ".";
  story.also = "Mode changed: " + LowerFirst(story.sentence);
  AddChange(story.lead, "Mode", ModeWords(change.previous_mode()), ModeWords(change.current_mode()));
}

}  // namespace

bool DescribeService(const v1::ChangeEvent& event, Story& story) {
  const std::string& stack = event.resource().stack();
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceAppeared:
      return Appeared(event.service_appeared(), stack, story), true;
    case v1::ChangeEvent::kServiceDisappeared:
      return Disappeared(event.service_disappeared().service(), stack, story), true;
    default:
      return false;
  }
}

bool DescribeServiceSettings(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kServiceTaskTemplateChanged:
      return TaskTemplate(FieldsOf(event.service_task_template_changed()), story), true;
    case v1::ChangeEvent::kServiceModeChanged:
      return Mode(event.service_mode_changed(), story), true;
    case v1::ChangeEvent::kServiceEndpointSpecChanged:
      return Endpoint(FieldsOf(event.service_endpoint_spec_changed()), story), true;
    case v1::ChangeEvent::kServiceRollbackConfigChanged:
      Config("Rollback config", FieldsOf(event.service_rollback_config_changed()), story);
      return true;
    case v1::ChangeEvent::kServiceUpdateConfigChanged:
      return Config("Update config", FieldsOf(event.service_update_config_changed()), story), true;
    case v1::ChangeEvent::kServiceLabelsChanged:
      return Labels(FieldsOf(event.service_labels_changed()), story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
