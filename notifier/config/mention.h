#pragma once

#include <string_view>

#include "notifier/config/notifier_config.h"

namespace swarmbell {

// Mentions that a service asks for by its label `swarmbell.mention`. Whoever may deploy a service may write
// it, so that only plain mentions count. All functions are pure.

// Slack: `here`, `channel`, `everyone`, `U012AB3CD`, `S012AB3CD`, and the same as `<!here>`, `<@U012AB3CD>`,
// `<!subteam^S012AB3CD>`.
bool IsSlackMention(std::string_view word);

// Teams: a person's address.
bool IsTeamsMention(std::string_view word);

// True if a chat of this type can mention that.
bool IsMention(ReceiverType type, std::string_view word);

// True if any chat can.
bool IsMention(std::string_view word);

}  // namespace swarmbell
