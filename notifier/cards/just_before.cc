// The changes just before an alert.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notifier/alert/alert_group.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/story.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

constexpr std::size_t kMostNames = 6;

// `40 s before`, `2 min before`; the seconds no longer matter after minutes.
std::string HowLongBefore(absl::Duration duration) {
  if (duration < absl::Seconds(1)) return "under 1 s before";
  if (duration < absl::Minutes(1)) return absl::StrCat(absl::ToInt64Seconds(duration), " s before");
  if (duration < absl::Hours(1)) return absl::StrCat(absl::ToInt64Minutes(duration), " min before");
  return absl::StrCat(absl::ToInt64Hours(duration), " h before");
}

// `image 2.4.1 → 2.5.0, env LOG_LEVEL`, `scaled 2 → 5`, `drained`
std::string ChangedThings(const EarlierChange& change) {
  std::vector<std::string> words;
  FieldChanges fields;
  for (const v1::ChangeEvent& part : change.parts) {
    if (const auto* changed = ChangedFields(part)) {
      fields.insert(fields.end(), changed->begin(), changed->end());
    } else {
      words.push_back(DescribeChange(part).result);
    }
  }
  if (!fields.empty()) words.insert(words.begin(), FieldNames(fields, kMostNames));
  return absl::StrJoin(words, ", ");
}

// `, by alice`, if labels say it.
std::string Author(const EarlierChange& change) {
  for (const v1::ChangeEvent& part : change.parts) {
    if (!part.origin().by().empty()) return absl::StrCat(", by ", part.origin().by());
  }
  return "";
}

// `image 2.4.1 → 2.5.0, by alice`; of another object than the card's with its name: `shop_db: image 14 → 15`.
std::string ChangeWords(const EarlierChange& change, const std::string& subject) {
  const v1::ChangeEvent& first = change.parts.front();
  std::string things = ChangedThings(change) + Author(change);
  if (SubjectOf(first) == subject) return things;
  const std::string name = ShownName(first.resource());
  const bool of_node = first.resource().kind() == v1::RESOURCE_KIND_NODE;
  return of_node ? absl::StrCat("node ", name, " ", things) : absl::StrCat(name, ": ", things);
}

}  // namespace

void AddJustBefore(const AlertGroup& group, const v1::ChangeEvent& headline,
                   std::vector<CardSection>& sections) {
  if (group.before.empty()) return;
  const std::string subject = group.digest ? "" : SubjectOf(headline);
  FactsSection section{{}, "Just before"};
  section.facts.reserve(group.before.size());
  for (const EarlierChange& change : group.before) {
    const absl::Duration before = HappenedAt(headline) - HappenedAt(change.parts.front());
    section.facts.push_back({HowLongBefore(before), ChangeWords(change, subject)});
  }
  sections.push_back(std::move(section));
}

}  // namespace swarmbell::cards
