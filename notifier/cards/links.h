#pragma once

#include <string>
#include <vector>

#include "notifier/cards/card.h"
#include "swarmbell/v1/change_event.pb.h"

namespace swarmbell::cards {

// The links for a resource of `event`, placeholders filled in and percent-encoded. A template that is not
// http(s) gives no link.
std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links);

// The command that shows all of a resource, for what a card had to leave out. Empty for a resource that
// docker does not know.
std::string InspectCommand(const v1::ResourceRef& resource);

}  // namespace swarmbell::cards
