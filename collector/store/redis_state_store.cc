#include "collector/store/redis_state_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "collector/changelog/log_id.h"
#include "collector/store/marker_key.h"
#include "collector/store/store_metrics.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

// How often the subscriptions are looked at.
constexpr std::chrono::milliseconds kLook{200};
constexpr absl::Duration kRefreshAtLeast = absl::Hours(1);

std::string Words(const absl::Status& status) { return LogValue(std::string(status.message())); }

// True if asking again cannot help.
bool IsAnswer(const absl::Status& status) {
  return status.ok() || absl::IsNotFound(status) || absl::IsDataLoss(status);
}

// A value of Redis's configuration; empty where it must not be read.
std::string ConfigValue(RedisClient& client, const std::string& name) {
  const auto reply = client.Run({"CONFIG", "GET", name});
  if (!reply.ok() || !reply->IsArray() || reply->elements.size() != 2) return "";
  return reply->elements[1].text;
}

// A Redis that evicts takes parts of the log and of what is known, which is found only when they are missing.
void WarnOfEviction(RedisClient& client, const std::string& redis) {
  const std::string limit = ConfigValue(client, "maxmemory");
  const std::string policy = ConfigValue(client, "maxmemory-policy");
  if (limit.empty() || limit == "0" || policy.empty() || policy == "noeviction") return;
  spdlog::warn(
      "Redis may evict what is stored once its memory is full; set its maxmemory-policy to noeviction. "
      "redis={} "
      "maxmemory_policy={}",
      redis, LogValue(policy));
}

}  // namespace

RedisStateStore::RedisStateStore(RedisStateOptions options, MemoryChangeLog& log, SubscriptionBook& book,
                                 Metrics& metrics)
    : options_(std::move(options)),
      log_(log),
      book_(book),
      metrics_(metrics),
      writer_name_(NewLogId()),
      client_(options_.redis),
      backoff_({.first = absl::Milliseconds(100), .most = absl::Seconds(5)}),
      swarm_(std::make_shared<const Known>()),
      containers_(std::make_shared<const Known>()) {
  DeclareStoreMetrics(metrics_);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

RedisStateStore::~RedisStateStore() { Stop(); }

void RedisStateStore::Stop() { thread_ = {}; }

KeptState RedisStateStore::Begin(const StateOwner& owner) {
  const std::shared_ptr<Question> question = Ask(owner);
  KeptState state;
  std::unique_ptr<StoreWriter> writer;
  const bool found = question->answer && question->answer->ok();
  if (salt_.empty()) {
    salt_ = found ? (**question->answer).head.salt() : NewSalt();
    marker_key_ = MarkerKey(options_.redis.address.password.Reveal(), salt_);
  }
  const StoreKeys keys(options_.key_prefix, owner.node_id);
  writer = std::make_unique<StoreWriter>(
      client_, keys,
      StoreIdentity{.writer = writer_name_,
                    .cluster_id = owner.cluster_id,
                    .node_id = owner.node_id,
                    .salt = salt_,
                    .reader = ReaderFingerprint(marker_key_, owner.mask_names, owner.ignored_labels)},
      options_.expire_after);
  const std::string redis = options_.redis.address.Shown();
  if (found) {
    writer->GoOnFrom(**question->answer);
    state = Restore(owner, *std::move(*question->answer));
  } else if (!question->answer) {
    spdlog::warn(
        "What Redis keeps could not be read in time; starting without it, as after a loss. redis={} "
        "waited={}",
        redis, absl::FormatDuration(options_.start_wait));
  } else if (absl::IsNotFound(question->answer->status())) {
    spdlog::info("Redis keeps nothing yet of this collector. redis={}", redis);
  } else {
    spdlog::warn("What Redis keeps cannot be used; starting without it, as after a loss. redis={} reason={}",
                 redis, Words(question->answer->status()));
  }
  state.marker_key = marker_key_;
  Use(std::move(writer), state);
  return state;
}

// Asks the thread for what is stored, and waits for the answer as long as a start may.
std::shared_ptr<RedisStateStore::Question> RedisStateStore::Ask(const StateOwner& owner) {
  auto question = std::make_shared<Question>();
  question->owner = owner;
  question->deadline = Steady::now() + absl::ToChronoNanoseconds(options_.start_wait);
  std::unique_lock lock(mutex_);
  question_ = question;
  changed_.notify_all();
  changed_.wait_until(lock, question->deadline, [&] { return question->answer.has_value(); });
  question_ = nullptr;
  // A late answer goes nowhere.
  auto answered = std::make_shared<Question>();
  answered->answer = std::move(question->answer);
  return answered;
}

KeptState RedisStateStore::Restore(const StateOwner& owner, StoredState stored) {
  KeptState state;
  state.found = true;
  state.swarm = std::move(stored.swarm);
  state.containers = std::move(stored.containers);
  state.same_reader =
      stored.head.reader() == ReaderFingerprint(marker_key_, owner.mask_names, owner.ignored_labels);
  spdlog::info("Going on from what Redis keeps. redis={} log_id={} batches={} records={} subscriptions={}",
               options_.redis.address.Shown(), stored.head.log_id(), stored.batches.size(),
               stored.head.known_records(), stored.subscriptions.size());
  log_.Restore(stored.head.log_id(), std::move(stored.batches), stored.head.run() * kSequencesPerRun);
  book_.Restore(std::move(stored.subscriptions));
  return state;
}

void RedisStateStore::Use(std::unique_ptr<StoreWriter> writer, const KeptState& state) {
  const std::lock_guard lock(mutex_);
  next_writer_ = std::move(writer);
  swarm_ = std::make_shared<const Known>(state.swarm);
  containers_ = std::make_shared<const Known>(state.containers);
  dirty_ = true;
  begun_ = true;
  changed_.notify_all();
}

void RedisStateStore::WaitUntilBegun() {
  // And a little more, for the engine to say which swarm it is in.
  const auto patience = absl::ToChronoNanoseconds(options_.start_wait + absl::Seconds(1));
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return begun_; });
}

