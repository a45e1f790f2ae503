#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/grpc/auth.h"
#include "common/http/http_server.h"
#include "common/lru/lru_map.h"
#include "common/process/logging.h"
#include "common/sync/mutex.h"
#include "common/time/clock.h"
#include "notifier/alert/alert_group.h"
#include "notifier/config/notifier_config.h"
#include "notifier/feed/last_words.h"
#include "notifier/feed/pending_last_words.h"
#include "notifier/rules/rule_set.h"
#include "notifier/web/row_ring.h"

namespace swarmbell {

struct TimelinePageOptions {
  std::string listen;
  std::string external_url;
  absl::Duration window;  // see RowRing
  AuthToken token{};
};

// The facts that the page asks for. Each is called on several threads at a time and must not be null.
struct TimelineSources {
  std::function<std::shared_ptr<const RuleSet>()> rules;
  std::function<std::vector<LinkConfig>()> links;
  // Health and silences, as JSON; may take some seconds.
  std::function<nlohmann::json()> state;
  // As LastWordsRequests::Read.
  std::function<void(const LastWordsSource& source, const std::shared_ptr<PendingLastWords>& wanted)>
      read_last_words;
};

// The timeline as a page for browsers. GET only:
//   /           the page, with /page.css, /page.js and /icon.svg
//   /rows       the newest rows: {cursor, total, rows}; `skip` and `limit` are parameters
//   /changes    server-sent events: a row that is new or has changed since the parameter `after`, which is a
//               cursor; `state` with health and silences; `reset` if the cursor is of another process
//   /row?id=    the card of the row with that change: its cause and the output of its task with it
// See CheckAccess for who may ask. Rows are the changes that Add() was given. Thread-safe.
class TimelinePage {
 public:
  // `clock` must outlive the page.
  TimelinePage(TimelinePageOptions options, TimelineSources sources, Clock& clock);

  // Starts to serve. Errors as HttpServer::Start. Not thread-safe.
  absl::Status Listen();

  // Ends serving within moments: no source is called any more. Not thread-safe.
  void Stop();

  void Add(const v1::ChangeEvent& event) { ring_.Add(event); }

  // The output of the failed task that a message shows: its row shows the same, also when the engine has
  // forgotten the task. `words` may be null.
  void KeepLastWords(const AlertGroup& group, std::shared_ptr<PendingLastWords> words);

  // 0 while it does not serve.
  int Port() const { return server_ ? server_->Port() : 0; }

 private:
  struct Streamed;

  HttpAnswer Answer(const HttpQuestion& question);
  absl::Status Check(const HttpQuestion& question) const;
  HttpAnswer Route(const HttpQuestion& question);
  HttpAnswer Refuse(const HttpQuestion& question, const absl::Status& why);
  HttpAnswer Rows(const HttpQuestion& question) const;
  HttpAnswer Row(const std::string& id);
  HttpAnswer Changes(const HttpQuestion& question);
  std::optional<std::string> NextPiece(Streamed& streamed, std::stop_token stop);
  std::string StateEvent(Streamed& streamed);
  std::string State();
  std::string Cursor(std::uint64_t version) const;
  void AddOutput(AlertGroup& group);

  const TimelinePageOptions options_;
  const TimelineSources sources_;
  Clock& clock_;
  const std::string epoch_;  // differs in each process
  RowRing ring_;
  Throttle refusals_;
  Mutex mutex_;
  LruMap<std::string, std::shared_ptr<PendingLastWords>> words_ ABSL_GUARDED_BY(mutex_);  // by task
  Mutex state_mutex_;
  std::string state_ ABSL_GUARDED_BY(state_mutex_);
  MonotonicTime state_at_ ABSL_GUARDED_BY(state_mutex_);
  std::stop_source stop_;
  std::unique_ptr<HttpServer> server_;  // last: its threads use everything above
};

}  // namespace swarmbell
