#include "collector/docker/engine_address.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status BadHost(const std::string& host, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot use the Docker host \"", host, "\": ", why,
      "; write for example unix:///var/run/docker.sock, tcp://10.0.0.5:2376 or https://docker.example:2376"));
}

absl::StatusOr<EngineAddress> UnixAddress(const std::string& host, const std::string& path) {
  if (path.empty() || path[0] != '/') return BadHost(host, "the socket's path is not absolute");
  if (path.size() > kLongestSocketPath) {
    return BadHost(host, absl::StrCat("the socket's path is longer than ", kLongestSocketPath, " bytes"));
  }
  EngineAddress address;
  address.unix_socket = path;
  address.base_url = "http://localhost";
  return address;
}

absl::Status AddCertificates(const std::string& folder, HttpTls& tls) {
  tls.ca_file = folder + "/ca.pem";
  tls.cert_file = folder + "/cert.pem";
  tls.key_file = folder + "/key.pem";
  for (const std::string& file : {tls.ca_file, tls.cert_file, tls.key_file}) {
    if (access(file.c_str(), R_OK) != 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "cannot read ", file, ", needed for TLS with the Docker Engine: put ca.pem, cert.pem and ",
          "key.pem into the folder of DOCKER_CERT_PATH, readable for this process"));
    }
  }
  return absl::OkStatus();
}

// `IP`, `name`, `[IPv6]`, each with or without a port.
bool HasPort(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  return colon != authority.npos && authority.find(']', colon) == authority.npos;
}

absl::StatusOr<EngineAddress> TcpAddress(const EngineOptions& options, const std::string& scheme,
                                         std::string rest) {
  // The host is not shown: before the @ may be a password.
  if (absl::StrContains(rest, '@')) return BadHost(scheme + "://…", "it holds credentials");
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  const std::string authority = rest.substr(0, rest.find('/'));
  if (authority.empty()) return BadHost(options.host, "it names no host");

  const bool tls =
      scheme == "https" || (scheme == "tcp" && (options.tls_verify || !options.cert_path.empty()));
  if (scheme == "tcp" && !HasPort(authority)) rest.insert(authority.size(), tls ? ":2376" : ":2375");
  EngineAddress address;
  address.base_url = absl::StrCat(tls ? "https" : "http", "://", rest);
  if (!tls) return address;
  address.tls.verify_peer = options.tls_verify || options.cert_path.empty();
  if (options.cert_path.empty()) return address;
  if (absl::Status status = AddCertificates(options.cert_path, address.tls); !status.ok()) return status;
  return address;
}

absl::StatusOr<EngineAddress> Parse(const EngineOptions& options) {
  const std::size_t end = options.host.find("://");
  if (end == std::string::npos) return BadHost(options.host, "it has no scheme");
  const std::string scheme = options.host.substr(0, end);
  const std::string rest = options.host.substr(end + 3);
  if (scheme == "unix") return UnixAddress(options.host, rest);
  if (scheme == "tcp" || scheme == "http" || scheme == "https") return TcpAddress(options, scheme, rest);
  return BadHost(absl::StrCat(scheme, "://…"), "this scheme is not supported");
}

}  // namespace

absl::StatusOr<EngineAddress> FindEngine(const EngineOptions& options) {
  absl::StatusOr<EngineAddress> address = Parse(options);
  if (address.ok()) address->display_name = absl::StrCat("the Docker Engine at ", options.host);
  return address;
}

std::string ConnectionAdvice(const EngineAddress& address) {
  if (address.unix_socket.empty()) {
    return "check that the engine listens there, and whether it wants TLS (DOCKER_TLS_VERIFY, "
           "DOCKER_CERT_PATH)";
  }
  struct stat file {};
  if (stat(address.unix_socket.c_str(), &file) != 0) {
    return "check that the engine runs, and that its socket is mounted into this container";
  }
  if (!S_ISSOCK(file.st_mode)) return "it is not a socket: mount the engine's socket";
  if (access(address.unix_socket.c_str(), R_OK | W_OK) != 0) {
    return absl::StrCat("the socket belongs to group ", file.st_gid,
                        ": give this process that group, for example with `user: \"65532:", file.st_gid,
                        "\"` in the stack file");
  }
  return "check that the engine runs";
}

}  // namespace swarmbell
