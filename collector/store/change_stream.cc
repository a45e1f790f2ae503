#include "collector/store/change_stream.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/store/record.h"

namespace swarmbell {
namespace {

constexpr char kEntriesPerPage[] = "500";
constexpr std::size_t kSealBytes = 9;

struct StoredChange {
  std::uint64_t batch = 0;
  v1::ChangeEvent event;
};

std::string EntryName(std::uint64_t sequence, std::uint64_t batch) {
  return absl::StrCat("change ", sequence, " ", batch);
}

// Version and checksum, as of any other record.
std::string CheckOf(const std::string& name, const std::string& proto) {
  return absl::BytesToHexString(SealRecord(name, proto).substr(0, kSealBytes));
}

std::string ToJson(const v1::ChangeEvent& event) {
  std::string json;
  // Only a text that is not UTF-8 has no JSON; protobuf lets none in.
  const auto written = google::protobuf::util::MessageToJsonString(event, &json);
  return written.ok() ? json : "{}";
}

std::string FieldOf(const std::vector<RedisReply>& fields, const char* name) {
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i].text == name) return fields[i + 1].text;
  }
  return "";
}

// An entry is its identifier and a list of its fields.
absl::StatusOr<StoredChange> OpenEntry(const RedisReply& entry) {
  if (!entry.IsArray() || entry.elements.size() != 2) return BadRecord("change", "is no entry of a stream");
  const std::string& id = entry.elements[0].text;
  const std::vector<RedisReply>& fields = entry.elements[1].elements;
  std::uint64_t sequence = 0;
  StoredChange change;
  if (!absl::SimpleAtoi(id.substr(id.find('-') + 1), &sequence) ||
      !absl::SimpleAtoi(FieldOf(fields, "batch"), &change.batch)) {
    return BadRecord(absl::StrCat("change ", id), "has numbers that cannot be");
  }
  const std::string name = EntryName(sequence, change.batch);
  const std::string proto = FieldOf(fields, "proto");
  if (FieldOf(fields, "check") != CheckOf(name, proto)) {
    return BadRecord(name, "is damaged, or of another version");
  }
  if (!change.event.ParseFromString(proto)) return BadRecord(name, "holds another message");
  if (change.event.sequence() != sequence) return BadRecord(name, "is of another object");
  return change;
}

}  // namespace

RedisCommand AddChangeCommand(const std::string& key, std::uint64_t epoch, std::uint64_t batch,
                              const v1::ChangeEvent& event) {
  std::string proto = event.SerializeAsString();
  std::string check = CheckOf(EntryName(event.sequence(), batch), proto);
  return {"XADD",
          key,
          absl::StrCat(epoch, "-", event.sequence()),
          "json",
          ToJson(event),
          "proto",
          std::move(proto),
          "batch",
          absl::StrCat(batch),
          "check",
          std::move(check)};
}

absl::Status ReadChanges(RedisClient& client, const std::string& key,
                         std::vector<std::shared_ptr<const LogBatch>>& batches) {
  std::vector<std::shared_ptr<LogBatch>> read;
  std::uint64_t batch = 0;
  for (std::string from = "-";;) {
    const auto page = client.Run({"XRANGE", key, from, "+", "COUNT", kEntriesPerPage});
    if (!page.ok()) return page.status();
    if (!page->IsArray() || page->elements.empty()) break;
    for (const RedisReply& entry : page->elements) {
      auto change = OpenEntry(entry);
      if (!change.ok()) return change.status();
      if (read.empty() || change->batch != batch) read.push_back(std::make_shared<LogBatch>());
      batch = change->batch;
      read.back()->events.push_back(std::move(change->event));
    }
    const std::string& last = page->elements.back().elements[0].text;
    const std::uint64_t sequence = read.back()->events.back().sequence();
    from = absl::StrCat(last.substr(0, last.find('-')), "-", sequence + 1);
  }
  for (const auto& one : read) {
    if (absl::Status status = CheckBatch(*one); !status.ok()) return status;
    batches.push_back(one);
  }
  return absl::OkStatus();
}

}  // namespace swarmbell
