#pragma once

#include <string>
#include <utility>

namespace swarmbell {

// A value that must not be shown. It has no operator<< and no conversion, so that showing it takes a
// deliberate Reveal().
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const SecretString&, const SecretString&) = default;

 private:
  std::string value_;
};

// Shown instead of a secret that is set.
inline constexpr char kSecretPlaceholder[] = "••••";

}  // namespace swarmbell
