#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "collector/docker/engine_client.h"
#include "common/time/backoff.h"
#include "common/time/clock.h"

namespace swarmbell {

// Joins pieces of a stream into lines. A line longer than the bound is dropped whole; so are empty lines.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t longest_line) : longest_line_(longest_line) {}

  // Calls `on_line` for each line that the piece completes, without its end.
  void Add(std::string_view piece, absl::FunctionRef<void(std::string_view)> on_line);

 private:
  const std::size_t longest_line_;
  std::string incomplete_;
  bool too_long_ = false;  // the line that has begun is dropped
};

// The list that has to be read because of an event.
enum class EventSubject { kNone, kService, kNodes, kContainers, kSecrets, kConfigs, kNetworks };

enum class ContainerAction { kOther, kStarted, kStopped };

struct EngineEvent {
  EventSubject subject = EventSubject::kNone;
  std::string service_id = {};    // for kService; empty if the event does not name it
  std::string container_id = {};  // for kContainers
  ContainerAction action = ContainerAction::kOther;
};

// Parses one line of `/events`. Any event of a service or node makes it worth reading, as does the end of a
// swarm task's container; plain containers are worth reading when one starts, ends, is removed, is stopped by
// somebody or changes its health. Secrets, configs and networks of the swarm are worth reading at any event
// of one. Single health checks, exec, networks of one node, unknown events and lines that are not JSON have
// no subject. A container that only carries a task's labels is a plain one: a task's container is named after
// the task.
EngineEvent ReadEvent(std::string_view event_line);

// Receives the engine's events on the follower's thread. They only make reads start earlier than the
// interval: without events nothing is lost.
class EventListener {
 public:
  virtual ~EventListener() = default;
  // The stream is open. `again`: it was open before, so events may have been missed since.
  virtual void OnOpen(bool again) = 0;
  // For each event, also those without a subject.
  virtual void OnEvent(const EngineEvent& event) = 0;
  // No events come until the next OnOpen().
  virtual void OnLost() = 0;
};

// Follows the engine's events on the thread that calls Run(), and reconnects with back-off.
class EventFollower {
 public:
  EventFollower(EngineClient& engine, Clock& clock, EventListener& listener)
      : engine_(engine), clock_(clock), listener_(listener) {}

  // Returns after `stop`.
  void Run(std::stop_token stop);

 private:
  void OnLine(std::string_view line);
  void OnOpen();
  void OnEnd(const absl::Status& status);

  EngineClient& engine_;
  Clock& clock_;
  EventListener& listener_;
  Backoff backoff_{{.first = absl::Seconds(1), .most = absl::Minutes(1)}};
  bool opened_before_ = false;
  bool failure_logged_ = false;  // since the stream was last open
  absl::Time opened_at_ = absl::InfiniteFuture();
};

}  // namespace swarmbell