void RedisStateStore::Keep(KnownPart part, const Known& known) {
  auto copy = std::make_shared<const Known>(known);
  const std::lock_guard lock(mutex_);
  (part == KnownPart::kSwarm ? swarm_ : containers_).swap(copy);
  dirty_ = true;
  changed_.notify_all();
}

void RedisStateStore::LogChanged() {
  const std::lock_guard lock(mutex_);
  dirty_ = true;
  changed_.notify_all();
}

void RedisStateStore::End() { Use(nullptr, {}); }

void RedisStateStore::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (WaitForWork(lock, stop)) {
    if (question_ && !question_->answer) {
      Answer(lock, stop);
    } else {
      Write(lock);
    }
  }
  if (writer_ && (dirty_ || book_.Version() != stored_book_version_)) Write(lock);
}

bool RedisStateStore::IsDue(Steady::time_point now) const {
  if (question_ && !question_->answer) return true;
  if (!writer_ || now < retry_at_) return false;
  return dirty_ || now >= refresh_at_ || book_.Version() != stored_book_version_;
}

// False when it is time to stop.
bool RedisStateStore::WaitForWork(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  for (;;) {
    if (next_writer_) {
      writer_ = *std::exchange(next_writer_, std::nullopt);
      retry_at_ = refresh_at_ = Steady::now();
    }
    if (stop.stop_requested()) return false;
    const auto now = Steady::now();
    if (IsDue(now)) return true;
    const auto woken = [&, dirty = dirty_] {
      return next_writer_ || (question_ && !question_->answer) || dirty_ != dirty;
    };
    if (writer_) {
      changed_.wait_until(lock, stop, now + kLook, woken);
    } else {
      changed_.wait(lock, stop, woken);
    }
  }
}

void RedisStateStore::Answer(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const std::shared_ptr<Question> question = question_;
  const StoreKeys keys(options_.key_prefix, question->owner.node_id);
  for (;;) {
    lock.unlock();
    auto answer =
        TakeStoredState(client_, keys, question->owner.cluster_id, writer_name_, options_.expire_after);
    const bool done = IsAnswer(answer.status());
    if (!done) Failed(answer.status());
    if (done) {
      metrics_.Set(kRedisUp, {}, 1);
      WarnOfEviction(client_, options_.redis.address.Shown());
    }
    lock.lock();
    if (done) {
      question->answer = std::move(answer);
      changed_.notify_all();
      return;
    }
    changed_.wait_until(lock, stop, std::min(retry_at_, question->deadline), [] { return false; });
    if (stop.stop_requested() || question_ != question) return;
  }
}

void RedisStateStore::Write(std::unique_lock<std::mutex>& lock) {
  const StoreContent content{swarm_, containers_, log_, book_};
  dirty_ = false;
  lock.unlock();
  const std::uint64_t book_version = book_.Version();
  StoreWritten written;
  const absl::Status status = writer_->Write(content, absl::Now(), Steady::now() >= refresh_at_, written);
  if (status.ok()) {
    stored_book_version_ = book_version;
    Worked(written);
  } else {
    Failed(status);
  }
  CountUnstored();
  if (absl::IsAlreadyExists(status)) writer_ = nullptr;
  lock.lock();
  if (!status.ok()) dirty_ = true;
}

void RedisStateStore::Worked(const StoreWritten& written) {
  const absl::Duration refresh = std::min(options_.expire_after / 3, kRefreshAtLeast);
  if (written.transactions != 0) refresh_at_ = Steady::now() + absl::ToChronoNanoseconds(refresh);
  backoff_.Reset();
  metrics_.Set(kRedisUp, {}, 1);
  metrics_.Add(kRedisWrites, {}, static_cast<double>(written.transactions));
  metrics_.Add(kRedisWrittenBytes, {}, static_cast<double>(written.bytes));
  metrics_.Set(kRedisLastWrite, {}, absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  if (!trouble_) return;
  trouble_.reset();
  spdlog::info("Redis can be used again; all that is kept is stored. redis={}",
               options_.redis.address.Shown());
}

void RedisStateStore::Failed(const absl::Status& status) {
  retry_at_ = Steady::now() + absl::ToChronoNanoseconds(backoff_.Next());
  if (absl::IsAlreadyExists(status)) {
    spdlog::warn(
        "Another collector of this node has taken over what Redis keeps; this one stores nothing more. If "
        "both "
        "are to run, give each its own redis.key_prefix. redis={}",
        options_.redis.address.Shown());
    return;
  }
  metrics_.Set(kRedisUp, {}, 0);
  metrics_.Add(kRedisErrors);
  // The other one may have written between: nothing is wrong yet.
  if (absl::IsAborted(status) || trouble_ == status.code()) return;
  trouble_ = status.code();
  spdlog::warn("Redis cannot be used; monitoring goes on, and what is not stored is stored later. error={}",
               Words(status));
}

void RedisStateStore::CountUnstored() {
  std::size_t events = 0;
  for (const auto& batch : log_.ReadAfter(writer_->Newest(), SIZE_MAX).batches)
    events += batch->events.size();
  metrics_.Set(kRedisUnstoredChanges, {}, static_cast<double>(events));
}

}  // namespace swarmbell
