#pragma once

#include <memory>
#include <string>
#include <vector>

namespace swarmbell {

// The names that clients' certificates may have: globs with `*` and `?`, in any case. May change while it is
// used; copies share it. Thread-safe.
class ClientNames {
 public:
  explicit ClientNames(std::vector<std::string> allowed = {});

  void Set(std::vector<std::string> allowed);

  // Nothing is listed: names are not looked at.
  bool AllowAny() const;
  // True if one of them is listed.
  bool Allow(const std::vector<std::string>& names) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace swarmbell
