#include "notifier/feed/receipt.h"

#include <algorithm>

namespace swarmbell {

// `on_settled_` comes first: a mark is in place before the position of the response moves.
Receipt::~Receipt() {
  if (on_settled_) on_settled_(lost_);
  if (!lost_) return;
  for (const std::shared_ptr<Receipt>& receipt : held_) receipt->MarkLost();
}

void Receipt::Hold(std::shared_ptr<Receipt> other) {
  if (!other) return;
  const MutexLock lock(mutex_);
  if (held_.empty() || held_.back() != other) held_.push_back(std::move(other));
}

std::shared_ptr<Receipt> Receipt::Join(std::vector<std::shared_ptr<Receipt>> receipts) {
  if (receipts.size() == 1) return receipts.front();
  auto joined = std::make_shared<Receipt>();
  for (std::shared_ptr<Receipt>& receipt : receipts) joined->Hold(std::move(receipt));
  return joined;
}

struct PositionTracker::State {
  struct Step {
    std::uint64_t number = 0;
    FeedPosition position;
    bool settled = false;
  };

  void MarkSettled(std::uint64_t number);
  // True if the settled position moved.
  bool PopSettled() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void CallListener();

  Mutex mutex;
  std::deque<Step> steps ABSL_GUARDED_BY(mutex);  // numbers without holes
  std::uint64_t next_number ABSL_GUARDED_BY(mutex) = 0;
  std::optional<FeedPosition> received ABSL_GUARDED_BY(mutex);
  std::optional<FeedPosition> settled ABSL_GUARDED_BY(mutex);

  Mutex listener_mutex;  // held during a call
  std::function<void()> on_settled ABSL_GUARDED_BY(listener_mutex);
};

void PositionTracker::State::MarkSettled(std::uint64_t number) {
  bool moved = false;
  {
    const MutexLock lock(mutex);
    steps[number - steps.front().number].settled = true;
    moved = PopSettled();
  }
  if (moved) CallListener();
}

bool PositionTracker::State::PopSettled() {
  bool moved = false;
  while (!steps.empty() && steps.front().settled) {
    settled = std::move(steps.front().position);
    steps.pop_front();
    moved = true;
  }
  return moved;
}

void PositionTracker::State::CallListener() {
  const MutexLock lock(listener_mutex);
  if (on_settled) on_settled();
}

PositionTracker::PositionTracker(std::function<void()> on_settled) : state_(std::make_shared<State>()) {
  const MutexLock lock(state_->listener_mutex);
  state_->on_settled = std::move(on_settled);
}

PositionTracker::~PositionTracker() { RemoveListener(); }

void PositionTracker::RemoveListener() {
  const MutexLock lock(state_->listener_mutex);
  state_->on_settled = nullptr;
}

std::shared_ptr<Receipt> PositionTracker::Receive(FeedPosition position) {
  const MutexLock lock(state_->mutex);
  const std::uint64_t number = state_->next_number++;
  state_->received = position;
  state_->steps.push_back({number, std::move(position), false});
  return std::make_shared<Receipt>([state = state_, number](bool lost) {
    if (!lost) state->MarkSettled(number);
  });
}

void PositionTracker::Advance(FeedPosition position) {
  bool moved = false;
  {
    const MutexLock lock(state_->mutex);
    state_->received = position;
    // Positions without changes pile up behind an unsettled one as a single step.
    if (!state_->steps.empty() && state_->steps.back().settled) {
      state_->steps.back().position = std::move(position);
      return;
    }
    state_->steps.push_back({state_->next_number++, std::move(position), true});
    moved = state_->PopSettled();
  }
  if (moved) state_->CallListener();
}

std::optional<FeedPosition> PositionTracker::Received() const {
  const MutexLock lock(state_->mutex);
  return state_->received;
}

std::optional<FeedPosition> PositionTracker::Settled() const {
  const MutexLock lock(state_->mutex);
  return state_->settled;
}

void HandledChanges::SetListener(std::function<void()> listener) {
  const MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

bool HandledChanges::Has(const std::string& mark) const {
  const MutexLock lock(mutex_);
  return known_.contains(mark);
}

void HandledChanges::Add(const std::string& mark) {
  {
    const MutexLock lock(mutex_);
    Insert(mark);
  }
  CallListener();
}

void HandledChanges::SetState(std::string state) {
  {
    const MutexLock lock(mutex_);
    if (state == state_) return;
    state_ = std::move(state);
    state_version_ = ++version_;
  }
  CallListener();
}

void HandledChanges::SetMessages(std::string messages) {
  {
    const MutexLock lock(mutex_);
    if (messages == messages_) return;
    messages_ = std::move(messages);
    state_version_ = ++version_;
  }
  CallListener();
}

void HandledChanges::RestoreMessages(std::string messages) {
  const MutexLock lock(mutex_);
  messages_ = std::move(messages);
}

std::string HandledChanges::State() const {
  const MutexLock lock(mutex_);
  return state_;
}

void HandledChanges::ForgetState() {
  const MutexLock lock(mutex_);
  state_.clear();
  messages_.clear();
  state_version_ = 0;
}

void HandledChanges::Merge(const std::vector<std::string>& marks) {
  const MutexLock lock(mutex_);
  // Looks first which are new: an insertion may evict a mark that is looked up later.
  std::vector<std::string> unknown;
  for (const std::string& mark : marks) {
    if (!known_.contains(mark)) unknown.push_back(mark);
  }
  for (const std::string& mark : unknown) Insert(mark);
}

void HandledChanges::Insert(const std::string& mark) {
  if (known_.contains(mark)) return;
  known_.insert(in_order_.emplace_back(++version_, mark).second);
  if (in_order_.size() > max_marks_) {
    known_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
}

HandledChanges::Additions HandledChanges::Since(std::uint64_t version) const {
  const MutexLock lock(mutex_);
  Additions additions;
  additions.version = version_;
  auto first = std::upper_bound(in_order_.begin(), in_order_.end(), version,
                                [](std::uint64_t after, const auto& mark) { return after < mark.first; });
  for (; first != in_order_.end(); ++first) additions.marks.push_back(first->second);
  additions.has_state = state_version_ > version;
  if (additions.has_state) additions.state = state_ + messages_;
  return additions;
}

std::uint64_t HandledChanges::Version() const {
  const MutexLock lock(mutex_);
  return version_;
}

void HandledChanges::CallListener() {
  const MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

}  // namespace swarmbell
