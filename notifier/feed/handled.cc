#include "notifier/feed/handled.h"

#include <algorithm>
#include <utility>

namespace swarmbell {

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
