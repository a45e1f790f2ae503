#include "notifier/cards/story.h"

#include <algorithm>
#include <set>
#include <utility>

#include "notifier/alert/change_facts.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

// A change that this program does not know.
void DescribeUnknown(const v1::ChangeEvent& event, Story& story) {
  switch (event.action()) {
    case v1::ACTION_CREATED:
      story.rank = StoryRank::kAppeared;
      story.result = "created";
      story.also = "It was created.";
      break;
    case v1::ACTION_REMOVED:
      story.rank = StoryRank::kGone;
      story.result = "removed";
      story.also = "It was removed.";
      break;
    default:
      story.result = "updated";
      story.also = "Something else of it changed.";
      break;
  }
  story.sentence = "Its collector reported a change that this notifier does not know: update the notifier.";
}

// True if the task has not started yet.
bool Waits(const v1::TaskSummary& task) {
  return task.state() != v1::TASK_STATE_UNSPECIFIED && task.state() <= v1::TASK_STATE_STARTING;
}

// Drops the beginning of an update whose later step is there too; of the steps between keeps only the words.
void DropOvertaken(std::vector<Described>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto later = std::find_if(
        all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(),
        [&](const Described& other) { return Overtakes(other.alert->event, all[i].alert->event); });
    if (later == all.end()) continue;
    if (later->story.fields.empty()) later->story.fields = std::move(all[i].story.fields);
    all[i].story.fields.clear();
    all[i].overtaken = true;
    if (all[i].story.rank == StoryRank::kStarted) all[i].alert = nullptr;
  }
  all.erase(std::remove_if(all.begin(), all.end(), [](const Described& one) { return one.alert == nullptr; }),
            all.end());
}

// Drops the sentences of the causes of completed updates: the sentence of the end includes them.
void DropCompletedCauses(std::vector<Described>& all) {
  for (Described& cause : all) {
    const bool completed = std::any_of(all.begin(), all.end(), [&cause](const Described& end) {
      return Completes(end.alert->event, cause.alert->event);
    });
    if (completed) cause.story.also.clear();
  }
}

Fact FailureFact(const v1::TaskFailed& change) {
  const v1::TaskSummary& task = change.task();
  std::string how = TaskStateWord(change.current_state());
  if (task.has_exit_code()) how = "exit code " + ExitCodeOf(task);
  return {TaskAndNode(task), std::move(how)};
}

// One fact for each way in which tasks failed, with its number.
std::vector<Fact> FailureFacts(const std::vector<const v1::TaskFailed*>& failures) {
  std::vector<Fact> all;
  all.reserve(failures.size());
  for (const v1::TaskFailed* failure : failures) all.push_back(FailureFact(*failure));
  std::vector<Fact> facts;
  for (auto& [fact, count] : Tally(all)) {
    facts.push_back(fact);
    if (count > 1) facts.back().value += ", " + std::to_string(count) + " times";
  }
  return facts;
}

// Several failed tasks of one service as one story.
Story DescribeFailures(const std::vector<const v1::TaskFailed*>& failures) {
  const v1::TaskSummary& last = failures.back()->task();
  Story story;
  story.rank = StoryRank::kLacking;
  story.object = "Service";
  story.name = last.service_name();
  story.result = "had " + std::to_string(failures.size()) + " task failures";
  story.sentence = "The last one" + OnNode(last) + ".";
  story.also = std::to_string(failures.size()) + " of its tasks failed.";
  AddQuote(story.lead, "Last error", last.error());
  AddFacts(story.tail, FailureFacts(failures));
  return story;
}

// Joins all changes of a kind into one story, in the place of the first.
template <typename Change>
void Join(std::vector<Described>& all, bool (v1::ChangeEvent::*has)() const,
          const Change& (v1::ChangeEvent::*get)() const,
          Story (*describe)(const std::vector<const Change*>&)) {
  const auto is = [has](const Described& one) { return (one.alert->event.*has)(); };
  std::vector<const Change*> changes;
  for (const Described& one : all) {
    if (is(one)) changes.push_back(&(one.alert->event.*get)());
  }
  if (changes.size() < 2) return;
  const auto first = std::find_if(all.begin(), all.end(), is);
  first->story = describe(changes);
  all.erase(std::remove_if(first + 1, all.end(), is), all.end());
}

// Adds the facts that are not there yet: two changes may be about tasks that ended alike.
void AddNewFacts(std::vector<CardSection>& sections, const FactsSection& section) {
  std::vector<Fact> facts = section.facts;
  for (const CardSection& other : sections) {
    const auto* known = std::get_if<FactsSection>(&other);
    if (known == nullptr) continue;
    std::erase_if(facts, [known](const Fact& fact) {
      return std::find(known->facts.begin(), known->facts.end(), fact) != known->facts.end();
    });
  }
  AddFacts(sections, std::move(facts));
}

