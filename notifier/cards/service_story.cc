#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

// The stories of services that are created and removed.
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
                        {"Published ports", Listed(service.published_ports())},
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
                        {"Last published ports", Listed(service.published_ports())}});
}

}  // namespace

bool TellService(const v1::ChangeEvent& event, Story& story) {
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

}  // namespace swarmbell::cards
