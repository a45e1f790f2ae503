#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notifier/cards/card.h"

namespace swarmbell {

// One row of a card, for a program: a value, or a value before and after. Texts are safe to show and cut as
// on a card.
struct CardField {
  std::string section;  // its heading; may be empty
  std::string name;     // may be empty
  std::optional<std::string> before{};
  std::optional<std::string> after{};  // the value, where there is no value before
};

// The rows of a card, in order, at most those that cards::Trim leaves. Pure.
std::vector<CardField> FieldsOf(const Card& card);

// The card's sentence and its fields as lines of text, without a heading. Pure.
std::string PlainText(const Card& full);

}  // namespace swarmbell
