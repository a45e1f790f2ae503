#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/file/file.h"
#include "common/settings/setting.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

const std::vector<std::string> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr char kTimePattern[] =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

struct MuteForm {
  MuteConfig mute;
  YamlNode match = YamlNode::Map();
  std::string start;
  std::string end;
  std::string daily;
  std::vector<std::string> days;
  std::string time_zone = "UTC";
};

SettingsTable DescribeMute(MuteForm& form) {
  SettingsTable table;
  table.Add(&form.mute.name, "name", "Any name, for the log.");
  table.Add(&form.match, "match",
            "The changes to suppress: every part that is given must match; {} matches every "
            "change.",
            {.keys = MatchKeys(), .required = "has no match; {} mutes every change"});
  table.Add(&form.start, "start", "Time when the mute begins: 2026-08-01T22:00:00Z.",
            {.pattern = kTimePattern});
  table.Add(&form.end, "end", "Time when it ends, after start.", {.pattern = kTimePattern});
  table.Add(&form.daily, "daily", "A time of each day, by time_zone: 22:00-06:00.",
            {.pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"});
  table.Add(&form.days, "days", "The days on which it is in force, by time_zone; all if left out.",
            {.choices = kDays, .refusal = "is no day (sun, mon, tue, wed, thu, fri, sat)"});
  table.Add(&form.time_zone, "time_zone",
            "The time zone of daily and days, by its name in the IANA database: Europe/Berlin.");
  return table;
}

// Relative names of files only: `/etc/passwd` and `../x` name no zone.
constexpr std::size_t kLongestZone = 64;

// The names of the zones that this system has; none without its database's index.
std::vector<std::string> ZoneNames() {
  const char* const directory = std::getenv("TZDIR");
  const std::string index =
      absl::StrCat(directory == nullptr ? "/usr/share/zoneinfo" : directory, "/zone.tab");
  const absl::StatusOr<std::string> text = ReadFile(index, std::size_t{256} << 10);
  std::vector<std::string> names = {"UTC"};
  if (!text.ok()) return names;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    if (columns.size() > 2 && columns[0][0] != '#') names.push_back(columns[2]);
  }
  return names;
}

void ReadTimeZone(Record& record, const std::string& name, MuteConfig& mute) {
  const bool is_name = !name.empty() && name.size() <= kLongestZone && name[0] != '/' &&
                       name.find("..") == std::string::npos && name.find(':') == std::string::npos;
  if (is_name && absl::LoadTimeZone(name, &mute.time_zone)) return;
  const std::string hint = name.size() <= kLongestZone ? DidYouMean(name, ZoneNames()) : "";
  record.Fault(&name, absl::StrCat(Quoted(name),
                                   " is no time zone that this system knows (for example Europe/Berlin, from "
                                   "the package tzdata)",
                                   hint));
}

std::optional<absl::Time> ReadTime(Record& record, const std::string& text) {
  if (text.empty()) return std::nullopt;
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  record.Fault(&text, absl::StrCat(Quoted(text), " is not a time (for example 2026-08-01T22:00:00Z)"));
  return std::nullopt;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// `22:30` as minutes of the day; `24:00` is the day's end.
std::optional<int> MinuteOfDay(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U}) {
    if (!IsDigit(text[i])) return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 60 + minute;
}

void ReadDaily(Record& record, const std::string& text, MuteConfig& mute) {
  if (text.empty()) return;
  const auto start = text.size() == 11 && text[5] == '-' ? MinuteOfDay(text.substr(0, 5)) : std::nullopt;
  const auto end = start ? MinuteOfDay(text.substr(6)) : std::nullopt;
  if (!start || !end || *start == *end || *start == 24 * 60) {
    record.Fault(&text, absl::StrCat(Quoted(text), " is not a time of day (for example 22:00-06:00)"));
    return;
  }
  mute.daily_start_minute = start;
  mute.daily_end_minute = end;
}

MuteConfig ReadMute(const YamlNode& node, const std::string& name, Problems& problems) {
  MuteForm form;
  const SettingsTable table = DescribeMute(form);
  Record record(table, node, name, problems);
  MuteConfig& mute = form.mute;
  if (mute.name.empty()) mute.name = name;
  if (record.Has(&form.match)) mute.match = ReadMatch(form.match, record.Name(&form.match), problems);
  mute.start = ReadTime(record, form.start);
  mute.end = ReadTime(record, form.end);
  if (mute.start && mute.end && *mute.end <= *mute.start) record.Fault(&form.end, "is not after start");
  ReadDaily(record, form.daily, mute);
  ReadTimeZone(record, form.time_zone, mute);
  for (const std::string& day : form.days) {
    mute.weekdays.push_back(static_cast<int>(std::find(kDays.begin(), kDays.end(), day) - kDays.begin()));
  }
  return mute;
}

const std::vector<std::string> kLinkPlaceholders = {"id",   "name", "stack",     "cluster",   "revision",
                                                    "node", "time", "change_id", "label:NAME"};

SettingsTable DescribeLink(LinkConfig& link) {
  SettingsTable table;
  table.Add(&link.title, "title", "The text of the link.", {.required = "has no title"});
  table.Add(&link.kind, "kind", "The kind of resource whose cards show the link.",
            {.choices = {"node", "service", "task", "container"},
             .required = "has no kind (node, service, task, container)"});
  table.Add(&link.url, "url",
            "The URL, with {id} {name} {stack} {cluster} {revision} {node} {time} {change_id} {label:NAME}.",
            {.required = "has no url", .pattern = "^https?://"});
  return table;
}

// Reports `{label:}`, and what was probably meant to be `{label:NAME}`, where the text may have that. Other
// words before a colon are as JSON in a URL has them.
void CheckLabelPlaceholders(Record& record, const std::string& text) {
  constexpr char kLabel[] = "label";
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t colon = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (colon == std::string::npos || text[colon] != ':') continue;
    const std::size_t close = text.find_first_of("{}", colon);
    if (close == std::string::npos || text[close] != '}') continue;
    const std::string word = text.substr(open + 1, colon - open - 1);
    if (word == kLabel && close > colon + 1) continue;
    if (word == kLabel) {
      record.Fault(&text,
                   "the placeholder {label:} lacks the name of a label, as in {label:com.example.team}");
    } else if (Nearest(word, {kLabel})) {
      record.Fault(&text, absl::StrCat("unknown placeholder {", text.substr(open + 1, close - open - 1),
                                       "}; did you mean \"label", text.substr(colon, close - colon), "\"?"));
    }
  }
}

