#include "notifier/cards/build_card.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/failed_output.h"
#include "notifier/cards/card.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell {
namespace {

using namespace cards;

std::string TitleOf(const Alert& alert, const Story& story) {
  if (!alert.title.empty()) return alert.title;
  if (!story.title.empty()) return story.title;
  const v1::ResourceRef& resource = alert.event.resource();
  const std::string object = story.object.empty() ? KindWord(resource.kind()) : story.object;
  const std::string name = story.name.empty() ? ShownName(resource) : story.name;
  return object + " " + name + " " + story.result;
}

void FillSections(const Story& story, Card& card) {
  card.sections = story.lead;
  for (CardSection& section : FieldSections(story.fields)) {
    auto* last = card.sections.empty() ? nullptr : std::get_if<ChangeSection>(&card.sections.back());
    const auto* change = std::get_if<ChangeSection>(&section);
    if (last != nullptr && last->title.empty() && change != nullptr && change->title.empty()) {
      last->rows.insert(last->rows.end(), change->rows.begin(), change->rows.end());
    } else {
      card.sections.push_back(std::move(section));
    }
  }
  // Minor facts come last.
  const auto add = [&](bool minor) {
    for (const CardSection& section : story.tail) {
      if (std::holds_alternative<MetaSection>(section) == minor) card.sections.push_back(section);
    }
  };
  add(false);
  add(true);
}

// The number of changes that the card joins.
void AddJoined(const NetAlerts& net, Story& story) {
  if (net.joined > 0) {
    AddMeta(story.tail, {std::to_string(net.joined) + " changes in one card: first value → last value"});
  }
  if (!net.restored.empty()) {
    AddMeta(story.tail, {"changed and changed back: " + absl::StrJoin(net.restored, ", ")});
  }
}

// The last lines of the failed task, or why there are none.
void AddOutput(const std::vector<Alert>& alerts, Story& story) {
  for (const Alert& alert : alerts) {
    const v1::TaskSummary* task = TaskWithOutput(alert.event);
    if (!alert.last_words || task == nullptr) continue;
    const auto& [lines, missing] = *alert.last_words;
    const std::string of = task->name().empty() ? "" : " of " + task->name();
    story.lead.push_back(
        OutputSection{"Last output" + of, lines, lines.empty() ? "none: " + missing : std::string()});
  }
}

Card StoryCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  const NetAlerts net = NetOf(group.alerts);
  const std::vector<Described> all = DescribeAll(net.alerts);
  const Described& headline = Headline(all, group.color);
  const v1::ChangeEvent& event = headline.alert->event;
  Story story = Combine(all, headline);
  AddJoined(net, story);
  AddOutput(group.alerts, story);
  Card card;
  card.color = group.color;
  card.title = TitleOf(*headline.alert, story);
  card.subtitle = story.sentence;
  FillSections(story, card);
  card.links = FillLinks(event, links);
  card.inspect = InspectCommand(event.resource());
  FillFooter(event, card);
  return card;
}

using Identity = std::tuple<std::string, int, std::string>;

Identity IdentityOf(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  return {event.cluster().id(), static_cast<int>(resource.kind()),
          resource.id().empty() ? resource.name() : resource.id()};
}

// The alerts of a digest by object, in the order of the objects' first alerts.
std::vector<AlertGroup> ByObject(const AlertGroup& digest) {
  std::vector<AlertGroup> groups;
  std::map<Identity, std::size_t> index;
  for (const Alert& alert : digest.alerts) {
    const auto [entry, is_new] = index.try_emplace(IdentityOf(alert.event), groups.size());
    if (is_new) groups.push_back({digest.receiver, {}, alert.color, false});
    groups[entry->second].alerts.push_back(alert);
  }
  for (AlertGroup& group : groups) group.color = GroupColor(group.alerts);
  return groups;
}

// `5 services and 2 nodes`
std::string ObjectCounts(const std::vector<AlertGroup>& groups) {
  std::vector<std::string> kinds;
  kinds.reserve(groups.size());
  for (const AlertGroup& group : groups) {
    kinds.push_back(LowerFirst(KindWord(group.alerts.front().event.resource().kind())));
  }
  std::vector<std::string> words;
  for (const auto& [kind, count] : Tally(kinds)) words.push_back(Counted(count, kind, kind + "s"));
  return JoinAnd(words);
}

// Number of names of changed fields that a digest shows.
constexpr std::size_t kNamesInAll = 24;
constexpr std::size_t kNamesAtLeast = 2;

