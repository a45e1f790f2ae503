#include "common/time/proto_time.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

// The stories of Swarmbell's own faults: it cannot read the swarm, follow a collector or post.
namespace swarmbell::cards {
namespace {

// A manager with autolock that was started again waits for its key.
bool IsLocked(const std::string& error) { return error.find("docker swarm unlock") != std::string::npos; }

void CollectorStale(const v1::ChangeEvent& event, Story& story) {
  const v1::CollectorStale& change = event.collector_stale();
  const std::vector<std::string> endpoints(change.endpoints().begin(), change.endpoints().end());
  const bool ever = change.last_read_time().seconds() > 0;
  const std::string lasted = Between(ever, change.last_read_time(), event.observe_time());
  story.rank = StoryRank::kFailed;
  story.result = "cannot read the swarm";
  story.sentence = lasted.empty()
                       ? "It has not been able to read it since it started."
                       : "No good read for " + lasted + "; changes will be reported when it can read again.";
  story.also = "Its collector cannot read the swarm.";
  const bool locked = IsLocked(change.error());
  if (locked)
    story.sentence = "This manager is locked: unlock it with docker swarm unlock. " + story.sentence;
  AddQuote(story.lead, "Error", change.error());
  if (!locked) story.sentence += " See that the engine answers and has a leader: docker node ls.";
  AddFacts(story.tail, {{"Cannot read", JoinSome(endpoints)}});
}

void CollectorRecovered(const v1::ChangeEvent& event, Story& story) {
  const v1::CollectorRecovered& change = event.collector_recovered();
  const bool ever = change.last_read_time().seconds() > 0;
  const std::string lasted = Between(ever, change.last_read_time(), event.observe_time());
  story.rank = StoryRank::kDone;
  story.result = "reads the swarm again";
  if (change.restarted()) {
    story.sentence = "It was restarted; a feed-gap alert follows if changes may be missing.";
  } else {
    story.sentence = lasted.empty()
                         ? "Changes since then are reported now."
                         : "After " + lasted + " without a good read; changes since then are reported now.";
  }
  story.also = "Its collector reads the swarm again.";
}

void FeedGap(const v1::FeedGap& change, Story& story) {
  story.rank = StoryRank::kFailed;
  story.result = "lost changes";
  // Perhaps none were: a collector that lost its log cannot know.
  story.sentence = "Some changes may be missing: compare with docker service ls and docker node ls.";
  story.also = "Some changes may be missing.";
  AddQuote(story.lead, "Reason", change.reason());
}

// Does not promise that all changes will follow: a collector without Redis that was restarted has kept
// nothing.
void FeedDisconnected(const v1::ChangeEvent& event, Story& story) {
  const v1::FeedDisconnected& change = event.feed_disconnected();
  const bool known = change.start_time().seconds() > 0;
  const std::string lasted = Between(known, change.start_time(), event.observe_time());
  story.rank = StoryRank::kFailed;
  story.result = "disconnected";
  story.sentence = "No connection to the collector" + (lasted.empty() ? "" : " for " + lasted) +
                   (change.connected_before()
                        ? ". Its changes will be reported when it is back; a feed-gap alert follows if "
                          "changes may be missing."
                        : ", and none before; changes until then may never be reported.");
  story.also = "The connection is lost.";
  story.sentence += " See that the collector runs and its port can be reached.";
  AddQuote(story.lead, "Error", change.error());
}

void FeedConnected(const v1::ChangeEvent& event, Story& story) {
  const v1::FeedConnected& change = event.feed_connected();
  const bool known = change.start_time().seconds() > 0;
  const std::string lasted = Between(known, change.start_time(), event.observe_time());
  story.rank = StoryRank::kDone;
  if (change.address_gone()) {
    story.result = "no longer followed";
    story.sentence = "The collector's name leads to other addresses now, and these are followed.";
    story.also = story.sentence;
    return;
  }
  story.result = change.connected_before() ? "connected again" : "connected";
  story.sentence = std::string("The collector is heard ") +
                   (change.connected_before() ? "again" : "for the first time") +
                   (lasted.empty() ? "." : ", after " + lasted + ".");
  story.also = story.sentence;
}

// `3 alerts wait for it, 2 were lost`; empty for neither.
std::string WaitingAndLost(const v1::ReceiverFailing& change) {
  const std::uint32_t waiting = change.waiting_alerts();
  const std::uint32_t lost = change.lost_alerts();
  std::string words;
  if (waiting > 0) words = Counted(waiting, "alert waits for it", "alerts wait for it");
  if (lost > 0) words += (words.empty() ? "" : ", ") + Counted(lost, "was lost", "were lost");
  return words;
}

void ReceiverFailing(const v1::ChangeEvent& event, Story& story) {
  const v1::ReceiverFailing& change = event.receiver_failing();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  const std::string alerts = WaitingAndLost(change);
  story.rank = StoryRank::kFailed;
  story.name = change.receiver();
  story.result = "stopped accepting alerts";
  story.sentence = (lasted.empty() ? "Posts to it fail" : "Posts to it have failed for " + lasted) +
                   (alerts.empty() ? "." : "; " + alerts + ".");
  story.also = story.sentence;
  if (!change.advice().empty()) story.sentence += " " + UpperFirst(change.advice()) + ".";
  AddQuote(story.lead, "Error", change.error());
}

void ReceiverRecovered(const v1::ChangeEvent& event, Story& story) {
  const v1::ReceiverRecovered& change = event.receiver_recovered();
  const std::string lasted = Between(change.has_start_time(), change.start_time(), event.observe_time());
  story.rank = StoryRank::kDone;
  story.name = change.receiver();
  story.result = "accepts alerts again";
  story.sentence = (lasted.empty() ? "" : "After " + lasted + "; ") +
                   (change.lost_alerts() == 0 ? "no alert was"
                                              : Counted(change.lost_alerts(), "alert was", "alerts were")) +
                   " lost meanwhile.";
  story.sentence = UpperFirst(story.sentence);
  story.also = story.sentence;
}

}  // namespace

bool DescribeFeed(const v1::ChangeEvent& event, Story& story) {
  switch (event.details_case()) {
    case v1::ChangeEvent::kCollectorStale:
      return CollectorStale(event, story), true;
    case v1::ChangeEvent::kCollectorRecovered:
      return CollectorRecovered(event, story), true;
    case v1::ChangeEvent::kFeedGap:
      return FeedGap(event.feed_gap(), story), true;
    case v1::ChangeEvent::kFeedDisconnected:
      return FeedDisconnected(event, story), true;
    case v1::ChangeEvent::kFeedConnected:
      return FeedConnected(event, story), true;
    case v1::ChangeEvent::kReceiverFailing:
      return ReceiverFailing(event, story), true;
    case v1::ChangeEvent::kReceiverRecovered:
      return ReceiverRecovered(event, story), true;
    default:
      return false;
  }
}

}  // namespace swarmbell::cards
