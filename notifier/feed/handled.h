#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace swarmbell {

// The work of this notifier and the ones before it that a position in a log cannot express: which receiver
// has handled which change (a mark for each), and the state that the pipeline needs after a restart.
// Collectors store it with the subscription. Bounded: the oldest marks are evicted first.
//
// Thread-safe.
class Handled {
 public:
  explicit Handled(std::size_t max_marks = 10'000);

  // `on_news` is called after each change of this process's own, on the thread that makes it; it must not
  // wait and must not change anything here. Null: nobody. Waits for a call in progress.
  void OnNews(std::function<void()> on_news);

  bool Has(const std::string& mark) const;
  void Add(const std::string& mark);
  void SetState(std::string state);

  // Forgets this process's own state without telling anybody: what collectors keep is another's now.
  void ForgetState();

  // Takes in what a collector kept. No news.
  void Learn(const std::vector<std::string>& marks);

  // The additions since an earlier call.
  struct News {
    std::vector<std::string> marks;  // oldest first
    std::string state;
    bool has_state = false;
    std::uint64_t version = 0;  // to ask with the next time
  };
  // `version` 0: everything.
  News Since(std::uint64_t version) const;
  std::uint64_t Version() const;

 private:
  void Keep(const std::string& mark);  // mutex_ held
  void Tell();

  const std::size_t max_marks_;
  std::mutex listener_mutex_;      // held while it is called
  std::function<void()> on_news_;  // guarded by listener_mutex_

  mutable std::mutex mutex_;
  std::unordered_set<std::string_view> known_;  // of in_order_; guarded by mutex_, as is all below
  std::deque<std::pair<std::uint64_t, std::string>> in_order_;  // with the version that brought it
  std::string state_;
  std::uint64_t state_version_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace swarmbell
