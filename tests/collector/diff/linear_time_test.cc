// The words for a change take time that grows as the texts in it do.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/diff/fields.h"
#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

using nlohmann::json;

// The text is in eight places of a spec, a sixteenth of it in each. Only UTF-8 gets here: the
// reader refuses anything else.
json SpecWith(const std::string& whole) {
  const std::string text = whole.substr(0, whole.size() / 16);
  const json container = {{"Image", text},
                          {"Env", {text, "A=" + text}},
                          {"Args", {text, text}},
                          {"Healthcheck", {{"Test", {"CMD-SHELL", text}}}},
                          {"Mounts", {{{"Type", "bind"}, {"Source", text}, {"Target", text}}}}};
  const json spec = {{"Labels", {{"note", text}}}, {"TaskTemplate", {{"ContainerSpec", container}}}};
  return json::parse(spec.dump(-1, ' ', false, json::error_handler_t::replace));
}

TEST(LinearTimeTest, ChangesOfASpec) {
  for (const HostileShape& shape : HostileShapes()) {
    std::map<std::size_t, json> specs;  // made at the first try, of which the best counts
    ExpectLinear(shape, [&](const std::string& text) {
      const auto [spec, is_new] = specs.try_emplace(text.size());
      if (is_new) spec->second = SpecWith(text);
      EXPECT_FALSE(DiffFields(json({{"x", 1}}), spec->second, "", {}).empty());
    });
  }
}

}  // namespace
}  // namespace swarmbell
