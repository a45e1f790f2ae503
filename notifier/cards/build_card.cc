#include "notifier/cards/build_card.h"

#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/combine.h"
#include "notifier/cards/digest_card.h"
#include "notifier/cards/footer.h"
#include "notifier/cards/links.h"
#include "notifier/cards/words.h"

namespace swarmbell {
namespace {

using cards::Story;
using cards::Told;

std::string TitleOf(const Alert& alert, const Story& story) {
  if (!alert.title.empty()) return alert.title;
  if (!story.title.empty()) return story.title;
  const v1::ResourceRef& resource = alert.event.resource();
  const std::string object = story.object.empty() ? cards::KindWord(resource.kind()) : story.object;
  const std::string name = story.name.empty() ? cards::ShownName(resource) : story.name;
  return object + " " + name + " " + story.result;
}

void FillSections(const Story& story, Card& card) {
  card.sections = story.lead;
  for (CardSection& section : cards::FieldSections(story.fields)) {
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

// A card that stands for several changes says for how many.
void AddJoined(const NetAlerts& net, Story& story) {
  if (net.joined > 0) {
    cards::AddMeta(story.tail,
                   {std::to_string(net.joined) + " changes in one card: first value → last value"});
  }
  if (!net.restored.empty()) {
    cards::AddMeta(story.tail, {"changed and changed back: " + absl::StrJoin(net.restored, ", ")});
  }
}

Card StoryCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  const NetAlerts net = NetOf(group.alerts);
  const std::vector<Told> told = cards::TellAll(net.alerts);
  const Told& headline = cards::Headline(told, group.color);
  const v1::ChangeEvent& event = headline.alert->event;
  Story story = cards::Combine(told, headline);
  AddJoined(net, story);
  Card card;
  card.color = group.color;
  card.title = TitleOf(*headline.alert, story);
  card.subtitle = story.sentence;
  FillSections(story, card);
  card.links = cards::FillLinks(event, links);
  card.inspect = cards::InspectCommand(event.resource());
  cards::FillFooter(event, card);
  return card;
}

}  // namespace

Card BuildCard(const AlertGroup& group, const std::vector<LinkConfig>& links) {
  return group.digest ? cards::DigestCard(group, links) : StoryCard(group, links);
}

}  // namespace swarmbell
