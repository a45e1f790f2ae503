#include "notifier/chat/card_fields.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "notifier/cards/words.h"

namespace swarmbell {
namespace {

std::optional<std::string> Joined(const std::vector<std::string>& lines) {
  if (lines.empty()) return std::nullopt;
  return absl::StrJoin(lines, "\n");
}

struct Sections {
  std::vector<CardField>& fields;

  void operator()(const ChangeSection& section) const {
    for (const ChangeRow& row : section.rows) Add({section.title, row.label, row.before, row.after});
  }
  void operator()(const DiffSection& section) const {
    for (const DiffRow& row : section.rows) Add({section.title, row.key, row.before, row.after});
  }
  void operator()(const LinesSection& section) const {
    Add({section.title, "", Joined(section.before), Joined(section.after)});
  }
  void operator()(const FactsSection& section) const {
    for (const Fact& fact : section.facts) Add({section.title, fact.label, std::nullopt, fact.value});
  }
  void operator()(const TimeSection& section) const {
    Add({"", section.label, std::nullopt, cards::Utc(absl::FromUnixSeconds(section.unix_seconds))});
  }
  void operator()(const QuoteSection& section) const { Add({section.title, "", std::nullopt, section.text}); }
  void operator()(const OutputSection& section) const {
    Add({section.title, "", std::nullopt, Joined(section.lines).value_or(section.note)});
  }
  void operator()(const MetaSection& section) const { Add({"", "", std::nullopt, cards::MetaText(section)}); }
  void operator()(const DigestSection& section) const {
    for (const DigestRow& row : section.rows) Add({"", row.title, std::nullopt, row.detail});
  }

  void Add(CardField field) const { fields.push_back(std::move(field)); }
};

std::string Line(const CardField& field) {
  const std::string name =
      absl::StrCat(field.section, field.section.empty() || field.name.empty() ? "" : ", ", field.name);
  const std::string value = field.before && field.after ? absl::StrCat(*field.before, " → ", *field.after)
                            : field.before              ? absl::StrCat(*field.before, " → none")
                                                        : field.after.value_or("");
  return absl::StrCat(name, name.empty() || value.empty() ? "" : ": ", value);
}

}  // namespace

std::vector<CardField> FieldsOf(const Card& card) {
  std::vector<CardField> fields;
  for (const CardSection& section : cards::Trim(card, {}).sections) std::visit(Sections{fields}, section);
  return fields;
}

std::string PlainText(const Card& full) {
  const Card card = cards::Trim(full, {});
  std::vector<std::string> lines;
  if (!card.subtitle.empty()) lines.push_back(card.subtitle);
  for (const CardField& field : FieldsOf(card)) lines.push_back(Line(field));
  return absl::StrJoin(lines, "\n");
}

}  // namespace swarmbell
