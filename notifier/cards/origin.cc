#include "notifier/cards/origin.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/links.h"
#include "notifier/cards/text.h"

namespace swarmbell::cards {
namespace {

constexpr std::size_t kShortCommit = 7;
constexpr std::size_t kMostChars = 40;

// `9be04d2` for a commit; another text, such as a tag, as it is.
std::string ShortRevision(const std::string& revision) {
  const bool hex = std::all_of(revision.begin(), revision.end(),
                               [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
  const bool commit = hex && (revision.size() == 40 || revision.size() == 64);
  return commit ? revision.substr(0, kShortCommit) : CutChars(revision, kMostChars);
}

// A web address in its parts.
struct Address {
  std::string site;  // `https://host:port`
  std::string host;  // in lower case, without port
  std::string path;  // `/acme/shop`, percent-encoded
  std::string rest;  // query and fragment, percent-encoded
};

// The characters that a URL may have, and the escapes that it has already.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool allowed = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                         std::string_view("-._~/%:@!$&*+,;=?#").find(c) != std::string_view::npos;
    out += allowed ? std::string(1, c) : PercentEncoded(std::string_view(&c, 1));
  }
  return out;
}

// Nothing for another scheme, a user name or password, a masked part, or a host that is none.
std::optional<Address> WebAddress(std::string_view text) {
  if (text.find(kMasked) != std::string_view::npos) return std::nullopt;
  Address address;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) address.site = std::string(scheme);
  }
  text.remove_prefix(address.site.size());
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  const bool plain = std::all_of(authority.begin(), authority.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == ':';
  });
  if (address.site.empty() || authority.empty() || !plain) return std::nullopt;
  address.site += authority;
  address.host = absl::AsciiStrToLower(std::string(authority.substr(0, authority.find(':'))));
  text.remove_prefix(authority.size());
  const std::string_view path = text.substr(0, text.find_first_of("?#"));
  address.path = Escaped(path);
  address.rest = Escaped(text.substr(path.size()));
  return address;
}

