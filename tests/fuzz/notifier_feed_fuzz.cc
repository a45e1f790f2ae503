// Any bytes as what a collector sends: whole, or on top of a change that a collector really tells, so that
// the rules and cards are reached. The messages that come of it must be what Slack and Teams take.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/console/console.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/config/load.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/pipeline.h"
#include "notifier/rules/rule_set.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {
namespace {

constexpr std::size_t kSlackBytes = 12'000;
constexpr std::size_t kTeamsBytes = 20'480;

void Require(bool holds) {
  if (!holds) std::abort();
}

RuleSet MakeRules() {
  SettingsInput input;
  input.environment["SWARMBELL_SLACK_WEBHOOK_URL"] = "https://slack.example/x";
  input.environment["SWARMBELL_TEAMS_WEBHOOK_URL"] = "https://example.com/workflows/x";
  const auto loaded = LoadNotifierConfig(input);
  Require(loaded.ok());
  auto rules = RuleSet::Create(loaded->config);
  Require(rules.ok());
  return *std::move(rules);
}

// An object, in valid UTF-8, that its receiver takes.
void RequireBody(const std::string& body, std::size_t most) {
  Require(body.size() <= most);
  Require(nlohmann::json::parse(body, nullptr, false).is_object());
}

void Render(const std::vector<OutgoingGroup>& messages) {
  static const auto* const links = new std::vector<LinkConfig>(SampleLinks());
  for (const OutgoingGroup& message : messages) {
    Require(!message.group.alerts.empty());
    const Card card = BuildCard(message.group, *links);
    RequireBody(RenderSlack(card), kSlackBytes);
    RequireBody(RenderTeams(card), kTeamsBytes);
    Require(!RenderTerminal(card, {.color = true, .width = 80}).empty());
  }
}

// The first byte says which change to begin with, if any.
v1::SubscribeResponse ReadResponse(const std::uint8_t* data, std::size_t size) {
  static const auto* const samples = new std::vector<v1::ChangeEvent>(SampleEvents());
  v1::SubscribeResponse response;
  const std::string bytes(data + 1, data + size);
  if (data[0] < samples->size()) {
    v1::ChangeEvent& event = *response.mutable_changes()->add_events();
    event = (*samples)[data[0]];
    v1::ChangeEvent other;
    if (other.ParsePartialFromString(bytes)) event.MergeFrom(other);
  } else if (!response.ParseFromString(bytes)) {
    response.Clear();
  }
  return response;
}

}  // namespace
}  // namespace swarmbell

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace swarmbell;  // NOLINT: the entry point cannot be in the namespace
  if (size == 0) return 0;
  static const auto* const rules = new RuleSet(MakeRules());
  const v1::SubscribeResponse response = ReadResponse(data, size);

  HandledChanges handled;
  handled.Merge({response.opened().marks().begin(), response.opened().marks().end()});
  Pipeline pipeline(
      {}, [](const v1::ChangeEvent& event, absl::Time now) { return rules->Evaluate(event, now).alert; },
      handled);
  absl::Time now = absl::FromUnixSeconds(1795350000);
  FeedBatch batch;
  batch.collector = "collector:50051";
  batch.events = {response.changes().events().begin(), response.changes().events().end()};
  batch.continued = response.changes().continued();
  batch.state = response.opened().state();
  Render(pipeline.Process(batch, now));
  // A later read finds the same again, and more time goes by than anything waits for.
  Render(pipeline.Process(batch, now + absl::Seconds(1)));
  for (int i = 0; i < 20 && pipeline.NextDeadline(); ++i) {
    now = std::max(now, *pipeline.NextDeadline());
    Render(pipeline.Tick(now));
  }
  Render(pipeline.Flush(now));
  return 0;
}
