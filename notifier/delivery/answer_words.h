#pragma once

#include <string>

namespace swarmbell {

// The short error word of a webhook's answer, such as `invalid_blocks` or `DirectApiAuthorizationRequired`:
// the whole of a plain body, or `error.code` of a JSON body. Empty when there is none that is safe to show: a
// body may repeat the URL, which is a secret. Pure.
std::string AnswerWord(const std::string& body, const std::string& url);

}  // namespace swarmbell
