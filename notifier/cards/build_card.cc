#include "notifier/cards/build_card.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "notifier/alert/failed_output.h"
#include "notifier/cards/card.h"
#include "notifier/cards/joint_story.h"
#include "notifier/cards/links.h"
#include "notifier/cards/origin.h"
#include "notifier/cards/story.h"
#include "notifier/cards/suggested_commands.h"
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

// Drops the rows that the title or the sentence tells: `image 2.4.1 → 2.5.0`, `scaled 2 → 5`.
void DropTold(Card& card) {
  const std::string told = absl::StrReplaceAll(card.title + " " + card.subtitle + " ",
                                               {{"\u00A0", " "}, {".", " ."}, {",", " ,"}, {")", " )"}});
  const auto is_told = [&told](const ChangeRow& row) {
    const std::string word = row.label == "Replicas" ? "scaled" : LowerFirst(row.label);
    const std::string change = row.before.value_or("") + " → " + row.after.value_or("") + " ";
    return absl::StrContains(
        told, absl::StrReplaceAll(word + " " + change, {{".", " ."}, {",", " ,"}, {")", " )"}}));
  };
  for (CardSection& section : card.sections) {
    if (auto* change = std::get_if<ChangeSection>(&section); change != nullptr)
      std::erase_if(change->rows, is_told);
  }
  std::erase_if(card.sections, [](const CardSection& section) {
    const auto* change = std::get_if<ChangeSection>(&section);
    return change != nullptr && change->rows.empty() && change->left_out == 0;
  });
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
  DropTold(card);
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

// Whose change it is, before the other facts; and the links to it, before the configured ones.
void AddOrigin(const v1::ChangeEvent& event, Story& story, Card& card) {
  const std::optional<Fact> fact = OriginFact(event);
  if (!fact) return;
  auto* facts = story.tail.empty() ? nullptr : std::get_if<FactsSection>(&story.tail.front());
  if (facts != nullptr && facts->title.empty()) {
    facts->facts.insert(facts->facts.begin(), *fact);
  } else {
    story.tail.insert(story.tail.begin(), FactsSection{{*fact}});
  }
  card.links = OriginLinks(event.origin());
}

Card StoryCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  const NetAlerts net = NetOf(group.alerts);
  const std::vector<Described> all = DescribeAll(net.alerts);
  const Described& headline = Headline(all, group.color);
  const v1::ChangeEvent& event = headline.alert->event;
  Story story = Combine(all, headline);
  AddJoined(net, story);
  AddJustBefore(group, event, story.tail);
  AddOutput(group.alerts, story);
  Card card;
  AddOrigin(event, story, card);
  card.color = group.color;
  card.title = TitleOf(*headline.alert, story);
  card.subtitle = story.sentence;
  FillSections(story, card);
  for (CardLink& link : FillLinks(event, links)) card.links.push_back(std::move(link));
  card.commands = CommandsFor(event);
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
// that says more than the number of changed settings. `shared` is shown elsewhere.
std::string Detail(const AlertGroup& group, std::size_t names, const FieldChanges& shared) {
  NetAlerts net = NetOf(group.alerts);
  if (!shared.empty()) net.alerts = WithoutFields(std::move(net.alerts), shared);
  if (net.alerts.empty()) return "";
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

// `2 red, 1 blue`; empty for a single colour.
std::string ColorCounts(const std::vector<AlertGroup>& groups) {
  std::vector<Color> colors;
  colors.reserve(groups.size());
  for (const AlertGroup& group : groups) colors.push_back(group.color);
  const auto counts = Tally(colors);
  std::vector<std::string> words;
  words.reserve(counts.size());
  for (const auto& [color, count] : counts) words.push_back(absl::StrCat(count, " ", ColorName(color)));
  return words.size() < 2 ? "" : absl::StrJoin(words, ", ");
}

// The names of the swarms of a digest; more than one only for a notifier that follows several.
std::set<std::string> SwarmsOf(const std::vector<Alert>& alerts) {
  std::set<std::string> swarms;
  for (const Alert& alert : alerts) {
    if (std::string name = SwarmName(alert.event.cluster()); !name.empty()) swarms.insert(std::move(name));
  }
  return swarms;
}

std::string RowTitle(const AlertGroup& group, bool of_stack, bool names_swarm) {
  if (of_stack) return StackRow(group);
  const Card card = BuildCard(group, {});
  return names_swarm && !card.cluster.empty() ? InSwarm(card.cluster, card.title) : card.title;
}

// Many changes on one card: a line for each object, red first.
Card DigestCard(const AlertGroup& digest, const std::vector<LinkConfig>& links) {
  std::vector<AlertGroup> groups = ByObject(digest);
  // The changes of one object are one story.
  if (groups.size() == 1) return BuildCard(groups.front(), links);
  Card card;
  card.color = digest.color;
  const std::string stack = StackTitle(groups);
  card.title = stack.empty()
                   ? Counted(digest.alerts.size(), "change", "changes") + " in " + ObjectCounts(groups)
                   : stack;
  card.subtitle = DigestSubtitle(digest.alerts);
  // A flood leaves out secrets, configs and networks first, and counts them.
  std::stable_sort(groups.begin(), groups.end(), [](const AlertGroup& one, const AlertGroup& two) {
    const bool shared = SharedObjectOf(one.alerts.front().event) != nullptr;
    const bool other_shared = SharedObjectOf(two.alerts.front().event) != nullptr;
    return shared == other_shared ? IsGraver(one.color, two.color) : other_shared;
  });
  if (const std::string counts = ColorCounts(groups); !counts.empty()) {
    card.subtitle = counts + "." + (card.subtitle.empty() ? "" : " " + card.subtitle);
  }
  DigestSection section;
  const std::size_t names = std::max(kNamesInAll / groups.size(), kNamesAtLeast);
  const FieldChanges shared = stack.empty() ? FieldChanges() : SharedFields(groups);
  const std::size_t swarms = SwarmsOf(digest.alerts).size();
  for (const AlertGroup& group : groups) {
    section.rows.push_back(
        {group.color, RowTitle(group, !stack.empty(), swarms > 1), Detail(group, names, shared)});
  }
  ShowOnce(digest.alerts, section, card);
  if (!shared.empty()) card.subtitle += (card.subtitle.empty() ? "" : " ") + std::string("The same in each:");
  card.sections = FieldSections(shared);
  card.sections.push_back(std::move(section));
  AddJustBefore(digest, digest.alerts.back().event, card.sections);
  card.inspect = kSeeAll;
  FillFooter(digest.alerts.back().event, card);
  if (swarms > 1) card.cluster = absl::StrCat(swarms, " swarms");
  return card;
}

// Minor facts stay last.
void AddBeforeMinor(CardSection section, Card& card) {
  const auto minor = std::find_if(card.sections.begin(), card.sections.end(), [](const CardSection& one) {
    return std::holds_alternative<MetaSection>(one);
  });
  card.sections.insert(minor, std::move(section));
}

// A node that is down or back, with a line for each service that it took along.
Card NodeCard(const v1::ChangeEvent& node, const AlertGroup& story, const std::vector<LinkConfig>& links) {
  AlertGroup of_node{story.receiver, {}, story.color, false};
  AlertGroup others = of_node;
  for (const Alert& alert : story.alerts) {
    (SubjectOf(alert.event) == SubjectOf(node) ? of_node : others).alerts.push_back(alert);
  }
  Card card = StoryCard(of_node, links);
  if (const std::string lost = LostTasks(node, others.alerts); !lost.empty()) card.subtitle = lost;
  std::vector<CardSection> taken;
  for (const std::string& words : SchedulersWords(others.alerts))
    AddQuote(taken, "The scheduler says", words);
  DigestSection rows;
  for (const AlertGroup& service : ByObject(others)) {
    rows.rows.push_back({service.color, StoryCard(service, {}).title, Detail(service, kNamesAtLeast, {})});
  }
  taken.push_back(std::move(rows));
  for (CardSection& section : taken) AddBeforeMinor(std::move(section), card);
  return card;
}

// The links that every red card has, to its first red change.
void AddRedLinks(const AlertGroup& group, const std::vector<LinkConfig>& links, Card& card) {
  const auto red = std::find_if(group.alerts.begin(), group.alerts.end(),
                                [](const Alert& alert) { return alert.color == Color::kRed; });
  if (card.color != Color::kRed || red == group.alerts.end()) return;
  for (CardLink& link : FillLinks(red->event, links, kRedCards)) {
    if (std::find(card.links.begin(), card.links.end(), link) == card.links.end())
      card.links.push_back(std::move(link));
  }
}

Card PrincipalCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  if (!group.digest) return StoryCard(group, links);
  const v1::ChangeEvent* node = LostNode(group.alerts);
  return node == nullptr ? DigestCard(group, links) : NodeCard(*node, group, links);
}

Card WithCompanions(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  const std::vector<const Alert*> principals = Principals(group.alerts);
  if (principals.size() == group.alerts.size()) return PrincipalCard(group, links);
  AlertGroup of_principals{group.receiver, {}, group.color, group.digest, group.before};
  std::vector<const v1::ChangeEvent*> companions;
  auto principal = principals.begin();
  for (const Alert& alert : group.alerts) {
    if (principal != principals.end() && *principal == &alert) {
      of_principals.alerts.push_back(alert);
      ++principal;
    } else {
      companions.push_back(&alert.event);
    }
  }
  Card card = PrincipalCard(of_principals, links);
  AddBeforeMinor(FactsSection{CompanionFacts(companions)}, card);
  return card;
}

}  // namespace

Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  Card card = WithCompanions(group, links);
  AddRedLinks(group, links, card);
  return card;
}

}  // namespace swarmbell
