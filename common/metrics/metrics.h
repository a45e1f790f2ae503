#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace swarmbell {

// Label names and values, in the order to print.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

enum class MetricKind { kCounter, kGauge, kHistogram };

// A set of metrics in Prometheus's text format (version 0.0.4). Thread-safe.
//
// A metric must be declared before it is used; using an undeclared name is a bug and aborts in debug builds,
// does nothing otherwise.
class Metrics {
 public:
  // `name` and `help` as Prometheus wants them: base units, counters end in `_total`. `buckets` (upper
  // bounds, ascending, without +Inf) only for histograms.
  void Declare(MetricKind kind, const std::string& name, const std::string& help,
               std::vector<double> buckets = {});

  void Add(const std::string& name, const MetricLabels& labels = {}, double amount = 1);
  void Set(const std::string& name, const MetricLabels& labels, double value);
  void Observe(const std::string& name, const MetricLabels& labels, double value);

  // The whole set, sorted by name, labels escaped.
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

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;  // guarded by mutex_
};

}  // namespace swarmbell
