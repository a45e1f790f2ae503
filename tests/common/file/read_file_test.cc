#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "common/file/file.h"
#include "tests/fakes/scratch_file.h"

namespace swarmbell {
namespace {

using std::chrono::milliseconds;

class ReadPipeTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(mkfifo(pipe_.c_str(), 0600), 0); }
  ~ReadPipeTest() override { unlink(pipe_.c_str()); }

  // Waits until the pipe is read, but not for ever.
  int Open() const {
    for (int i = 0; i < 300; ++i) {
      const int fd = open(pipe_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
      if (fd >= 0) return fd;
      Wait(milliseconds(10));
    }
    ADD_FAILURE() << "nobody reads the pipe";
    return -1;
  }
  static void Write(int fd, const std::string& text) {
    EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  static void Wait(milliseconds time) { std::this_thread::sleep_for(time); }

  const ScratchFile place_{"place", ""};
  const std::string pipe_ = place_.Path() + ".pipe";
};

TEST_F(ReadPipeTest, WaitsForAWriterThatComesLater) {
  std::jthread writer([this] {
    Wait(milliseconds(200));
    const int fd = Open();
    Wait(milliseconds(100));
    Write(fd, "hush");
    close(fd);
  });
  EXPECT_EQ(ReadFile(pipe_, 100).value_or("nothing"), "hush");
}

TEST_F(ReadPipeTest, WaitsForTheNextWriterAfterOneThatSaidNothing) {
  std::jthread writer([this] {
    close(Open());
    Wait(milliseconds(100));
    const int fd = Open();
    Write(fd, "hush");
    close(fd);
  });
  EXPECT_EQ(ReadFile(pipe_, 100).value_or("nothing"), "hush");
}

TEST_F(ReadPipeTest, IsAsPatientWithEachPiece) {
  std::jthread writer([this] {
    const int fd = Open();
    for (const char* piece : {"a", "b", "c"}) {
      Write(fd, piece);
      Wait(milliseconds(2600));
    }
    close(fd);
  });
  EXPECT_EQ(ReadFile(pipe_, 100).value_or("nothing"), "abc");
}

TEST_F(ReadPipeTest, GivesUpWhenNobodyComes) {
  EXPECT_TRUE(absl::IsDeadlineExceeded(ReadFile(pipe_, 100).status()));
}

TEST(ReadFileTest, AnEmptyFileIsEmptyAtOnce) {
  const ScratchFile file("empty", "");
  EXPECT_EQ(ReadFile(file.Path(), 100).value_or("nothing"), "");
  EXPECT_EQ(ReadFile("/dev/null", 100).value_or("nothing"), "");
}

}  // namespace
}  // namespace swarmbell
