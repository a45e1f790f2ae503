#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/sync/mutex.h"

namespace swarmbell {

// Label names and values, in the order to print.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

enum class MetricKind { kCounter, kGauge, kHistogram };

// A set of metrics in Prometheus's text format (version 0.0.4). Thread-safe.
//
// A metric must be declared before it is used. Using an undeclared name is a bug: it aborts in debug builds
// and does nothing in others.
class Metrics {
 public:
  // `name` and `help` follow Prometheus's conventions: base units, counters end in `_total`. `buckets`, only
  // for histograms, are upper bounds, ascending, without +Inf.
  void Declare(MetricKind kind, const std::string& name, const std::string& help,
               std::vector<double> buckets = {});

  void Add(const std::string& name, const MetricLabels& labels = {}, double amount = 1);
  void Set(const std::string& name, const MetricLabels& labels, double value);
  void Observe(const std::string& name, const MetricLabels& labels, double value);

  // All metrics, sorted by name, labels escaped.
  std::string Render() const;

 private:
  struct Series {
    double value = 0;                          // counter, gauge, or a histogram's sum
    std::vector<std::uint64_t> bucket_counts;  // the last is +Inf
  };
  struct Family {
    MetricKind kind = MetricKind::kGauge;
    std::string help;
    std::vector<double> buckets;
    std::map<MetricLabels, Series> series;
  };

  // Null, in release builds, for a name that was not declared.
  Family* Find(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Family> families_ ABSL_GUARDED_BY(mutex_);
};

// The metrics of this process in Prometheus's text format: swarmbell_build_info, and the usual process_*
// metrics that /proc provides (https://prometheus.io/docs/instrumenting/writing_clientlibs/).
// Thread-safe.
std::string RenderProcessMetrics();

}  // namespace swarmbell
