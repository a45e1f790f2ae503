#include "tests/common/grpc/test_certificates.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace swarmbell {
namespace {

constexpr char kNewKey[] =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";

void Run(const std::string& command) {
  EXPECT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
}

}  // namespace

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "swarmbell-certs-XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  directory_ = pattern;
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void TestCertificates::MakeAuthority(const std::string& name) {
  Run(kNewKey + ("-keyout " + Key(name)) + " -out " + Cert(name) + " -subj '/CN=Test authority " + name +
      "'");
}

void TestCertificates::MakeCertificate(const std::string& name, const std::string& authority,
                                       const std::string& names) {
  Run(kNewKey + ("-CA " + Cert(authority)) + " -CAkey " + Key(authority) + " -keyout " + Key(name) +
      ".new -out " + Cert(name) + ".new -subj /CN=" + name + " -addext basicConstraints=critical,CA:FALSE" +
      (names.empty() ? "" : " -addext subjectAltName=" + names));
  std::filesystem::rename(Key(name) + ".new", Key(name));
  std::filesystem::rename(Cert(name) + ".new", Cert(name));
}

void TestCertificates::MakeExpiredCertificate(const std::string& name, const std::string& authority) {
  const std::string request = directory_ + '/' + name + ".csr";
  Run("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + Key(name) +
      " -out " + request + " -subj /CN=" + name + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1");
  Run("openssl x509 -req -in " + request + " -CA " + Cert(authority) + " -CAkey " + Key(authority) +
      " -CAcreateserial -copy_extensions copyall -days -1 -out " + Cert(name));
}

std::string TestCertificates::Write(const std::string& name, const std::string& content) const {
  const std::string path = directory_ + '/' + name;
  std::ofstream(path) << content;
  return path;
}

}  // namespace swarmbell