// Lists all changes that the collector keeps.
constexpr const char* kSeeAll =
    "grpcurl -plaintext COLLECTOR:50051 swarmbell.v1.ChangeFeedService/ListChanges";

// The changed fields of one object.
FieldChanges NetFields(const NetAlerts& net) {
  FieldChanges fields;
  for (const Alert& alert : net.alerts) {
    const auto* changed = ChangedFields(alert.event);
    if (changed != nullptr) fields.insert(fields.end(), changed->begin(), changed->end());
  }
  return fields;
}

// The text of one object's row: `Env LOG_LEVEL, PORT, +18.`, after the sentence of the object's own card if
// that says more than the number of changed settings.
std::string Detail(const AlertGroup& group, std::size_t names) {
  const NetAlerts net = NetOf(group.alerts);
  const FieldChanges fields = NetFields(net);
  std::vector<Described> all = DescribeAll(net.alerts);
  // Names are more informative than the number of changed settings.
  for (Described& one : all) {
    const auto* changed = ChangedFields(one.alert->event);
    if (changed == nullptr || changed->empty()) continue;
    one.story.sentence.clear();
    one.story.also.clear();
  }
  std::string detail = Combine(all, Headline(all, group.color)).sentence;
  const auto add = [&detail](const std::string& sentence) {
    detail += (detail.empty() ? "" : " ") + sentence + ".";
  };
  const std::string changed = FieldNames(fields, names);
  if (!fields.empty() && !absl::StrContains(detail, changed)) add(UpperFirst(changed));
  if (!net.restored.empty()) add("Changed and changed back: " + absl::StrJoin(net.restored, ", "));
  return detail;
}

// Shows a fact that all rows share once, above them.
void ShowOnce(const std::vector<Alert>& alerts, DigestSection& section, Card& card) {
  const std::string& stack = alerts.front().event.resource().stack();
  const std::string was_in_stack = "Was in stack " + stack + ".";
  for (DigestRow& row : section.rows) {
    if (row.detail == was_in_stack && absl::StrContains(card.subtitle, "stack " + stack)) row.detail.clear();
  }
  const std::string shared = section.rows.front().detail;
  const bool all = std::all_of(section.rows.begin(), section.rows.end(),
                               [&shared](const DigestRow& row) { return row.detail == shared; });
  if (!all || shared.empty()) return;
  card.subtitle += (card.subtitle.empty() ? "" : " ") + ("Each: " + LowerFirst(shared));
  for (DigestRow& row : section.rows) row.detail.clear();
}

// `All in stack shop, within 4 seconds.`
std::string DigestSubtitle(const std::vector<Alert>& alerts) {
  std::set<std::string> stacks;
  std::int64_t first = TimeOf(alerts.front().event);
  std::int64_t last = first;
  for (const Alert& alert : alerts) {
    stacks.insert(alert.event.resource().stack());
    first = std::min(first, TimeOf(alert.event));
    last = std::max(last, TimeOf(alert.event));
  }
  const std::string within = last > first ? "within " + InWords(absl::Seconds(last - first)) : "";
  if (stacks.size() != 1 || stacks.begin()->empty()) return within.empty() ? "" : UpperFirst(within) + ".";
  return "All in stack " + *stacks.begin() + (within.empty() ? "" : ", " + within) + ".";
}

// Many changes on one card: a line for each object, red first.
Card DigestCard(const AlertGroup& digest, const std::vector<LinkConfig>& links) {
  std::vector<AlertGroup> groups = ByObject(digest);
  // The changes of one object are one story.
  if (groups.size() == 1) return BuildCard(groups.front(), links);
  Card card;
  card.color = digest.color;
  card.title = Counted(digest.alerts.size(), "change", "changes") + " in " + ObjectCounts(groups);
  card.subtitle = DigestSubtitle(digest.alerts);
  std::stable_sort(groups.begin(), groups.end(), [](const AlertGroup& one, const AlertGroup& two) {
    return IsGraver(one.color, two.color);
  });
  DigestSection section;
  const std::size_t names = std::max(kNamesInAll / groups.size(), kNamesAtLeast);
  for (const AlertGroup& group : groups) {
    section.rows.push_back({group.color, BuildCard(group, {}).title, Detail(group, names)});
  }
  ShowOnce(digest.alerts, section, card);
  card.sections.push_back(std::move(section));
  card.inspect = kSeeAll;
  FillFooter(digest.alerts.back().event, card);
  return card;
}

}  // namespace

Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  return group.digest ? DigestCard(group, links) : StoryCard(group, links);
}

}  // namespace swarmbell
