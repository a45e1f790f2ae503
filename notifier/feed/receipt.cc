#include "notifier/feed/receipt.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

namespace swarmbell {
namespace {

struct Step {
  std::uint64_t number = 0;
  FeedPosition position;
  bool settled = false;
};

}  // namespace

struct PositionTracker::State {
  void Settle(std::uint64_t number);
  bool PopSettled();  // mutex held; whether the settled position moved
  void Tell();

  std::mutex mutex;
  std::deque<Step> steps;                // guarded by mutex; numbers without holes
  std::uint64_t next_number = 0;         // guarded by mutex
  std::optional<FeedPosition> received;  // guarded by mutex
  std::optional<FeedPosition> settled;   // guarded by mutex

  std::mutex listener_mutex;         // held while it is called
  std::function<void()> on_settled;  // guarded by listener_mutex
};

void PositionTracker::State::Settle(std::uint64_t number) {
  bool moved = false;
  {
    std::lock_guard lock(mutex);
    steps[number - steps.front().number].settled = true;
    moved = PopSettled();
  }
  if (moved) Tell();
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

void PositionTracker::State::Tell() {
  std::lock_guard lock(listener_mutex);
  if (on_settled) on_settled();
}

PositionTracker::PositionTracker(std::function<void()> on_settled) : state_(std::make_shared<State>()) {
  state_->on_settled = std::move(on_settled);
}

PositionTracker::~PositionTracker() { Mute(); }

void PositionTracker::Mute() {
  std::lock_guard lock(state_->listener_mutex);
  state_->on_settled = nullptr;
}

std::shared_ptr<Receipt> PositionTracker::Receive(FeedPosition position) {
  std::lock_guard lock(state_->mutex);
  const std::uint64_t number = state_->next_number++;
  state_->received = position;
  state_->steps.push_back({number, std::move(position), false});
  return std::make_shared<Receipt>([state = state_, number](bool lost) {
    if (!lost) state->Settle(number);
  });
}

void PositionTracker::Advance(FeedPosition position) {
  bool moved = false;
  {
    std::lock_guard lock(state_->mutex);
    state_->received = position;
    // Positions without changes pile up behind an unsettled one as a single step.
    if (!state_->steps.empty() && state_->steps.back().settled) {
      state_->steps.back().position = std::move(position);
      return;
    }
    state_->steps.push_back({state_->next_number++, std::move(position), true});
    moved = state_->PopSettled();
  }
  if (moved) state_->Tell();
}

std::optional<FeedPosition> PositionTracker::Received() const {
  std::lock_guard lock(state_->mutex);
  return state_->received;
}

std::optional<FeedPosition> PositionTracker::Settled() const {
  std::lock_guard lock(state_->mutex);
  return state_->settled;
}

Handled::Handled(std::size_t max_marks) : max_marks_(max_marks) {}

void Handled::OnNews(std::function<void()> on_news) {
  const std::lock_guard lock(listener_mutex_);
  on_news_ = std::move(on_news);
}

bool Handled::Has(const std::string& mark) const {
  const std::lock_guard lock(mutex_);
  return known_.contains(mark);
}

void Handled::Add(const std::string& mark) {
  {
    const std::lock_guard lock(mutex_);
    Keep(mark);
  }
  Tell();
}

void Handled::SetState(std::string state) {
  {
    const std::lock_guard lock(mutex_);
    if (state == state_) return;
    state_ = std::move(state);
    state_version_ = ++version_;
  }
  Tell();
}

void Handled::ForgetState() {
  const std::lock_guard lock(mutex_);
  state_.clear();
  state_version_ = 0;
}

void Handled::Learn(const std::vector<std::string>& marks) {
  const std::lock_guard lock(mutex_);
  // First which are new: keeping one may push out another that is looked at later.
  std::vector<std::string> unknown;
  for (const std::string& mark : marks) {
    if (!known_.contains(mark)) unknown.push_back(mark);
  }
  for (const std::string& mark : unknown) Keep(mark);
}

void Handled::Keep(const std::string& mark) {
  if (known_.contains(mark)) return;
  known_.insert(in_order_.emplace_back(++version_, mark).second);
  if (in_order_.size() > max_marks_) {
    known_.erase(in_order_.front().second);
    in_order_.pop_front();
  }
}

Handled::News Handled::Since(std::uint64_t version) const {
  const std::lock_guard lock(mutex_);
  News news;
  news.version = version_;
  auto first = std::upper_bound(in_order_.begin(), in_order_.end(), version,
                                [](std::uint64_t after, const auto& mark) { return after < mark.first; });
  for (; first != in_order_.end(); ++first) news.marks.push_back(first->second);
  news.has_state = state_version_ > version;
  if (news.has_state) news.state = state_;
  return news;
}

std::uint64_t Handled::Version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void Handled::Tell() {
  const std::lock_guard lock(listener_mutex_);
  if (on_news_) on_news_();
}

}  // namespace swarmbell
