#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "collector/diff/known.h"
#include "collector/diff/summaries.h"

namespace swarmbell {

// The known tasks of each service. Those of the services that are due are put together when the first is
// asked for; the first service that is not due costs going through all tasks once more. Borrows from `known`,
// whose tasks must stay as they are. One thread.
class TasksByService {
 public:
  explicit TasksByService(const Known& known) : known_(known) {}

  // Empty for a service without tasks. Valid until a service is asked for that is not due.
  const TaskList& Of(const std::string& service_id);

 private:
  void FillDue();
  void FillAll();

  const Known& known_;
  bool has_due_ = false;
  bool has_all_ = false;
  std::unordered_map<std::string_view, TaskList> tasks_;
};

}  // namespace swarmbell
