#include "common/grpc/kept_pem.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

// How often gRPC looks at the copies, in seconds; it takes no less.
constexpr unsigned int kRefreshSeconds = 1;

std::string Identity(const PemContents& contents) { return absl::StrCat(contents.key, "\n", contents.cert); }

// The files that there are, in the order of PemFiles.
std::vector<std::string> Present(const PemFiles& files, const std::string& cert, const std::string& key,
                                 const std::string& ca) {
  std::vector<std::string> present;
  if (!files.cert_file.empty()) present = {cert, key};
  if (!files.ca_file.empty()) present.push_back(ca);
  return present;
}

PemContents ContentsOf(const PemFiles& files, const std::vector<std::string>& present) {
  PemContents contents;
  std::size_t next = 0;
  if (!files.cert_file.empty()) {
    contents.cert = present[next++];
    contents.key = present[next++];
  }
  if (!files.ca_file.empty()) contents.ca = present[next];
  return contents;
}

}  // namespace

absl::StatusOr<std::shared_ptr<KeptPem>> KeptPem::Load(const PemFiles& files, absl::Duration look_every) {
  const absl::StatusOr<PemContents> contents = ReadPem(files);
  if (!contents.ok()) return contents.status();
  std::shared_ptr<KeptPem> kept(new KeptPem(files));
  if (!files.cert_file.empty()) {
    absl::StatusOr<MemoryFile> identity = MemoryFile::Create(Identity(*contents));
    if (!identity.ok()) return identity.status();
    kept->identity_ = *std::move(identity);
  }
  if (!files.ca_file.empty()) {
    absl::StatusOr<MemoryFile> authorities = MemoryFile::Create(contents->ca);
    if (!authorities.ok()) return authorities.status();
    kept->authorities_ = *std::move(authorities);
  }
  kept->Watch(*contents, look_every);
  return kept;
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> KeptPem::Provider() const {
  const std::string identity = identity_.Path();
  return std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      identity, identity, authorities_.Path(), kRefreshSeconds);
}

void KeptPem::Watch(const PemContents& contents, absl::Duration look_every) {
  WatchedFiles watched;
  watched.what = "The TLS material";
  watched.files = Present(files_, files_.cert_file, files_.key_file, files_.ca_file);
  watched.contents = Present(files_, contents.cert, contents.key, contents.ca);
  watched.take = [this](const std::vector<std::string>& fresh) { return Take(fresh); };
  watch_ =
      std::make_unique<FileWatch>(std::vector<WatchedFiles>{std::move(watched)}, look_every, Clock::Real());
}

absl::Status KeptPem::Take(const std::vector<std::string>& present) {
  const PemContents contents = ContentsOf(files_, present);
  if (absl::Status checked = CheckPem(files_, contents); !checked.ok()) return checked;
  if (!files_.ca_file.empty()) {
    if (absl::Status replaced = authorities_.Replace(contents.ca); !replaced.ok()) return replaced;
  }
  return files_.cert_file.empty() ? absl::OkStatus() : identity_.Replace(Identity(contents));
}

}  // namespace swarmbell
