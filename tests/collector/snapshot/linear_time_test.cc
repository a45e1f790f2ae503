// Whoever may deploy a service may write any text into it. None may keep the collector busy: each search
// takes time that grows as the text does.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "collector/snapshot/json_fields.h"
#include "collector/snapshot/masking.h"
#include "collector/snapshot/reader.h"
#include "collector/snapshot/secret_credentials.h"
#include "collector/snapshot/secret_name.h"
#include "collector/snapshot/spec.h"
#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

using nlohmann::json;

TextSpans Search(const std::string& text, TextKind kind) {
  const auto is_secret = [](std::string_view name, std::string_view value) {
    return NameLooksSecret(name) && (value.empty() || !IsPlainlyNoSecret(name, value));
  };
  return FindSecrets(text, kind, is_secret);
}

TEST(LinearTimeTest, TheSearchForSecrets) {
  for (const HostileShape& shape : HostileShapes()) {
    for (const TextKind kind : {TextKind::kSettings, TextKind::kMessage, TextKind::kOutput, TextKind::kImage})
      ExpectLinear(shape, [kind](const std::string& text) { Search(text, kind); });
  }
}

TEST(LinearTimeTest, NamesAndValues) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) {
      NameLooksSecret(text);
      LabelLooksSecret(text);
      LabelLooksSecret("a." + text);
      IsPlainlyNoSecret("TLS_KEY", text);
      IsPlainlyNoSecret(text, text);
      FlagWantsValue(text);
      IsBareVariableName(text);
    });
  }
}

TEST(LinearTimeTest, TheWordsOfACommand) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) {
      CommandLine line([](std::string_view name) { return NameLooksSecret(name); });
      for (const char* begin : {"", "-p", "-u", "--", "curl", "/"}) {
        line.Read(begin + text);
        IsValueOf("--auth", begin + text);
        SecretOfPair(begin + text);
      }
    });
  }
}

// All that is done to a spec, in which each place holds a hostile text.
TEST(LinearTimeTest, AWholeSpec) {
  const Masker masker({{"*a*a*b", "?x*"}});
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [&](const std::string& whole) {
      const std::string text = whole.substr(0, whole.size() / 8);
      json spec = {{"Labels", {{"note", text}, {text, "x"}}},
                   {"Env", {text, "NOTE=" + text, text + "=x"}},
                   {"Args", {"--token", text, text}}};
      CleanTexts(spec);
      masker.MaskSpec(spec);
      NormalizeSpec(spec);
      std::map<std::string, std::string> labels = {{"note", text}};
      masker.MaskLabels(labels);
      static_cast<void>(ShowMasked(masker.MaskMessage(text)));
      static_cast<void>(masker.HideInOutput(text));
    });
  }
}

// Just below the size from which on a text is hidden whole, many times.
TEST(LinearTimeTest, ManyTextsThatAreSearched) {
  const Masker masker(MaskOptions{});
  for (const HostileShape& shape : HostileShapes()) {
    const std::string text = shape.Text(60 << 10);
    ExpectLinear(shape, [&](const std::string& whole) {
      std::map<std::string, std::string> labels;
      for (std::size_t i = 0; i < whole.size() / text.size() / 4 + 1; ++i)
        labels["note" + std::to_string(i)] = text;
      masker.MaskLabels(labels);
    });
  }
}

TEST(LinearTimeTest, AnAnswerOfTheEngine) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& text) {
      const json label = text.substr(0, text.size() / 4);
      const std::string value = label.dump(-1, ' ', false, json::error_handler_t::replace);
      SnapshotReader reader{MaskOptions{}};
      (void)reader.ReadServices(R"([{"ID":"s","Spec":{"Name":"n","Labels":{"note":)" + value + "}}}]");
      (void)reader.ReadServices(text.substr(0, text.size() / 4));
      (void)ParseObject("{" + text.substr(0, text.size() / 4));
    });
  }
}

TEST(LinearTimeTest, ALongTextIsHiddenWholeAndStillTellsAChange) {
  const Masker masker(MaskOptions{});
  const std::string text(65 << 10, 'x');
  const std::string masked = masker.MaskMessage(text);
  EXPECT_EQ(ShowMasked(masked).text, "••••");
  EXPECT_EQ(masked, masker.MaskMessage(text));
  EXPECT_NE(masked, masker.MaskMessage(text + "y"));
  EXPECT_EQ(masker.MaskMessage(text.substr(0, 64 << 10)), text.substr(0, 64 << 10));
}

}  // namespace
}  // namespace swarmbell
