#include "collector/store/store_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/store/change_stream.h"
#include "collector/store/record.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

// The size of a transaction, about: Redis does nothing else meanwhile.
constexpr std::size_t kStepBytes = std::size_t{8} << 20;
constexpr std::size_t kEventsPerRead = 1000;
constexpr std::size_t kFieldsPerCommand = 200;

void AddSetCommands(const std::string& key, const std::vector<FieldChanges::Set>& fields,
                    std::vector<RedisCommand>& commands) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i % kFieldsPerCommand == 0) commands.push_back({"HSET", key});
    commands.back().push_back(fields[i].name);
    commands.back().push_back(fields[i].record);
  }
}

void AddFieldCommands(const std::string& key, const FieldChanges& changes,
                      std::vector<RedisCommand>& commands) {
  AddSetCommands(key, changes.set, commands);
  if (changes.removed.empty()) return;
  commands.push_back({"HDEL", key});
  commands.back().insert(commands.back().end(), changes.removed.begin(), changes.removed.end());
}

std::size_t SizeOf(const FieldChanges& changes) {
  std::size_t bytes = 0;
  for (const FieldChanges::Set& set : changes.set) bytes += set.name.size() + set.record.size();
  return bytes;
}

// Keeps only as many as fit; false if some did not.
bool Shorten(FieldChanges& changes, std::size_t most) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < changes.set.size(); ++i) {
    bytes += changes.set[i].name.size() + changes.set[i].record.size();
    if (bytes <= most || i == 0) continue;
    changes.set.resize(i);
    changes.removed.clear();
    return false;
  }
  return true;
}

}  // namespace

StoreWriter::StoreWriter(RedisClient& client, StoreKeys keys, StoreKeys older, StoreIdentity identity,
                         absl::Duration expire_after)
    : client_(client),
      keys_(std::move(keys)),
      older_keys_(std::move(older)),
      identity_(std::move(identity)),
      expire_ms_(absl::StrCat(absl::ToInt64Milliseconds(expire_after))) {}

void StoreWriter::ContinueFrom(StoredState& state) {
  head_record_ = state.head_record;
  previous_writer_ = state.previous_writer;
  anew_ = false;
  revision_ = state.head.revision();
  log_id_ = state.head.log_id();
  newest_ = state.head.newest_sequence();
  log_epoch_ = state.head.log_epoch();
  for (const auto& batch : state.batches) {
    for (const v1::ChangeEvent& event : batch->events) changes_.push_back(event.sequence());
  }
  known_ = std::move(state.known_fields);
  subscriptions_ = std::move(state.subscription_fields);
  complete_ = true;
}

void StoreWriter::StartAnew(const ChangeLog& log, absl::Time now) {
  const LogPosition oldest = log.Oldest();
  if (log_epoch_ == 0 || oldest.log_id != log_id_) {
    log_epoch_ = std::max(static_cast<std::uint64_t>(absl::ToUnixMillis(now)), log_epoch_ + 1);
  }
  anew_ = true;
  complete_ = false;
  log_id_ = oldest.log_id;
  newest_ = oldest.sequence;
  changes_.clear();
  known_.Clear();
  subscriptions_.Clear();
}

// Watches the head, and compares it with the one that this writer left.
absl::Status StoreWriter::CheckHead() {
  const auto replies = client_.Pipeline({{"WATCH", keys_.head}, {"GET", keys_.head}});
  if (!replies.ok()) return replies.status();
  const RedisReply& found = replies->back();
  if (replies->front().IsError() || (found.IsError() && !absl::StartsWith(found.text, "WRONGTYPE"))) {
    return client_.Refusal(replies->front().IsError() ? replies->front() : found);
  }
  const std::optional<Step> in_doubt = std::exchange(in_doubt_, std::nullopt);
  if (in_doubt && found.IsText() && found.text == in_doubt->head_record) Apply(*in_doubt);
  if (head_record_.empty() || (found.IsText() && found.text == head_record_)) return absl::OkStatus();
  if (found.IsText()) {
    const auto head = OpenHead(found.text);
    if (head.ok() && head->writer() != identity_.writer && head->writer() != previous_writer_) {
      return absl::AlreadyExistsError("another collector of this node has taken over the state");
    }
  }
  // Redis has lost it, or has come back with something older.
  head_record_.clear();
  anew_ = true;
  return absl::OkStatus();
}

