#include "notifier/cards/story.h"

#include <algorithm>
#include <utility>

#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

// All that can be said of a change that this program does not know.
void TellUnknown(const v1::ChangeEvent& event, Story& story) {
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
  story.sentence =
      "The collector told more than this notifier understands; it may be time to update the notifier.";
}

}  // namespace

std::string ShownName(const v1::ResourceRef& resource) {
  if (!resource.name().empty()) return resource.name();
  return resource.id().empty() ? "without a name" : ShortId(resource.id());
}

Story TellChange(const v1::ChangeEvent& event) {
  Story story;
  const bool told = TellNode(event, story) || TellService(event, story) ||
                    TellServiceSettings(event, story) || TellServiceUpdate(event, story) ||
                    TellServiceHealth(event, story) || TellServiceFailures(event, story) ||
                    TellTask(event, story) || TellContainer(event, story) || TellFeed(event, story);
  if (!told) TellUnknown(event, story);
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

}  // namespace swarmbell::cards
