// The words for a change take time that grows as the texts in it do.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "collector/diff/field_diff.h"
#include "tests/fakes/growth.h"

namespace swarmbell {
namespace {

using nlohmann::json;

// The text is in six places of two specs: a sixteenth of it in each.
TEST(LinearTimeTest, ChangesOfASpec) {
  for (const HostileShape& shape : HostileShapes()) {
    ExpectLinear(shape, [](const std::string& whole) {
      const std::string text = whole.substr(0, whole.size() / 16);
      json container = {{"Image", text},
                        {"Env", {text, "A=" + text}},
                        {"Args", {text, text}},
                        {"Healthcheck", {{"Test", {"CMD-SHELL", text}}}},
                        {"Mounts", {{{"Type", "bind"}, {"Source", text}, {"Target", text}}}}};
      const json spec = {
          {"Labels", {{"note", text}}},
          {"TaskTemplate", {{"ContainerSpec", container}, {"Placement", {{"Constraints", {text}}}}}}};
      // What is no UTF-8 never gets here: the reader refuses it.
      const json clean = json::parse(spec.dump(-1, ' ', false, json::error_handler_t::replace));
      EXPECT_FALSE(DiffFields(json({{"x", 1}}), clean, "", {}).empty());
    });
  }
}

}  // namespace
}  // namespace swarmbell
