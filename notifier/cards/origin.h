#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notifier/cards/card.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// Whose change a card is about, from ChangeEvent.origin. All pure.

// `by alice · pipeline 812 · 3f2c1ab → 9be04d2`; empty if nothing is known.
std::string OriginWords(const v1::ChangeOrigin& origin);

// The row of a card: `Change   by alice · …`; nothing if the event says nothing, or is the end of a failure.
std::optional<Fact> OriginFact(const v1::ChangeEvent& event);

// `Compare`, which shows the difference between the revisions, for the hosts whose form is known; else
// `Source`. And `Pipeline`, if that is given as a URL. Only http(s), without user names; whatever is not
// allowed in a URL is percent-encoded.
std::vector<CardLink> OriginLinks(const v1::ChangeOrigin& origin);

}  // namespace swarmbell::cards
