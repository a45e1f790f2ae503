#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/diff/known.h"
#include "collector/diff/summaries.h"

namespace swarmbell {

// The known tasks of each service, put together when first asked for. Borrows from `known`, whose tasks must
// stay as they are. One thread.
class TasksByService {
 public:
  explicit TasksByService(const Known& known) : known_(known) {}

  // Empty for a service without tasks. Valid as long as the object.
  const TaskList& Of(const std::string& service_id);

 private:
  const Known& known_;
  bool filled_ = false;
  std::unordered_map<std::string_view, TaskList> tasks_;
};

}  // namespace swarmbell
