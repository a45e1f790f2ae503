#include "collector/docker/engine_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using testing::HasSubstr;
using testing::Not;

EngineOptions Host(const std::string& host) {
  EngineOptions options;
  options.host = host;
  return options;
}

TEST(EngineAddress, UnixSocket) {
  const auto address = FindEngine(Host("unix:///var/run/docker.sock"));
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->unix_socket, "/var/run/docker.sock");
  EXPECT_EQ(address->display_name, "the Docker Engine at unix:///var/run/docker.sock");
}

TEST(EngineAddress, TcpHasDockersPorts) {
  EXPECT_EQ(FindEngine(Host("tcp://h"))->base_url, "http://h:2375");
  EXPECT_EQ(FindEngine(Host("tcp://h:1234/"))->base_url, "http://h:1234");
  EXPECT_EQ(FindEngine(Host("tcp://[::1]"))->base_url, "http://[::1]:2375");
  EXPECT_EQ(FindEngine(Host("tcp://[::1]:5/base"))->base_url, "http://[::1]:5/base");
  EXPECT_EQ(FindEngine(Host("http://h:80"))->base_url, "http://h:80");
  EXPECT_EQ(FindEngine(Host("https://h"))->base_url, "https://h");
}

TEST(EngineAddress, TlsVerifyAloneUsesTheSystemsAuthorities) {
  EngineOptions options = Host("tcp://h");
  options.tls_verify = true;
  const auto address = FindEngine(options);
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->base_url, "https://h:2376");
  EXPECT_EQ(address->tls.ca_file, "");
  EXPECT_TRUE(address->tls.verify_peer);
}

TEST(EngineAddress, CertPathMeansTlsAndIsCheckedAtOnce) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/swarmbell-certs", getpid());
  std::filesystem::create_directories(folder);
  for (const char* file : {"/ca.pem", "/cert.pem"}) std::ofstream(folder + file) << "x";
  EngineOptions options = Host("tcp://h:2376");
  options.cert_path = folder;
  const auto missing = FindEngine(options);
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/key.pem"));

  std::ofstream(folder + "/key.pem") << "x";
  EXPECT_EQ(FindEngine(options)->base_url, "https://h:2376");
  EXPECT_FALSE(FindEngine(options)->tls.verify_peer);
  options.tls_verify = true;
  EXPECT_TRUE(FindEngine(options)->tls.verify_peer);
  EXPECT_EQ(FindEngine(options)->tls.key_file, folder + "/key.pem");
  std::filesystem::remove_all(folder);
}

TEST(EngineAddress, SaysWhatToWriteInstead) {
  for (const char* host : {"", "/var/run/docker.sock", "localhost:2375", "unix://relative", "unix://",
                           "tcp://", "npipe:////./pipe/docker_engine", "ssh://me@host", "tcp:///x"}) {
    const absl::Status status = FindEngine(Host(host)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << host;
    EXPECT_THAT(std::string(status.message()), HasSubstr("write for example unix:///var/run/docker.sock"));
  }
  EXPECT_FALSE(FindEngine(Host("unix:///" + std::string(120, 'x'))).ok());
}

TEST(EngineAddress, NeverShowsCredentials) {
  for (const char* host : {"tcp://me:hunter2@h:1", "https://me:hunter2@h", "ssh://me:hunter2@h"}) {
    EXPECT_THAT(std::string(FindEngine(Host(host)).status().message()), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace swarmbell
