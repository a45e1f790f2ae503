#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StderrSinkTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_), 0); }
  void TearDown() override {
    close(ends_[0]);
    close(ends_[1]);
  }

  // Whatever is in the pipe now.
  std::string Drain() const {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = read(ends_[0], buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(StderrSinkTest, WritesLinesWithoutColoursToAPipe) {
  spdlog::logger log("p", MakeStderrSink(ends_[1]));
  log.set_pattern("%^%l%$ %v");
  log.warn("one");
  log.error("two");
  EXPECT_EQ(Drain(), "warning one\nerror two\n");
}

TEST_F(StderrSinkTest, LogThatNobodyReadsHoldsNothingUpAndIsCountedAfterwards) {
  spdlog::logger log("p", MakeStderrSink(ends_[1]));
  log.set_pattern("%v");
  const std::uint64_t before = DroppedLogLines();
  const std::string line(1000, 'x');
  const absl::Time start = absl::Now();
  for (int i = 0; i < 5000; ++i) log.info(line);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  const std::uint64_t dropped = DroppedLogLines() - before;
  EXPECT_GT(dropped, 4000u);

  EXPECT_THAT(Drain(), Not(HasSubstr("Dropped log lines")));
  log.info("read again");
  EXPECT_THAT(Drain(), testing::EndsWith("lines=" + std::to_string(dropped) + "\nread again\n"));
  log.info("and again");
  EXPECT_EQ(Drain(), "and again\n");
}

TEST_F(StderrSinkTest, LongTextIsWrittenWholeWhileSomebodyReads) {
  EXPECT_FALSE(WriteWithin(ends_[1], std::string(std::size_t{1} << 20, 'x'), absl::Milliseconds(10)));
  const std::size_t part = Drain().size();
  EXPECT_GT(part, 0u);
  EXPECT_LT(part, std::size_t{1} << 20);
}

TEST_F(StderrSinkTest, ClosedPipeIsAnErrorAtOnce) {
  signal(SIGPIPE, SIG_IGN);
  close(ends_[0]);
  EXPECT_FALSE(WriteWithin(ends_[1], "text", absl::Seconds(10)));
}

}  // namespace
}  // namespace swarmbell
