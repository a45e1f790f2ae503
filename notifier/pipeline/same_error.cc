#include "notifier/pipeline/same_error.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kMostBytes = 2000;
constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kSwarmIdLength = 25;
constexpr std::size_t kShortestHexId = 12;  // as docker shortens the identifier of a container

bool IsWordChar(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsLowerOrDigit(char c) { return IsDigit(c) || absl::ascii_islower(static_cast<unsigned char>(c)); }

bool IsNumber(std::string_view word) { return std::all_of(word.begin(), word.end(), IsDigit); }

// Of the swarm (a service, task, node or network), or of a container, an image or a network of one node.
bool IsIdentifier(std::string_view word) {
  if (std::none_of(word.begin(), word.end(), IsDigit)) return false;
  if (word.size() == kSwarmIdLength && std::all_of(word.begin(), word.end(), IsLowerOrDigit)) return true;
  return word.size() >= kShortestHexId && std::all_of(word.begin(), word.end(), IsHex);
}

// The word at the beginning of the text; empty if it begins with none.
std::string_view WordOf(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), IsWordChar);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::size_t UuidLength(std::string_view text) {
  if (text.size() < kUuidLength) return 0;
  for (std::size_t i = 0; i < kUuidLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return 0;
  }
  return kUuidLength;
}

// How long the name of the task's container is at the beginning of the text: `api.3.<task>`, at a global
// service `api.<node>.<task>`. 0 if there is none.
std::size_t ContainerNameLength(std::string_view text, const std::string& service) {
  if (service.empty() || !text.starts_with(absl::StrCat(service, "."))) return 0;
  const std::string_view slot = WordOf(text.substr(service.size() + 1));
  if (slot.empty() || !(IsNumber(slot) || IsIdentifier(slot))) return 0;
  const std::size_t length = service.size() + 1 + slot.size();
  if (text.substr(length, 1) != ".") return length;
  const std::string_view task = WordOf(text.substr(length + 1));
  return IsIdentifier(task) ? length + 1 + task.size() : length;
}

std::size_t NameLength(std::string_view text, const std::string& name) {
  if (name.empty() || !text.starts_with(name)) return 0;
  const bool goes_on =
      text.size() > name.size() && (IsWordChar(text[name.size()]) || text[name.size()] == '-');
  return goes_on ? 0 : name.size();
}

void AppendWord(std::string_view word, std::string& normal) {
  if (IsIdentifier(word) && !IsNumber(word)) {
    normal += "<id>";
    return;
  }
  // `30` is a number and so is `30s`; the 4 of `IPv4` is none.
  const auto rest = std::find_if_not(word.begin(), word.end(), IsDigit);
  if (rest != word.begin()) normal += '#';
  normal.append(rest, word.end());
}

}  // namespace

bool SaysWhy(std::string_view error) {
  return !error.empty() && !error.starts_with("task: non-zero exit") &&
         !error.starts_with("No such container");
}

std::string NormalError(const v1::TaskSummary& task) {
  std::string_view text = task.error();
  text = text.substr(0, kMostBytes);
  std::string normal;
  while (!text.empty()) {
    if (!IsWordChar(text.front())) {
      normal += text.front();
      text.remove_prefix(1);
    } else if (const std::size_t container = ContainerNameLength(text, task.service_name()); container > 0) {
      normal += "<task>";
      text.remove_prefix(container);
    } else if (const std::size_t node = NameLength(text, task.node_hostname()); node > 0) {
      normal += "<node>";
      text.remove_prefix(node);
    } else if (const std::size_t uuid = UuidLength(text); uuid > 0) {
      normal += "<id>";
      text.remove_prefix(uuid);
    } else {
      const std::string_view word = WordOf(text);
      AppendWord(word, normal);
      text.remove_prefix(word.size());
    }
  }
  return normal;
}

}  // namespace swarmbell
