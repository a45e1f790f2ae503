#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "notifier/cards/label_prefix.h"
#include "notifier/cards/story.h"
#include "notifier/cards/text.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

constexpr std::size_t kLongWord = 24;

struct Group {
  std::string title;
  std::vector<const v1::FieldChange*> fields;
};

std::vector<Group> Grouped(const FieldChanges& fields) {
  std::vector<Group> groups;
  for (const v1::FieldChange& field : fields) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&field](const Group& candidate) { return candidate.title == field.group(); });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{field.group(), {}});
    group->fields.push_back(&field);
  }
  return groups;
}

struct Noun {
  std::string_view group;
  std::string_view singular;
  std::string_view plural;
};
// Groups whose fields are entries of a list or map; their names are the user's, not terms.
constexpr std::array<Noun, 14> kEntries = {{
    {"Environment", "environment variable", "environment variables"},
    {"Labels", "label", "labels"},
    {"Container labels", "container label", "container labels"},
    {"Mounts", "mount", "mounts"},
    {"Secrets", "secret", "secrets"},
    {"Configs", "config", "configs"},
    {"Networks", "network", "networks"},
    {"Ports", "published port", "published ports"},
    {"Published ports", "published port", "published ports"},
    {"Hosts", "host entry", "host entries"},
    {"Sysctls", "sysctl", "sysctls"},
    {"Ulimits", "ulimit", "ulimits"},
    {"Capabilities", "capability", "capabilities"},
    {"Other settings", "other setting", "other settings"},
}};

const Noun* EntryNoun(const std::string& group) {
  const auto* noun = std::find_if(kEntries.begin(), kEntries.end(),
                                  [&group](const Noun& candidate) { return candidate.group == group; });
  return noun == kEntries.end() ? nullptr : noun;
}

// True for a term of this program, as `Memory limit`; `LOG_LEVEL` and `com.example.x` are the user's own
// names.
bool IsTerm(const std::string& name) {
  return !name.empty() && std::isupper(static_cast<unsigned char>(name[0])) != 0 &&
         name.find_first_of("_=/.") == std::string::npos &&
         std::any_of(name.begin(), name.end(),
                     [](char letter) { return std::islower(static_cast<unsigned char>(letter)) != 0; });
}

std::optional<std::string> Before(const v1::FieldChange& field) {
  return field.has_previous_value() ? std::optional(field.previous_value()) : std::nullopt;
}

std::optional<std::string> After(const v1::FieldChange& field) {
  return field.has_current_value() ? std::optional(field.current_value()) : std::nullopt;
}

std::string Note(const v1::FieldChange& field) {
  const bool reordered = field.kind() == v1::FIELD_CHANGE_KIND_REORDERED;
  if (reordered) return field.masked() ? "reordered, masked" : "reordered";
  return field.masked() ? "masked" : "";
}

bool ReadsShort(const std::optional<std::string>& value) {
  return !value || (CharCount(*value) <= kLongWord && value->find_first_of(" \n") == std::string::npos);
}

// True if a group's only field is the group itself, such as an image or the arguments.
bool IsWhole(const Group& group) { return group.fields.size() == 1 && group.fields[0]->name().empty(); }

bool IsImage(const v1::FieldChange& field) {
  return field.group() == "Image" || field.path() == "TaskTemplate.ContainerSpec.Image";
}

std::vector<std::string> LinesOf(const std::optional<std::string>& value) {
  std::vector<std::string> lines;
  if (!value) return lines;
  std::size_t start = 0;
  for (std::size_t end = value->find('\n'); end != std::string::npos; end = value->find('\n', start)) {
    lines.push_back(value->substr(start, end - start));
    start = end + 1;
  }
  lines.push_back(value->substr(start));
  return lines;
}

bool SameTagNewDigest(const std::string& before, const std::string& after) {
  const std::size_t at = before.find("@sha256:");
  return at != std::string::npos && after.compare(0, at + 8, before, 0, at + 8) == 0 && before != after;
}

// `registry/app:2.4@sha256:0123456789ab`
std::string WithShortDigest(const std::string& image) {
  const std::size_t at = image.find("@sha256:");
  return at == std::string::npos ? image : image.substr(0, at + 8 + 12);
}

