#include "notifier/cards/card.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "notifier/alert/change_facts.h"
#include "notifier/cards/text.h"
#include "notifier/cards/words.h"

namespace swarmbell::cards {
namespace {

constexpr std::int64_t kLateSeconds = 300;

// `seen by manager-01`; what was observed late says how late.
std::string SeenBy(const v1::ChangeEvent& event) {
  const v1::Observer& observer = event.observer();
  const std::string name = observer.hostname().empty() ? ShortId(observer.node_id()) : observer.hostname();
  const std::int64_t late = event.observe_time().seconds() - TimeOf(event);
  const std::string later = late < kLateSeconds ? "" : InWords(absl::Seconds(late)) + " later";
  const std::string by = name.empty() ? "" : " by " + name;
  if (event.recollected()) return "found out afterwards" + by + (later.empty() ? "" : ", " + later);
  if (by.empty() && later.empty()) return "";
  return "seen" + by + (later.empty() ? "" : (by.empty() ? " " : ", ") + later);
}

constexpr std::size_t kMaxLabelChars = 80;
constexpr std::size_t kMaxSwarmChars = 40;  // in a title, which must have room for the object
constexpr std::size_t kMaxLinks = 5;
constexpr std::size_t kMaxCommands = 3;
// Shown before the first difference of two long values.
constexpr std::size_t kContextChars = 12;

std::size_t CommonPrefix(const std::u32string& one, const std::u32string& two) {
  const std::size_t most = std::min(one.size(), two.size());
  std::size_t same = 0;
  while (same < most && one[same] == two[same]) ++same;
  return same;
}

std::string CutFrom(const std::u32string& text, std::size_t start, std::size_t max) {
  if (start == 0 || text.size() <= max) return CutChars(ToUtf8(text), max);
  return CutChars("…" + ToUtf8(std::u32string_view(text).substr(std::min(start, text.size()))), max);
}

class Trimmer {
 public:
  explicit Trimmer(const CardLimits& limits) : limits_(limits) {}

  void operator()(ChangeSection& section) const {
    section.title = Label(section.title);
    section.left_out += Rows(section.rows);
    for (ChangeRow& row : section.rows) {
      row.label = Label(row.label);
      Pair(row.before, row.after);
    }
  }

  void operator()(DiffSection& section) const {
    section.title = Label(section.title);
    section.left_out += Rows(section.rows);
    for (DiffRow& row : section.rows) {
      row.key = CutChars(Printable(row.key), std::min<std::size_t>(limits_.value_chars, 200));
      Pair(row.before, row.after);
    }
  }

  void operator()(LinesSection& section) const {
    section.title = Label(section.title);
    const bool pair = section.before.size() == 1 && section.after.size() == 1;
    section.left_out += Rows(section.before) + Rows(section.after);
    if (pair) {
      std::optional<std::string> before = section.before[0];
      std::optional<std::string> after = section.after[0];
      Pair(before, after);
      section.before[0] = *before;
      section.after[0] = *after;
      return;
    }
    for (std::string& line : section.before) line = Value(line);
    for (std::string& line : section.after) line = Value(line);
  }

  void operator()(FactsSection& section) const {
    section.title = Label(section.title);
    const std::uint32_t left_out = Rows(section.facts);
    for (Fact& fact : section.facts) fact = {Label(fact.label), Value(fact.value)};
    if (left_out > 0) section.facts.push_back({"…", "and " + std::to_string(left_out) + " more"});
  }

  void operator()(TimeSection& section) const { section.label = Label(section.label); }

  void operator()(QuoteSection& section) const {
    section.title = Label(section.title);
    section.text = CutChars(Printable(section.text, Newlines::kKeep), 2 * limits_.value_chars);
  }

  // The last lines are the ones that matter.
  void operator()(OutputSection& section) const {
    section.title = Label(section.title);
    section.note = Value(section.note);
    std::vector<std::string>& lines = section.lines;
    if (lines.size() > limits_.rows)
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(limits_.rows));
    for (std::string& line : lines) line = Value(line);
  }

  void operator()(MetaSection& section) const {
    Rows(section.items);
    for (std::string& item : section.items) item = Value(item);
  }

  void operator()(DigestSection& section) const {
    section.left_out += Rows(section.rows);
    for (DigestRow& row : section.rows) {
      row.title = CutChars(Printable(row.title), std::min(kMaxTitleChars, limits_.value_chars));
      row.detail = CutChars(Printable(row.detail), std::min<std::size_t>(limits_.value_chars, 200));
    }
  }

 private:
  template <typename Row>
  std::uint32_t Rows(std::vector<Row>& rows) const {
    if (rows.size() <= limits_.rows) return 0;
    const std::size_t left_out = rows.size() - limits_.rows;
    rows.resize(limits_.rows);
    return static_cast<std::uint32_t>(left_out);
  }

