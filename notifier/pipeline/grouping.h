#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/receipt.h"
#include "notifier/pipeline/stage.h"

namespace swarmbell {

// The last stage. Groups the alerts of each receiver into messages: those of one subject (see SubjectOf) that
// come within the window, or in one read if the window is 0, and a service that disappeared with the one of
// its name that appeared in the same read.
//
// A message is due one window after its first alert. Several open messages for one receiver mean a larger
// event (a stack is deployed, a node is lost): they are due together, once no other object has changed for a
// moment or `digest_wait` has passed since the first, so that they can become one digest. A window of 0 waits
// for nothing.
//
// Alerts of one story share a message, which is due once no other object of the story has changed for two
// seconds, or `digest_wait` after its first alert. An alert that is no part of it, such as a failed update,
// makes a message of its object, to which the other alerts of the object move.
//
// Pure.
class Grouper : public Stage {
 public:
  explicit Grouper(GroupingConfig config) : config_(config) {}

  // Replaces the times; messages that are open stay due when they were.
  void Configure(GroupingConfig config) { config_ = config; }

  std::string_view Name() const override { return "grouping"; }
  StageResult Pass(const PassingChange& change, const Moment& at, HandOn next) override;
  std::optional<absl::Time> NextDeadline() const override;
  void MarkLost() override;

  // `read` identifies the read of the engine that found the change.
  void Add(const Alert& alert, const std::shared_ptr<Receipt>& receipt, std::uint64_t read, absl::Time now);

  // The read has no more changes.
  void EndRead(std::uint64_t read, absl::Time now);

  // The messages that are due, in the order in which they were opened for each receiver.
  std::vector<OutgoingGroup> TakeDue(absl::Time now);

  std::vector<OutgoingGroup> TakeAll();

 private:
  struct Open {
    OutgoingGroup message;
    std::string story;              // see Alert
    std::set<std::string> objects;  // of the story
    absl::Time opened;
    std::set<std::string> subjects;
    std::string replacement;
    std::uint64_t read = 0;
    absl::Time due;
  };
  struct Receiver {
    std::list<Open> open;  // in the order opened
    absl::Time burst_began;
    absl::Time last_opened;
    std::map<std::string, std::list<Open>::iterator> by_subject;
    std::map<std::string, std::list<Open>::iterator> by_replacement;
  };

  Open& Find(Receiver& receiver, const Alert& alert, std::uint64_t read, absl::Time now);
  std::list<Open>::iterator NewMessage(Receiver& receiver, std::uint64_t read, absl::Time now) const;
  Open& OfStory(Receiver& receiver, const Alert& alert, std::uint64_t read, absl::Time now) const;
  void MoveFromStories(Receiver& receiver, const std::string& subject, Open& to) const;
  OutgoingGroup Close(Receiver& receiver, std::list<Open>::iterator open);
  static std::ptrdiff_t WithoutStory(const std::list<Open>& open);
  static absl::Time DueOf(const Open& open, absl::Time together);
  absl::Time DueTogether(const Receiver& receiver) const;

  GroupingConfig config_;
  std::map<std::string, Receiver> receivers_;
  std::size_t waiting_ = 0;  // alerts in open messages
};

}  // namespace swarmbell