// True if the text is quoted already, perhaps under another title.
bool IsQuoted(const std::vector<CardSection>& sections, const QuoteSection& quote) {
  return std::any_of(sections.begin(), sections.end(), [&quote](const CardSection& section) {
    const auto* known = std::get_if<QuoteSection>(&section);
    return known != nullptr && known->text == quote.text;
  });
}

void Add(std::vector<CardSection>& sections, const CardSection& section) {
  if (const auto* facts = std::get_if<FactsSection>(&section)) return AddNewFacts(sections, *facts);
  const auto* quote = std::get_if<QuoteSection>(&section);
  if (quote != nullptr && IsQuoted(sections, *quote)) return;
  const auto* change = std::get_if<ChangeSection>(&section);
  auto* last = sections.empty() ? nullptr : std::get_if<ChangeSection>(&sections.back());
  if (std::find(sections.begin(), sections.end(), section) != sections.end()) return;
  if (change != nullptr && change->title.empty() && last != nullptr && last->title.empty()) {
    last->rows.insert(last->rows.end(), change->rows.begin(), change->rows.end());
  } else {
    sections.push_back(section);
  }
}

void AddStory(const Story& from, Story& to) {
  for (const CardSection& section : from.lead) Add(to.lead, section);
  for (const CardSection& section : from.tail) Add(to.tail, section);
  std::set<FieldKey> known;
  for (const v1::FieldChange& field : to.fields) known.insert(KeyOf(field));
  FieldChanges news;
  for (const v1::FieldChange& field : from.fields) {
    if (known.insert(KeyOf(field)).second) news.push_back(field);
  }
  to.fields.insert(to.fields.end(), news.begin(), news.end());
  if (!from.also.empty() && to.sentence.find(from.also) == std::string::npos) {
    to.sentence += (to.sentence.empty() ? "" : " ") + from.also;
  }
}

const Described* FindCase(const std::vector<Described>& all, v1::ChangeEvent::DetailsCase details) {
  const auto found = std::find_if(all.begin(), all.end(), [details](const Described& one) {
    return one.alert->event.details_case() == details;
  });
  return found == all.end() ? nullptr : &*found;
}

void DropFact(std::vector<CardSection>& sections, const std::string& label) {
  for (CardSection& section : sections) {
    auto* facts = std::get_if<FactsSection>(&section);
    if (facts == nullptr) continue;
    const auto end = std::remove_if(facts->facts.begin(), facts->facts.end(),
                                    [&label](const Fact& fact) { return fact.label == label; });
    facts->facts.erase(end, facts->facts.end());
  }
}

struct ModeRow {
  const char* label;
  std::string from;
  std::string to;
};

ModeRow ModeChange(const v1::ServiceMode& before, const v1::ServiceMode& after) {
  const auto counted = [](const v1::ServiceMode& mode) {
    return mode.kind() == v1::SERVICE_MODE_KIND_REPLICATED && mode.has_replicas();
  };
  if (!counted(before) || !counted(after)) return {"Mode", ModeWords(before), ModeWords(after)};
  return {"Replicas", std::to_string(before.replicas()), std::to_string(after.replicas())};
}

// A service that was removed, and one that was created under its name.
bool Recreated(const std::vector<Described>& all, Story& story) {
  const Described* gone = FindCase(all, v1::ChangeEvent::kServiceDisappeared);
  const Described* come = FindCase(all, v1::ChangeEvent::kServiceAppeared);
  if (gone == nullptr || come == nullptr) return false;
  const v1::ServiceSummary& before = gone->alert->event.service_disappeared().service();
  const v1::ServiceSummary& after = come->alert->event.service_appeared().service();
  story = gone->story;
  story.result = "removed and created again";
  story.sentence = "It is a new service now, under the same name.";
  story.tail = come->story.tail;
  const auto [label, from, to] = ModeChange(before.mode(), after.mode());
  if (from != to) {
    AddChange(story.lead, label, from, to);
    DropFact(story.tail, "Replicas");
    DropFact(story.tail, "Mode");
  }
  if (before.image() != after.image()) {
    DropFact(story.tail, "Image");
    v1::FieldChange image;
    image.set_group("Image");
    image.set_kind(v1::FIELD_CHANGE_KIND_CHANGED);
    image.set_previous_value(before.image());
    image.set_current_value(after.image());
    story.fields.push_back(std::move(image));
  }
  return true;
}

bool AppearsOrDisappears(const Described& one) {
  return one.alert->event.has_service_appeared() || one.alert->event.has_service_disappeared();
}

}  // namespace

std::string ShownName(const v1::ResourceRef& resource) {
  if (!resource.name().empty()) return resource.name();
  return resource.id().empty() ? "without a name" : ShortId(resource.id());
}

