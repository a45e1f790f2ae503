#pragma once

#include <atomic>
#include <functional>

namespace swarmbell {

// Travels, shared, with everything that is made from one response of a feed. When the last holder lets go,
// what the response told is settled: accepted by every receiver, or finally undeliverable, or of interest to
// none.
//
// Thread-safe.
class Receipt {
 public:
  // `settled` is called once, on the thread that lets go last, with whether something was lost on the way.
  explicit Receipt(std::function<void(bool lost)> settled);
  ~Receipt();
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

  // Says that a holder lets go although its part is not settled, as when the process ends.
  void MarkLost() { lost_ = true; }

 private:
  std::function<void(bool)> settled_;
  std::atomic<bool> lost_ = false;
};

}  // namespace swarmbell
