#include "notifier/delivery/waiting.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "notifier/alert/net_changes.h"

namespace swarmbell {
namespace {

bool CanBeFolded(const Waiting& waiting) { return !waiting.alone && !waiting.message.alerts.empty(); }

void Take(Waiting& waiting, Waiting other) {
  std::vector<Waiting> more = std::exchange(other.parts, {});
  waiting.parts.push_back(std::move(other));
  std::move(more.begin(), more.end(), std::back_inserter(waiting.parts));
}

}  // namespace

std::size_t Waiting::Alerts() const {
  std::size_t alerts = message.alerts.size();
  for (const Waiting& part : parts) alerts += part.message.alerts.size();
  return alerts;
}

std::size_t Waiting::Lines() const {
  std::size_t lines = LinesFor(message.alerts);
  for (const Waiting& part : parts) lines += LinesFor(part.message.alerts);
  return lines;
}

std::deque<Waiting> Folded(std::deque<Waiting> queue, std::size_t digest_lines) {
  std::deque<Waiting> folded;
  for (Waiting& waiting : queue) {
    const bool fits = !folded.empty() && CanBeFolded(folded.back()) && CanBeFolded(waiting) &&
                      folded.back().Lines() + waiting.Lines() <= digest_lines;
    if (fits) {
      Take(folded.back(), std::move(waiting));
    } else {
      folded.push_back(std::move(waiting));
    }
  }
  return folded;
}

std::vector<Waiting> Unfolded(Waiting waiting) {
  std::vector<Waiting> parts = std::exchange(waiting.parts, {});
  parts.insert(parts.begin(), std::move(waiting));
  for (Waiting& part : parts) part.alone = true;
  return parts;
}

}  // namespace swarmbell