Story DescribeChange(const v1::ChangeEvent& event) {
  Story story;
  const bool known = DescribeNode(event, story) || DescribeService(event, story) ||
                     DescribeServiceSettings(event, story) || DescribeServiceUpdate(event, story) ||
                     DescribeServiceHealth(event, story) || DescribeServiceFailures(event, story) ||
                     DescribeTask(event, story) || DescribeContainer(event, story) ||
                     DescribeShared(event, story) || DescribeFeed(event, story) ||
                     DescribeSilence(event, story);
  if (!known) DescribeUnknown(event, story);
  if (const std::string ended = EndedAlarms(event); !ended.empty()) {
    story.sentence += (story.sentence.empty() ? "" : " ") + ended;
    story.also += (story.also.empty() ? "" : " ") + ended;
  }
  return story;
}

void AddFacts(std::vector<CardSection>& sections, std::vector<Fact> facts) {
  facts.erase(std::remove_if(facts.begin(), facts.end(), [](const Fact& fact) { return fact.value.empty(); }),
              facts.end());
  if (!facts.empty()) sections.push_back(FactsSection{std::move(facts)});
}

void AddQuote(std::vector<CardSection>& sections, const std::string& title, const std::string& text) {
  if (!text.empty()) sections.push_back(QuoteSection{title, text});
}

void AddMeta(std::vector<CardSection>& sections, std::vector<std::string> items) {
  items.erase(std::remove(items.begin(), items.end(), ""), items.end());
  if (!items.empty()) sections.push_back(MetaSection{std::move(items)});
}

void AddChange(std::vector<CardSection>& sections, const std::string& label, const std::string& before,
               const std::string& after) {
  sections.push_back(ChangeSection{"", {{label, before, after}}, 0});
}

std::string NodeOf(const v1::TaskSummary& task) {
  return task.node_hostname().empty() ? ShortId(task.node_id()) : task.node_hostname();
}

std::string OnNode(const v1::TaskSummary& task) {
  const std::string node = NodeOf(task);
  return node.empty() ? "" : " on " + node;
}

std::string TaskAndNode(const v1::TaskSummary& task) {
  const std::string name = task.name().empty() ? ShortId(task.id()) : task.name();
  return name.empty() ? "" : name + OnNode(task);
}

std::string ExitCodeOf(const v1::TaskSummary& task) {
  return task.has_exit_code() ? ExitCodeWords(task.exit_code(), task.error()) : "";
}

Fact ExitCodeFact(const v1::TaskSummary& task) {
  const std::string words = ExitCodeOf(task);
  const std::string code = std::to_string(task.exit_code());
  const bool told = task.error().find("(" + code + ")") != std::string::npos;
  return {"Exit code", told && (words == code || words == code + " (killed)") ? "" : words};
}

std::string StateCounts(const google::protobuf::RepeatedPtrField<v1::TaskStateCount>& counts) {
  std::string words;
  for (const v1::TaskStateCount& count : counts) {
    words += (words.empty() ? "" : ", ") + std::to_string(count.tasks()) + " in state " +
             TaskStateWord(count.state());
  }
  return words;
}

void AddTask(const v1::TaskSummary& task, const std::string& label, Story& story) {
  AddQuote(story.lead, IsUnassigned(task) ? "The scheduler says" : "Error of the task", task.error());
  AddFacts(story.tail, {{Waits(task) ? "Waiting task" : label, TaskAndNode(task)}, ExitCodeFact(task)});
}

std::vector<Described> DescribeAll(const std::vector<Alert>& alerts) {
  std::vector<Described> all;
  all.reserve(alerts.size());
  for (const Alert& alert : alerts) all.push_back({&alert, DescribeChange(alert.event), false});
  DropOvertaken(all);
  DropCompletedCauses(all);
  Join(all, &v1::ChangeEvent::has_task_failed, &v1::ChangeEvent::task_failed, DescribeFailures);
  Join(all, &v1::ChangeEvent::has_task_evicted, &v1::ChangeEvent::task_evicted, DescribeEvictions);
  return all;
}

const Described& Headline(const std::vector<Described>& all, Color color) {
  const auto before = [color](const Described& one, const Described& two) {
    if (one.overtaken != two.overtaken) return two.overtaken;
    const bool one_fits = one.alert->color == color;
    const bool two_fits = two.alert->color == color;
    if (one_fits != two_fits) return one_fits;
    return one.story.rank < two.story.rank;
  };
  return *std::min_element(all.begin(), all.end(), before);
}

Story Combine(const std::vector<Described>& all, const Described& headline) {
  Story story = headline.story;
  const bool recreated = Recreated(all, story);
  for (const Described& one : all) {
    if (&one == &headline || (recreated && AppearsOrDisappears(one))) continue;
    AddStory(one.story, story);
  }
  return story;
}

}  // namespace swarmbell::cards