LinesSection ImageSection(const v1::FieldChange& field, const std::string& title) {
  LinesSection lines{title, {}, {}, Note(field), 0};
  const bool digest = SameTagNewDigest(field.previous_value(), field.current_value());
  const bool alike = ShortImage(field.previous_value()) == ShortImage(field.current_value());
  if (digest) lines.note = "same tag, new digest";
  const auto shown = [alike](const std::string& image) {
    return alike ? WithShortDigest(image) : ShortImage(image);
  };
  if (field.has_previous_value()) lines.before = {shown(field.previous_value())};
  if (field.has_current_value()) lines.after = {shown(field.current_value())};
  return lines;
}

// The tag or digest of an image reference, and what comes before it.
std::pair<std::string, std::string> Repository(const std::string& image) {
  const std::string named = ShortImage(image);
  const std::size_t slash = named.rfind('/');
  const std::size_t colon = named.find(':', slash == std::string::npos ? 0 : slash);
  if (colon == std::string::npos) return {named, ""};
  return {named.substr(0, colon), named.substr(colon + 1)};
}

// The tags of an image of which only the tag differs, if they are short.
std::optional<ChangeRow> TagRow(const std::string& label, const v1::FieldChange& field) {
  const auto [before, old_tag] = Repository(field.previous_value());
  const auto [after, new_tag] = Repository(field.current_value());
  const bool both = !old_tag.empty() && !new_tag.empty();
  if (before != after || old_tag == new_tag || !both) return std::nullopt;
  if (CharCount(old_tag) > kLongWord || CharCount(new_tag) > kLongWord) return std::nullopt;
  return ChangeRow{label, old_tag, new_tag};
}

CardSection WholeSection(const Group& group) {
  const v1::FieldChange& field = *group.fields[0];
  if (IsImage(field)) {
    if (auto row = TagRow(group.title, field)) return ChangeSection{"", {std::move(*row)}, 0};
    return ImageSection(field, group.title);
  }
  const bool list = EntryNoun(group.title) != nullptr || field.kind() == v1::FIELD_CHANGE_KIND_REORDERED ||
                    group.title == "Arguments" || group.title == "Command";
  if (!list && !field.masked() && ReadsShort(Before(field)) && ReadsShort(After(field))) {
    return ChangeSection{"", {{group.title, Before(field), After(field)}}, 0};
  }
  return LinesSection{group.title, LinesOf(Before(field)), LinesOf(After(field)), Note(field), 0};
}

// True if the fields are entries of one list that have no names of their own.
bool IsNameless(const Group& group) {
  return std::all_of(group.fields.begin(), group.fields.end(),
                     [](const auto* field) { return field->name().empty(); });
}

LinesSection NamelessSection(const Group& group) {
  LinesSection lines{group.title, {}, {}, "", 0};
  for (const auto* field : group.fields) {
    for (std::string& line : LinesOf(Before(*field))) lines.before.push_back(std::move(line));
    for (std::string& line : LinesOf(After(*field))) lines.after.push_back(std::move(line));
    if (lines.note.empty()) lines.note = Note(*field);
  }
  return lines;
}

// True if the fields are terms that occur once each, such as limits; not the constraints of a placement.
bool IsTable(const Group& group) {
  std::set<std::string> names;
  return EntryNoun(group.title) == nullptr && group.title != "Placement" && group.title != "DNS" &&
         std::all_of(group.fields.begin(), group.fields.end(), [&names](const auto* field) {
           return IsTerm(field->name()) && Note(*field).empty() && names.insert(field->name()).second;
         });
}

ChangeSection TableSection(const Group& group) {
  // A group with few terms is shown by the terms' full names, without a title.
  const bool endpoint = group.title == "Endpoint";
  ChangeSection section{endpoint ? "" : group.title, {}, 0};
  for (const auto* field : group.fields) {
    const std::string label = endpoint ? "Endpoint " + LowerFirst(field->name()) : field->name();
    section.rows.push_back({label, Before(*field), After(*field)});
  }
  return section;
}

DiffSection EntriesSection(const Group& group) {
  const Noun* noun = EntryNoun(group.title);
  DiffSection section{group.title, {}, noun != nullptr ? std::string(noun->plural) : "settings", 0};
  for (const auto* field : group.fields) {
    const std::string& key = field->name().empty() ? group.title : field->name();
    section.rows.push_back({field->kind(), key, Before(*field), After(*field), Note(*field)});
  }
  return section;
}

CardSection GroupSection(const Group& group) {
  if (IsWhole(group)) return WholeSection(group);
  if (IsNameless(group)) return NamelessSection(group);
  if (IsTable(group)) return TableSection(group);
  return EntriesSection(group);
}

