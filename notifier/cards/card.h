#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "notifier/config/notifier_config.h"
#include "swarmbell/v1/change_event.pb.h"
#include "swarmbell/v1/common.pb.h"

namespace swarmbell {

// A card before it is rendered for a chat: plain values in a person's words, valid UTF-8, nothing escaped.
// Each chat cuts what it cannot show, and marks the cut.

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
  std::string title{};  // may be empty
  friend bool operator==(const FactsSection&, const FactsSection&) = default;
};

// A moment other than the card's own, which each chat shows in the reader's time where it can.
struct TimeSection {
  std::string label;
  std::int64_t unix_seconds = 0;
  friend bool operator==(const TimeSection&, const TimeSection&) = default;
};

// The engine's own words.
struct QuoteSection {
  std::string title;
  std::string text;
  friend bool operator==(const QuoteSection&, const QuoteSection&) = default;
};

// The last lines that a program printed, or why there are none.
struct OutputSection {
  std::string title;
  std::vector<std::string> lines;  // in order; empty if there are none
  std::string note;                // for example why there are none; may be empty
  friend bool operator==(const OutputSection&, const OutputSection&) = default;
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

using CardSection = std::variant<ChangeSection, DiffSection, LinesSection, FactsSection, TimeSection,
                                 QuoteSection, OutputSection, MetaSection, DigestSection>;

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
  std::vector<std::string> commands;  // the commands to type next, most useful first
  std::vector<CardLink> links;
  std::string mention;       // as configured; empty for none
  std::string inspect;       // the command that shows everything, for what had to be cut; may be empty
  std::string cluster;       // the name of the swarm, or for several their number
  bool names_swarm = false;  // the title begins with it: see NameSwarm
  std::string observer;      // `seen by manager-01`, and how late; may be empty
  std::int64_t unix_seconds = 0;
  friend bool operator==(const Card&, const Card&) = default;
};

}  // namespace swarmbell

namespace swarmbell::cards {

// When a change happened, or was observed if that is unknown, in seconds since 1970.
std::int64_t TimeOf(const v1::ChangeEvent& event);

// Fills in the cluster, who saw the change, and the time; if it was seen long after it happened, how long
// after.
void FillFooter(const v1::ChangeEvent& event, Card& card);

// The name of a swarm for people; its short ID if it has none.
std::string SwarmName(const v1::Cluster& swarm);

// Begins the title with the swarm, for a notifier that hears of several: `prod-eu · Service api removed`.
// Renderers then need not name it beside the title. Does nothing without a swarm.
void NameSwarm(Card& card);

// `prod-eu · text`, with at most the beginning of a long name.
std::string InSwarm(const std::string& swarm, const std::string& text);

// The card in one line, as a notification shows it.
std::string Summary(const Card& card);

// How much of a card is shown.
struct CardLimits {
  std::size_t sections = 12;
  std::size_t rows = 24;          // of each section
  std::size_t value_chars = 320;  // of each value; a quote may have twice as many
};

inline constexpr std::size_t kMaxTitleChars = 150;
inline constexpr std::size_t kMaxSubtitleChars = 600;

// The card within the limits, with every text safe to show (see Printable). Cuts are visible: a cut value
// ends in `…`, a section counts its omitted rows, and omitted sections become a line. If both sides of a
// change are cut, they are cut around their first difference.
Card Trim(const Card& card, const CardLimits& limits);

// The largest rendering of at most `max_bytes`, of ever shorter cuts of the card; the shortest if none fits.
std::string FitCard(const Card& card, std::size_t max_bytes,
                    const std::function<std::string(const Card&)>& render);

// `… and 37 more environment variables; see docker service inspect shop_api`; empty for 0.
std::string LeftOut(std::size_t count, const std::string& noun, const std::string& inspect);

// Minor facts in one line: `worker · ready · 10.0.4.14`
std::string MetaText(const MetaSection& section);

}  // namespace swarmbell::cards
