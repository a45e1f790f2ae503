#include "notifier/chat/teams/elements.h"

#include <cctype>
#include <string_view>
#include <utility>

#include "notifier/cards/text.h"

namespace swarmbell::teams {
namespace {

using namespace cards;

// A phone shows this much of a value beside its label, and of one in monospace below it.
constexpr std::size_t kValueColumns = 22;
constexpr std::size_t kLineColumns = 30;

bool IsMarkup(char letter) {
  return std::string_view("\\*_[]()~`#<>&!|").find(letter) != std::string_view::npos;
}

std::string EscapedMarkdown(const std::string& text) {
  std::string out;
  const bool list = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == '=');
  if (list) out += '\\';
  bool digits = true;  // so far
  for (const char letter : text) {
    if (IsMarkup(letter) || (letter == '.' && digits && !out.empty())) out += '\\';
    digits = digits && std::isdigit(static_cast<unsigned char>(letter)) != 0;
    out += letter;
  }
  return out;
}

bool HasLongWord(const std::string& text) { return LongestWord(text) > kLongWord; }

std::vector<std::string> PathPieces(const std::string& text, std::size_t columns) {
  const bool path = text.find(' ') == std::string::npos && text.find("://") == std::string::npos;
  if (!path || DisplayWidth(text) <= columns) return {text};
  std::vector<std::string> pieces = {""};
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t slash = text.find('/', start);
    const std::string part = text.substr(start, slash == std::string::npos ? slash : slash + 1 - start);
    start += part.size();
    const bool full = DisplayWidth(pieces.back()) + DisplayWidth(part) > columns;
    if (full && !pieces.back().empty()) pieces.emplace_back();
    pieces.back() += part;
  }
  return pieces;
}

Json PathItems(const std::string& value, std::size_t columns, const Json& properties) {
  Json items = Json::array();
  for (const std::string& piece : PathPieces(Shown(value), columns)) {
    Json item = Wrapped(Isolated(piece), properties);
    if (!items.empty()) item["spacing"] = "None";
    items.push_back(std::move(item));
  }
  return items;
}

// Spaces that a line begins with, and double ones, as they are: a renderer makes one of several.
std::string KeptSpaces(const std::string& line) {
  std::string out;
  bool keep = true;
  for (const char letter : line) {
    out += letter == ' ' && keep ? "\u00A0" : std::string(1, letter);
    keep = letter == ' ';
  }
  return out;
}

}  // namespace

Json With(Json base, const Json& more) {
  if (more.is_object()) base.update(more);
  return base;
}

Json WithSpacing(Json element, const char* spacing) {
  element["spacing"] = spacing;
  return element;
}

Json Subtle() { return {{"isSubtle", true}}; }

Json Bold() { return {{"weight", "Bolder"}}; }

Json Run(const std::string& text, const Json& properties) {
  return With({{"type", "TextRun"}, {"text", text}}, properties);
}

Json Mono(const std::string& text, const Json& properties) {
  return Run(text, With({{"fontType", "Monospace"}}, properties));
}

Json Inlines(Json inlines) { return {{"type", "RichTextBlock"}, {"inlines", std::move(inlines)}}; }

Json Column(const char* width, Json items, bool first) {
  Json column = {{"type", "Column"}, {"width", width}, {"items", std::move(items)}};
  if (!first) column["spacing"] = "Small";
  return column;
}

Json RowOf(Json columns) {
  return {{"type", "ColumnSet"}, {"spacing", "Small"}, {"columns", std::move(columns)}};
}

std::string WithoutCommands(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text.compare(i, 6, "{{DATE") == 0 || text.compare(i, 6, "{{TIME") == 0) out += "\u2060";
  }
  return out;
}

std::string Escaped(const std::string& text) { return EscapedMarkdown(WithoutCommands(text)); }

Json Text(const std::string& text, const Json& properties) {
  return Inlines(Json::array({Run(WithoutCommands(text), properties)}));
}

Json Wrapped(const std::string& text, const Json& properties) {
  if (!HasLongWord(text)) return Text(text, properties);
  return With({{"type", "TextBlock"}, {"text", Escaped(text)}, {"wrap", true}}, properties);
}

Json Title(const std::string& title, const std::string& note) {
  Json inlines = Json::array({Run(WithoutCommands(title), Bold())});
  if (!note.empty())
    inlines.push_back(Run("   " + WithoutCommands(note), {{"isSubtle", true}, {"italic", true}}));
  return Inlines(std::move(inlines));
}

Json ValueItems(const std::string& value) { return PathItems(value, kValueColumns, Json::object()); }

Json MonospaceItems(const std::string& value, const Json& properties) {
  return PathItems(value, kLineColumns, With({{"fontType", "Monospace"}}, properties));
}

Json Box(const std::vector<std::string>& lines) {
  Json items = Json::array();
  for (const std::string& line : lines) {
    const Json small = {{"fontType", "Monospace"}, {"size", "Small"}};
    items.push_back(WithSpacing(Wrapped(line.empty() ? "\u00A0" : KeptSpaces(line), small), "None"));
  }
  return {{"type", "Container"}, {"style", "emphasis"}, {"spacing", "Small"}, {"items", std::move(items)}};
}

}  // namespace swarmbell::teams