absl::Status StoreWriter::Write(const StoreContent& content, absl::Time now, bool refresh,
                                StoreWritten& written) {
  for (;;) {
    if (absl::Status status = CheckHead(); !status.ok()) return status;
    if (head_record_.empty() || content.log.Newest().log_id != log_id_) StartAnew(content.log, now);
    auto step = NextStep(content);
    if (!step.ok()) return step.status();
    if (step->empty() && complete_ && !refresh) break;
    const bool all = step->all;
    step->head_record = SealStepHead(*step, now);
    const std::size_t bytes = step->bytes;
    if (absl::Status status = Commit(*std::move(step)); !status.ok()) return status;
    ++written.transactions;
    written.bytes += bytes;
    if (all) break;
  }
  RemoveOlderKeys();
  return absl::OkStatus();
}

// Tried once: what remains expires. In a cluster, where these keys are in several slots, there are none. A
// connection that is lost by that is noticed (RedisClient::IsLost).
void StoreWriter::RemoveOlderKeys() {
  if (std::exchange(older_keys_removed_, true)) return;
  static_cast<void>(client_.Run(
      {"UNLINK", older_keys_.head, older_keys_.changes, older_keys_.known, older_keys_.subscriptions}));
}

absl::StatusOr<StoreWriter::Step> StoreWriter::NextStep(const StoreContent& content) {
  Step step;
  step.newest = newest_;
  const auto all_batches = AddBatches(content.log, step);
  if (!all_batches.ok()) return all_batches.status();
  const bool all_fields = *all_batches && AddFields(content, step);
  step.run = content.log.Newest().sequence / kSequencesPerRun;
  step.all = *all_batches && all_fields;
  // The log may be newer than the rest; a part of the known state alone cannot be used.
  step.complete = step.all || (complete_ && !*all_batches);
  return step;
}

// True if the log has no more. `step.newest` is where a batch ends, here and in the log: it is the last
// sequence of a stored batch, or Oldest() of the log, and batches are stored and dropped whole. So the first
// batch that is read has no events that are stored already.
absl::StatusOr<bool> StoreWriter::AddBatches(const ChangeLog& log, Step& step) const {
  for (;;) {
    const LogRead read = log.ReadAfter({log_id_, step.newest}, kEventsPerRead);
    if (read.gap == LogGap::kOtherLog) return absl::AbortedError("the log was reset meanwhile");
    if (read.batches.empty()) break;
    for (const auto& batch : read.batches) {
      if (step.bytes >= kStepBytes) return false;
      AddBatch(*batch, step);
    }
  }
  step.oldest_kept = log.Oldest().sequence;
  return true;
}

void StoreWriter::AddBatch(const LogBatch& batch, Step& step) const {
  for (const v1::ChangeEvent& event : batch.events) {
    step.changes.push_back(event.sequence());
    step.additions.push_back(
        AddChangeCommand(keys_.changes, log_epoch_, batch.events.front().sequence(), event));
    for (const std::string& word : step.additions.back()) step.bytes += word.size();
  }
  step.newest = batch.events.back().sequence();
}

// True if nothing is left.
bool StoreWriter::AddFields(const StoreContent& content, Step& step) {
  step.known = known_.Compare([&](absl::FunctionRef<void(const KnownRecord&)> visit) {
    VisitKnown(*content.swarm, *content.containers, visit);
  });
  const auto subscriptions = content.book.All();
  step.subscriptions = subscriptions_.Compare([&](absl::FunctionRef<void(const KnownRecord&)> visit) {
    for (const auto& [name, subscription] : subscriptions) {
      VisitSubscription(name, subscription, visit);
    }
  });
  step.bytes += SizeOf(step.subscriptions);
  const bool all = Shorten(step.known, kStepBytes);
  step.bytes += SizeOf(step.known);
  return all;
}

