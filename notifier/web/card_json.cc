#include "notifier/web/card_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>

#include "notifier/config/notifier_config.h"

namespace swarmbell {
namespace {

using Json = nlohmann::json;

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

std::string KindOf(v1::FieldChangeKind kind) {
  switch (kind) {
    case v1::FIELD_CHANGE_KIND_ADDED:
      return "added";
    case v1::FIELD_CHANGE_KIND_REMOVED:
      return "removed";
    default:
      return "changed";
  }
}

struct SectionJson {
  Json operator()(const ChangeSection& section) const {
    Json rows = Json::array();
    for (const ChangeRow& row : section.rows)
      rows.push_back({{"label", row.label}, {"before", OrNull(row.before)}, {"after", OrNull(row.after)}});
    return {{"type", "changes"}, {"title", section.title}, {"rows", rows}, {"left_out", section.left_out}};
  }
  Json operator()(const DiffSection& section) const {
    Json rows = Json::array();
    for (const DiffRow& row : section.rows) {
      rows.push_back({{"kind", KindOf(row.kind)},
                      {"label", row.key},
                      {"before", OrNull(row.before)},
                      {"after", OrNull(row.after)},
                      {"note", row.note}});
    }
    return {{"type", "diff"}, {"title", section.title}, {"rows", rows}, {"left_out", section.left_out}};
  }
  Json operator()(const LinesSection& section) const {
    return {{"type", "lines"},        {"title", section.title}, {"before", section.before},
            {"after", section.after}, {"note", section.note},   {"left_out", section.left_out}};
  }
  Json operator()(const FactsSection& section) const {
    Json facts = Json::array();
    for (const Fact& fact : section.facts) facts.push_back({{"label", fact.label}, {"value", fact.value}});
    return {{"type", "facts"}, {"title", section.title}, {"facts", facts}};
  }
  Json operator()(const TimeSection& section) const {
    return {{"type", "time"}, {"label", section.label}, {"unix_seconds", section.unix_seconds}};
  }
  Json operator()(const QuoteSection& section) const {
    return {{"type", "quote"}, {"title", section.title}, {"text", section.text}};
  }
  Json operator()(const OutputSection& section) const {
    return {{"type", "output"}, {"title", section.title}, {"lines", section.lines}, {"note", section.note}};
  }
  Json operator()(const MetaSection& section) const {
    return {{"type", "meta"}, {"text", cards::MetaText(section)}};
  }
  Json operator()(const DigestSection& section) const {
    Json rows = Json::array();
    for (const DigestRow& row : section.rows)
      rows.push_back({{"color", ColorName(row.color)}, {"title", row.title}, {"text", row.detail}});
    return {{"type", "digest"}, {"rows", rows}, {"left_out", section.left_out}};
  }
};

}  // namespace

nlohmann::json CardJson(const Card& card) {
  Json sections = Json::array();
  for (const CardSection& section : card.sections) sections.push_back(std::visit(SectionJson(), section));
  Json links = Json::array();
  for (const CardLink& link : card.links) links.push_back({{"title", link.title}, {"url", link.url}});
  return {{"color", ColorName(card.color)}, {"title", card.title},
          {"subtitle", card.subtitle},      {"sections", sections},
          {"commands", card.commands},      {"links", links},
          {"inspect", card.inspect},        {"cluster", card.cluster},
          {"observer", card.observer},      {"unix_seconds", card.unix_seconds}};
}

}  // namespace swarmbell
