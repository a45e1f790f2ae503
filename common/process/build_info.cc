#include "common/process/build_info.h"

#include <curl/curl.h>
#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string BuildVersion() { return SWARMBELL_VERSION; }

std::string BuildDescription(const std::string& program) {
  return absl::StrCat(program, " ", BuildVersion(), " (", __VERSION__, "; gRPC ", grpc::Version(),
                      ", libcurl ", curl_version_info(CURLVERSION_NOW)->version, ")");
}

}  // namespace swarmbell
