#include "collector/changelog/change_log.h"

#include <algorithm>
#include <list>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace swarmbell {

std::string NewLogId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(&id, absl::Hex(static_cast<std::uint32_t>(random()), absl::kZeroPad8));
  }
  return id;
}

LogPosition LogRead::AfterGap() const {
  if (batches.empty()) return next;
  return {next.log_id, batches.front()->events.front().sequence() - 1};
}

// The listeners are called with no lock held but their own, which makes removal wait for a call.
class MemoryChangeLog::Listeners : public std::enable_shared_from_this<Listeners> {
 public:
  std::unique_ptr<Listener> Add(std::function<void()> on_change) {
    auto slot = std::make_shared<Slot>();
    {
      const MutexLock lock(slot->mutex);
      slot->on_change = std::move(on_change);
    }
    {
      const MutexLock lock(mutex_);
      slots_.push_back(slot);
    }
    return std::make_unique<Handle>(shared_from_this(), std::move(slot));
  }

  void Notify() {
    for (const auto& slot : Slots()) {
      const MutexLock lock(slot->mutex);
      if (slot->on_change) slot->on_change();
    }
  }

 private:
  struct Slot {
    Mutex mutex;
    std::function<void()> on_change ABSL_GUARDED_BY(mutex);  // empty once removed
  };

  class Handle final : public Listener {
   public:
    Handle(std::shared_ptr<Listeners> listeners, std::shared_ptr<Slot> slot)
        : listeners_(std::move(listeners)), slot_(std::move(slot)) {}
    ~Handle() override { listeners_->Remove(slot_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

   private:
    const std::shared_ptr<Listeners> listeners_;
    const std::shared_ptr<Slot> slot_;
  };

  std::vector<std::shared_ptr<Slot>> Slots() {
    const MutexLock lock(mutex_);
    return {slots_.begin(), slots_.end()};
  }

  void Remove(const std::shared_ptr<Slot>& slot) {
    {
      const MutexLock lock(mutex_);
      slots_.remove(slot);
    }
    const MutexLock lock(slot->mutex);
    slot->on_change = nullptr;
  }

  Mutex mutex_;
  std::list<std::shared_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
};

MemoryChangeLog::MemoryChangeLog(MemoryChangeLogOptions options)
    : options_(options), listeners_(std::make_shared<Listeners>()), log_id_(NewLogId()) {}

void MemoryChangeLog::Append(std::vector<v1::ChangeEvent> events) {
  if (events.empty()) return;
  {
    const MutexLock lock(mutex_);
    AddNumbered(std::move(events));
    Compact();
  }
  listeners_->Notify();
}

void MemoryChangeLog::AddNumbered(std::vector<v1::ChangeEvent> events) {
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
    const MutexLock lock(mutex_);
    const std::deque<Entry> own = std::exchange(entries_, {});
    log_id_ = std::move(log_id);
    held_events_ = 0;
    held_bytes_ = 0;
    for (auto& batch : batches) Add(std::move(batch));
    newest_ = last_given;
    dropped_ = entries_.empty() ? 0 : entries_.front().first - 1;
    for (const Entry& entry : own) AddNumbered(entry.batch->events);
    Compact();
  }
  listeners_->Notify();
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
  // This log has never given out a position beyond its newest, even if the identity is its own.
  if (position.log_id != log_id_ || position.sequence > newest_) return LogGap::kOtherLog;
  return position.sequence < dropped_ ? LogGap::kCompacted : LogGap::kNone;
}

LogRead MemoryChangeLog::ReadAfter(const LogPosition& position, std::size_t max_events) const {
  LogRead read;
  const MutexLock lock(mutex_);
  read.gap = GapAt(position);
  const std::uint64_t after = read.gap == LogGap::kNone ? position.sequence : dropped_;
  read.next = {log_id_, newest_};
  // The first batch that ends after the position.
  auto entry = std::upper_bound(entries_.begin(), entries_.end(), after + 1,
                                [](std::uint64_t wanted, const Entry& at) { return wanted < at.first; });
  if (entry != entries_.begin()) --entry;
  std::size_t events = 0;
  for (; entry != entries_.end(); ++entry) {
    const std::uint64_t last = entry->first + entry->batch->events.size() - 1;
    if (last <= after) continue;  // there may be sequences between batches that were never given
    const std::size_t size = last - std::max(after, entry->first - 1);
    if (events != 0 && events + size > max_events) break;
    read.batches.push_back(entry->batch);
    read.next.sequence = last;
    events += size;
  }
  return read;
}

LogPosition MemoryChangeLog::Oldest() const {
  const MutexLock lock(mutex_);
  return {log_id_, dropped_};
}

LogPosition MemoryChangeLog::Newest() const {
  const MutexLock lock(mutex_);
  return {log_id_, newest_};
}

void MemoryChangeLog::Reset() {
  {
    const MutexLock lock(mutex_);
    log_id_ = NewLogId();
    entries_.clear();
    newest_ = 0;
    dropped_ = 0;
    held_events_ = 0;
    held_bytes_ = 0;
  }
  listeners_->Notify();
}

std::unique_ptr<ChangeLog::Listener> MemoryChangeLog::Listen(std::function<void()> on_change) {
  return listeners_->Add(std::move(on_change));
}

}  // namespace swarmbell
