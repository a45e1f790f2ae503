#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/settings/map_reader.h"
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

// The words that are known, a problem for each other one.
std::vector<std::string> KnownWords(MapReader& reader, const std::string& key, const std::string& what,
                                    const std::vector<std::string>& known) {
  std::vector<std::string> words = reader.Words(key);
  std::erase_if(words, [&](const std::string& word) {
    if (Holds(known, word)) return false;
    reader.Fault(key, absl::StrCat(Quoted(word), " is no ", what, DidYouMean(word, known)));
    return true;
  });
  return words;
}

// What the changes that a match is about may say of their state, together.
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

std::vector<std::string> StatesOf(MapReader& reader, const std::string& key, Side side,
                                  const std::vector<std::string>& changes) {
  std::vector<std::string> states = reader.Words(key);
  const StateWords known = AllStateWords(changes.empty() ? ChangeNames() : changes, side);
  const std::string subject = changes.size() == 1 ? changes[0] : "any change that it is about";
  std::erase_if(states, [&](const std::string& state) {
    if (known.any || Holds(known.words, state) || (known.numbers && ParseInt(state))) return false;
    if (known.words.empty()) {
      reader.Fault(key, absl::StrCat(subject, " has no such state; leave it out"));
      return true;
    }
    const std::string list = changes.empty() ? "" : absl::StrCat(" (", absl::StrJoin(known.words, ", "), ")");
    reader.Fault(key, absl::StrCat(Quoted(state), " is not a state of ", subject, list,
                                   DidYouMean(state, known.words)));
    return true;
  });
  return states;
}

// Globs on fields such as `env.BUILD_*`, which the changes must be able to have.
std::vector<std::string> FieldGlobs(MapReader& reader, const std::string& key,
                                    const std::vector<std::string>& changes) {
  std::vector<std::string> globs = reader.Words(key);
  const std::vector<std::string>& groups = FieldGroupWords();
  for (const std::string& change : globs.empty() ? std::vector<std::string>() : changes) {
    if (!HasFields(change)) reader.Fault(key, absl::StrCat(change, " has no fields; leave it out"));
  }
  std::erase_if(globs, [&](const std::string& glob) {
    if (NamesFieldGroup(glob)) return false;
    reader.Fault(
        key, absl::StrCat(Quoted(glob), " begins with no group of fields (", absl::StrJoin(groups, ", "), ")",
                          DidYouMean(glob.substr(0, glob.find('.')), groups)));
    return true;
  });
  return globs;
}

std::map<std::string, std::string> Labels(MapReader& reader, const std::string& key) {
  std::map<std::string, std::string> labels;
  const YamlNode* node = reader.Child(key);
  if (node == nullptr) return labels;
  if (!node->IsMap()) reader.Fault(key, "must be a map of label names and values");
  for (const auto& [name, value] : node->entries) {
    if (!value.IsScalar())
      reader.Fault(key, absl::StrCat("the value of ", Quoted(name), " must be a single one"));
    labels[name] = value.scalar;
  }
  return labels;
}

}  // namespace

MatchConfig ReadMatch(const YamlNode& node, const std::string& name, Problems& problems) {
  MapReader reader(node, name, problems);
  MatchConfig match;
  const bool names_changes = !reader.Words("change").empty();
  match.changes = KnownWords(reader, "change", "change", ChangeNames());
  match.kinds = KnownWords(reader, "kind", "kind of resource", KindNames());
  // Not after a fault in `change`: the words would be judged by the wrong changes.
  if (match.changes.empty() == !names_changes) {
    match.from = StatesOf(reader, "from", Side::kBefore, match.changes);
    match.to = StatesOf(reader, "to", Side::kNow, match.changes);
  }
  reader.Child("from");
  reader.Child("to");
  match.names = reader.Words("name");
  match.stacks = reader.Words("stack");
  match.fields = FieldGlobs(reader, "field", match.changes);
  match.labels = Labels(reader, "label");
  match.clusters = reader.Words("cluster");
  if (reader.Child("stopping") != nullptr) match.stopping = reader.Bool("stopping", false);
  if (reader.Child("tasks_missing") != nullptr) match.tasks_missing = reader.Bool("tasks_missing", false);
  if (reader.Child("automatic") != nullptr) match.automatic = reader.Bool("automatic", false);
  reader.Finish();
  return match;
}

}  // namespace swarmbell
