#include "tests/fakes/tls_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

constexpr char kMakeCertificates[] = R"(cd "$1" || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=testca -days 2 || exit 1
sign() {
  openssl req -newkey rsa:2048 -nodes -keyout "$2" -out req.pem -subj "/CN=$3" || exit 1
  printf '%s\n' "$4" > ext
  openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out "$1" || exit 1
}
sign cert.pem key.pem client extendedKeyUsage=clientAuth
sign server.pem server.key engine subjectAltName=IP:127.0.0.1
)";

}  // namespace

std::string MakeCertificates() {
  std::string folder = (std::filesystem::temp_directory_path() / "swarmbell-tls-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return "";
  std::ofstream(folder + "/make.sh") << kMakeCertificates;
  const std::string command = absl::StrCat("sh ", folder, "/make.sh ", folder, " >/dev/null 2>&1");
  return std::system(command.c_str()) == 0 ? folder : "";
}

TlsServer::TlsServer(const std::string& folder, bool want_client) : folder_(folder) {
  std::vector<const char*> arguments = {"openssl",    "s_server", "-accept",    "127.0.0.1:0",
                                        "-HTTP",      "-cert",    "server.pem", "-key",
                                        "server.key", "-CAfile",  "ca.pem"};
  if (want_client) arguments.insert(arguments.end(), {"-Verify", "2", "-verify_return_error"});
  arguments.push_back(nullptr);
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) std::abort();
  pid_ = fork();
  if (pid_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(open("/dev/null", O_RDWR), STDERR_FILENO);
    if (chdir(folder.c_str()) != 0) _exit(127);
    execvp("openssl", const_cast<char* const*>(arguments.data()));
    _exit(127);
  }
  close(out[1]);
  output_ = fdopen(out[0], "r");
  char line[256];
  while (port_ == 0 && fgets(line, sizeof line, output_) != nullptr) {
    if (sscanf(line, "ACCEPT 127.0.0.1:%d", &port_) != 1) port_ = 0;
  }
}

TlsServer::~TlsServer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  fclose(output_);
}

void TlsServer::Answer(const std::string& path, const std::string& body) {
  const std::filesystem::path file = folder_ + path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary)
      << "HTTP/1.1 200 OK\r\nServer: Docker/20.10.24 (linux)\r\nContent-Length: " << body.size() << "\r\n\r\n"
      << body;
}

}  // namespace swarmbell
