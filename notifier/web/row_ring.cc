#include "notifier/web/row_ring.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/time/time.h"
#include "notifier/alert/alert_group.h"
#include "notifier/cards/text.h"

namespace swarmbell {
namespace {

constexpr std::size_t kLongestName = 200;

std::string TextOf(const std::string& id, const TimelineRow& row) {
  nlohmann::json text = SummaryOf(row);
  for (const char* name : {"name", "stack", "service", "node", "swarm"}) {
    text[name] = cards::CutChars(cards::Printable(text[name].get<std::string>()), kLongestName);
  }
  text["id"] = id;
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<v1::ChangeEvent> Parsed(const std::vector<std::string>& changes) {
  std::vector<v1::ChangeEvent> events(changes.size());
  // These are the ring's own bytes.
  for (std::size_t i = 0; i < changes.size(); ++i) static_cast<void>(events[i].ParseFromString(changes[i]));
  return events;
}

}  // namespace

std::size_t RowRing::Row::Bytes() const {
  std::size_t bytes = text.size();
  for (const std::string& change : changes) bytes += change.size();
  return bytes;
}

void RowRing::Add(const v1::ChangeEvent& event) {
  const absl::Time time = ObservedAt(event);
  const MutexLock lock(mutex_);
  if (by_change_.contains(event.event_id())) return;
  const bool is_full = rows_.size() >= limits_.rows || bytes_ + event.ByteSizeLong() > limits_.bytes;
  if (is_full && !rows_.empty() && time < rows_.begin()->first.first) return;
  const Key key = PlaceFor(SubjectOf(event), time);
  Update(key, rows_[key], event);
  while (rows_.size() > 1 && (rows_.size() > limits_.rows || bytes_ > limits_.bytes)) EvictOldest();
  changed_.notify_all();
}

// The row that the change joins, or the place of a new one.
RowRing::Key RowRing::PlaceFor(const std::string& subject, absl::Time time) {
  const Key fresh = {time, version_};
  Key& open = open_.try_emplace(subject, fresh).first->second;
  const absl::Duration after = time - open.first;
  const bool joins = after >= absl::ZeroDuration() && after <= window_ &&
                     (open == fresh || rows_[open].changes.size() < limits_.changes);
  if (!joins) open = fresh;
  return open;
}

void RowRing::Update(const Key& key, Row& row, const v1::ChangeEvent& event) {
  if (row.changes.empty()) {
    row.id = event.event_id();
    row.subject = SubjectOf(event);
    row.cluster_id = event.cluster().id();
  } else {
    by_version_.erase(row.version);
    bytes_ -= row.Bytes();
  }
  row.changes.push_back(event.SerializeAsString());
  row.change_ids.push_back(event.event_id());
  by_change_[event.event_id()] = key;
  row.text = TextOf(row.id, make_row_(Parsed(row.changes)));
  row.version = ++version_;
  by_version_[row.version] = key;
  bytes_ += row.Bytes();
}

void RowRing::EvictOldest() {
  const auto oldest = rows_.begin();
  const auto& [key, row] = *oldest;
  bytes_ -= row.Bytes();
  by_version_.erase(row.version);
  for (const std::string& id : row.change_ids) by_change_.erase(id);
  const auto open = open_.find(row.subject);
  if (open != open_.end() && open->second == key) open_.erase(open);
  rows_.erase(oldest);
}

RowRing::Rows RowRing::Newest(std::size_t skip, std::size_t most) const {
  const MutexLock lock(mutex_);
  Rows rows{.rows = {}, .version = version_, .total = rows_.size()};
  for (auto row = rows_.rbegin(); row != rows_.rend() && rows.rows.size() < most; ++row) {
    if (skip > 0) {
      --skip;
    } else {
      rows.rows.push_back(row->second.text);
    }
  }
  return rows;
}

RowRing::Rows RowRing::After(std::uint64_t version, std::size_t most, absl::Duration wait,
                             std::stop_token stop) const {
  MutexLock lock(mutex_);
  changed_.wait_for(lock, std::move(stop), absl::ToChronoMilliseconds(wait), [this, version] {
    mutex_.AssertHeld();
    return version_ > version;
  });
  Rows rows{.rows = {}, .version = version, .total = rows_.size()};
  for (auto next = by_version_.upper_bound(version); next != by_version_.end() && rows.rows.size() < most;
       ++next) {
    rows.rows.push_back(rows_.at(next->second).text);
    rows.version = next->first;
  }
  // The newest row may be evicted already.
  if (rows.rows.size() < most) rows.version = std::max(rows.version, version_);
  return rows;
}

std::vector<v1::ChangeEvent> RowRing::ChangesOf(const std::string& change_id) const {
  const MutexLock lock(mutex_);
  const auto key = by_change_.find(change_id);
  return key == by_change_.end() ? std::vector<v1::ChangeEvent>() : Parsed(rows_.at(key->second).changes);
}

std::vector<v1::ChangeEvent> RowRing::Between(const std::string& cluster_id, absl::Time since,
                                              absl::Time until) const {
  const MutexLock lock(mutex_);
  std::vector<v1::ChangeEvent> events;
  for (auto row = rows_.lower_bound({since, 0}); row != rows_.end() && row->first.first <= until; ++row) {
    if (row->second.cluster_id != cluster_id) continue;
    std::vector<v1::ChangeEvent> changes = Parsed(row->second.changes);
    std::move(changes.begin(), changes.end(), std::back_inserter(events));
  }
  return events;
}

}  // namespace swarmbell
