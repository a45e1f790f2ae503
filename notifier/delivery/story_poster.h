#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/time/clock.h"
#include "notifier/chat/chat.h"
#include "notifier/config/notifier_config.h"
#include "notifier/delivery/living_messages.h"
#include "notifier/delivery/message.h"
#include "notifier/delivery/story_card.h"

namespace swarmbell {

// Tells stories in a chat that can edit messages: the first message of a subject is posted, later ones edit
// it and add a reply that says the step. A story that turns red after its first post mentions in that reply,
// which the channel shows too, because nobody is notified of an edit.
//
// A message that can be edited no more, or stands in a channel that is no longer configured, is replaced by a
// new one; one that Slack refuses is posted without its sections. One thread at a time.
class StoryPoster {
 public:
  struct Options {
    ReceiverConfig receiver;
    MessageForm form;
  };

  // Both must outlive the object.
  StoryPoster(LivingMessages& messages, Clock& clock) : messages_(messages), clock_(clock) {}

  void Configure(Options options) { options_ = std::move(options); }

  // Posts once, or edits and replies once. The message is stored once it was accepted.
  Verdict Send(Channel& channel, const Message& message, std::stop_token stop);

  // Takes the progress of an update; the newest of a subject counts. Returns the story whose message shows
  // the run and lacks the progress, if there is one: then call ShowProgress.
  std::optional<std::string> TakeProgress(v1::ChangeEvent progress);
  // Edits the message that shows the subject's run; does nothing if none does any more.
  Verdict ShowProgress(Channel& channel, const std::string& subject, std::stop_token stop);

  // When the story's message may be edited next.
  MonotonicTime NextEdit(const std::string& story) const;

 private:
  LivingMessage Continued(const LivingMessage* before, const Message& message, absl::Time now) const;
  bool IsElsewhere(const LivingMessage& message) const;
  ProgressBySubject ProgressOf(const LivingMessage& message) const;
  std::string MentionIn(const std::vector<Alert>& alerts, Color color) const;
  std::string Render(const LivingMessage& message, const std::string& mention) const;
  std::string Body(const Card& card, const std::vector<Alert>& alerts) const;
  Verdict PostNew(Channel& channel, LivingMessage message, const std::string& body,
                  const std::string& mention, std::stop_token stop);
  Verdict Edit(Channel& channel, const LivingMessage& message, std::stop_token stop);
  Verdict Reply(Channel& channel, const LivingMessage& after, const Message& step, bool turned_red,
                std::stop_token stop);
  void Store(LivingMessage message);

  LivingMessages& messages_;
  Clock& clock_;
  Options options_;
  ProgressBySubject progress_;                      // of any run, bounded
  std::map<std::string, MonotonicTime> edited_at_;  // by story; the last second only
  // The story and the body of an edit that was accepted, but whose reply must be tried again.
  std::pair<std::string, std::string> edit_without_reply_;
};

}  // namespace swarmbell