LinkConfig ReadLink(const YamlNode& node, const std::string& name, Problems& problems) {
  LinkConfig link;
  const SettingsTable table = DescribeLink(link);
  Record record(table, node, name, problems);
  if (!link.url.empty() && !absl::StartsWith(link.url, "https://") &&
      !absl::StartsWith(link.url, "http://")) {
    record.Fault(&link.url, "must begin with https:// or http://");
  } else {
    CheckPlaceholders(record, link.url, kLinkPlaceholders);
    CheckLabelPlaceholders(record, link.url);
  }
  return link;
}

}  // namespace

std::vector<Setting> MuteKeys() {
  MuteForm form;
  return DescribeMute(form).Rows();
}

std::vector<MuteConfig> ReadMutes(const YamlNode& node, Problems& problems) {
  std::vector<MuteConfig> mutes;
  for (const YamlNode& item : ListItems(node, "mute", problems)) {
    mutes.push_back(ReadMute(item, absl::StrCat("mute[", mutes.size(), "]"), problems));
  }
  return mutes;
}

std::vector<Setting> LinkKeys() {
  LinkConfig link;
  return DescribeLink(link).Rows();
}

std::vector<LinkConfig> ReadLinks(const YamlNode& node, Problems& problems) {
  std::vector<LinkConfig> links;
  for (const YamlNode& item : ListItems(node, "links", problems)) {
    links.push_back(ReadLink(item, absl::StrCat("links[", links.size(), "]"), problems));
  }
  return links;
}

void CheckPlaceholders(Record& record, const std::string& text, const std::vector<std::string>& known) {
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (close == std::string::npos || text[close] != '}' || close == open + 1) continue;
    const std::string word = text.substr(open + 1, close - open - 1);
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    record.Fault(&text, absl::StrCat("unknown placeholder {", word, "} (there are {",
                                     absl::StrJoin(known, "} {"), "})", DidYouMean(word, known)));
  }
}

}  // namespace swarmbell