  static std::string Label(const std::string& text) { return CutChars(Printable(text), kMaxLabelChars); }

  std::string Value(const std::string& text) const { return CutChars(Printable(text), limits_.value_chars); }

  void Pair(std::optional<std::string>& before, std::optional<std::string>& after) const {
    const std::u32string one = CodePoints(Printable(before.value_or("")));
    const std::u32string two = CodePoints(Printable(after.value_or("")));
    const std::size_t same = CommonPrefix(one, two);
    const bool far = before && after && same + kContextChars > limits_.value_chars;
    const std::size_t start = far ? same - std::min(same, kContextChars) : 0;
    if (before) before = CutFrom(one, start, limits_.value_chars);
    if (after) after = CutFrom(two, start, limits_.value_chars);
  }

  CardLimits limits_;
};

void TrimSections(Card& card, const CardLimits& limits) {
  const std::size_t all = card.sections.size();
  if (all > limits.sections) card.sections.resize(limits.sections);
  const Trimmer trimmer(limits);
  for (CardSection& section : card.sections) std::visit(trimmer, section);
  if (all > limits.sections) {
    const std::size_t left_out = all - limits.sections;
    card.sections.push_back(MetaSection{
        {LeftOut(left_out, left_out == 1 ? "group of changes" : "groups of changes", card.inspect)}});
  }
}

}  // namespace

std::int64_t TimeOf(const v1::ChangeEvent& event) { return absl::ToUnixSeconds(HappenedAt(event)); }

void FillFooter(const v1::ChangeEvent& event, Card& card) {
  card.cluster = SwarmName(event.cluster());
  card.observer = SeenBy(event);
  card.unix_seconds = TimeOf(event);
}

std::string SwarmName(const v1::Cluster& swarm) {
  return swarm.name().empty() ? ShortId(swarm.id()) : swarm.name();
}

void NameSwarm(Card& card) {
  if (card.cluster.empty() || card.names_swarm) return;
  card.title = InSwarm(card.cluster, card.title);
  card.names_swarm = true;
}

std::string InSwarm(const std::string& swarm, const std::string& text) {
  return CutChars(Printable(swarm), kMaxSwarmChars) + " · " + text;
}

std::string Summary(const Card& card) {
  std::string text = std::string(Dot(card.color)) + " " + card.title;
  if (!card.subtitle.empty()) text += ". " + card.subtitle;
  return card.cluster.empty() || card.names_swarm ? text : text + " (" + card.cluster + ")";
}

Card Trim(const Card& card, const CardLimits& limits) {
  Card out = card;
  out.title = CutChars(Printable(card.title), kMaxTitleChars);
  out.subtitle = CutChars(Printable(card.subtitle), std::min(kMaxSubtitleChars, limits.value_chars + 100));
  out.cluster = CutChars(Printable(card.cluster), kMaxLabelChars);
  out.observer = CutChars(Printable(card.observer), kMaxLabelChars);
  out.inspect = CutChars(Printable(card.inspect), 200);
  if (out.commands.size() > kMaxCommands) out.commands.resize(kMaxCommands);
  for (std::string& command : out.commands) command = CutChars(Printable(command), 200);
  if (out.links.size() > kMaxLinks) out.links.resize(kMaxLinks);
  for (CardLink& link : out.links) link.title = CutChars(Printable(link.title), kMaxLabelChars);
  TrimSections(out, limits);
  return out;
}

std::string FitCard(const Card& card, std::size_t max_bytes,
                    const std::function<std::string(const Card&)>& render) {
  constexpr std::array<CardLimits, 12> kLadder = {{{12, 24, 320},
                                                   {12, 24, 240},
                                                   {12, 20, 180},
                                                   {12, 16, 140},
                                                   {12, 14, 120},
                                                   {12, 12, 120},
                                                   {12, 8, 100},
                                                   {10, 6, 80},
                                                   {8, 4, 60},
                                                   {6, 3, 40},
                                                   {4, 2, 40},
                                                   {1, 1, 20}}};
  std::string rendered;
  for (const CardLimits& limits : kLadder) {
    rendered = render(Trim(card, limits));
    if (rendered.size() <= max_bytes) return rendered;
  }
  // Only links can be what is too long now.
  Card bare = Trim(card, kLadder.back());
  bare.links.clear();
  return render(bare);
}

std::string LeftOut(std::size_t count, const std::string& noun, const std::string& inspect) {
  if (count == 0) return "";
  std::string out = "… and " + std::to_string(count) + " more";
  if (!noun.empty()) out += " " + noun;
  return inspect.empty() ? out : out + "; see " + inspect;
}

std::string MetaText(const MetaSection& section) { return absl::StrJoin(section.items, " · "); }

}  // namespace swarmbell::cards
