#include "notifier/app/timeline_command.h"

#include <grpcpp/grpcpp.h>

#include <iostream>
#include <iterator>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/grpc/auth.h"
#include "common/grpc/status.h"
#include "common/settings/setting.h"
#include "common/time/proto_time.h"
#include "notifier/feed/feed_target.h"
#include "notifier/timeline/timeline.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {
namespace {

constexpr int kPageSize = 1000;
constexpr std::size_t kMostChanges = 200'000;         // of all collectors
constexpr absl::Duration kLimit = absl::Seconds(20);  // for all pages of a collector
constexpr absl::Duration kLookUpLimit = absl::Seconds(10);

// Writes a problem for a person.
void Complain(const std::string& problem) { std::cerr << "swarmbell-notifier: " << problem << '\n'; }

absl::StatusOr<absl::Time> TimeOf(const CommandLine& line, const std::string& flag, absl::Time now) {
  const std::string text = line.Value(flag);
  if (const auto ago = ParseDuration(text)) return now - *ago;
  absl::Time time;
  std::string problem;
  if (absl::ParseTime("%Y-%m-%d %H:%M:%S", text, absl::LocalTimeZone(), &time, &problem) ||
      absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) {
    return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " ", Quoted(text),
                   " is neither a duration before now (for example 2h) nor a time (2026-11-29 08:50:00)"));
}

absl::StatusOr<TimelineQuery> ReadQuery(const CommandLine& line, absl::Time now) {
  TimelineQuery query;
  absl::StatusOr<absl::Time> since = TimeOf(line, "--since", now);
  if (!since.ok()) return since.status();
  query.since = *since;
  if (line.Has("--until")) {
    absl::StatusOr<absl::Time> until = TimeOf(line, "--until", now);
    if (!until.ok()) return until.status();
    query.until = *until;
  }
  query.stack = line.Value("--stack");
  if (!line.Has("--color")) return query;
  for (const std::string& word : std::vector<std::string>(absl::StrSplit(line.Value("--color"), ','))) {
    const std::optional<Color> color = ParseColor(word);
    if (!color) {
      return absl::InvalidArgumentError(
          absl::StrCat("--color ", Quoted(word), " is no colour: say black, green, yellow, blue or red"));
    }
    query.colors.push_back(*color);
  }
  return query;
}

// The collectors at all addresses of one setting.
absl::StatusOr<std::vector<FeedPeer>> PeersOf(const std::string& setting, absl::Time deadline) {
  const absl::StatusOr<FeedTarget> target = ParseFeedTarget(setting);
  if (!target.ok()) return target.status();
  if (!NeedsLookup(*target)) return std::vector{PeerAt(*target, "")};
  const absl::StatusOr<std::vector<std::string>> addresses =
      LookUpHostWithin(target->host, absl::Ceil(deadline - absl::Now(), absl::Seconds(1)));
  if (!addresses.ok()) return addresses.status();
  std::vector<FeedPeer> peers;
  for (const std::string& address : *addresses) peers.push_back(PeerAt(*target, address));
  return peers;
}

// Adds the changes in one collector's log.
absl::Status ListChanges(const FeedConnector& connect, const FeedPeer& peer, const AuthToken& token,
                         absl::Time since, std::vector<v1::ChangeEvent>& changes) {
  const auto stub = v1::ChangeFeedService::NewStub(connect(peer));
  const auto deadline = absl::ToChronoTime(absl::Now() + kLimit);
  v1::ListChangesRequest request;
  request.set_page_size(kPageSize);
  *request.mutable_since() = ToProto(since);
  do {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    AddAuthToken(context, token);
    v1::ListChangesResponse page;
    const absl::Status listed = ToAbslStatus(stub->ListChanges(&context, request, &page));
    if (!listed.ok()) {
      return absl::Status(listed.code(), absl::StrCat("cannot list the changes of the collector ", peer.name,
                                                      ": ", std::string(listed.message())));
    }
    changes.insert(changes.end(), std::move_iterator(page.mutable_events()->begin()),
                   std::move_iterator(page.mutable_events()->end()));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && changes.size() < kMostChanges);
  if (request.page_token().empty()) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the collector ", peer.name, " has more than ", kMostChanges,
                   " changes since then: the latest are missing; ask for less"));
}

// True if every collector answered.
bool ListAll(const NotifierConfig& config, const FeedConnector& connect, absl::Time since,
             std::vector<v1::ChangeEvent>& changes) {
  bool complete = true;
  const AuthToken token(config.auth_token);
  const absl::Time deadline = absl::Now() + kLookUpLimit;  // of all names together
  for (const std::string& setting : config.collectors) {
    const absl::StatusOr<std::vector<FeedPeer>> peers = PeersOf(setting, deadline);
    if (!peers.ok()) {
      Complain(std::string(peers.status().message()));
      complete = false;
      continue;
    }
    for (const FeedPeer& peer : *peers) {
      const absl::Status listed = ListChanges(connect, peer, token, since, changes);
      if (!listed.ok()) Complain(std::string(listed.message()));
      complete = complete && listed.ok();
    }
  }
  return complete;
}

std::string NothingWords(const CommandLine& line) {
  std::vector<std::string> parts;
  for (const char* flag : {"--stack", "--color"}) {
    if (line.Has(flag)) parts.emplace_back(flag);
  }
  return parts.empty()
             ? "nothing changed in that time, as far as the collectors remember"
             : absl::StrCat("nothing changed in that time that is of this ", absl::StrJoin(parts, " and "));
}

absl::StatusOr<bool> WriteTimeline(const CommandLine& line, const NotifierConfig& config, bool json,
                                   std::ostream& out) {
  const absl::StatusOr<TimelineQuery> query = ReadQuery(line, absl::Now());
  if (!query.ok()) return query.status();
  const absl::StatusOr<RuleSet> rules = RuleSet::Create(config);
  if (!rules.ok()) return rules.status();
  const absl::StatusOr<FeedConnector> connect = MakeFeedConnector(config.tls);
  if (!connect.ok()) return connect.status();
  std::vector<v1::ChangeEvent> changes;
  const bool complete = ListAll(config, *connect, query->since, changes);
  const std::vector<TimelineRow> rows =
      TimelineOf(std::move(changes), *rules, config.grouping.window, *query);
  for (const TimelineRow& row : rows) {
    out << (json ? TimelineJson(row) : TimelineText(row, absl::LocalTimeZone())) << '\n';
  }
  out.flush();
  if (rows.empty() && complete) Complain(NothingWords(line));
  return complete;
}

}  // namespace

std::optional<int> RunTimelineCommand(const CommandLine& line, const NotifierConfig& config,
                                      std::ostream& out) {
  if (!line.Has("--since")) {
    for (const char* flag : {"--until", "--stack", "--color", "--format"}) {
      if (!line.Has(flag)) continue;
      Complain(absl::StrCat(flag, " belongs to --since"));
      return kExitUsage;
    }
    return std::nullopt;
  }
  const std::string format = line.Has("--format") ? line.Value("--format") : "text";
  if (format != "text" && format != "json") {
    Complain(absl::StrCat("--format ", Quoted(format), " is unknown: say text or json"));
    return kExitUsage;
  }
  const absl::StatusOr<bool> complete = WriteTimeline(line, config, format == "json", out);
  if (!complete.ok()) Complain(std::string(complete.status().message()));
  return complete.ok() && *complete ? 0 : kExitFailure;
}

}  // namespace swarmbell
