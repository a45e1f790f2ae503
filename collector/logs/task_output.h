#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"

namespace swarmbell {

struct OutputLimits {
  std::size_t lines = 8;
  std::size_t characters = 1500;  // of all lines together; a line is cut at a third of them
};

// The last lines of a task's output, standard error included, out of the engine's answer to
// `GET /tasks/ID/logs?timestamps=1`. That answer is a stream of frames: a byte for the stream, three zeros,
// four bytes for the length in network order, then an entry of the log, which is a timestamp, a blank and a
// line. A line of more than 16 KiB comes in several entries. The output of a terminal comes as plain text. An
// error that the engine meets comes as plain text after the last frame (Docker Engine API, "Get container
// logs").
//
// Reads any bytes, in pieces of any size, in linear time; keeps at most the last 256 lines of 2,000 bytes
// each. Not thread-safe.
class TaskOutput {
 public:
  void Add(std::string_view piece);

  // The last lines, oldest first: UTF-8, without escape sequences and control characters, none empty. `hide`
  // returns a text of several lines without its secrets. It is called once, with all lines that are kept,
  // since only then it can see where a private key begins.
  std::vector<std::string> LastLines(const OutputLimits& limits,
                                     absl::FunctionRef<std::string(std::string_view)> hide) const;

  // The engine's own error, as it wrote it, at most 2,000 bytes; empty if there is none.
  const std::string& EngineError() const { return engine_error_; }

 private:
  // Adds what belongs to the present frame, or to the plain text, and returns the rest of the piece.
  std::string_view AddHeader(std::string_view piece);
  std::string_view AddToFrame(std::string_view piece);
  std::string_view AddPlain(std::string_view piece);
  void Buffer(std::string_view bytes);
  void EndFrame();
  void EndPlainLine();
  void KeepLine(std::string line);

  bool plain_ = false;
  std::string header_;               // of the next frame, less than 8 bytes, or of the present one
  std::size_t frame_remaining_ = 0;  // bytes of the present frame that are still to come
  std::string entry_;          // the present frame's entry, or the present line of plain text, shortened
  char last_ = '\0';           // the last byte of it
  std::string unfinished_[2];  // standard output's line, and standard error's, that has not ended
  std::deque<std::string> lines_;
  std::string engine_error_;
};

}  // namespace swarmbell
