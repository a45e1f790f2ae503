#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/settings/map_reader.h"
#include "common/settings/nearest.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

const std::vector<std::string> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::optional<absl::Time> ReadTime(MapReader& reader, const std::string& key) {
  const std::string text = reader.Text(key);
  if (text.empty()) return std::nullopt;
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  reader.Fault(key, absl::StrCat(Quoted(text), " is not a time (for example 2026-08-01T22:00:00Z)"));
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

void ReadDaily(MapReader& reader, MuteConfig& mute) {
  const std::string text = reader.Text("daily");
  if (text.empty()) return;
  const auto start = text.size() == 11 && text[5] == '-' ? MinuteOfDay(text.substr(0, 5)) : std::nullopt;
  const auto end = start ? MinuteOfDay(text.substr(6)) : std::nullopt;
  if (!start || !end || *start == *end || *start == 24 * 60) {
    reader.Fault("daily",
                 absl::StrCat(Quoted(text), " is not a time of day in UTC (for example 22:00-06:00)"));
    return;
  }
  mute.daily_start_minute = start;
  mute.daily_end_minute = end;
}

void ReadDays(MapReader& reader, MuteConfig& mute) {
  for (const std::string& word : reader.Words("days")) {
    std::size_t day = 0;
    while (day < kDays.size() && kDays[day] != word) ++day;
    if (day == kDays.size()) {
      reader.Fault("days", absl::StrCat(Quoted(word), " is no day (sun, mon, tue, wed, thu, fri, sat)",
                                        DidYouMean(word, kDays)));
    } else {
      mute.weekdays.push_back(static_cast<int>(day));
    }
  }
}

MuteConfig ReadMute(const YamlNode& node, const std::string& name, Problems& problems) {
  MapReader reader(node, name, problems);
  MuteConfig mute;
  mute.name = reader.Text("name");
  if (mute.name.empty()) mute.name = name;
  if (const YamlNode* match = reader.Child("match")) {
    mute.match = ReadMatch(*match, reader.Name("match"), problems);
  } else {
    reader.Fault("has no match; {} mutes every change");
  }
  mute.start = ReadTime(reader, "start");
  mute.end = ReadTime(reader, "end");
  if (mute.start && mute.end && *mute.end <= *mute.start) reader.Fault("end", "is not after start");
  ReadDaily(reader, mute);
  ReadDays(reader, mute);
  reader.Finish();
  return mute;
}

}  // namespace

std::vector<MuteConfig> ReadMutes(const YamlNode& node, Problems& problems) {
  std::vector<MuteConfig> mutes;
  for (const YamlNode& item : ListItems(node, "mute", problems)) {
    mutes.push_back(ReadMute(item, absl::StrCat("mute[", mutes.size(), "]"), problems));
  }
  return mutes;
}

}  // namespace swarmbell
