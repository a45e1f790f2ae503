#include "collector/changelog/subscription_book.h"

#include <iterator>
#include <utility>

namespace swarmbell {

SubscriptionBook::SubscriptionBook(SubscriptionBookOptions options) : options_(options) {}

SubscriptionBook::Opened SubscriptionBook::Open(const std::string& name, const LogPosition& start) {
  const MutexLock lock(mutex_);
  Entry& entry = Touch(name);
  const bool resumed = !start.log_id.empty() && entry.record.position.log_id == start.log_id;
  if (!resumed) entry.record.position = start;
  return {entry.record, resumed};
}

void SubscriptionBook::Acknowledge(const std::string& name, const std::optional<LogPosition>& position,
                                   std::vector<std::string> marks, std::optional<std::string> state) {
  const MutexLock lock(mutex_);
  if (!position && entries_.Find(name) == nullptr) return;
  Entry& entry = Touch(name);
  if (position) {
    LogPosition& kept = entry.record.position;
    const bool back = kept.log_id == position->log_id && kept.sequence > position->sequence;
    if (!back) kept = *position;
  }
  AddMarks(entry, std::move(marks));
  if (state) entry.record.state = *std::move(state);
}

SubscriptionBook::Entry& SubscriptionBook::Touch(const std::string& name) {
  Entry& entry = entries_[name];
  ++version_;
  if (entries_.size() > options_.max_subscriptions) entries_.EraseOldest();
  return entry;
}

void SubscriptionBook::AddMarks(Entry& entry, std::vector<std::string> marks) const {
  std::deque<std::string>& kept = entry.record.marks;
  for (std::string& mark : marks) {
    entry.mark_bytes += mark.size();
    kept.push_back(std::move(mark));
  }
  while (!kept.empty() && (kept.size() > options_.max_marks || entry.mark_bytes > options_.max_mark_bytes)) {
    entry.mark_bytes -= kept.front().size();
    kept.pop_front();
  }
}

std::map<std::string, SubscriptionRecord> SubscriptionBook::All() const {
  const MutexLock lock(mutex_);
  std::map<std::string, SubscriptionRecord> all;
  for (const auto& [name, entry] : entries_) all.emplace(name, entry.record);
  return all;
}

void SubscriptionBook::Restore(std::map<std::string, SubscriptionRecord> records) {
  const MutexLock lock(mutex_);
  for (auto& [name, record] : records) {
    Entry& entry = Touch(name);
    entry.record = std::move(record);
    entry.mark_bytes = 0;
    const std::deque<std::string> marks = std::exchange(entry.record.marks, {});
    AddMarks(entry, {marks.begin(), marks.end()});
  }
}

std::uint64_t SubscriptionBook::Version() const {
  const MutexLock lock(mutex_);
  return version_;
}

}  // namespace swarmbell
