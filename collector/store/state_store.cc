#include "collector/store/state_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "collector/store/store_reader.h"
#include "collector/store/store_writer.h"
#include "common/process/logging.h"

namespace swarmbell {
namespace {

constexpr char kRedisUp[] = "swarmbell_redis_up";
constexpr char kRedisErrors[] = "swarmbell_redis_errors_total";
constexpr char kRedisWrites[] = "swarmbell_redis_writes_total";
constexpr char kRedisWrittenBytes[] = "swarmbell_redis_written_bytes_total";
constexpr char kRedisUnstoredChanges[] = "swarmbell_redis_unstored_changes";
constexpr char kRedisLastWrite[] = "swarmbell_redis_last_write_timestamp_seconds";

// How often the thread looks for changes of the subscriptions.
constexpr std::chrono::milliseconds kLook{200};
constexpr absl::Duration kRefreshAtLeast = absl::Hours(1);

// kRedisUp has no value before the first request, which waits until the swarm is known.
void DeclareMetrics(Metrics& metrics) {
  metrics.Declare(MetricKind::kGauge, kRedisUp,
                  "1 when the last exchange with Redis worked, else 0; not there before the first.");
  metrics.Declare(MetricKind::kCounter, kRedisErrors, "Exchanges with Redis that failed.");
  metrics.Declare(MetricKind::kCounter, kRedisWrites, "Writes of what has changed to Redis.");
  metrics.Declare(MetricKind::kCounter, kRedisWrittenBytes, "Bytes of records written to Redis.");
  metrics.Declare(MetricKind::kGauge, kRedisUnstoredChanges,
                  "Changes in the log that Redis does not hold yet.");
  metrics.Declare(MetricKind::kGauge, kRedisLastWrite, "When the whole state was last stored in Redis.");
  metrics.Add(kRedisErrors, {}, 0);
  metrics.Add(kRedisWrites, {}, 0);
  metrics.Add(kRedisWrittenBytes, {}, 0);
  metrics.Set(kRedisUnstoredChanges, {}, 0);
}

std::string Words(const absl::Status& status) { return LogValue(std::string(status.message())); }

// True if a retry cannot change the answer.
bool IsFinal(const absl::Status& status) {
  return status.ok() || absl::IsNotFound(status) || absl::IsDataLoss(status);
}

// A value of Redis's configuration; empty if it cannot be read.
std::string ConfigValue(RedisClient& client, const std::string& name) {
  const auto reply = client.Run({"CONFIG", "GET", name});
  if (!reply.ok() || !reply->IsArray() || reply->elements.size() != 2) return "";
  return reply->elements[1].text;
}

// A Redis that evicts drops parts of the state, which is noticed only when they are missing.
void WarnOfEviction(RedisClient& client, const std::string& redis) {
  const std::string limit = ConfigValue(client, "maxmemory");
  const std::string policy = ConfigValue(client, "maxmemory-policy");
  if (limit.empty() || limit == "0" || policy.empty() || policy == "noeviction") return;
  spdlog::warn(
      "Redis may evict stored state once its memory is full; set its maxmemory-policy to noeviction. "
      "redis={} maxmemory_policy={}",
      redis, LogValue(policy));
}

// Logs why the collector starts without stored state; nothing if it has some.
void ReportMissing(const std::optional<absl::StatusOr<StoredState>>& stored, const std::string& redis,
                   absl::Duration waited) {
  if (!stored) {
    spdlog::warn(
        "Stored state could not be read from Redis in time; starting without it, as after a loss. redis={} "
        "waited={}",
        redis, absl::FormatDuration(waited));
  } else if (absl::IsNotFound(stored->status())) {
    spdlog::info("Redis holds no state of this collector yet. redis={}", redis);
  } else if (!stored->ok()) {
    spdlog::warn("Stored state cannot be used; starting without it, as after a loss. redis={} reason={}",
                 redis, Words(stored->status()));
  }
}

}  // namespace

// Asks the thread for the stored state.
struct RedisStateStore::ReadRequest {
  const StateOwner owner;
  const Steady::time_point deadline;
  ReadResult result = {};  // guarded by RedisStateStore::mutex_
};

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
  DeclareMetrics(metrics_);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

RedisStateStore::~RedisStateStore() { Stop(); }

void RedisStateStore::Stop() { thread_ = {}; }

KeptState RedisStateStore::Begin(const StateOwner& owner) {
  ReadResult stored = ReadStored(owner);
  ReportMissing(stored, options_.redis.address.Shown(), options_.start_wait);
  const bool found = stored && stored->ok();
  if (salt_.empty()) {
    salt_ = found ? (*stored)->head.salt() : NewSalt();
    marker_key_ = MarkerKey(options_.redis.address.password.Reveal(), salt_);
  }
  auto writer = std::make_unique<StoreWriter>(
      client_, StoreKeys(options_.key_prefix, owner.node_id),
      StoreKeys::Older(options_.key_prefix, owner.node_id),
      StoreIdentity{.writer = writer_name_,
                    .cluster_id = owner.cluster_id,
                    .node_id = owner.node_id,
                    .salt = salt_,
                    .reader = ReaderFingerprint(marker_key_, owner.mask_names, owner.ignored_labels)},
      options_.expire_after);
  KeptState state;
  if (found) {
    writer->ContinueFrom(**stored);
    state = Restore(owner, **std::move(stored));
  }
  state.marker_key = marker_key_;
  SetWriter(std::move(writer), state);
  return state;
}

RedisStateStore::ReadResult RedisStateStore::ReadStored(const StateOwner& owner) {
  const auto request = std::make_shared<ReadRequest>(
      ReadRequest{owner, Steady::now() + absl::ToChronoNanoseconds(options_.start_wait)});
  MutexLock lock(mutex_);
  request_ = request;
  changed_.notify_all();
  changed_.wait_until(lock, request->deadline, [&] { return request->result.has_value(); });
  request_ = nullptr;
  return std::move(request->result);
}

KeptState RedisStateStore::Restore(const StateOwner& owner, StoredState stored) {
  KeptState state;
  state.found = true;
  state.swarm = std::move(stored.swarm);
  state.containers = std::move(stored.containers);
  state.same_reader =
      stored.head.reader() == ReaderFingerprint(marker_key_, owner.mask_names, owner.ignored_labels);
  spdlog::info("Resumed from the state in Redis. redis={} log_id={} batches={} records={} subscriptions={}",
               options_.redis.address.Shown(), stored.head.log_id(), stored.batches.size(),
               stored.head.known_records(), stored.subscriptions.size());
  log_.Restore(stored.head.log_id(), std::move(stored.batches), stored.head.run() * kSequencesPerRun);
  book_.Restore(std::move(stored.subscriptions));
  return state;
}

void RedisStateStore::SetWriter(std::unique_ptr<StoreWriter> writer, const KeptState& state) {
  const MutexLock lock(mutex_);
  next_writer_ = std::move(writer);
  swarm_ = std::make_shared<const Known>(state.swarm);
  containers_ = std::make_shared<const Known>(state.containers);
  dirty_ = true;
  begun_ = true;
  changed_.notify_all();
}

void RedisStateStore::WaitUntilBegun() {
  // A second more, for the engine to say which swarm it is in.
  const auto patience = absl::ToChronoNanoseconds(options_.start_wait + absl::Seconds(1));
  MutexLock lock(mutex_);
  changed_.wait_for(lock, patience, [this] {
    mutex_.AssertHeld();
    return begun_;
  });
}

void RedisStateStore::Keep(KnownPart part, const Known& known) {
  auto copy = std::make_shared<const Known>(known);
  const MutexLock lock(mutex_);
  (part == KnownPart::kSwarm ? swarm_ : containers_).swap(copy);
  dirty_ = true;
  changed_.notify_all();
}

void RedisStateStore::LogChanged() {
  const MutexLock lock(mutex_);
  dirty_ = true;
  changed_.notify_all();
}

void RedisStateStore::End() { SetWriter(nullptr, {}); }

void RedisStateStore::Run(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  while (WaitForWork(stop)) {
    if (ReadIsRequested()) {
      Read(stop);
    } else {
      Write();
    }
  }
  if (writer_ && (dirty_ || book_.Version() != stored_book_version_)) Write();
}

bool RedisStateStore::ReadIsRequested() const { return request_ && !request_->result; }

bool RedisStateStore::IsDue(Steady::time_point now) const {
  if (ReadIsRequested()) return true;
  if (!writer_ || now < retry_at_) return false;
  // The server may have been restarted, or another may have taken over, without the last write.
  return dirty_ || now >= refresh_at_ || book_.Version() != stored_book_version_ || client_.IsLost();
}

// False when it is time to stop.
bool RedisStateStore::WaitForWork(const std::stop_token& stop) {
  for (;;) {
    if (next_writer_) {
      writer_ = *std::exchange(next_writer_, std::nullopt);
      retry_at_ = refresh_at_ = Steady::now();
    }
    if (stop.stop_requested()) return false;
    const auto now = Steady::now();
    if (IsDue(now)) return true;
    const auto woken = [&, dirty = dirty_] {
      mutex_.AssertHeld();
      return next_writer_ || ReadIsRequested() || dirty_ != dirty;
    };
    if (writer_) {
      changed_.wait_until(mutex_, stop, now + kLook, woken);
    } else {
      changed_.wait(mutex_, stop, woken);
    }
  }
}

// Retries until there is a final answer, or the request has been withdrawn.
void RedisStateStore::Read(const std::stop_token& stop) {
  const std::shared_ptr<ReadRequest> request = request_;
  const StoreKeys keys(options_.key_prefix, request->owner.node_id);
  const StoreKeys older = StoreKeys::Older(options_.key_prefix, request->owner.node_id);
  for (;;) {
    mutex_.unlock();
    auto result =
        TakeOverState(client_, keys, older, request->owner.cluster_id, writer_name_, options_.expire_after);
    const bool final = IsFinal(result.status());
    if (final) {
      metrics_.Set(kRedisUp, {}, 1);
      WarnOfEviction(client_, options_.redis.address.Shown());
    } else {
      ReportFailure(result.status());
    }
    mutex_.lock();
    if (final) {
      request->result = std::move(result);
      changed_.notify_all();
      return;
    }
    changed_.wait_until(mutex_, stop, std::min(retry_at_, request->deadline), [] { return false; });
    if (stop.stop_requested() || request_ != request) return;
  }
}

void RedisStateStore::Write() {
  const StoreContent content{swarm_, containers_, log_, book_};
  dirty_ = false;
  mutex_.unlock();
  const std::uint64_t book_version = book_.Version();
  StoreWritten written;
  const absl::Status status = writer_->Write(content, absl::Now(), Steady::now() >= refresh_at_, written);
  if (status.ok()) {
    stored_book_version_ = book_version;
    ReportSuccess(written);
  } else {
    ReportFailure(status);
  }
  CountUnstored();
  if (absl::IsAlreadyExists(status)) writer_ = nullptr;
  mutex_.lock();
  if (!status.ok()) dirty_ = true;
}

void RedisStateStore::ReportSuccess(const StoreWritten& written) {
  const absl::Duration refresh = std::min(options_.expire_after / 3, kRefreshAtLeast);
  if (written.transactions != 0) {
    refresh_at_ = Steady::now() + absl::ToChronoNanoseconds(refresh);
    ReportConfirmation();
  }
  backoff_.Reset();
  metrics_.Set(kRedisUp, {}, 1);
  metrics_.Add(kRedisWrites, {}, static_cast<double>(written.transactions));
  metrics_.Add(kRedisWrittenBytes, {}, static_cast<double>(written.bytes));
  metrics_.Set(kRedisLastWrite, {}, absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  if (!reported_error_) return;
  reported_error_.reset();
  spdlog::info("Redis can be used again; the whole state is stored. redis={}",
               options_.redis.address.Shown());
}

void RedisStateStore::ReportConfirmation() {
  if (std::exchange(confirmed_, client_.IsConfirmed()) == confirmed_) return;
  const std::string redis = options_.redis.address.Shown();
  if (confirmed_) {
    spdlog::info("A replica of Redis confirms what is stored again. redis={}", redis);
  } else {
    spdlog::warn("No replica of Redis confirmed the last write; a failover now may lose it. redis={}", redis);
  }
}

void RedisStateStore::ReportFailure(const absl::Status& status) {
  retry_at_ = Steady::now() + absl::ToChronoNanoseconds(backoff_.Next());
  if (absl::IsAlreadyExists(status)) {
    spdlog::warn(
        "Another collector of this node has taken over the state in Redis; this one no longer stores any. If "
        "both are to run, give each its own redis.key_prefix. redis={}",
        options_.redis.address.Shown());
    return;
  }
  metrics_.Set(kRedisUp, {}, 0);
  metrics_.Add(kRedisErrors);
  // ABORTED: another writer may have written in between, which is no trouble yet.
  if (absl::IsAborted(status) || reported_error_ == status.code()) return;
  reported_error_ = status.code();
  spdlog::warn("Redis cannot be used; monitoring continues, and the state is stored later. error={}",
               Words(status));
}

// The position is where a batch ends (see StoreWriter::AddBatches()), so that whole batches count.
void RedisStateStore::CountUnstored() {
  std::size_t events = 0;
  for (const auto& batch : log_.ReadAfter(writer_->Newest(), SIZE_MAX).batches) {
    events += batch->events.size();
  }
  metrics_.Set(kRedisUnstoredChanges, {}, static_cast<double>(events));
}

}  // namespace swarmbell
