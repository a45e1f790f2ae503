#pragma once

#include <string>

namespace swarmbell {

// Certificates made by the `openssl` program in a directory of their own, removed with the object.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  // Makes `NAME.pem` and `NAME.key`: an authority, or a certificate that `authority` vouches for, with
  // these subject alternative names (none if empty), as openssl writes them. An existing pair is replaced.
  void MakeAuthority(const std::string& name);
  void MakeCertificate(const std::string& name, const std::string& authority,
                       const std::string& names = "DNS:localhost,IP:127.0.0.1");
  // The same, but its time is over.
  void MakeExpiredCertificate(const std::string& name, const std::string& authority);

  std::string Cert(const std::string& name) const { return directory_ + '/' + name + ".pem"; }
  std::string Key(const std::string& name) const { return directory_ + '/' + name + ".key"; }

  // Writes a file of any content and returns its path.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string directory_;
};

}  // namespace swarmbell
