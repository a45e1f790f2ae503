#include "common/metrics/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string_view>
#include <system_error>

#include "common/process/logging.h"
#include "common/process/process.h"

namespace swarmbell {
namespace {

// Escapes as https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format demands.
std::string Escape(std::string_view text, bool quotes) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '"' && quotes) {
      escaped += "\\\"";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  const bool integer = std::trunc(value) == value && std::fabs(value) <= kExactIntegers;
  char buffer[64];
  char* const limit = buffer + sizeof(buffer);
  const auto end = integer ? std::to_chars(buffer, limit, value, std::chars_format::fixed)
                           : std::to_chars(buffer, limit, value);
  return std::string(buffer, end.ptr);
}

const char* KindName(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

std::string Line(const std::string& name, const MetricLabels& labels, const std::string& value) {
  std::string line = name;
  char separator = '{';
  for (const auto& [label, text] : labels) {
    line += separator + label + "=\"" + Escape(text, true) + "\"";
    separator = ',';
  }
  if (!labels.empty()) line += '}';
  return line + ' ' + value + '\n';
}

std::string HistogramLines(const std::string& name, const MetricLabels& labels,
                           const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts,
                           double sum) {
  std::string lines;
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    cumulated += counts[i];
    MetricLabels with_bound = labels;
    with_bound.emplace_back("le", i < bounds.size() ? Number(bounds[i]) : "+Inf");
    lines += Line(name + "_bucket", with_bound, std::to_string(cumulated));
  }
  lines += Line(name + "_sum", labels, Number(sum));
  return lines + Line(name + "_count", labels, std::to_string(cumulated));
}

void Add(Metrics& metrics, MetricKind kind, const std::string& name, const std::string& help, double value) {
  metrics.Declare(kind, name, help);
  metrics.Set(name, {}, value);
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// -1 if it is unknown.
double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? -1 : static_cast<double>(std::distance(begin(files), end(files)));
}

// proc(5): the 22nd field of /proc/self/stat, in ticks since the system started; the name in the second field
// may hold blanks and brackets. 0 if it is unknown.
double StartTime() {
  std::ifstream stat_file("/proc/self/stat");
  std::string stat;
  std::getline(stat_file, stat);
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  std::ifstream system("/proc/stat");
  for (std::string word; system >> word;) {
    double booted = 0;
    if (word == "btime" && system >> booted)
      return booted + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    system.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

}  // namespace

void Metrics::Declare(MetricKind kind, const std::string& name, const std::string& help,
                      std::vector<double> buckets) {
  const MutexLock lock(mutex_);
  Family& family = families_[name];
  family.kind = kind;
  family.help = help;
  family.buckets = std::move(buckets);
}

Metrics::Family* Metrics::Find(const std::string& name) {
  const auto found = families_.find(name);
  assert(found != families_.end() && "metric used before it was declared");
  return found == families_.end() ? nullptr : &found->second;
}

void Metrics::Add(const std::string& name, const MetricLabels& labels, double amount) {
  const MutexLock lock(mutex_);
  if (Family* family = Find(name)) family->series[labels].value += amount;
}

void Metrics::Set(const std::string& name, const MetricLabels& labels, double value) {
  const MutexLock lock(mutex_);
  if (Family* family = Find(name)) family->series[labels].value = value;
}

void Metrics::Observe(const std::string& name, const MetricLabels& labels, double value) {
  const MutexLock lock(mutex_);
  Family* family = Find(name);
  if (family == nullptr) return;
  const std::vector<double>& bounds = family->buckets;
  Series& series = family->series[labels];
  series.bucket_counts.resize(bounds.size() + 1);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  ++series.bucket_counts[static_cast<std::size_t>(bucket)];
  series.value += value;
}

std::string Metrics::Render() const {
  const MutexLock lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    text += "# HELP " + name + ' ' + Escape(family.help, false) + '\n';
    text += "# TYPE " + name + ' ' + KindName(family.kind) + '\n';
    for (const auto& [labels, series] : family.series) {
      text += family.kind == MetricKind::kHistogram
                  ? HistogramLines(name, labels, family.buckets, series.bucket_counts, series.value)
                  : Line(name, labels, Number(series.value));
    }
  }
  return text;
}

std::string RenderProcessMetrics() {
  Metrics metrics;
  metrics.Declare(MetricKind::kGauge, "swarmbell_build_info", "1, with what this program is as labels.");
  metrics.Set("swarmbell_build_info", {{"version", BuildVersion()}}, 1);
  Add(metrics, MetricKind::kGauge, "process_resident_memory_bytes", "Resident memory size in bytes.",
      ResidentBytes());
  Add(metrics, MetricKind::kCounter, "process_cpu_seconds_total", "User and system CPU time in seconds.",
      CpuSeconds());
  Add(metrics, MetricKind::kCounter, "swarmbell_log_lines_dropped_total",
      "Log lines dropped because nobody read standard error.", static_cast<double>(DroppedLogLines()));
  // A hidden /proc provides less.
  if (const double files = OpenFiles(); files >= 0) {
    Add(metrics, MetricKind::kGauge, "process_open_fds", "Number of open file descriptors.", files);
  }
  if (const double started = StartTime(); started > 0) {
    Add(metrics, MetricKind::kGauge, "process_start_time_seconds",
        "Start time of the process since the epoch in seconds.", started);
  }
  return metrics.Render();
}

}  // namespace swarmbell