// `image 2.4.1 → 2.5.0` where only the tag differs.
std::string ImageSummary(const v1::FieldChange& field) {
  if (const auto row = TagRow("image", field)) return "image " + *row->before + " → " + *row->after;
  return SameTagNewDigest(field.previous_value(), field.current_value()) ? "image (same tag, new digest)"
                                                                         : "image";
}

struct Prefix {
  std::string_view group;
  std::string_view word;
};
// Groups whose fields need a prefix: the command of a health check is not the container's.
constexpr std::array<Prefix, 4> kPrefixes = {{{"Endpoint", "endpoint "},
                                              {"Healthcheck", "health check "},
                                              {"Restart policy", "restart policy "},
                                              {"DNS", "DNS "}}};

// The name of a field that is not an entry: `memory limit`, `endpoint mode`.
std::string FieldWord(const Group& group, const v1::FieldChange& field) {
  if (field.name().empty()) return LowerFirst(group.title);
  const auto* prefix = std::find_if(kPrefixes.begin(), kPrefixes.end(), [&group](const Prefix& candidate) {
    return candidate.group == group.title;
  });
  return (prefix == kPrefixes.end() ? "" : std::string(prefix->word)) + LowerFirst(field.name());
}

std::vector<std::string> GroupWords(const Group& group) {
  if (IsWhole(group) && IsImage(*group.fields[0])) return {ImageSummary(*group.fields[0])};
  if (IsWhole(group) && group.fields[0]->kind() == v1::FIELD_CHANGE_KIND_REORDERED) {
    return {"order of " + LowerFirst(group.title)};
  }
  const Noun* noun = EntryNoun(group.title);
  if (noun != nullptr) return {Counted(group.fields.size(), noun->singular, noun->plural)};
  std::vector<std::string> terms;
  for (const auto* field : group.fields) {
    if (!field->name().empty() && !IsTerm(field->name())) {
      return {Counted(group.fields.size(), "setting", "settings") + " of " + LowerFirst(group.title)};
    }
    terms.push_back(FieldWord(group, *field));
  }
  std::vector<std::string> words;
  for (const auto& [term, count] : Tally(terms)) {
    words.push_back(count == 1 ? term : std::to_string(count) + " " + term + "s");
  }
  return words;
}

// An entry of a list has no name but its value.
const std::string& EntryName(const v1::FieldChange& field) {
  if (!field.name().empty()) return field.name();
  return field.has_current_value() ? field.current_value() : field.previous_value();
}

bool IsUntitledChange(const CardSection& section) {
  const auto* change = std::get_if<ChangeSection>(&section);
  return change != nullptr && change->title.empty();
}

}  // namespace

std::vector<CardSection> FieldSections(const FieldChanges& fields) {
  std::vector<CardSection> sections;
  for (const Group& group : Grouped(fields)) {
    CardSection section = GroupSection(group);
    if (IsUntitledChange(section) && !sections.empty() && IsUntitledChange(sections.back())) {
      auto& rows = std::get<ChangeSection>(sections.back()).rows;
      rows.push_back(std::get<ChangeSection>(section).rows.front());
    } else if (auto* entries = std::get_if<DiffSection>(&section);
               entries != nullptr && entries->noun.ends_with("labels")) {
      for (DiffSection& labels : ByPrefix(std::move(*entries))) sections.emplace_back(std::move(labels));
    } else {
      sections.push_back(std::move(section));
    }
  }
  return sections;
}

std::string FieldSummary(const FieldChanges& fields) {
  std::vector<std::string> words;
  for (const Group& group : Grouped(fields)) {
    for (std::string& word : GroupWords(group)) words.push_back(std::move(word));
  }
  return JoinSome(words);
}

std::string FieldNames(const FieldChanges& fields, std::size_t most) {
  std::size_t left = std::max<std::size_t>(most, 1);
  std::vector<std::string> words;
  for (const Group& group : Grouped(fields)) {
    const Noun* noun = EntryNoun(group.title);
    if (noun == nullptr || IsWhole(group)) {
      for (std::string& word : GroupWords(group)) words.push_back(std::move(word));
      continue;
    }
    const std::size_t count = group.fields.size();
    const std::size_t named = std::min(count, std::max<std::size_t>(left, 1));
    left -= std::min(left, named);
    std::string list =
        group.title == "Environment" ? "env" : std::string(count == 1 ? noun->singular : noun->plural);
    for (std::size_t i = 0; i < named; ++i) list += (i == 0 ? " " : ", ") + EntryName(*group.fields[i]);
    if (count > named) list += ", +" + std::to_string(count - named);
    words.push_back(std::move(list));
  }
  return JoinSome(words);
}

}  // namespace swarmbell::cards
