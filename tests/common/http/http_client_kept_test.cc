// The cost of many posts to one webhook: connections, handshakes, and readings of the CA certificates.
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/http/http_client.h"
#include "tests/fakes/tls_server.h"
#include "tests/fakes/webhook_server.h"

namespace swarmbell {
namespace {

namespace fs = std::filesystem;

class HttpClientKept : public testing::Test {
 protected:
  static void SetUpTestSuite() { folder_ = MakeCertificates(); }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  void SetUp() override {
    ASSERT_NE(folder_, "");
    request_.tls.ca_file = folder_ + "/ca.pem";
  }

  absl::Status Post() { return client_.Send(request_).status(); }

  static inline std::string folder_;
  WebhookServer server_{folder_};
  HttpClient client_;
  HttpRequest request_ = {
      .display_name = "the webhook", .method = "POST", .url = server_.Url(), .body = "{}"};
};

// True if a file was opened since.
class Opened {
 public:
  explicit Opened(const std::string& path) : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    EXPECT_GE(inotify_add_watch(fd_, path.c_str(), IN_OPEN), 0);
  }
  ~Opened() { close(fd_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  explicit operator bool() const {
    inotify_event event;
    return read(fd_, &event, sizeof event) > 0;
  }

 private:
  int fd_;
};

TEST_F(HttpClientKept, ManyPostsShareAConnection) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Post().ok());
  const auto seen = server_.Seen();
  EXPECT_EQ(seen.posts, 200);
  EXPECT_EQ(seen.connections, 1);
  EXPECT_EQ(seen.full_handshakes, 1);
}

TEST_F(HttpClientKept, ANewConnectionResumesTheSessionAndReadsNoAuthorities) {
  ASSERT_TRUE(Post().ok());
  const Opened authorities(request_.tls.ca_file);
  for (int i = 0; i < 10; ++i) {
    server_.HangUpAfterNext();
    ASSERT_TRUE(Post().ok());
  }
  ASSERT_TRUE(Post().ok());
  const auto seen = server_.Seen();
  EXPECT_EQ(seen.connections, 11);
  EXPECT_EQ(seen.full_handshakes, 1);
  EXPECT_FALSE(authorities);
}

TEST_F(HttpClientKept, AuthoritiesThatChangeAreReadAgain) {
  const std::string others = MakeCertificates();
  ASSERT_NE(others, "");
  request_.tls.ca_file = others + "/mine.pem";
  fs::copy(folder_ + "/ca.pem", request_.tls.ca_file);
  ASSERT_TRUE(Post().ok());

  // The server's new certificate is another authority's.
  fs::copy(others + "/ca.pem", request_.tls.ca_file, fs::copy_options::overwrite_existing);
  server_.Show(others);
  EXPECT_TRUE(Post().ok()) << "the connection of old is closed, and the new authority trusted";
  EXPECT_EQ(server_.Seen().connections, 2);

  // One that is taken away vouches for nobody any more, and not for a session of old either.
  fs::copy(folder_ + "/ca.pem", request_.tls.ca_file, fs::copy_options::overwrite_existing);
  EXPECT_EQ(Post().code(), absl::StatusCode::kFailedPrecondition);
  fs::remove_all(others);
}

}  // namespace
}  // namespace swarmbell
