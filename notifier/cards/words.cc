#include "notifier/cards/words.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/time/proto_time.h"

namespace swarmbell::cards {
namespace {

// `NODE_STATE_DOWN` without its prefix, small, with spaces; empty for the unspecified value and for values
// newer than this program.
std::string EnumWord(const std::string& name, std::string_view prefix) {
  if (name.size() <= prefix.size()) return "";
  std::string word = name.substr(prefix.size());
  if (word == "UNSPECIFIED") return "";
  for (char& letter : word) {
    letter = letter == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return word;
}

std::string OrUnknown(std::string word) { return word.empty() ? "unknown" : std::move(word); }

struct Unit {
  std::int64_t seconds;
  std::string_view singular;
  std::string_view plural;
};
constexpr std::array<Unit, 4> kUnits = {
    {{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}, {1, "second", "seconds"}}};

constexpr std::int32_t kKilled = 137;

struct ExitCode {
  std::uint32_t code;
  std::string_view meaning;
};
constexpr std::array<ExitCode, 18> kExitCodes = {{{0, "ended without an error"},
                                                  {125, "the engine could not start it"},
                                                  {126, "command cannot be run"},
                                                  {127, "command not found"},
                                                  {130, "interrupted"},
                                                  {132, "illegal instruction"},
                                                  {134, "aborted"},
                                                  {135, "bus error"},
                                                  {136, "arithmetic error"},
                                                  {139, "segmentation fault"},
                                                  {143, "terminated"},
                                                  {0xC0000005, "access violation"},
                                                  {0xC00000FD, "stack overflow"},
                                                  {0xC0000135, "DLL not found"},
                                                  {0xC000013A, "interrupted"},
                                                  {0xC0000142, "DLL could not be initialized"},
                                                  {0xC0000374, "heap corruption"},
                                                  {0xC0000409, "stack buffer overrun"}}};

// Empty where the code says nothing more.
std::string_view ExitCodeMeaning(std::int32_t code) {
  const auto* known = std::find_if(kExitCodes.begin(), kExitCodes.end(), [code](const ExitCode& exit) {
    return exit.code == static_cast<std::uint32_t>(code);
  });
  return known == kExitCodes.end() ? "" : known->meaning;
}

// `0xC0000005`
std::string Hexadecimal(std::int32_t code) {
  const absl::Hex digits(static_cast<std::uint32_t>(code), absl::kZeroPad8);
  return "0x" + absl::AsciiStrToUpper(absl::StrCat(digits));
}

// Without what the engine says of every exit: `task: non-zero exit (137)`.
std::string_view ReasonIn(std::string_view error) {
  constexpr std::string_view kBare = "task: non-zero exit (";
  if (error.substr(0, kBare.size()) != kBare) return error;
  const std::size_t end = error.find(')');
  return end == std::string_view::npos ? "" : error.substr(end + 1);
}

std::string_view KilledWords(std::string_view error) {
  const std::string_view reason = ReasonIn(error);
  const auto names = [reason](std::string_view word) { return reason.find(word) != std::string_view::npos; };
  if (names("OOM") || names("out of memory")) return "killed, out of memory";
  return reason.empty() ? "killed, out of memory?" : "killed";
}

}  // namespace

std::string Counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::string Tasks(std::uint64_t count) { return Counted(count, "task", "tasks"); }

std::string JoinAnd(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::string JoinSome(const std::vector<std::string>& items, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(items.size(), most); ++i) out += (i > 0 ? ", " : "") + items[i];
  if (items.size() > most) out += " and " + std::to_string(items.size() - most) + " more";
  return out;
}

std::string InWords(absl::Duration duration) {
  std::int64_t seconds = absl::ToInt64Seconds(duration + absl::Milliseconds(500));
  if (seconds < 1) return "less than a second";
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    const auto whole = static_cast<std::uint64_t>(seconds / kUnits[i].seconds);
    std::string out = Counted(whole, kUnits[i].singular, kUnits[i].plural);
    if (i + 1 == kUnits.size()) return out;
    const Unit& next = kUnits[i + 1];
    const auto rest = static_cast<std::uint64_t>(seconds % kUnits[i].seconds / next.seconds);
    return rest == 0 ? out : out + " " + Counted(rest, next.singular, next.plural);
  }
  return "";
}

std::string Between(bool has_from, const google::protobuf::Timestamp& from,
                    const google::protobuf::Timestamp& to) {
  if (!has_from || from.seconds() <= 0 || FromProto(to) < FromProto(from)) return "";
  return InWords(FromProto(to) - FromProto(from));
}

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string ExitCodeWords(std::int32_t code, std::string_view error) {
  const std::string number = code < 0 ? Hexadecimal(code) : std::to_string(code);
  const std::string_view meaning = code == kKilled ? KilledWords(error) : ExitCodeMeaning(code);
  return meaning.empty() ? number : number + " (" + std::string(meaning) + ")";
}

bool IsUnassigned(const v1::TaskSummary& task) {
  return task.state() != v1::TASK_STATE_UNSPECIFIED && task.state() < v1::TASK_STATE_ASSIGNED;
}

std::string RoleWord(v1::NodeRole role) { return OrUnknown(EnumWord(v1::NodeRole_Name(role), "NODE_ROLE_")); }

std::string AvailabilityWord(v1::NodeAvailability availability) {
  return OrUnknown(EnumWord(v1::NodeAvailability_Name(availability), "NODE_AVAILABILITY_"));
}

std::string NodeStateWord(v1::NodeState state) {
  return OrUnknown(EnumWord(v1::NodeState_Name(state), "NODE_STATE_"));
}

std::string ReachabilityWord(v1::NodeReachability reachability) {
  return OrUnknown(EnumWord(v1::NodeReachability_Name(reachability), "NODE_REACHABILITY_"));
}

std::string UpdateStateWord(v1::UpdateState state) {
  return OrUnknown(EnumWord(v1::UpdateState_Name(state), "UPDATE_STATE_"));
}

std::string TaskStateWord(v1::TaskState state) {
  return OrUnknown(EnumWord(v1::TaskState_Name(state), "TASK_STATE_"));
}

std::string ModeWords(const v1::ServiceMode& mode) {
  switch (mode.kind()) {
    case v1::SERVICE_MODE_KIND_REPLICATED:
      return mode.has_replicas() ? Counted(mode.replicas(), "replica", "replicas") : "replicated";
    case v1::SERVICE_MODE_KIND_GLOBAL:
      return "global";
    case v1::SERVICE_MODE_KIND_REPLICATED_JOB:
      return mode.has_replicas() ? "job with " + Counted(mode.replicas(), "completion", "completions")
                                 : "job";
    case v1::SERVICE_MODE_KIND_GLOBAL_JOB:
      return "global job";
    default:
      return "unknown";
  }
}

std::string KindWord(v1::ResourceKind kind) {
  const std::string word = EnumWord(v1::ResourceKind_Name(kind), "RESOURCE_KIND_");
  return word.empty() ? "Resource" : UpperFirst(word);
}

std::string LowerFirst(std::string text) {
  const bool abbreviation = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1])) != 0;
  if (!text.empty() && !abbreviation) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

std::string UpperFirst(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string ShortImage(const std::string& image) {
  const std::size_t at = image.find("@sha256:");
  if (at == std::string::npos) return image;
  const std::size_t slash = image.rfind('/', at);
  const std::size_t colon = image.find(':', slash == std::string::npos ? 0 : slash);
  return colon < at ? image.substr(0, at) : image.substr(0, at + 8 + 12);
}

std::string ShortId(const std::string& id) { return id.substr(0, 12); }

}  // namespace swarmbell::cards
