#include "notifier/cards/footer.h"

#include <string>

#include "notifier/cards/words.h"

namespace swarmbell::cards {

std::int64_t TimeOf(const v1::ChangeEvent& event) {
  const bool told = event.occur_time().seconds() > 0;
  return told ? event.occur_time().seconds() : event.observe_time().seconds();
}

void FillFooter(const v1::ChangeEvent& event, Card& card) {
  const v1::Observer& observer = event.observer();
  card.cluster = event.cluster().name().empty() ? ShortId(event.cluster().id()) : event.cluster().name();
  card.observer = observer.hostname().empty() ? ShortId(observer.node_id()) : observer.hostname();
  if (event.recollected()) card.observer += ", found out afterwards";
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
