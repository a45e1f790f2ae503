#include "common/settings/checks.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/file/file.h"
#include "common/settings/setting.h"

namespace swarmbell {
namespace {

// True if the text is a host, `:` and a port; a host that holds `:` needs brackets.
bool IsHostAndPort(const std::string& text, bool port_zero) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!digits) return false;
  const auto number = ParseInt(port);
  if (!number || *number > 65535 || (*number == 0 && !port_zero)) return false;
  const bool bracketed = host.front() == '[' && host.back() == ']';
  return (bracketed || !absl::StrContains(host, ":")) && host.find_first_of("/ \t@") == std::string::npos;
}

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

}  // namespace

std::optional<std::string> ListenAddressProblem(const std::string& address, const std::string& example) {
  if (IsHostAndPort(address, /*port_zero=*/true)) return std::nullopt;
  return absl::StrCat(Quoted(address), " is no address to listen on (for example ", example, ")");
}

std::optional<std::string> TargetProblem(const std::string& target) {
  const std::string problem = absl::StrCat(
      Quoted(target), " is no gRPC target (for example collector:50051 or dns:///collector:50051)");
  for (const char* scheme : {"unix:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(target, scheme)) return std::nullopt;
  }
  std::string rest = target;
  if (absl::StartsWith(rest, "dns:")) {
    const auto slash = rest.rfind('/');
    rest = rest.substr(slash == std::string::npos ? 4 : slash + 1);
  }
  if (IsHostAndPort(rest, /*port_zero=*/false)) return std::nullopt;
  return problem;
}

bool StaysOnThisMachine(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) return true;
  std::string host = address;
  for (const char* scheme : {"dns:///", "dns:", "ipv4:", "ipv6:"}) {
    if (!absl::StartsWith(host, scheme)) continue;
    host = host.substr(std::string(scheme).size());
    break;
  }
  if (host == "::1" || absl::StartsWith(host, "[::1]")) return true;
  host = absl::AsciiStrToLower(host.substr(0, host.find(':')));
  // `127.example.com` is a name.
  const bool numeric = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || (numeric && absl::StartsWith(host, "127."));
}

Record::Record(const SettingsTable& table, const YamlNode& node, std::string name, Problems& problems)
    : table_(table), node_(node), name_(std::move(name)), problems_(problems) {
  if (!node.IsMap() && !node.IsNull()) Fault("must be a map of keys and values");
  for (std::size_t row = 0; row < table_.Rows().size(); ++row) Read(row);
  ReportUnknownKeys();
}

void Record::Fault(const std::string& what) { problems_.Add(absl::StrCat(node_.Where(), ": ", name_), what); }

const YamlNode* Record::Child(const std::string& key) const {
  const YamlNode* child = node_.Find(key);
  return child == nullptr || child->IsNull() ? nullptr : child;
}

void Record::FaultAt(const std::string& key, const std::string& what) {
  faulty_.insert(key);
  const YamlNode* child = node_.Find(key);
  problems_.Add(absl::StrCat((child == nullptr ? node_ : *child).Where(), ": ", Name(key)), what);
}

void Record::Read(std::size_t row) {
  const Setting& key = table_.Rows()[row];
  const YamlNode* value = Child(key.path);
  const bool given = value != nullptr && !(value->IsScalar() && value->scalar.empty());
  if (!given && !key.required.empty()) Fault(key.required);
  if (value == nullptr) return;
  switch (key.type) {
    case SettingType::kList:
      return ReadWords(row, *value);
    case SettingType::kMap:
      return key.keys.empty() ? ReadTexts(row, *value) : table_.Put(row, *value);
    case SettingType::kRecords:
      return table_.Put(row, *value);
    default:
      return ReadScalar(row, *value);
  }
}

void Record::ReadScalar(std::size_t row, const YamlNode& value) {
  const Setting& key = table_.Rows()[row];
  if (!value.IsScalar()) return FaultAt(key.path, "must be a single value");
  if (value.scalar.empty()) return;
  if (const auto problem = ValueProblem(key, value.scalar)) return FaultAt(key.path, *problem);
  table_.Put(row, value);
}

