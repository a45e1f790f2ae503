#include "notifier/delivery/console_channel.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace swarmbell {

ConsoleChannel::ConsoleChannel(std::ostream& out) : out_(out) {}

Verdict ConsoleChannel::Post(const std::string& body, std::stop_token) {
  out_.clear();
  out_ << body << '\n' << std::flush;
  if (out_.good()) return {};
  return {Outcome::kRetry, "nobody reads standard output; it is tried again", std::nullopt};
}

TerminalStyle StandardOutputStyle() {
  TerminalStyle style;
  if (isatty(STDOUT_FILENO) == 0) return style;
  const char* no_color = std::getenv("NO_COLOR");
  style.color = no_color == nullptr || *no_color == '\0';
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::clamp<int>(size.ws_col, 40, 200);
  }
  return style;
}

}  // namespace swarmbell
