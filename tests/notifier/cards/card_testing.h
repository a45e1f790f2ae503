#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"

namespace swarmbell {

inline void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.rule; }

// A name that gtest takes.
inline std::string TestName(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

inline v1::ChangeEvent EventFrom(const std::string& text) {
  v1::ChangeEvent event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
  return event;
}

inline Card CardFrom(const std::vector<v1::ChangeEvent>& events, Color color = Color::kYellow) {
  AlertGroup group;
  group.color = color;
  for (const v1::ChangeEvent& event : events)
    group.alerts.push_back({event, "rule", color, {"receiver"}, ""});
  return BuildCard(group, {});
}

inline Card SampleCard(const std::string& rule) {
  for (const Sample& sample : Samples()) {
    if (sample.rule == rule) return BuildCard(SampleGroup(sample), {});
  }
  ADD_FAILURE() << "no sample for " << rule;
  return {};
}

// The first section of a type; fails and gives an empty one when there is none.
template <typename Section>
Section SectionOf(const Card& card) {
  for (const CardSection& section : card.sections) {
    if (const auto* found = std::get_if<Section>(&section)) return *found;
  }
  ADD_FAILURE() << "no such section on the card: " << card.title;
  return {};
}

inline std::string FactOf(const Card& card, const std::string& label) {
  for (const CardSection& section : card.sections) {
    const auto* facts = std::get_if<FactsSection>(&section);
    if (facts == nullptr) continue;
    for (const Fact& fact : facts->facts) {
      if (fact.label == label) return fact.value;
    }
  }
  return "";
}

}  // namespace swarmbell
