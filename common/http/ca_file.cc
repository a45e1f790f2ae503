#include "common/http/ca_file.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string CaFileOf(const HttpTls& tls) {
  if (!tls.verify_peer) return "";
  if (!tls.ca_file.empty()) return tls.ca_file;
  static const char* const built_in = curl_version_info(CURLVERSION_NOW)->cainfo;
  return built_in == nullptr ? "" : built_in;
}

std::string FileVersion(const std::string& path) {
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0) return "";
  return absl::StrCat(found.st_dev, " ", found.st_ino, " ", found.st_size, " ", found.st_mtim.tv_sec, " ",
                      found.st_mtim.tv_nsec);
}

}  // namespace swarmbell
