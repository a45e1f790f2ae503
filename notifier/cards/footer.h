#pragma once

#include <cstdint>
#include <string>

#include "notifier/cards/card.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// When a change happened, as far as is known, in seconds since 1970.
std::int64_t TimeOf(const v1::ChangeEvent& event);

// Sets where and when: the cluster, the observer and the time; with the observer, that it saw the change only
// long after it had happened.
void FillFooter(const v1::ChangeEvent& event, Card& card);

// `prod-eu · manager-01 · 2026-11-22 12:44:05 UTC`
std::string FooterText(const Card& card);

}  // namespace swarmbell::cards
