#include "notifier/rules/title.h"

#include <gtest/gtest.h>

#include "tests/notifier/rules/events.h"

namespace swarmbell {
namespace {

std::string Fill(const std::string& title, const v1::ChangeEvent& event) {
  return FillTitle(title, event, TransitionOf(event));
}

TEST(TitleTest, FillsEveryPlaceholder) {
  const v1::ChangeEvent event = Update(v1::UPDATE_STATE_UPDATING, v1::UPDATE_STATE_PAUSED);
  EXPECT_EQ(Fill("{kind} {name} of {stack} on {cluster}: {change} {from} to {to}", event),
            "service shop_api of shop on prod-1: service_update_state_changed updating to paused");
  EXPECT_EQ(Fill("", event), "");
}

TEST(TitleTest, WhatAValueSaysIsNotFilledAgain) {
  EXPECT_EQ(Fill("{name}!", Service("{stack}")), "{stack}!");
  EXPECT_EQ(Fill("{other} {", Service()), "{other} {");
}

TEST(TitleTest, ATitleOfBlanksIsNone) {
  v1::ChangeEvent event = Bare("service_disappeared");
  event.mutable_resource()->clear_name();
  event.mutable_resource()->clear_stack();
  for (const char* title : {"", " ", "\t\n", "{name}", " {stack} ", "\u00a0", "{name}\u200b\u3000"}) {
    EXPECT_EQ(Fill(title, event), "") << title;
  }
  EXPECT_EQ(Fill(" {name}!", event), " !");
}

}  // namespace
}  // namespace swarmbell
