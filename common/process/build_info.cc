#include "common/process/build_info.h"

#include <curl/curl.h>
#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {

namespace {

#ifdef __clang__
constexpr char kCompiler[] = __VERSION__;  // begins with the compiler's name
#else
constexpr char kCompiler[] = "GCC " __VERSION__;
#endif

}  // namespace

std::string BuildVersion() { return SWARMBELL_VERSION; }

std::string BuildDescription(const std::string& program) {
  return absl::StrCat(program, " ", BuildVersion(), " (", kCompiler, "; gRPC ", grpc::Version(), ", libcurl ",
                      curl_version_info(CURLVERSION_NOW)->version, ")");
}

}  // namespace swarmbell
