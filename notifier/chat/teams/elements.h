#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace swarmbell::teams {

// Elements of an Adaptive Card. Text from outside goes into RichTextBlock, which shows it unchanged. Only
// words too long for a narrow card go into TextBlock, which can break them but reads Markdown, so that it is
// escaped there. All pure; properties are those of a TextRun.

using Json = nlohmann::ordered_json;

// `base` with `more` properties.
Json With(Json base, const Json& more);
Json WithSpacing(Json element, const char* spacing);

Json Subtle();
Json Bold();

// A part of a line, and such parts in one.
Json Run(const std::string& text, const Json& properties = {});
Json Mono(const std::string& text, const Json& properties = {});
Json Inlines(Json inlines);

Json Column(const char* width, Json items, bool first = false);
Json RowOf(Json columns);

// Text in which `{{DATE(…)}}` and `{{TIME(…)}}`, commands in any text of a card, do nothing.
std::string WithoutCommands(const std::string& text);

// The same, escaped for a TextBlock.
std::string Escaped(const std::string& text);

// A paragraph.
Json Text(const std::string& text, const Json& properties);

// As Text, for text that may hold words as long as a card is wide.
Json Wrapped(const std::string& text, const Json& properties);

// A bold line, with a note in grey.
Json Title(const std::string& title, const std::string& note = "");

// A value beside its label. A path too long for a phone, such as an image, is broken behind `/`, never in its
// last part, which has the tag: left alone, Teams would break it anywhere.
Json ValueItems(const std::string& value);
// The same for a value on lines of its own, in monospace.
Json MonospaceItems(const std::string& value, const Json& properties = Json::object());

// Lines as a program printed them, or as they are to be typed.
Json Box(const std::vector<std::string>& lines);

}  // namespace swarmbell::teams
