#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/diff/fields.h"
#include "collector/snapshot/masking.h"

namespace swarmbell {
namespace {

using nlohmann::json;

std::string Text(const v1::FieldChange& change) {
  const auto value = [](bool has, const std::string& text) { return has ? text : std::string("-"); };
  return absl::StrCat(
      change.group(), "/", change.name(), ": ", value(change.has_previous_value(), change.previous_value()),
      " => ", value(change.has_current_value(), change.current_value()),
      change.kind() == v1::FIELD_CHANGE_KIND_REORDERED ? " reordered" : "", change.masked() ? " masked" : "");
}

std::string DiffText(const std::string& path, const json& before, const json& now) {
  json old_spec;
  json new_spec;
  json::json_pointer where;
  std::string part;
  for (const char c : path + ".") {
    if (c != '.') {
      part += c;
      continue;
    }
    where /= part;
    part.clear();
  }
  old_spec["x"] = 1;
  new_spec["x"] = 1;
  if (!before.is_null()) old_spec[where] = before;
  if (!now.is_null()) new_spec[where] = now;
  std::vector<std::string> texts;
  for (const auto& change : DiffFields(old_spec, new_spec, "", {{"net1", "backend"}})) {
    EXPECT_EQ(change.path().rfind(path, 0), 0u) << change.path();
    texts.push_back(Text(change));
  }
  return absl::StrJoin(texts, "; ");
}

std::string InContainer(const char* name, const json& before, const json& now) {
  return DiffText(absl::StrCat("TaskTemplate.ContainerSpec.", name), before, now);
}

json MaskedEnv(const std::vector<std::string>& entries) {
  static const Masker* const masker = new Masker(MaskOptions{});
  json spec = {{"Env", entries}};
  masker->MaskSpec(spec);
  return spec["Env"];
}

// Nothing of them is told but that they changed: they may be nothing but a secret.
TEST(FieldDiffTest, TellsEntriesWithoutAName) {
  EXPECT_EQ(InContainer("Env", MaskedEnv({"A=1", "MAIL_TOKEN:plum"}), MaskedEnv({"A=1", "MAIL_TOKEN:pear"})),
            "Environment/MAIL_TOKEN: •••• => •••• masked");
  EXPECT_EQ(InContainer("Env", MaskedEnv({"plum9"}), MaskedEnv({"pear9"})),
            "Environment/(no name): •••• => •••• masked");
  EXPECT_EQ(InContainer("Env", MaskedEnv({"plum9", "fig9"}), MaskedEnv({"plum9", "fig9"})), "");
  EXPECT_EQ(InContainer("Env", MaskedEnv({"plum9", "DB_HOST"}), MaskedEnv({"DB_HOST", "plum9"})),
            "Environment/: ••••, DB_HOST => DB_HOST, •••• reordered masked");
}

TEST(FieldDiffTest, TellsVariablesByName) {
  EXPECT_EQ(InContainer("Env", {"A=1", "B=2"}, {"A=3", "C=4", "B=2"}),
            "Environment/A: 1 => 3; Environment/C: - => 4");
  EXPECT_EQ(InContainer("Env", {"A=1"}, json()), "Environment/A: 1 => -");
  EXPECT_EQ(InContainer("Env", {"A=1", "B=2"}, {"B=2", "A=1"}), "Environment/: A, B => B, A reordered");
  EXPECT_EQ(InContainer("Env", {"A=1", "A=2"}, {"A=1", "A=3"}), "Environment/A: 2 => 3");
  EXPECT_EQ(InContainer("Env", {"A=1"}, {"A=1", "A=1"}), "Environment/A: - => 1");
}

TEST(FieldDiffTest, TellsArgumentsAsAWholeLine) {
  EXPECT_EQ(InContainer("Args", {"sleep", "1"}, {"sh", "-c", "a b; c"}),
            "Arguments/: sleep 1 => sh -c 'a b; c'");
  EXPECT_EQ(InContainer("Command", json(), {"it's", ""}), "Arguments/Entrypoint: - => 'it'\\''s' ''");
}

TEST(FieldDiffTest, ShortensDigests) {
  const std::string one = "web:1@sha256:" + std::string(12, 'a') + std::string(52, 'b');
  const std::string other = "web:1@sha256:" + std::string(12, 'c') + std::string(52, 'b');
  EXPECT_EQ(InContainer("Image", one, other),
            "Image/: web:1@sha256:aaaaaaaaaaaa => web:1@sha256:cccccccccccc");
  const std::string close = "web:1@sha256:" + std::string(12, 'a') + std::string(52, 'c');
  EXPECT_EQ(InContainer("Image", one, close), absl::StrCat("Image/: ", one, " => ", close));
}

TEST(FieldDiffTest, TellsAmountsInPeoplesUnits) {
  EXPECT_EQ(DiffText("TaskTemplate.Resources.Limits.MemoryBytes", 536870912, 1610612736),
            "Resources/Memory limit: 512 MiB => 1.5 GiB");
  EXPECT_EQ(DiffText("TaskTemplate.Resources.Limits.NanoCPUs", 500000000, 2000000000),
            "Resources/CPU limit: 0.5 CPU => 2 CPU");
  EXPECT_EQ(InContainer("StopGracePeriod", json(), 0), "Container/Stop grace period: - => 0s");
  EXPECT_EQ(InContainer("StopGracePeriod", 10000000000, 90000000000),
            "Container/Stop grace period: 10s => 1m30s");
}

TEST(FieldDiffTest, TellsValuesThatReadTheSameExactly) {
  EXPECT_EQ(DiffText("TaskTemplate.Resources.Limits.MemoryBytes", 1073741824, 1073741825),
            "Resources/Memory limit: 1073741824 => 1073741825");
}

TEST(FieldDiffTest, TellsMountsByTarget) {
  const json mount = {{"Type", "volume"}, {"Source", "data"}, {"Target", "/data"}};
  json read_only = mount;
  read_only["ReadOnly"] = true;
  read_only["VolumeOptions"] = {{"NoCopy", true}};
  EXPECT_EQ(InContainer("Mounts", json::array({mount}), json::array({read_only})),
            "Mounts//data: volume data -> /data => volume data -> /data ro VolumeOptions.NoCopy=true");
  json other = mount;
  other["Target"] = "/b";
  EXPECT_EQ(InContainer("Mounts", {mount, other}, {other, mount}),
            "Mounts/: /data, /b => /b, /data reordered");
}

TEST(FieldDiffTest, TellsNetworksByName) {
  EXPECT_EQ(
      DiffText("TaskTemplate.Networks", json(), json::array({{{"Target", "net1"}, {"Aliases", {"db"}}}})),
      "Networks/: - => backend (aliases db)");
  EXPECT_EQ(DiffText("TaskTemplate.Networks", json::array({{{"Target", "net2"}}}), json()),
            "Networks/: net2 => -");
}

TEST(FieldDiffTest, TellsSecretsByTarget) {
  const auto secret = [](const char* name, const char* id, int mode) {
    return json::array({{{"File", {{"Name", "db"}, {"UID", "0"}, {"GID", "0"}, {"Mode", mode}}},
                         {"SecretID", id},
                         {"SecretName", name}}});
  };
  EXPECT_EQ(InContainer("Secrets", secret("v1", "i1", 0444), secret("v2", "i2", 0400)),
            "Secrets/db: v1 -> db => v2 -> db mode 0400");
  EXPECT_EQ(InContainer("Secrets", secret("v1", "i1", 0444), secret("v1", "i2", 0444)),
            "Secrets/db SecretID: i1 => i2");
}

TEST(FieldDiffTest, TellsPorts) {
  const auto port = [](int published) {
    return json::array({{{"Protocol", "tcp"},
                         {"TargetPort", 80},
                         {"PublishedPort", published},
                         {"PublishMode", "ingress"}}});
  };
  EXPECT_EQ(DiffText("EndpointSpec.Ports", port(8080), port(8081)),
            "Ports/: 8080->80/tcp ingress => 8081->80/tcp ingress");
}

TEST(FieldDiffTest, TellsTheRest) {
  EXPECT_EQ(
      DiffText("TaskTemplate.Placement.Constraints", {"node.role==manager"}, {"node.role==worker", "a==b"}),
      "Placement/Constraint: node.role==manager => node.role==worker; Placement/Constraint: - => a==b");
  EXPECT_EQ(InContainer("Healthcheck", {{"Test", {"CMD-SHELL", "a | b"}}, {"Interval", 5000000000}},
                        {{"Test", {"NONE"}}, {"Interval", 5000000000}}),
            "Healthcheck/Command: a | b => none");
  EXPECT_EQ(InContainer("Ulimits", json(), json::array({{{"Name", "nofile"}, {"Soft", 1}, {"Hard", 2}}})),
            "Ulimits/nofile: - => 1:2");
  EXPECT_EQ(InContainer("Labels", {{"a.b", "1"}}, {{"a.b", "2"}}), "Container labels/a.b: 1 => 2");
  EXPECT_EQ(InContainer("Hosts", {"1.1.1.1 a"}, {"2.2.2.2 a"}),
            "Hosts/: - => 2.2.2.2 a; Hosts/: 1.1.1.1 a => -");
  EXPECT_EQ(InContainer("Init", json(), false), "Container/Init: - => false");
}

TEST(FieldDiffTest, TellsUnknownSettingsLeafByLeaf) {
  EXPECT_EQ(DiffText("TaskTemplate.Future", {{"A", {{"B", 1}}}}, {{"A", {{"B", 2}}}, {"C", "x"}}),
            "Other settings/TaskTemplate.Future.A.B: 1 => 2; Other settings/TaskTemplate.Future.C: - => x");
  EXPECT_EQ(DiffText("TaskTemplate.Future", json::array({{{"Name", "a"}, {"V", 1}}}),
                     json::array({{{"Name", "a"}, {"V", 2}}})),
            "Other settings/TaskTemplate.Future: Name=a V=1 => Name=a V=2");
  EXPECT_EQ(DiffText("TaskTemplate.Future", {"a", "b"}, {"b", "a"}),
            "Other settings/TaskTemplate.Future: a, b => b, a reordered");
}

TEST(FieldDiffTest, TakesOtherTypesThanDocumented) {
  EXPECT_EQ(InContainer("Env", "A=1", 7), "Other settings/TaskTemplate.ContainerSpec.Env: A=1 => 7");
  EXPECT_EQ(InContainer("Image", {{"a", 1}}, json()),
            "Other settings/TaskTemplate.ContainerSpec.Image.a: 1 => -");
  EXPECT_NE(InContainer("Mounts", {1, "x"}, json::array({json::array()})), "");
  EXPECT_NE(DiffText("EndpointSpec.Ports", {1}, {"x"}), "");
}

TEST(FieldDiffTest, HidesMaskedParts) {
  EXPECT_EQ(InContainer("Env",
                        {"T=\x02"
                         "aa\x03"},
                        {"T=\x02"
                         "bb\x03"}),
            "Environment/T: •••• => •••• masked");
}

}  // namespace
}  // namespace swarmbell
