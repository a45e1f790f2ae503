#include "collector/stream/feed_piece.h"

#include <optional>
#include <string_view>
#include <utility>

namespace swarmbell {
namespace {

class Maker {
 public:
  Maker(LogPosition position, const MessageLimits& limits,
        const std::function<Choice(const v1::ChangeEvent&)>& choose)
      : limits_(limits), choose_(choose), end_(std::move(position)) {}

  // False when the message is complete.
  bool Take(const LogBatch& batch);
  FeedPiece Finish(std::uint64_t newest) const;

 private:
  // The part of a batch that may have to be removed again.
  struct Taken {
    std::size_t runs = 0;
    std::uint64_t events = 0;
    std::size_t bytes = 0;
    bool withheld = false;
  };

  bool TakeEvents(const LogBatch& batch, std::size_t first);
  std::uint64_t BlockOf(const LogBatch& batch) const {
    return (batch.events.back().sequence() - 1) / limits_.joined_events;
  }

  const MessageLimits& limits_;
  const std::function<Choice(const v1::ChangeEvent&)>& choose_;
  LogPosition end_;
  std::vector<std::string_view> runs_;
  Taken taken_;
  std::optional<std::uint64_t> block_;  // that the message is of
  bool full_ = false;
  bool continued_ = false;
};

bool Maker::Take(const LogBatch& batch) {
  if (block_ && BlockOf(batch) != *block_) return false;
  const std::uint64_t before = batch.events.front().sequence() - 1;
  const Taken at_start = taken_;
  const std::uint64_t end_at_start = end_.sequence;
  if (!TakeEvents(batch, end_.sequence > before ? end_.sequence - before : 0)) {
    full_ = true;
    if (at_start.events == 0) {
      continued_ = true;
    } else {
      taken_ = at_start;
      end_.sequence = end_at_start;
      runs_.resize(taken_.runs);
    }
    return false;
  }
  if (taken_.events != 0 && !block_) block_ = BlockOf(batch);
  return taken_.events == 0 || limits_.join;
}

// False when it has not room for all that is chosen.
bool Maker::TakeEvents(const LogBatch& batch, std::size_t first) {
  const EncodedEvents& encoded = batch.Encoded();
  std::size_t run = first;  // where the run of chosen events begins that goes on
  const auto close_run = [&](std::size_t last) {
    if (run != last) runs_.push_back(encoded.Run(run, last));
    run = last + 1;
    taken_.runs = runs_.size();
  };
  for (std::size_t i = first; i < batch.events.size(); ++i) {
    const Choice choice = choose_(batch.events[i]);
    if (choice == Choice::kSend) {
      if (taken_.events != 0 && taken_.bytes + encoded.Size(i) > limits_.max_bytes) {
        close_run(i);
        return false;
      }
      ++taken_.events;
      taken_.bytes += encoded.Size(i);
    } else {
      taken_.withheld = taken_.withheld || choice == Choice::kWithhold;
      close_run(i);
    }
    end_.sequence = batch.events[i].sequence();
  }
  close_run(batch.events.size());
  return true;
}

FeedPiece Maker::Finish(std::uint64_t newest) const {
  FeedPiece piece{.message = nullptr, .end = end_.sequence, .withheld = taken_.withheld};
  if (taken_.events == 0) return piece;
  piece.message = EncodeChanges(runs_, taken_.events, continued_, end_);
  piece.may_grow =
      limits_.join && !full_ && end_.sequence >= newest && end_.sequence % limits_.joined_events != 0;
  return piece;
}

}  // namespace

FeedPiece MakePiece(const LogPosition& position, const std::vector<std::shared_ptr<const LogBatch>>& batches,
                    std::uint64_t newest, const MessageLimits& limits,
                    const std::function<Choice(const v1::ChangeEvent&)>& choose) {
  Maker maker(position, limits, choose);
  for (const auto& batch : batches) {
    if (!maker.Take(*batch)) break;
  }
  return maker.Finish(newest);
}

}  // namespace swarmbell
