#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// A card before it takes a channel's form: values only, everything already in a person's words, nothing
// escaped, UTF-8 valid. Each rendering cuts what its channel cannot take and says so.

// `Label   before → after`; one side may be unset.
struct ChangeRow {
  std::string label;
  std::optional<std::string> before;
  std::optional<std::string> after;
  friend bool operator==(const ChangeRow&, const ChangeRow&) = default;
};
struct ChangeSection {
  std::string title;  // may be empty
  std::vector<ChangeRow> rows;
  std::uint32_t left_out = 0;  // rows that did not fit
  friend bool operator==(const ChangeSection&, const ChangeSection&) = default;
};

// `~ KEY  old → new`, `+ KEY new`, `− KEY old`, as an environment is shown.
struct DiffRow {
  v1::FieldChangeKind kind = v1::FIELD_CHANGE_KIND_CHANGED;
  std::string key;
  std::optional<std::string> before;
  std::optional<std::string> after;
  std::string note;  // for example `masked`; may be empty
  friend bool operator==(const DiffRow&, const DiffRow&) = default;
};
struct DiffSection {
  std::string title;
  std::vector<DiffRow> rows;
  std::string noun;            // what the rows are, in the plural: `environment variables`
  std::uint32_t left_out = 0;  // rows that did not fit
  friend bool operator==(const DiffSection&, const DiffSection&) = default;
};

// Whole lines before and after, as an image or a command line is shown.
struct LinesSection {
  std::string title;
  std::vector<std::string> before;
  std::vector<std::string> after;
  std::string note;            // for example `reordered` or `same tag, new digest`; may be empty
  std::uint32_t left_out = 0;  // lines that did not fit
  friend bool operator==(const LinesSection&, const LinesSection&) = default;
};

struct Fact {
  std::string label;
  std::string value;
  friend bool operator==(const Fact&, const Fact&) = default;
};
struct FactsSection {
  std::vector<Fact> facts;
  friend bool operator==(const FactsSection&, const FactsSection&) = default;
};

// The engine's own words.
struct QuoteSection {
  std::string title;
  std::string text;
  friend bool operator==(const QuoteSection&, const QuoteSection&) = default;
};

// Minor facts in one grey line.
struct MetaSection {
  std::vector<std::string> items;
  friend bool operator==(const MetaSection&, const MetaSection&) = default;
};

// One line for each of several alerts.
struct DigestRow {
  Color color = Color::kBlue;
  std::string title;
  std::string detail;
  friend bool operator==(const DigestRow&, const DigestRow&) = default;
};
struct DigestSection {
  std::vector<DigestRow> rows;
  std::uint32_t left_out = 0;  // rows that did not fit
  friend bool operator==(const DigestSection&, const DigestSection&) = default;
};

using CardSection = std::variant<ChangeSection, DiffSection, LinesSection, FactsSection, QuoteSection,
                                 MetaSection, DigestSection>;

struct CardLink {
  std::string title;
  std::string url;
  friend bool operator==(const CardLink&, const CardLink&) = default;
};

struct Card {
  Color color = Color::kBlue;
  std::string title;     // `<Object> <name> <past-tense result>`
  std::string subtitle;  // one sentence; may be empty
  std::vector<CardSection> sections;
  std::vector<CardLink> links;
  std::string mention;  // as configured; empty for none
  std::string inspect;  // the command that shows everything, for what had to be cut; may be empty
  // The footer: `cluster · manager · time`.
  std::string cluster;
  std::string observer;
  std::int64_t unix_seconds = 0;
  friend bool operator==(const Card&, const Card&) = default;
};

}  // namespace swarmbell
