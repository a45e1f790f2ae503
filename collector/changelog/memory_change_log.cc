#include "collector/changelog/memory_change_log.h"

#include <algorithm>
#include <utility>

#include "collector/changelog/log_id.h"

namespace swarmbell {
namespace {

// The part of a batch after a sequence inside it.
std::shared_ptr<const LogBatch> Rest(const LogBatch& batch, std::uint64_t sequence) {
  auto rest = std::make_shared<LogBatch>();
  const auto first = std::find_if(batch.events.begin(), batch.events.end(),
                                  [&](const v1::ChangeEvent& event) { return event.sequence() > sequence; });
  rest->events.assign(first, batch.events.end());
  return rest;
}

}  // namespace

MemoryChangeLog::MemoryChangeLog(MemoryChangeLogOptions options) : options_(options), log_id_(NewLogId()) {}

void MemoryChangeLog::Append(std::vector<v1::ChangeEvent> events) {
  if (events.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    Keep(std::move(events));
    Compact();
  }
  listeners_.Notify();
}

void MemoryChangeLog::Keep(std::vector<v1::ChangeEvent> events) {
  for (v1::ChangeEvent& event : events) event.set_sequence(++newest_);
  Add(std::make_shared<const LogBatch>(LogBatch{std::move(events)}));
}

void MemoryChangeLog::Add(std::shared_ptr<const LogBatch> batch) {
  Entry entry{.batch = nullptr, .first = batch->events.front().sequence()};
  for (const v1::ChangeEvent& event : batch->events) entry.bytes += event.ByteSizeLong();
  held_events_ += batch->events.size();
  held_bytes_ += entry.bytes;
  entry.batch = std::move(batch);
  entries_.push_back(std::move(entry));
}

void MemoryChangeLog::Restore(std::string log_id, std::vector<std::shared_ptr<const LogBatch>> batches,
                              std::uint64_t last_given) {
  {
    const std::lock_guard lock(mutex_);
    const std::deque<Entry> own = std::exchange(entries_, {});
    log_id_ = std::move(log_id);
    held_events_ = 0;
    held_bytes_ = 0;
    for (auto& batch : batches) Add(std::move(batch));
    newest_ = last_given;
    dropped_ = entries_.empty() ? 0 : entries_.front().first - 1;
    for (const Entry& entry : own) Keep(entry.batch->events);
    Compact();
  }
  listeners_.Notify();
}

void MemoryChangeLog::Compact() {
  while (entries_.size() > 1 && (held_events_ > options_.max_events || held_bytes_ > options_.max_bytes)) {
    held_events_ -= entries_.front().batch->events.size();
    held_bytes_ -= entries_.front().bytes;
    dropped_ = entries_.front().batch->events.back().sequence();
    entries_.pop_front();
  }
}

LogGap MemoryChangeLog::GapAt(const LogPosition& position) const {
  // A position beyond the newest was not given out by this log, whatever it says.
  if (position.log_id != log_id_ || position.sequence > newest_) return LogGap::kOtherLog;
  return position.sequence < dropped_ ? LogGap::kCompacted : LogGap::kNone;
}

LogRead MemoryChangeLog::ReadWholeAfter(const LogPosition& position, std::size_t max_events) const {
  LogRead read;
  const std::lock_guard lock(mutex_);
  read.gap = GapAt(position);
  const std::uint64_t after = read.gap == LogGap::kNone ? position.sequence : dropped_;
  read.next = {log_id_, newest_};
  // The first batch that ends after the position.
  auto entry = std::upper_bound(entries_.begin(), entries_.end(), after + 1,
                                [](std::uint64_t wanted, const Entry& at) { return wanted < at.first; });
  if (entry != entries_.begin()) --entry;
  std::size_t taken = 0;
  for (; entry != entries_.end(); ++entry) {
    const std::uint64_t last = entry->first + entry->batch->events.size() - 1;
    if (last <= after) continue;  // sequences between batches may never have been given
    const std::size_t size = last - std::max(after, entry->first - 1);
    if (taken != 0 && taken + size > max_events) break;
    read.batches.push_back(entry->batch);
    read.next.sequence = last;
    taken += size;
  }
  return read;
}

LogRead MemoryChangeLog::ReadAfter(const LogPosition& position, std::size_t max_events) const {
  LogRead read = ReadWholeAfter(position, max_events);
  // After a gap the first batch is whole: batches are dropped one by one.
  if (read.gap == LogGap::kNone && !read.batches.empty() &&
      read.batches.front()->events.front().sequence() <= position.sequence) {
    read.batches.front() = Rest(*read.batches.front(), position.sequence);
  }
  return read;
}

LogPosition MemoryChangeLog::Oldest() const {
  const std::lock_guard lock(mutex_);
  return {log_id_, dropped_};
}

LogPosition MemoryChangeLog::Newest() const {
  const std::lock_guard lock(mutex_);
  return {log_id_, newest_};
}

void MemoryChangeLog::Reset() {
  {
    const std::lock_guard lock(mutex_);
    log_id_ = NewLogId();
    entries_.clear();
    newest_ = 0;
    dropped_ = 0;
    held_events_ = 0;
    held_bytes_ = 0;
  }
  listeners_.Notify();
}

std::unique_ptr<ChangeLog::Listener> MemoryChangeLog::Listen(std::function<void()> on_change) {
  return listeners_.Add(std::move(on_change));
}

}  // namespace swarmbell
