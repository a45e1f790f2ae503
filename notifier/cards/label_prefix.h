#pragma once

#include <vector>

#include "notifier/cards/card.h"

namespace swarmbell::cards {

// Changed labels as sections that show a common prefix once, in their title: those of one router or
// middleware
// (`traefik.http.routers.shop.`), or else of one program (`traefik.frontend.`). First the labels that share
// none. Keeps the order otherwise. Pure.
std::vector<DiffSection> ByPrefix(DiffSection labels);

}  // namespace swarmbell::cards
