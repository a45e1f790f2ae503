#include "tests/fakes/growth.h"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace swarmbell {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;
// Four times what the slowest takes on a machine of 2026; what is not linear takes seconds.
constexpr double kLongest = 0.200;
// Four for what is linear, sixteen for what is quadratic.
constexpr double kMostGrowth = 8;
// Below, the clock and the caches count for more than the text.
constexpr double kShort = 0.004;

// The time of this thread alone: other work on the machine does not count.
double Seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double TimeOf(const std::function<void(const std::string& text)>& work, const std::string& text) {
  const double start = Seconds();
  work(text);
  return Seconds() - start;
}

// Only the growth says something where the compiler does not optimise, or a sanitizer watches.
bool IsSlowBuild() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
  return true;
#else
  return false;
#endif
}

void Show(const HostileShape& shape, double seconds) {
  if (std::getenv("SWARMBELL_SHOW_TIMES") == nullptr) return;
  std::printf("%8.1f ms  %s\n", seconds * 1e3, shape.name.c_str());
}

}  // namespace

std::string HostileShape::Text(std::size_t size) const {
  std::string pieces = piece;
  while (pieces.size() < size) pieces += pieces;
  std::string text = begin + pieces;
  text.resize(size);
  return text;
}

const std::vector<HostileShape>& HostileShapes() {
  static const auto* const shapes = new std::vector<HostileShape>{
      {"://", "://"},
      {"a://b:c", "a://b:c"},
      {"http://", "http://"},
      {"a URL before the last @", "://a:b/", "@"},
      {"://a:b@", "://a:b@"},
      {"@", "@"},
      {"a:b@", "a:b@"},
      {":@c.d, after a user", "@c.d", "a:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
      {"@tcp(", "@tcp("},
      {"a:b@tcp(", "a:b@tcp("},
      {"=", "="},
      {"a=", "a="},
      {"token=", "token="},
      {"token =", "token ="},
      {"token=\"", "token=\""},
      {"token: ", "token: "},
      {"token_file: /a ", "token_file: /a "},
      {"token_file='/a ", "token_file='/a "},
      {"token_ttl=\"1 ", "token_ttl=\"1 "},
      {"\"token\": ", "\"token\": "},
      {"\\\"token\\\":\\\"", "\\\"token\\\":\\\""},
      {"<token>", "<token>"},
      {"<token>a", "<token>a"},
      {"double quotes", "\""},
      {"single quotes", "'"},
      {"back quotes", "`"},
      {"all quotes", "\"'`"},
      {"{", "{"},
      {"[", "["},
      {"}", "}"},
      {"{SHA}", "{SHA}"},
      {"$", "$"},
      {"$1$", "$1$"},
      {"$$1", "$$1"},
      {"$1$a$", "$1$a$"},
      {"$6$rounds=1", "$6$rounds=1"},
      {"$2y$", "$2y$"},
      {"$argon2$", "$argon2$"},
      {"-", "-"},
      {"--", "--"},
      {"-p", "-p"},
      {"-p ", "-p "},
      {"-pA1b ", "-pA1b "},
      {"-pA1b'", "-pA1b'"},
      {"-u ", "-u "},
      {"-u \"", "-u \""},
      {"-u '\"", "-u '\""},
      {"-u \"a:1 ", "-u \"a:1 "},
      {"-u 'a:1 \\\" ", "-u 'a:1 \\\" "},
      {"curl -ua", "-ua:1 ", "curl "},
      {"--auth ", "--auth "},
      {"--auth,", "--auth,"},
      {"--auth \"", "--auth \""},
      {"--auth 'x\"y ", "--auth 'x\"y "},
      {"--token", "--token"},
      {"--token ", "--token "},
      {"--token-file /a ", "--token-file /a "},
      {"--token-file '/a ", "--token-file '/a "},
      {"redis-cli -a ", "redis-cli -a "},
      {"eyJ.", "eyJ."},
      {"eyJ-", "eyJ-"},
      {"eyJhbGciOiJIUzI1NiJ9.", "eyJhbGciOiJIUzI1NiJ9."},
      {"base64", "cGx1bXRhcnQ5"},
      {"ghp_", "ghp_"},
      {"sk-", "sk-"},
      {"s.", "s."},
      {"AKIA", "AKIA"},
      {"12345678:AA", "12345678:AA"},
      {"digits", "1"},
      {":1", ":1"},
      {":12345", ":12345"},
      {"Bearer ", "Bearer "},
      {"bearer a", "bearer a"},
      {"Basic ", "Basic "},
      {"Basic a:b", "Basic YTpi"},
      {"PRIVATE KEY", "PRIVATE KEY"},
      {"PRIVATE KEY-----", "PRIVATE KEY-----"},
      {"-----END", "-----END"},
      {"webhooks", "https://hooks.slack.com/services/"},
      {"api.telegram.org/bot", "api.telegram.org/bot"},
      {"hhhh", "h"},
      {"words", "a "},
      {"spaces", " "},
      {"tabs", "\t"},
      {"new lines", "\n"},
      {"carriage returns", "\r\n"},
      {"NULs", std::string(1, '\0')},
      {"control characters", "\x01\x02\x03\x1b"},
      {"backslashes", "\\"},
      {"escaped quotes", "\\\""},
      {"slashes", "/"},
      {"dots", "."},
      {"underscores", "_"},
      {"camels", "aB"},
      {"KEY_", "KEY_"},
      {"password", "password"},
      {"a long name", "a"},
      {"combining marks", "\u0301"},
      {"a letter with marks", "e\u0301\u0302\u0303 "},
      {"marks after a space", "\u0301", "a "},
      {"emoji", "\U0001F600"},
      {"right to left", "\u202E\u05D0"},
      {"no UTF-8", "\xC3"},
      {"continuation bytes", "\x80"},
      {"broken sequences", "\xF0\x9F\x98"},
      {"{{DATE", "{{DATE"},
      {"{name}", "{name}"},
      {"markup", "*_[]()~`#<>&!|"},
      {"<!channel>", "<!channel>"},
      {":smile:", ":smile:"},
      {"commas", ","},
      {"stars", "*"},
      {"question marks", "?"},
  };
  return *shapes;
}

void ExpectLinear(const HostileShape& shape, const std::function<void(const std::string& text)>& work) {
  constexpr int kTries = 5;
  const std::size_t size = IsSlowBuild() ? kMegabyte / 4 : kMegabyte;
  const std::string whole = shape.Text(size);
  double of_whole = TimeOf(work, whole);
  if (of_whole < kShort) return Show(shape, of_whole);
  const std::string quarter = shape.Text(size / 4);
  double of_quarter = TimeOf(work, quarter);
  const double limit = IsSlowBuild() ? 5 * kLongest : kLongest;
  const auto good = [&] {
    return of_whole < limit && (of_whole < kShort || of_whole < kMostGrowth * of_quarter);
  };
  for (int i = 1; i < kTries && !good(); ++i) {
    of_whole = std::min(of_whole, TimeOf(work, whole));
    of_quarter = std::min(of_quarter, TimeOf(work, quarter));
  }
  EXPECT_TRUE(good()) << shape.name << " takes " << of_whole * 1e3 << " ms, a quarter of it "
                      << of_quarter * 1e3 << " ms";
  Show(shape, of_whole);
}

}  // namespace swarmbell