bool HasHostPart(const Address& address, std::string_view part) {
  const std::vector<std::string> parts = absl::StrSplit(address.host, '.');
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

std::string WithoutGit(const std::string& path) {
  return path.ends_with(".git") ? path.substr(0, path.size() - 4) : path;
}

// The path of the repository: its first `segments`, without `.git`. Empty if there are fewer.
std::string FirstSegments(const std::string& path, std::size_t segments) {
  std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (parts.size() < segments) return "";
  parts.resize(segments);
  parts.back() = WithoutGit(parts.back());
  return absl::StrCat("/", absl::StrJoin(parts, "/"));
}

// GitLab has groups in groups, and `/-/` before the pages of a project.
std::string GitLabProject(const std::string& path) {
  std::string project = path.substr(0, path.find("/-/"));
  project = WithoutGit(project.substr(0, project.find_last_not_of('/') + 1));
  return std::count(project.begin(), project.end(), '/') >= 2 ? project : "";
}

// `/projects/SHOP/repos/api`, perhaps below another path: Bitbucket on one's own servers.
std::string BitbucketServerRepository(const std::string& path) {
  const std::size_t projects = path.find("/projects/");
  if (projects == std::string::npos) return "";
  const std::string repository = FirstSegments(path.substr(projects), 4);
  return absl::StrContains(repository, "/repos/") ? path.substr(0, projects) + repository : "";
}

// The page that compares two revisions; empty if the form of the host's addresses is not known.
std::string CompareUrl(const Address& source, const std::string& before, const std::string& now) {
  const std::string old_one = PercentEncoded(before);
  const std::string new_one = PercentEncoded(now);
  const std::string range = absl::StrCat(old_one, "...", new_one);
  const auto page = [&source](const std::string& repository, const std::string& tail) {
    return repository.empty() ? std::string() : absl::StrCat(source.site, repository, tail);
  };
  if (source.host == "bitbucket.org") {
    return page(FirstSegments(source.path, 2),
                absl::StrCat("/branches/compare/", new_one, "%0D", old_one, "#diff"));
  }
  if (HasHostPart(source, "gitlab") || absl::StrContains(source.path, "/-/")) {
    return page(GitLabProject(source.path), absl::StrCat("/-/compare/", range));
  }
  for (const std::string_view part : {"github", "gitea", "forgejo", "codeberg"}) {
    if (HasHostPart(source, part))
      return page(FirstSegments(source.path, 2), absl::StrCat("/compare/", range));
  }
  return page(BitbucketServerRepository(source.path),
              absl::StrCat("/compare/commits?sourceBranch=", new_one, "&targetBranch=", old_one));
}

bool IsShown(const std::string& revision) {
  return !revision.empty() && revision.find(kMasked) == std::string::npos;
}

std::optional<CardLink> SourceLink(const v1::ChangeOrigin& origin) {
  const auto source = WebAddress(origin.source());
  if (!source) return std::nullopt;
  const bool same_source = origin.previous_source().empty() || origin.previous_source() == origin.source();
  const bool differ = origin.previous_revision() != origin.revision();
  if (same_source && differ && IsShown(origin.previous_revision()) && IsShown(origin.revision())) {
    const std::string compare = CompareUrl(*source, origin.previous_revision(), origin.revision());
    if (!compare.empty()) return CardLink{"Compare", compare};
  }
  return CardLink{"Source", absl::StrCat(source->site, source->path, source->rest)};
}

// `812` of `https://gitlab.example.com/shop/api/-/pipelines/812`; a text that is no URL as it is.
std::string PipelineName(const std::string& pipeline) {
  const auto address = WebAddress(pipeline);
  if (!address) return CutChars(pipeline, kMostChars);
  const std::size_t slash = address->path.rfind('/');
  return slash == std::string::npos ? "" : CutChars(address->path.substr(slash + 1), kMostChars);
}

// True for the changes whose card is better for knowing it: those of a service, and failures of its tasks.
bool IsForCard(const v1::ChangeEvent& event) {
  return ChangesServiceSpec(event) || event.has_service_appeared() ||
         event.has_service_update_state_changed() || event.has_service_update_stalled() ||
         event.has_service_degraded() || event.has_service_crash_loop() || event.has_service_job_failed() ||
         event.has_service_tasks_failed() || event.has_task_failed() || event.has_task_unschedulable();
}

}  // namespace

std::string OriginWords(const v1::ChangeOrigin& origin) {
  std::vector<std::string> words;
  if (!origin.by().empty()) words.push_back(absl::StrCat("by ", origin.by()));
  if (const std::string pipeline = PipelineName(origin.pipeline()); !pipeline.empty()) {
    words.push_back(absl::StrCat("pipeline ", pipeline));
  }
  const std::string before = ShortRevision(origin.previous_revision());
  const std::string now = ShortRevision(origin.revision());
  if (!now.empty() && origin.previous_revision() != origin.revision())
    words.push_back(before.empty() ? now : absl::StrCat(before, " ", kArrow, " ", now));
  return absl::StrJoin(words, " · ");
}

std::optional<Fact> OriginFact(const v1::ChangeEvent& event) {
  const v1::ChangeOrigin& origin = event.origin();
  std::string words = IsForCard(event) ? OriginWords(origin) : "";
  if (words.empty()) return std::nullopt;
  // It is the update that was somebody's change, not its rollback by the engine.
  if (event.service_update_state_changed().automatic()) return Fact{"Failed change", std::move(words)};
  const bool state = origin.by().empty() && origin.pipeline().empty() && origin.previous_revision().empty();
  return Fact{state ? "Revision" : "Change", std::move(words)};
}

std::vector<CardLink> OriginLinks(const v1::ChangeOrigin& origin) {
  std::vector<CardLink> links;
  if (auto source = SourceLink(origin)) links.push_back(*std::move(source));
  if (const auto pipeline = WebAddress(origin.pipeline())) {
    links.push_back({"Pipeline", absl::StrCat(pipeline->site, pipeline->path, pipeline->rest)});
  }
  return links;
}

}  // namespace swarmbell::cards
