#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/redis/redis_options.h"

namespace swarmbell {

inline RedisOptions To(const std::string& url, absl::Duration timeout = RedisOptions().timeout) {
  RedisOptions options;
  options.address = *ParseRedisUrl(SecretString(url));
  options.timeout = timeout;
  return options;
}

inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

}  // namespace swarmbell
