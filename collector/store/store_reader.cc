#include "collector/store/store_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "collector/store/change_stream.h"
#include "collector/store/known_records.h"
#include "collector/store/record.h"

namespace swarmbell {
namespace {

constexpr char kBatchesPerPage[] = "200";
constexpr char kFieldsPerPage[] = "500";

absl::Status Unexpected(const std::string& key) {
  return absl::DataLossError(absl::StrCat("Redis's answer about ", key, " has another form than expected"));
}

absl::StatusOr<store::v1::Head> ReadHead(RedisClient& client, const StoreKeys& keys,
                                         const std::string& cluster_id) {
  if (const auto watched = client.Run({"WATCH", keys.head}); !watched.ok()) return watched.status();
  const auto reply = client.Run({"GET", keys.head});
  if (!reply.ok()) return reply.status();
  if (reply->IsNil()) return absl::NotFoundError("nothing is stored");
  if (!reply->IsText()) return Unexpected(keys.head);
  auto head = OpenHead(reply->text);
  if (!head.ok()) return head;
  if (head->cluster_id() != cluster_id) return absl::DataLossError("it belongs to another swarm");
  if (!head->complete()) return absl::DataLossError("its last write was not completed");
  return head;
}

// The run's first sequence is stored before any event gets it.
absl::Status TakeOver(RedisClient& client, const StoreKeys& keys, const std::string& writer,
                      absl::Duration expire_after, StoredState& state) {
  state.previous_writer = state.head.writer();
  state.head.set_writer(writer);
  state.head.set_revision(0);
  state.head.set_run(state.head.run() + 1);
  state.head_record = SealHead(state.head);
  const auto done = client.Transaction(
      {{"SET", keys.head, state.head_record, "PX", absl::StrCat(absl::ToInt64Milliseconds(expire_after))}});
  return done.status();
}

// The log of older versions: a sorted set of batches.
absl::Status ReadOlderLog(RedisClient& client, const std::string& key, StoredState& state) {
  std::string after = "-inf";
  for (;;) {
    const auto page = client.Run({"ZRANGEBYSCORE", key, after, "+inf", "LIMIT", "0", kBatchesPerPage});
    if (!page.ok()) return page.status();
    if (!page->IsArray()) return Unexpected(key);
    if (page->elements.empty()) return absl::OkStatus();
    for (const RedisReply& element : page->elements) {
      auto batch = OpenBatch(element.text);
      if (!batch.ok()) return batch.status();
      state.batches.push_back(*std::move(batch));
      after = absl::StrCat("(", state.batches.back()->events.front().sequence());
    }
  }
}

absl::Status ReadLog(RedisClient& client, const StoreKeys& keys, StoredState& state) {
  const absl::Status status = keys.is_older ? ReadOlderLog(client, keys.changes, state)
                                            : ReadChanges(client, keys.changes, state.batches);
  if (!status.ok()) return status;
  std::uint64_t last = 0;
  for (const auto& batch : state.batches) {
    if (batch->events.front().sequence() <= last)
      return absl::DataLossError("the batches of the log overlap");
    last = batch->events.back().sequence();
  }
  return absl::OkStatus();
}

// Calls `add` for each field of a hash. HSCAN may give a field twice.
absl::Status ReadHash(RedisClient& client, const std::string& key, StoredFields& fields,
                      absl::FunctionRef<absl::Status(const std::string&, const std::string&)> add) {
  std::string cursor = "0";
  do {
    const auto page = client.Run({"HSCAN", key, cursor, "COUNT", kFieldsPerPage});
    if (!page.ok()) return page.status();
    if (!page->IsArray() || page->elements.size() != 2 || !page->elements[0].IsText() ||
        !page->elements[1].IsArray() || page->elements[1].elements.size() % 2 != 0) {
      return Unexpected(key);
    }
    const std::vector<RedisReply>& pairs = page->elements[1].elements;
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
      if (absl::Status status = add(pairs[i].text, pairs[i + 1].text); !status.ok()) return status;
      fields.Found(pairs[i].text, pairs[i + 1].text);
    }
    cursor = page->elements[0].text;
  } while (cursor != "0");
  return absl::OkStatus();
}

absl::Status ReadSubscriptions(RedisClient& client, const StoreKeys& keys, StoredState& state) {
  SubscriptionParts parts;
  absl::Status status =
      ReadHash(client, keys.subscriptions, state.subscription_fields,
               [&](const std::string& name, const std::string& record) { return parts.Add(name, record); });
  if (!status.ok()) return status;
  auto subscriptions = parts.Join();
  if (!subscriptions.ok()) return subscriptions.status();
  state.subscriptions = *std::move(subscriptions);
  return absl::OkStatus();
}

absl::Status ReadKnown(RedisClient& client, const StoreKeys& keys, StoredState& state) {
  return ReadHash(client, keys.known, state.known_fields,
                  [&](const std::string& name, const std::string& record) {
                    return AddKnownRecord(name, record, state.swarm, state.containers);
                  });
}

// Redis may have evicted a key, or somebody may have removed something.
absl::Status CheckCounts(const StoredState& state, bool is_older) {
  const store::v1::Head& head = state.head;
  const std::uint64_t newest = state.batches.empty() ? 0 : state.batches.back()->events.back().sequence();
  std::size_t changes = 0;
  for (const auto& batch : state.batches) changes += batch->events.size();
  const bool all = is_older ? state.batches.size() == head.batches() : changes == head.changes();
  if (!all || (!state.batches.empty() && newest != head.newest_sequence())) {
    return absl::DataLossError("a part of the log is missing");
  }
  if (state.known_fields.Size() != head.known_records()) {
    return absl::DataLossError("a part of the known state is missing");
  }
  if (state.subscription_fields.Size() != head.subscription_records()) {
    return absl::DataLossError("a part of the subscriptions is missing");
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredState> TakeOverKeys(RedisClient& client, const StoreKeys& keys,
                                         const std::string& cluster_id, const std::string& writer,
                                         absl::Duration expire_after) {
  auto head = ReadHead(client, keys, cluster_id);
  if (!head.ok()) return head.status();
  StoredState state;
  state.head = *std::move(head);
  absl::Status status = TakeOver(client, keys, writer, expire_after, state);
  if (status.ok()) status = ReadLog(client, keys, state);
  if (status.ok()) status = ReadSubscriptions(client, keys, state);
  if (status.ok()) status = ReadKnown(client, keys, state);
  if (status.ok()) status = CheckCounts(state, keys.is_older);
  if (!status.ok()) return status;
  return state;
}

}  // namespace

void StoredFields::Found(const std::string& name, std::string_view record) {
  fields_[name] = {.fingerprint = Fingerprint(record), .object = nullptr, .seen = 0};
}

FieldChanges StoredFields::Compare(
    absl::FunctionRef<void(absl::FunctionRef<void(const KnownRecord&)>)> visit_all) {
  FieldChanges changes;
  std::set<std::string> added;
  ++comparison_;
  visit_all([&](const KnownRecord& wanted) {
    const auto stored = fields_.find(wanted.name);
    if (stored != fields_.end()) {
      stored->second.seen = comparison_;
      if (wanted.object != nullptr && stored->second.object == wanted.object) return;
    }
    std::string record = wanted.seal();
    if (stored != fields_.end() && stored->second.fingerprint == Fingerprint(record)) {
      stored->second.object = wanted.object;
      return;
    }
    if (!added.insert(wanted.name).second) return;
    changes.set.push_back({wanted.name, std::move(record), wanted.object});
  });
  for (const auto& [name, field] : fields_) {
    if (field.seen != comparison_) changes.removed.push_back(name);
  }
  return changes;
}

void StoredFields::Apply(const FieldChanges& changes) {
  for (const FieldChanges::Set& set : changes.set) {
    fields_[set.name] = {.fingerprint = Fingerprint(set.record), .object = set.object, .seen = 0};
  }
  for (const std::string& name : changes.removed) fields_.erase(name);
}

std::size_t StoredFields::SizeAfter(const FieldChanges& changes) const {
  const auto added = std::count_if(changes.set.begin(), changes.set.end(), [this](const auto& set) {
    return fields_.find(set.name) == fields_.end();
  });
  return fields_.size() + static_cast<std::size_t>(added) - changes.removed.size();
}

absl::StatusOr<StoredState> TakeOverState(RedisClient& client, const StoreKeys& keys, const StoreKeys& older,
                                          const std::string& cluster_id, const std::string& writer,
                                          absl::Duration expire_after) {
  auto state = TakeOverKeys(client, keys, cluster_id, writer, expire_after);
  if (!absl::IsNotFound(state.status()) && !absl::IsDataLoss(state.status())) return state;
  auto older_state = TakeOverKeys(client, older, cluster_id, writer, expire_after);
  if (absl::IsNotFound(older_state.status())) return state;
  if (older_state.ok()) older_state->head_record.clear();
  return older_state;
}

}  // namespace swarmbell
