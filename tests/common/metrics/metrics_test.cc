#include "common/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

namespace swarmbell {
namespace {

TEST(MetricsTest, NoMetricsGiveNoText) { EXPECT_EQ(Metrics().Render(), ""); }

TEST(MetricsTest, RendersSortedFamiliesAndSeries) {
  Metrics metrics;
  metrics.Declare(MetricKind::kGauge, "b_temperature_celsius", "How warm.");
  metrics.Declare(MetricKind::kCounter, "a_reads_total", "Reads.");
  metrics.Declare(MetricKind::kGauge, "c_unused", "Never set.");
  metrics.Set("b_temperature_celsius", {}, 21.5);
  metrics.Add("a_reads_total", {{"result", "ok"}});
  metrics.Add("a_reads_total", {{"result", "ok"}}, 2);
  metrics.Add("a_reads_total", {{"result", "failed"}});
  EXPECT_EQ(metrics.Render(),
            "# HELP a_reads_total Reads.\n"
            "# TYPE a_reads_total counter\n"
            "a_reads_total{result=\"failed\"} 1\n"
            "a_reads_total{result=\"ok\"} 3\n"
            "# HELP b_temperature_celsius How warm.\n"
            "# TYPE b_temperature_celsius gauge\n"
            "b_temperature_celsius 21.5\n"
            "# HELP c_unused Never set.\n"
            "# TYPE c_unused gauge\n");
}

TEST(MetricsTest, HistogramBucketsAreCumulativeAndInclusive) {
  Metrics metrics;
  metrics.Declare(MetricKind::kHistogram, "read_seconds", "Time of a read.", {0.1, 1, 2.5});
  for (const double value : {0.1, 0.5, 1.0, 99.0})
    metrics.Observe("read_seconds", {{"path", "/nodes"}}, value);
  EXPECT_EQ(metrics.Render(),
            "# HELP read_seconds Time of a read.\n"
            "# TYPE read_seconds histogram\n"
            "read_seconds_bucket{path=\"/nodes\",le=\"0.1\"} 1\n"
            "read_seconds_bucket{path=\"/nodes\",le=\"1\"} 3\n"
            "read_seconds_bucket{path=\"/nodes\",le=\"2.5\"} 3\n"
            "read_seconds_bucket{path=\"/nodes\",le=\"+Inf\"} 4\n"
            "read_seconds_sum{path=\"/nodes\"} 100.6\n"
            "read_seconds_count{path=\"/nodes\"} 4\n");
}

TEST(MetricsTest, EscapesLabelsAndHelp) {
  Metrics metrics;
  metrics.Declare(MetricKind::kGauge, "x", "a \"quoted\"\nback\\slash");
  metrics.Set("x", {{"name", "a \"quoted\"\nback\\slash"}}, 1);
  EXPECT_EQ(metrics.Render(),
            "# HELP x a \"quoted\"\\nback\\\\slash\n"
            "# TYPE x gauge\n"
            "x{name=\"a \\\"quoted\\\"\\nback\\\\slash\"} 1\n");
}

TEST(MetricsTest, NumbersKeepTheirValue) {
  Metrics metrics;
  metrics.Declare(MetricKind::kGauge, "x", "h");
  const auto rendered = [&](double value) {
    metrics.Set("x", {}, value);
    const std::string text = metrics.Render();
    return text.substr(text.find("\nx ") + 3);
  };
  EXPECT_EQ(rendered(1700000000), "1700000000\n");
  EXPECT_EQ(rendered(1700000000.123), "1700000000.123\n");
  EXPECT_EQ(rendered(-2), "-2\n");
  EXPECT_EQ(rendered(1e300), "1e+300\n");
  EXPECT_EQ(rendered(std::numeric_limits<double>::infinity()), "+Inf\n");
  EXPECT_EQ(rendered(-std::numeric_limits<double>::infinity()), "-Inf\n");
  EXPECT_EQ(rendered(std::numeric_limits<double>::quiet_NaN()), "NaN\n");
}

TEST(MetricsTest, CountsFromManyThreads) {
  Metrics metrics;
  metrics.Declare(MetricKind::kCounter, "x_total", "h");
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 500; ++n) metrics.Add("x_total");
        (void)metrics.Render();
      });
    }
  }
  EXPECT_THAT(metrics.Render(), testing::HasSubstr("x_total 2000\n"));
}

#ifndef NDEBUG
TEST(MetricsDeathTest, UndeclaredNameAborts) {
  Metrics metrics;
  EXPECT_DEATH(metrics.Add("never_declared"), "declared");
}
#endif

}  // namespace
}  // namespace swarmbell
