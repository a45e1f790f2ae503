#include "notifier/cards/footer.h"

#include <string>

#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

constexpr std::int64_t kLateSeconds = 300;

// How a change was noticed, when not as it happened: the footer's time is when it happened.
std::string Hindsight(const v1::ChangeEvent& event) {
  const std::int64_t late = event.observe_time().seconds() - TimeOf(event);
  const std::string later = late < kLateSeconds ? "" : InWords(absl::Seconds(late)) + " later";
  if (event.recollected()) return "found out afterwards" + (later.empty() ? "" : ", " + later);
  return later.empty() ? "" : "seen " + later;
}

}  // namespace

std::int64_t TimeOf(const v1::ChangeEvent& event) {
  const bool told = event.occur_time().seconds() > 0;
  return told ? event.occur_time().seconds() : event.observe_time().seconds();
}

void FillFooter(const v1::ChangeEvent& event, Card& card) {
  const v1::Observer& observer = event.observer();
  card.cluster = event.cluster().name().empty() ? ShortId(event.cluster().id()) : event.cluster().name();
  card.observer = observer.hostname().empty() ? ShortId(observer.node_id()) : observer.hostname();
  if (const std::string hindsight = Hindsight(event); !hindsight.empty()) {
    card.observer += (card.observer.empty() ? "" : ", ") + hindsight;
  }
  card.unix_seconds = TimeOf(event);
}

std::string FooterText(const Card& card) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : " · ") + part;
  };
  add(card.cluster);
  add(card.observer);
  if (card.unix_seconds > 0) add(Utc(absl::FromUnixSeconds(card.unix_seconds)));
  return text;
}

}  // namespace swarmbell::cards
