#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <mutex>

#include "absl/strings/str_join.h"
#include "common/file/file.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() : one_("one", "1"), two_("two", "2") {
    WatchedFiles files;
    files.what = "the test";
    files.files = {one_.Path(), two_.Path()};
    files.contents = {"1", "2"};
    files.apply = [this](const std::vector<std::string>& contents) {
      const std::lock_guard lock(mutex_);
      taken_.push_back(absl::StrJoin(contents, "+"));
      return contents[0] == "bad" ? absl::InvalidArgumentError("it is bad") : absl::OkStatus();
    };
    watch_ = std::make_unique<FileWatch>(std::vector<WatchedFiles>{files}, absl::Seconds(2), clock_);
  }

  static void Write(const ScratchFile& file, const std::string& content) {
    std::ofstream(file.Path(), std::ios::binary) << content;
  }
  // One look at the files, to its end.
  void Look() {
    ASSERT_TRUE(clock_.WaitForSleepers(1));
    clock_.Advance(absl::Seconds(2));
    ASSERT_TRUE(clock_.WaitForSleepers(1));
  }
  std::string Taken() {
    const std::lock_guard lock(mutex_);
    return absl::StrJoin(taken_, " ");
  }

  FakeClock clock_;
  ScratchFile one_, two_;
  std::mutex mutex_;
  std::vector<std::string> taken_;  // guarded by mutex_
  std::unique_ptr<FileWatch> watch_;
};

TEST_F(FileWatchTest, UnchangedFilesAreNotTakenAgain) {
  Look();
  Look();
  EXPECT_EQ(Taken(), "");
}

TEST_F(FileWatchTest, AChangeIsTakenOnceItHasSettled) {
  Write(one_, "half");
  Look();
  Write(one_, "whole");
  Look();
  EXPECT_EQ(Taken(), "");
  Look();
  Look();
  EXPECT_EQ(Taken(), "whole+2");
}

TEST_F(FileWatchTest, WhatIsRefusedIsTriedUntilItIsGood) {
  Write(one_, "bad");
  for (int i = 0; i < 3; ++i) Look();
  Write(one_, "good");
  for (int i = 0; i < 3; ++i) Look();
  EXPECT_EQ(Taken(), "bad+2 bad+2 good+2");
}

TEST_F(FileWatchTest, AFileThatIsGoneForAWhileChangesNothing) {
  std::remove(one_.Path().c_str());
  Look();
  Look();
  Write(one_, "1");
  Look();
  Look();
  EXPECT_EQ(Taken(), "");
  Write(two_, "new");
  Look();
  Look();
  EXPECT_EQ(Taken(), "1+new");
}

}  // namespace
}  // namespace swarmbell
