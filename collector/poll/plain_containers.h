#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {

// The swarm's tasks as they were listed last.
struct ListedTasks {
  Objects<Task> tasks;
  absl::Time asked_at;  // all that there were then are among them, whatever came later
};

// Tells plain containers from those of swarm tasks, which are reported as tasks. Labels are no proof: an
// image that was committed from a task's container carries them into every container that is made of it. A
// container is a task's if the task that its labels name is known and has no other container. While that task
// may only not have been listed yet, the container is in doubt, and is neither. A decision is final, even
// when the task is forgotten.
//
// Used by one thread.
class PlainContainers {
 public:
  // The plain ones among all containers, which were read from `read_at` on. `tasks` is null while none are
  // known.
  const Objects<Container>& Get(const Objects<Container>& all, const ListedTasks* tasks, absl::Time read_at);

  // True if some container was in doubt at the last Get().
  bool in_doubt() const { return !doubtful_since_.empty(); }

 private:
  enum class Kind { kPlain, kOfTask, kInDoubt };
  Kind KindOf(const Container& container, const ListedTasks* tasks, absl::Time read_at);

  // Containers that carry a task's labels, by identifier.
  std::map<std::string, Kind> settled_;
  std::map<std::string, absl::Time> doubtful_since_;  // when they were first read
  Objects<Container> plain_;
};

}  // namespace swarmbell
