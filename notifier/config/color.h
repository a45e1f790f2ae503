#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/settings/setting.h"
#include "notifier/config/notifier_config.h"

namespace swarmbell {

// `black`, `green`, `yellow`, `blue` or `red`.
std::string ColorName(Color color);

// Nothing for any other word; capitals are not another word.
std::optional<Color> ParseColor(std::string_view word);

const std::vector<Color>& AllColors();

// A setting, or a key, whose words are colours.
Setting OfColors(Setting about = {});

// The colours that the words name, each once; other words are passed over.
std::vector<Color> ColorsOf(const std::vector<std::string>& words);

// `slack`, `teams` or `console`.
std::string ReceiverTypeName(ReceiverType type);

}  // namespace swarmbell
