#include "common/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <system_error>

#include "common/metrics/metrics.h"
#include "common/process/build_info.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

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

// -1 when it cannot be told.
double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? -1 : static_cast<double>(std::distance(begin(files), end(files)));
}

// proc(5): the 22nd field of /proc/self/stat, in ticks since the system started; the name in the second field
// may hold blanks and brackets. 0 when it cannot be told.
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
  // A hidden /proc tells less.
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