void Record::ReadWords(std::size_t row, const YamlNode& value) {
  const Setting& key = table_.Rows()[row];
  std::vector<YamlNode> words = value.IsScalar() ? std::vector<YamlNode>{value} : value.items;
  const auto others = std::erase_if(words, [](const YamlNode& word) { return !word.IsScalar(); });
  if (value.IsMap() || others > 0) FaultAt(key.path, "must be a single value or a list of single values");
  std::erase_if(words, [&](const YamlNode& word) {
    const auto problem = ChoiceProblem(key, word.scalar);
    if (problem) FaultAt(key.path, *problem);
    return problem.has_value();
  });
  YamlNode list = YamlNode::List();
  list.items = std::move(words);
  table_.Put(row, list);
}

void Record::ReadTexts(std::size_t row, const YamlNode& value) {
  const std::string& key = table_.Rows()[row].path;
  if (!value.IsMap()) FaultAt(key, table_.Rows()[row].refusal);
  for (const auto& [name, text] : value.entries) {
    if (!text.IsScalar()) FaultAt(key, absl::StrCat("the value of ", Quoted(name), " must be a single one"));
  }
  table_.Put(row, value);
}

void Record::ReportUnknownKeys() {
  std::vector<std::string> known;
  for (const Setting& key : table_.Rows()) known.push_back(key.path);
  std::sort(known.begin(), known.end());
  for (const auto& [key, value] : node_.entries) {
    if (std::binary_search(known.begin(), known.end(), key)) continue;
    problems_.Add(value.Where(), absl::StrCat("unknown key ", Quoted(Name(key)), DidYouMean(key, known)));
  }
}

const std::vector<YamlNode>& ListItems(const YamlNode& node, std::string_view name, Problems& problems) {
  if (!node.IsList() && !node.IsNull()) {
    problems.Add(node.Where().append(": ").append(name), "must be a list");
  }
  return node.items;
}

void AddLogSettings(SettingsTable& table, std::string& level, std::string& format) {
  table.Add(&level, "log.level", "Least severe level that is logged: trace, debug, info, warn, error or off.",
            {.reloads = true, .choices = {"trace", "debug", "info", "warn", "error", "off"}});
  table.Add(&format, "log.format", "Format of the log: text, or json with one object per line.",
            {.choices = {"text", "json"}});
}

void SettingsChecks::Fault(const void* variable, const std::string& what) {
  problems_.Add(settings_.Value(table_.Of(variable)).label, what);
}

const std::string& SettingsChecks::File(const void* variable) const {
  return settings_.Value(table_.Of(variable)).file;
}

void SettingsChecks::PemFile(const std::string& file) {
  if (file.empty()) return;
  if (absl::StrContains(file, "-----BEGIN")) {
    const std::string& path = table_.Of(&file).path;
    Fault(&file, absl::StrCat("holds the PEM text itself; set ", path, " (", EnvironmentName(path),
                              ") to the name of the file"));
    return;
  }
  const auto content = ReadFile(file, kMaxPemBytes);
  if (content.ok()) return;
  Fault(&file, absl::StrCat("cannot read ", file, ": ", std::string(content.status().message())));
}

void SettingsChecks::Together(const std::string& first, const std::string& second) {
  if (first.empty() == second.empty()) return;
  const std::string& absent = table_.Of(first.empty() ? &first : &second).path;
  Fault(first.empty() ? &second : &first,
        absl::StrCat("needs ", absent, " (", EnvironmentName(absent), ") too"));
}

bool SettingsChecks::Listen(const std::string& address, bool may_be_off, const std::string& example) {
  if (may_be_off && address == "off") return true;
  const auto problem =
      ListenAddressProblem(address, example.empty() ? table_.Of(&address).default_value : example);
  if (problem) Fault(&address, may_be_off ? absl::StrCat(*problem, ", nor off") : *problem);
  return !problem;
}

void SettingsChecks::Choices(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (const auto problem = ChoiceProblem(table_.Of(&words), word)) Fault(&words, *problem);
  }
}

}  // namespace swarmbell
