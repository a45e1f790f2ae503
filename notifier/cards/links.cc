#include "notifier/cards/links.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "common/change/origin_labels.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

constexpr std::string_view kLabel = "label:";
constexpr std::size_t kLongestValue = 1000;  // browsers and servers refuse longer addresses

bool IsUnreserved(char letter) {
  return absl::ascii_isalnum(static_cast<unsigned char>(letter)) ||
         std::string_view("-._~").find(letter) != std::string_view::npos;
}

std::string LabelOf(const v1::ChangeEvent& event, std::string_view name) {
  const auto label = event.resource().labels().find(std::string(name));
  return label == event.resource().labels().end() ? "" : label->second;
}

std::string RevisionOf(const v1::ChangeEvent& event) {
  if (!event.origin().revision().empty()) return event.origin().revision();
  const std::string own = LabelOf(event, kRevisionLabel);
  return own.empty() ? LabelOf(event, kImageRevisionLabel) : own;
}

// As in `2026-11-22T12:44:05.000Z`, which log viewers and dashboards understand.
std::string TimeText(const v1::ChangeEvent& event) {
  if (TimeOf(event) <= 0) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixSeconds(TimeOf(event)), absl::UTCTimeZone());
}

struct Value {
  std::string text;
  bool needed = false;  // without it the link leads nowhere
};

// The value of a placeholder, without its braces; nothing if it is none.
std::optional<Value> ValueOf(std::string_view name, const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  if (name == "id") return Value{resource.id()};
  if (name == "name") return Value{resource.name()};
  if (name == "stack") return Value{resource.stack()};
  if (name == "cluster") return Value{event.cluster().name()};
  if (name == "revision") return Value{RevisionOf(event), true};
  if (name == "node") return Value{NodeNameOf(event), true};
  if (name == "change_id") return Value{event.event_id(), true};
  if (name == "time") return Value{TimeText(event), true};
  if (name.starts_with(kLabel)) return Value{LabelOf(event, name.substr(kLabel.size())), true};
  return std::nullopt;
}

// One pass: what is filled in is not looked at again. Nothing if a needed value is missing or masked, or a
// value is too long for a link.
std::optional<std::string> Filled(const std::string& url, const v1::ChangeEvent& event) {
  std::string out;
  for (std::size_t i = 0; i < url.size();) {
    const std::size_t close = url[i] == '{' ? url.find_first_of("{}", i + 1) : std::string::npos;
    const bool braces = close != std::string::npos && url[close] == '}';
    const auto value =
        braces ? ValueOf(std::string_view(url).substr(i + 1, close - i - 1), event) : std::nullopt;
    if (!value) {
      out += url[i++];
      continue;
    }
    if (value->needed && (value->text.empty() || value->text.find(kMasked) != std::string::npos))
      return std::nullopt;
    if (value->text.size() > kLongestValue) return std::nullopt;
    out += PercentEncoded(value->text);
    i = close + 1;
  }
  return out;
}

bool IsWeb(const std::string& url) {
  return absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://");
}

}  // namespace

std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links) {
  return FillLinks(event, links, LowerFirst(KindWord(event.resource().kind())));
}

std::vector<CardLink> FillLinks(const v1::ChangeEvent& event, const std::vector<LinkConfig>& links,
                                const std::string& kind) {
  std::vector<CardLink> out;
  for (const LinkConfig& link : links) {
    if (link.kind != kind || !IsWeb(link.url)) continue;
    if (auto url = Filled(link.url, event)) out.push_back({link.title, *std::move(url)});
  }
  return out;
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char letter : text) {
    if (IsUnreserved(letter)) {
      out += letter;
    } else {
      const auto byte = static_cast<unsigned char>(letter);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    }
  }
  return out;
}

}  // namespace swarmbell::cards
