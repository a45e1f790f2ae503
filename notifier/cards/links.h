#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "notifier/cards/card.h"
#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// Collectors show this in place of a secret.
inline constexpr std::string_view kMasked = "••••";

// The links for the event's resource, with placeholders filled in and percent-encoded. None for a URL that is
// not http(s), or that has {revision}, {node}, {time}, {change_id} or {label:NAME} where the event has no
// such value.
std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links);

// The same for the links of another kind.
std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links,
                                const std::string& kind);

// The text as a part of a URL that it cannot leave.
std::string PercentEncoded(std::string_view text);

}  // namespace swarmbell::cards
