#include "tests/collector/diff/recordings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace swarmbell {
namespace {

namespace fs = std::filesystem;

fs::path Root() { return fs::path(SWARMBELL_BINARY_DIR) / "engine-answers"; }

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Headers {
  std::string request;  // the comment of the first line, if there is one
  std::string server;
  bool ok = false;
};

Headers ReadHeaders(const fs::path& path) {
  Headers headers;
  for (const absl::string_view view : absl::StrSplit(ReadFile(path), '\n')) {
    const std::string line(absl::StripTrailingAsciiWhitespace(view));
    if (absl::StartsWith(line, "# ")) headers.request = line.substr(2);
    if (absl::StartsWith(line, "HTTP/1.1 200")) headers.ok = true;
    if (absl::StartsWith(line, "Server: ")) headers.server = line.substr(8);
  }
  return headers;
}

std::string KindOf(const Headers& headers, const std::string& file) {
  const bool is_get = absl::StartsWith(headers.request, "GET ");
  const std::string path = is_get ? headers.request.substr(0, headers.request.find(" on ")) : file;
  if (absl::StrContains(path, "filters=")) return {};
  if (is_get && absl::StrContains(path, "/containers/")) {
    return absl::StrContains(path, "/containers/json") ? "containers" : "";
  }
  for (const char* kind : {"services", "nodes", "tasks", "containers", "networks"}) {
    if (absl::StrContains(path, kind)) return kind;
  }
  return {};
}

// `d1` of `10-d1-nodes-00-http200`.
std::string AskedOf(const std::string& file) {
  const std::vector<std::string> parts = absl::StrSplit(file, '-');
  const bool named = parts.size() > 2 && parts[1].size() == 2 && parts[1][0] == 'd';
  return named && parts[1][1] >= '0' && parts[1][1] <= '9' ? parts[1] : "";
}

std::optional<absl::Time> AbsoluteTime(const std::string& request) {
  const std::vector<std::string> parts = absl::StrSplit(request, ", ");
  absl::Time time;
  std::string error;
  if (parts.size() > 1 && absl::ParseTime(absl::RFC3339_full, parts[1], &time, &error)) return time;
  double seconds = 0;
  if (absl::StartsWith(request, "t=17") && absl::SimpleAtod(request.substr(2), &seconds)) {
    return absl::FromUnixMillis(static_cast<std::int64_t>(seconds * 1000));
  }
  return std::nullopt;
}

// `t=+0.050s ... took 12 ms`: how long after the action the answer was there.
absl::Duration Offset(const std::string& request) {
  if (!absl::StartsWith(request, "t=")) return absl::ZeroDuration();
  absl::Duration offset = absl::Seconds(std::strtod(request.c_str() + 2, nullptr));
  if (const std::size_t took = request.find("took "); took != std::string::npos) {
    offset += absl::Milliseconds(std::strtol(request.c_str() + took + 5, nullptr, 10));
  }
  return offset;
}

int Stage(const std::string& file) { return std::atoi(file.c_str()); }

struct Dated {
  Recording recording;
  std::optional<absl::Time> absolute;
  absl::Duration offset;
};

// Scenarios with several actions count their times from each.
absl::Duration StageDistance(const std::string& file) {
  const int stage = Stage(file);
  return stage > 10 && stage < 90 ? absl::Minutes(stage / 10 - 1) : absl::ZeroDuration();
}

void FixTimes(std::vector<Dated>& all) {
  absl::Time start = absl::FromUnixSeconds(1795350000);
  for (const Dated& dated : all) {
    if (dated.absolute && Stage(dated.recording.file) == 0) start = std::max(start, *dated.absolute);
  }
  start += absl::Seconds(1);
  for (Dated& dated : all) {
    dated.recording.time =
        dated.absolute.value_or(start + StageDistance(dated.recording.file) + dated.offset);
  }
}

}  // namespace

std::vector<std::string> Scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Root())) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && !LoadRecordings(name).empty()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Recording> LoadRecordings(const std::string& scenario) {
  std::vector<Dated> all;
  for (const auto& entry : fs::directory_iterator(Root() / scenario)) {
    const std::string file = entry.path().filename().string();
    if (!absl::EndsWith(file, ".json")) continue;
    fs::path headers_path = entry.path();
    headers_path.replace_extension(".headers.txt");
    if (!fs::exists(headers_path)) continue;
    const Headers headers = ReadHeaders(headers_path);
    const std::string kind = KindOf(headers, file);
    if (!headers.ok || kind.empty()) continue;
    all.push_back({{file, kind, ReadFile(entry.path()), headers.server, AskedOf(file), {}},
                   AbsoluteTime(headers.request),
                   Offset(headers.request)});
  }
  FixTimes(all);
  std::sort(all.begin(), all.end(), [](const Dated& a, const Dated& b) {
    return std::tie(a.recording.time, a.recording.file) < std::tie(b.recording.time, b.recording.file);
  });
  std::vector<Recording> recordings;
  for (Dated& dated : all) recordings.push_back(std::move(dated.recording));
  return recordings;
}

}  // namespace swarmbell
