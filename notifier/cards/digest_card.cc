#include "notifier/cards/digest_card.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "notifier/cards/footer.h"
#include "notifier/cards/render.h"
#include "notifier/cards/words.h"
#include "notifier/pipeline/group_color.h"

namespace swarmbell::cards {
namespace {

using Identity = std::tuple<std::string, int, std::string>;

Identity IdentityOf(const v1::ChangeEvent& event) {
  const v1::ResourceRef& resource = event.resource();
  return {event.cluster().id(), static_cast<int>(resource.kind()),
          resource.id().empty() ? resource.name() : resource.id()};
}

// Red first, the calmest last.
int Severity(Color color) {
  switch (color) {
    case Color::kRed:
      return 0;
    case Color::kBlue:
      return 1;
    case Color::kYellow:
      return 2;
    case Color::kBlack:
      return 3;
    case Color::kGreen:
      break;
  }
  return 4;
}

// The alerts of a digest, those of one object together, in the order in which the objects come.
std::vector<AlertGroup> ByObject(const AlertGroup& digest) {
  std::vector<AlertGroup> groups;
  std::map<Identity, std::size_t> index;
  for (const Alert& alert : digest.alerts) {
    const auto [entry, is_new] = index.try_emplace(IdentityOf(alert.event), groups.size());
    if (is_new) groups.push_back({digest.receiver, {}, alert.color, false});
    groups[entry->second].alerts.push_back(alert);
  }
  for (AlertGroup& group : groups) group.color = GroupColor(group.alerts);
  return groups;
}

// `5 services and 2 nodes`
std::string ObjectCounts(const std::vector<AlertGroup>& groups) {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const AlertGroup& group : groups) {
    const std::string kind = LowerFirst(KindWord(group.alerts.front().event.resource().kind()));
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& one) { return one.first == kind; });
    if (known == counts.end()) {
      counts.emplace_back(kind, 1);
    } else {
      ++known->second;
    }
  }
  std::vector<std::string> words;
  for (const auto& [kind, count] : counts) words.push_back(Counted(count, kind, kind + "s"));
  return JoinAnd(words);
}

// `All in stack shop, within 4 seconds.`
std::string DigestSubtitle(const std::vector<Alert>& alerts) {
  std::set<std::string> stacks;
  std::int64_t first = TimeOf(alerts.front().event);
  std::int64_t last = first;
  for (const Alert& alert : alerts) {
    stacks.insert(alert.event.resource().stack());
    first = std::min(first, TimeOf(alert.event));
    last = std::max(last, TimeOf(alert.event));
  }
  const std::string within = last > first ? "within " + InWords(absl::Seconds(last - first)) : "";
  if (stacks.size() != 1 || stacks.begin()->empty()) return within.empty() ? "" : UpperFirst(within) + ".";
  return "All in stack " + *stacks.begin() + (within.empty() ? "" : ", " + within) + ".";
}

}  // namespace

Card DigestCard(const AlertGroup& digest) {
  std::vector<AlertGroup> groups = ByObject(digest);
  Card card;
  card.color = digest.color;
  card.title = Counted(digest.alerts.size(), "change", "changes") + " in " + ObjectCounts(groups);
  card.subtitle = DigestSubtitle(digest.alerts);
  std::stable_sort(groups.begin(), groups.end(), [](const AlertGroup& one, const AlertGroup& two) {
    return Severity(one.color) < Severity(two.color);
  });
  DigestSection section;
  for (const AlertGroup& group : groups) {
    const Card row = BuildCard(group, {});
    section.rows.push_back({group.color, row.title, row.subtitle});
  }
  card.sections.push_back(std::move(section));
  FillFooter(digest.alerts.back().event, card);
  return card;
}

}  // namespace swarmbell::cards
