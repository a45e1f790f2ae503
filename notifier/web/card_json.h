#pragma once

#include <nlohmann/json_fwd.hpp>

#include "notifier/cards/card.h"

namespace swarmbell {

// The card as JSON: each member under its name, and sections as objects with a `type`: changes, diff, lines,
// facts, quote, output, meta or digest. Texts are as they are: a page must show them as text. Pure.
nlohmann::json CardJson(const Card& card);

}  // namespace swarmbell
