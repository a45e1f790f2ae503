// From a change to its card: filters and bytes for subscribers, rules, cards; on the samples of the
// documentation.

#include <memory>
#include <stdexcept>

#include "collector/changelog/change_log.h"
#include "collector/stream/feed_reader.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/teams/teams.h"
#include "notifier/config/readers.h"
#include "notifier/rules/rule_set.h"
#include "tests/bench/workloads.h"

namespace swarmbell {
namespace {

// The message that all subscribers with the same filters get of one reading.
std::function<void()> FilterAndEncode() {
  google::protobuf::RepeatedPtrField<v1::ChangeFilter> wanted;
  wanted.Add()->set_stack("shop");
  wanted.Add()->add_kinds(v1::RESOURCE_KIND_NODE);
  auto filters = std::make_shared<ChangeFilters>(ChangeFilters::Make(wanted).value());
  const auto log = std::make_shared<MemoryChangeLog>();
  log->Append(SampleEvents());
  return [filters, log] {
    FeedCache cache;
    if (FeedReader(*log, cache, {.filters = *filters}, log->Oldest()).Next() == nullptr) {
      throw std::runtime_error("nothing passes the filters");
    }
  };
}

std::function<void()> Rules() {
  NotifierConfig config;
  config.receivers.resize(1);
  config.receivers[0].name = "slack";
  config.rules = BuiltInRules();
  auto rules = std::make_shared<RuleSet>(RuleSet::Create(config).value());
  return [rules, events = SampleEvents()] {
    std::size_t alerts = 0;
    for (const v1::ChangeEvent& event : events)
      alerts += rules->Evaluate(event, absl::UnixEpoch()).alert ? 1 : 0;
    if (alerts == 0) throw std::runtime_error("no rule matches");
  };
}

// From the changes that share a card to the body that is posted.
std::function<void()> Cards(std::string (*render)(const Card&)) {
  std::vector<AlertGroup> groups;
  for (const Sample& sample : Samples()) {
    if (!sample.digest) groups.push_back(SampleGroup(sample));
  }
  return [render, groups, links = SampleLinks()] {
    for (const AlertGroup& group : groups) {
      if (render(BuildCard(group, links)).empty()) throw std::runtime_error("an empty card");
    }
  };
}

std::size_t CardCount() {
  std::size_t count = 0;
  for (const Sample& sample : Samples()) count += sample.digest ? 0 : 1;
  return count;
}

}  // namespace

std::vector<Workload> TellingWorkloads() {
  const std::size_t events = SampleEvents().size(), cards = CardCount();
  return {
      {"filter_and_encode/events", events, true, FilterAndEncode},
      {"rules/events", events, true, Rules},
      {"cards/slack", cards, true, [] { return Cards(RenderSlack); }},
      {"cards/teams", cards, true, [] { return Cards(RenderTeams); }},
  };
}

}  // namespace swarmbell
