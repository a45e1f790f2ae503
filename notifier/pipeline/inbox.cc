#include "notifier/pipeline/inbox.h"

#include <utility>

namespace swarmbell {

Inbox::Inbox(std::size_t capacity, Clock& clock) : capacity_(capacity), clock_(clock) {}

bool Inbox::Push(FeedBatch batch, std::stop_token stop) {
  std::stop_source wake(std::nostopstate);
  {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, stop, [this] { return closed_ || batches_.size() < capacity_; });
    if (closed_ || batches_.size() >= capacity_) return false;
    batches_.push_back(std::move(batch));
    wake = wake_;
  }
  wake.request_stop();
  return true;
}

std::optional<FeedBatch> Inbox::Pop(absl::Duration longest) {
  if (const std::optional<std::stop_token> wake = Arm()) clock_.Sleep(longest, *wake);
  std::lock_guard lock(mutex_);
  if (batches_.empty()) return std::nullopt;
  FeedBatch batch = std::move(batches_.front());
  batches_.pop_front();
  has_room_.notify_one();
  return batch;
}

std::optional<std::stop_token> Inbox::Arm() {
  std::lock_guard lock(mutex_);
  if (closed_ || !batches_.empty()) return std::nullopt;
  wake_ = std::stop_source();
  return wake_.get_token();
}

void Inbox::Close() {
  std::stop_source wake(std::nostopstate);
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    wake = wake_;
  }
  has_room_.notify_all();
  wake.request_stop();
}

bool Inbox::ClosedAndEmpty() const {
  std::lock_guard lock(mutex_);
  return closed_ && batches_.empty();
}

}  // namespace swarmbell
