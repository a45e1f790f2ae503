#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/http/http_client.h"

namespace swarmbell {

// The reason in the body of an answer other than 200: the JSON member `message`, or the text itself. One line
// of valid UTF-8, at most 500 bytes.
std::string EngineWords(std::string_view body);

// True if the engine refused only the API version of the request.
bool RefusesApiVersion(const HttpResponse& answer);

// The error for an answer other than 200, as EngineClient's contract wants it. `what` names the attempt, for
// example `cannot read /services`, `engine` whom it was made on.
absl::Status EngineRefusal(const HttpResponse& answer, const std::string& what, const std::string& engine);

}  // namespace swarmbell
