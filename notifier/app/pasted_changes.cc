#include "notifier/app/pasted_changes.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{16} << 20;
constexpr int kDeepest = 100;

// The text of the next object or list; empty at the end. Takes not a byte more: a stream may have none for
// long.
absl::StatusOr<std::string> NextValue(std::istream& in) {
  in >> std::ws;
  std::string text;
  int depth = 0;
  bool quoted = false;
  bool escaped = false;
  for (int next = in.get(); next != std::istream::traits_type::eof(); next = in.get()) {
    const char c = static_cast<char>(next);
    if (text.empty() && c != '{' && c != '[')
      return absl::InvalidArgumentError("it is no JSON object or list");
    if (text.size() == kMostBytes) return absl::ResourceExhaustedError("it is longer than 16 MiB");
    text.push_back(c);
    if (escaped) {
      escaped = false;
    } else if (quoted) {
      escaped = c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return absl::InvalidArgumentError("it is nested too deeply");
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return text;
    }
  }
  if (!text.empty()) return absl::InvalidArgumentError("it ends in the middle of a JSON value");
  return text;
}

bool TellsNoChange(const Json& answer) {
  return answer.contains("opened") || answer.contains("progress") || answer.contains("gap") ||
         (answer.contains("cursor") && answer.size() == 1);
}

class Teller {
 public:
  explicit Teller(absl::FunctionRef<void(const v1::ChangeEvent&)> tell) : tell_(tell) {}

  int told() const { return told_; }

  absl::Status Take(const Json& value) {
    if (value.is_array()) return TakeEach(value);
    if (!value.is_object()) return absl::InvalidArgumentError("it is no JSON object");
    if (value.contains("event")) return Take(value["event"]);
    if (value.contains("events")) return TakeEach(value["events"]);
    if (value.contains("changes")) return Take(value["changes"]);
    if (TellsNoChange(value)) return absl::OkStatus();
    return Tell(value);
  }

 private:
  absl::Status TakeEach(const Json& list) {
    for (const Json& value : list) {
      if (absl::Status taken = Take(value); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  absl::Status Tell(const Json& value) {
    v1::ChangeEvent event;
    const auto parsed = google::protobuf::util::JsonStringToMessage(value.dump(), &event);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("it is no swarmbell.v1.ChangeEvent: ", std::string(parsed.message())));
    }
    if (event.details_case() == v1::ChangeEvent::DETAILS_NOT_SET && !event.has_resource()) {
      return absl::InvalidArgumentError("it is no swarmbell.v1.ChangeEvent: it has no resource");
    }
    tell_(event);
    ++told_;
    return absl::OkStatus();
  }

  absl::FunctionRef<void(const v1::ChangeEvent&)> tell_;
  int told_ = 0;
};

}  // namespace

absl::StatusOr<int> ReadPastedChanges(std::istream& in,
                                      absl::FunctionRef<void(const v1::ChangeEvent&)> tell) {
  Teller teller(tell);
  while (true) {
    const absl::StatusOr<std::string> text = NextValue(in);
    if (!text.ok()) return text.status();
    if (text->empty()) return teller.told();
    const Json value = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (value.is_discarded()) return absl::InvalidArgumentError("it is not JSON");
    if (absl::Status taken = teller.Take(value); !taken.ok()) return taken;
  }
}

}  // namespace swarmbell
