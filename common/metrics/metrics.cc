#include "common/metrics/metrics.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace swarmbell {
namespace {

// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format says what is escaped where.
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

}  // namespace

void Metrics::Declare(MetricKind kind, const std::string& name, const std::string& help,
                      std::vector<double> buckets) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[name];
  family.kind = kind;
  family.help = help;
  family.buckets = std::move(buckets);
}

void Metrics::Add(const std::string& name, const MetricLabels& labels, double amount) {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(name);
  assert(family != families_.end() && "metric used before it was declared");
  if (family != families_.end()) family->second.series[labels].value += amount;
}

void Metrics::Set(const std::string& name, const MetricLabels& labels, double value) {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(name);
  assert(family != families_.end() && "metric used before it was declared");
  if (family != families_.end()) family->second.series[labels].value = value;
}

void Metrics::Observe(const std::string& name, const MetricLabels& labels, double value) {
  const std::lock_guard lock(mutex_);
  const auto found = families_.find(name);
  assert(found != families_.end() && "metric used before it was declared");
  if (found == families_.end()) return;
  const std::vector<double>& bounds = found->second.buckets;
  Series& series = found->second.series[labels];
  series.bucket_counts.resize(bounds.size() + 1);
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  ++series.bucket_counts[static_cast<std::size_t>(bucket)];
  series.value += value;
}

std::string Metrics::Render() const {
  const std::lock_guard lock(mutex_);
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

}  // namespace swarmbell
