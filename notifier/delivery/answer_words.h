#pragma once

#include <optional>
#include <string>

namespace swarmbell {

// The short error word of a webhook's answer, such as `invalid_blocks` or `DirectApiAuthorizationRequired`:
// the whole of a plain body, or `error.code` of a JSON body. Empty when there is none that is safe to show: a
// body may repeat the URL, which is a secret. Pure.
std::string AnswerWord(const std::string& body, const std::string& url);

// What a JSON body says of success, by its `ok` or `success`; nothing when it says neither. Pure.
std::optional<bool> SaysSuccess(const std::string& body);

// Whether the body of a 2xx says that the message got no further, as a flow of Teams, the connector behind it
// or a login page does. A body that repeats the message says no such thing, whatever the message tells. Pure.
bool HoldsError(const std::string& body);

// The status in a text such as `Microsoft Teams endpoint returned HTTP error 429 with ContextId …`; 0 when
// there is none. Pure.
int StatusInText(const std::string& body);

}  // namespace swarmbell