std::deque<std::uint64_t> StoreWriter::ChangesAfter(const Step& step) const {
  std::deque<std::uint64_t> after = changes_;
  after.insert(after.end(), step.changes.begin(), step.changes.end());
  while (!after.empty() && after.front() <= step.oldest_kept) after.pop_front();
  return after;
}

std::string StoreWriter::SealStepHead(const Step& step, absl::Time now) const {
  store::v1::Head head;
  head.set_writer(identity_.writer);
  head.set_revision(revision_ + 1);
  head.set_run(step.run);
  head.set_cluster_id(identity_.cluster_id);
  head.set_node_id(identity_.node_id);
  head.set_log_id(log_id_);
  head.set_newest_sequence(step.newest);
  head.set_complete(step.complete);
  head.set_log_epoch(log_epoch_);
  head.set_changes(ChangesAfter(step).size());
  head.set_known_records(known_.SizeAfter(step.known));
  head.set_subscription_records(subscriptions_.SizeAfter(step.subscriptions));
  head.set_salt(identity_.salt);
  head.set_reader(identity_.reader);
  *head.mutable_write_time() = ToProto(now);
  return SealHead(head);
}

std::vector<RedisCommand> StoreWriter::Commands(const Step& step) const {
  std::vector<RedisCommand> commands;
  if (anew_) commands.push_back({"UNLINK", keys_.changes, keys_.known, keys_.subscriptions});
  commands.insert(commands.end(), step.additions.begin(), step.additions.end());
  const std::size_t left = ChangesAfter(step).size();
  if (left < changes_.size() + step.changes.size()) {
    commands.push_back({"XTRIM", keys_.changes, "MAXLEN", absl::StrCat(left)});
  }
  AddFieldCommands(keys_.known, step.known, commands);
  AddFieldCommands(keys_.subscriptions, step.subscriptions, commands);
  commands.push_back({"SET", keys_.head, step.head_record, "PX", expire_ms_});
  for (const std::string* key : {&keys_.changes, &keys_.known, &keys_.subscriptions}) {
    commands.push_back({"PEXPIRE", *key, expire_ms_});
  }
  commands.push_back({"XLEN", keys_.changes});
  commands.push_back({"HLEN", keys_.known});
  commands.push_back({"HLEN", keys_.subscriptions});
  return commands;
}

absl::Status StoreWriter::Commit(Step step) {
  const std::vector<RedisCommand> commands = Commands(step);
  const std::size_t wanted[] = {ChangesAfter(step).size(), known_.SizeAfter(step.known),
                                subscriptions_.SizeAfter(step.subscriptions)};
  in_doubt_ = std::move(step);
  const auto replies = client_.Transaction(commands);
  if (!replies.ok()) {
    const bool unknown = absl::IsUnavailable(replies.status()) || absl::IsDeadlineExceeded(replies.status());
    if (!unknown) in_doubt_.reset();
    // A command failed while the others were done, for example because one of our keys has another type.
    if (absl::IsDataLoss(replies.status()) || absl::IsInternal(replies.status())) head_record_.clear();
    return replies.status();
  }
  Apply(*std::exchange(in_doubt_, std::nullopt));
  for (std::size_t i = 0; i < 3; ++i) {
    const RedisReply& count = (*replies)[replies->size() - 3 + i];
    if (count.IsInteger() && static_cast<std::size_t>(count.integer) == wanted[i]) continue;
    head_record_.clear();
    return absl::DataLossError(
        "Redis has evicted or lost a part of the state; all of it is written again. Give Redis the policy "
        "noeviction, and let no other program write keys that begin with redis.key_prefix");
  }
  return absl::OkStatus();
}

void StoreWriter::Apply(const Step& step) {
  changes_ = ChangesAfter(step);
  known_.Apply(step.known);
  subscriptions_.Apply(step.subscriptions);
  head_record_ = step.head_record;
  ++revision_;
  newest_ = step.newest;
  complete_ = step.complete;
  anew_ = false;
}

}  // namespace swarmbell
