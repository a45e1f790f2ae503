#pragma once

#include <spdlog/spdlog.h>

#include <stop_token>
#include <string>
#include <utility>

#include "collector/poll/endpoint_reader.h"
#include "collector/poll/poll_options.h"
#include "collector/poll/read_pace.h"
#include "collector/poll/stirred_services.h"
#include "collector/snapshot/list_reader.h"

namespace swarmbell {

// More services than this are not asked for one by one.
inline constexpr std::size_t kMostServicesInPart = 50;

// A list that can be long: read in full as often as its pace allows, in parts in between. Used by one thread.
template <typename T>
class PacedReader {
 public:
  // `left_by_events`: see ReadPace.
  PacedReader(Endpoint endpoint, PollParts parts, ListReader<T>& list, const PollOptions& options,
              double left_by_events)
      : parts_(parts),
        endpoint_(endpoint),
        interval_(options.interval),
        reader_(endpoint, parts, list),
        pace_(options.engine_share, left_by_events) {}

  ReadPace& pace() { return pace_; }
  EndpointReader<ListReader<T>>& reader() { return reader_; }
  // When the list was last asked for in full, of the good answers.
  absl::Time all_asked_at() const { return all_asked_at_; }
  // The time spent on partial reads since the last Read() began.
  absl::Duration part_took() const { return part_took_; }

  // The list in full if that is due; else with what is new of these services, by `service_of` an object. Null
  // when it is not known.
  const Objects<T>* Read(const ServiceIds& ids, const std::string& (*service_of)(const T&),
                         bool events_followed, std::stop_token stop) {
    part_took_ = absl::ZeroDuration();
    const bool due = pace_.UntilDue(parts_.clock.Now(), events_followed) <= absl::ZeroDuration();
    if (due || reader_.Last() == nullptr) return ReadAll(events_followed, stop);
    if (!ids.empty()) return ReadPart(ids, service_of, stop);
    parts_.board.Rests(endpoint_, parts_.clock.Now());
    return reader_.Last();
  }

  // Reads the objects of these services only. If the engine does not answer, a full read is due soon, and the
  // list is unchanged.
  const Objects<T>* ReadPart(const ServiceIds& ids, const std::string& (*service_of)(const T&),
                             std::stop_token stop) {
    const absl::Time start = parts_.clock.Now();
    const auto in_part = [&](const T& object) { return ids.contains(service_of(object)); };
    const bool few = ids.size() <= kMostServicesInPart;
    const Objects<T>* read = few ? reader_.ReadPart({ids.begin(), ids.end()}, in_part, stop) : nullptr;
    const absl::Time end = parts_.clock.Now();
    part_took_ += end - start;
    if (read == nullptr) pace_.OweSoon();
    // A list that is known is only put off: the engine answered the last question for all of it.
    if (reader_.Last() != nullptr) parts_.board.Rests(endpoint_, end);
    return reader_.Last();
  }

 private:
  const Objects<T>* ReadAll(bool events_followed, std::stop_token stop) {
    const absl::Time start = parts_.clock.Now();
    const Objects<T>* all = reader_.Read(stop);
    if (all == nullptr) return nullptr;
    all_asked_at_ = start;
    pace_.Took(start, parts_.clock.Now());
    TellStretch(events_followed);
    return all;
  }

  void TellStretch(bool events_followed) {
    const absl::Duration rest = pace_.Rest(events_followed);
    if (rest <= interval_ || std::exchange(told_stretched_, true)) return;
    spdlog::info(
        "Reading this list keeps the engine busy for so long that it is read in full less often than each "
        "poll interval; what events tell is read in between. endpoint={} took={} every={}",
        std::string(EndpointPath(endpoint_)), absl::FormatDuration(pace_.took()), absl::FormatDuration(rest));
  }

  PollParts parts_;
  const Endpoint endpoint_;
  const absl::Duration interval_;
  EndpointReader<ListReader<T>> reader_;
  ReadPace pace_;
  absl::Duration part_took_ = absl::ZeroDuration();
  absl::Time all_asked_at_ = absl::InfinitePast();
  bool told_stretched_ = false;
};

}  // namespace swarmbell
