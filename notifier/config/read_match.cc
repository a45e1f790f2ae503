#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/nearest.h"
#include "common/settings/value.h"
#include "notifier/config/change_words.h"
#include "notifier/config/field_words.h"
#include "notifier/config/readers.h"

namespace swarmbell {
namespace {

bool Holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The states that the changes of a match can have, together.
StateWords AllStateWords(const std::vector<std::string>& changes, Side side) {
  StateWords all;
  for (const std::string& change : changes) {
    const StateWords one = StateWordsOf(change, side);
    all.any = all.any || one.any;
    all.numbers = all.numbers || one.numbers;
    for (const std::string& word : one.words) {
      if (!Holds(all.words, word)) all.words.push_back(word);
    }
  }
  return all;
}

void CheckStates(Record& record, const std::vector<std::string>& states, Side side,
                 const std::vector<std::string>& changes) {
  const StateWords known = AllStateWords(changes.empty() ? ChangeNames() : changes, side);
  const std::string subject = changes.size() == 1 ? changes[0] : "any change that it is about";
  for (const std::string& state : states) {
    if (known.any || Holds(known.words, state) || (known.numbers && ParseInt(state))) continue;
    if (known.words.empty()) {
      record.Fault(&states, absl::StrCat(subject, " has no such state; leave it out"));
      continue;
    }
    const std::string list = changes.empty() ? "" : absl::StrCat(" (", absl::StrJoin(known.words, ", "), ")");
    record.Fault(&states, absl::StrCat(Quoted(state), " is not a state of ", subject, list,
                                       DidYouMean(state, known.words)));
  }
}

// Globs on fields such as `env.BUILD_*`, which the changes must be able to have.
void CheckFields(Record& record, const std::vector<std::string>& globs,
                 const std::vector<std::string>& changes) {
  const std::vector<std::string>& groups = FieldGroupWords();
  for (const std::string& change : globs.empty() ? std::vector<std::string>() : changes) {
    if (!HasFields(change)) record.Fault(&globs, absl::StrCat(change, " has no fields; leave it out"));
  }
  for (const std::string& glob : globs) {
    if (NamesFieldGroup(glob)) continue;
    record.Fault(&globs,
                 absl::StrCat(Quoted(glob), " begins with no group of fields (", absl::StrJoin(groups, ", "),
                              ")", DidYouMean(glob.substr(0, glob.find('.')), groups)));
  }
}

}  // namespace

SettingsTable DescribeMatch(MatchConfig& match) {
  SettingsTable table;
  table.Add(&match.changes, "change", "Names of changes, as in ChangeEvent.details; any if left out.",
            {.choices = ChangeNames(), .refusal = "is no change"});
  table.Add(&match.kinds, "kind", "Kinds of resource that the change is about.",
            {.choices = KindNames(), .refusal = "is no kind of resource"});
  table.Add(&match.from, "from", "States before the change, e.g. active; none for unset.");
  table.Add(&match.to, "to", "States after it, or why a task was evicted.");
  table.Add(&match.names, "name", "Names of the resource; globs with * and ?.");
  table.Add(&match.stacks, "stack", "Stacks; globs with * and ?.");
  table.Add(&match.fields, "field",
            "Fields that changed, all of which must be among these: labels.traefik.*, env.BUILD_*, or "
            "a whole group such as image.");
  table.Add(&match.clusters, "cluster", "Names of the swarm; globs with * and ?.");
  table.Add(&match.stopping, "stopping", "Whether the task had been told to stop; no for other changes.");
  table.Add(&match.tasks_missing, "tasks_missing",
            "Whether an update or rollback completed although tasks failed and "
            "are missing; no for other changes.");
  table.Add(&match.automatic, "automatic",
            "Whether the engine rolled an update back by itself; no for other "
            "changes.");
  table.Add(&match.labels, "label", "Labels of the resource: their names, and globs for their values.",
            {.refusal = "must be a map of label names and values"});
  return table;
}

std::vector<Setting> MatchKeys() {
  MatchConfig match;
  return DescribeMatch(match).Rows();
}

MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems) {
  MatchConfig match;
  const SettingsTable table = DescribeMatch(match);
  Record record(table, node, name, problems);
  // Not after a fault in `change`: the words would be judged by the wrong changes.
  if (record.IsGood(&match.changes)) {
    CheckStates(record, match.from, Side::kBefore, match.changes);
    CheckStates(record, match.to, Side::kNow, match.changes);
  }
  CheckFields(record, match.fields, match.changes);
  return match;
}

}  // namespace swarmbell
