#include "notifier/cards/combine.h"

#include <algorithm>
#include <utility>

#include "notifier/alert/change_facts.h"
#include "notifier/cards/task_facts.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

// Drops a run's beginning when its end is told too, and of the steps between keeps only the words.
void DropOvertaken(std::vector<Told>& told) {
  for (std::size_t i = 0; i < told.size(); ++i) {
    const auto later =
        std::find_if(told.begin() + static_cast<std::ptrdiff_t>(i) + 1, told.end(),
                     [&](const Told& other) { return Overtakes(other.alert->event, told[i].alert->event); });
    if (later == told.end()) continue;
    if (later->story.fields.empty()) later->story.fields = std::move(told[i].story.fields);
    told[i].story.fields.clear();
    told[i].overtaken = true;
    if (told[i].story.rank == StoryRank::kStarted) told[i].alert = nullptr;
  }
  told.erase(std::remove_if(told.begin(), told.end(), [](const Told& one) { return one.alert == nullptr; }),
             told.end());
}

// The end of an update says what it was about: its cause has nothing to add but what it shows.
void HushCauses(std::vector<Told>& told) {
  for (Told& cause : told) {
    const bool completed = std::any_of(told.begin(), told.end(), [&cause](const Told& end) {
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

// One fact for each way in which a task failed, with how often.
std::vector<Fact> FailureFacts(const std::vector<const v1::TaskFailed*>& failures) {
  std::vector<std::pair<Fact, int>> counted;
  for (const v1::TaskFailed* failure : failures) {
    Fact fact = FailureFact(*failure);
    const auto known =
        std::find_if(counted.begin(), counted.end(), [&](const auto& one) { return one.first == fact; });
    if (known == counted.end()) {
      counted.emplace_back(std::move(fact), 1);
    } else {
      ++known->second;
    }
  }
  std::vector<Fact> facts;
  for (auto& [fact, count] : counted) {
    if (count > 1) fact.value += ", " + std::to_string(count) + " times";
    facts.push_back(std::move(fact));
  }
  return facts;
}

// Several failed tasks of one service as one story.
Story TellFailures(const std::vector<const v1::TaskFailed*>& failures) {
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

// Makes one story of all changes of a kind, in the place of the first.
template <typename Change>
void Join(std::vector<Told>& told, bool (v1::ChangeEvent::*has)() const,
          const Change& (v1::ChangeEvent::*get)() const, Story (*tell)(const std::vector<const Change*>&)) {
  const auto is = [has](const Told& one) { return (one.alert->event.*has)(); };
  std::vector<const Change*> changes;
  for (const Told& one : told) {
    if (is(one)) changes.push_back(&(one.alert->event.*get)());
  }
  if (changes.size() < 2) return;
  const auto first = std::find_if(told.begin(), told.end(), is);
  first->story = tell(changes);
  told.erase(std::remove_if(first + 1, told.end(), is), told.end());
}

// Adds those that are not there: two changes may be about tasks that ended alike.
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

// Two changes may quote one error, each under a title of its own.
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
  for (const v1::FieldChange& field : from.fields) {
    const bool told = std::any_of(to.fields.begin(), to.fields.end(),
                                  [&field](const v1::FieldChange& known) { return SameField(known, field); });
    if (!told) to.fields.push_back(field);
  }
  if (!from.also.empty() && to.sentence.find(from.also) == std::string::npos) {
    to.sentence += (to.sentence.empty() ? "" : " ") + from.also;
  }
}

const Told* FindCase(const std::vector<Told>& told, v1::ChangeEvent::DetailsCase details) {
  const auto found = std::find_if(told.begin(), told.end(), [details](const Told& one) {
    return one.alert->event.details_case() == details;
  });
  return found == told.end() ? nullptr : &*found;
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

// A service that went away and one that came under its name.
bool Reborn(const std::vector<Told>& told, Story& story) {
  const Told* gone = FindCase(told, v1::ChangeEvent::kServiceDisappeared);
  const Told* come = FindCase(told, v1::ChangeEvent::kServiceAppeared);
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

bool IsBirthOrDeath(const Told& one) {
  return one.alert->event.has_service_appeared() || one.alert->event.has_service_disappeared();
}

}  // namespace

std::vector<Told> TellAll(const std::vector<Alert>& alerts) {
  std::vector<Told> told;
  told.reserve(alerts.size());
  for (const Alert& alert : alerts) told.push_back({&alert, TellChange(alert.event), false});
  DropOvertaken(told);
  HushCauses(told);
  Join(told, &v1::ChangeEvent::has_task_failed, &v1::ChangeEvent::task_failed, TellFailures);
  Join(told, &v1::ChangeEvent::has_task_evicted, &v1::ChangeEvent::task_evicted, TellEvictions);
  return told;
}

const Told& Headline(const std::vector<Told>& told, Color color) {
  const auto before = [color](const Told& one, const Told& two) {
    if (one.overtaken != two.overtaken) return two.overtaken;
    const bool one_fits = one.alert->color == color;
    const bool two_fits = two.alert->color == color;
    if (one_fits != two_fits) return one_fits;
    return one.story.rank < two.story.rank;
  };
  return *std::min_element(told.begin(), told.end(), before);
}

Story Combine(const std::vector<Told>& told, const Told& headline) {
  Story story = headline.story;
  const bool reborn = Reborn(told, story);
  for (const Told& one : told) {
    if (&one == &headline || (reborn && IsBirthOrDeath(one))) continue;
    AddStory(one.story, story);
  }
  return story;
}

}  // namespace swarmbell::cards
