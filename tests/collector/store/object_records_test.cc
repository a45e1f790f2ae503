#include "collector/store/object_records.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "collector/snapshot/snapshot.h"

namespace swarmbell {
namespace {

// Records as released collectors have stored them, in hexadecimal: they must be read, and written, byte for
// byte as ever.

constexpr char kService[] =
    "015d70cff97a33e5ab0a027331100b1a0873686f705f776562220473686f702a060a01611201312a060a0162120132320808"
    "81a0f8fa0510013a0c0882a0f8fa0510ff93ebdc0342060803100318024a057765623a315223080212060883a0f8fa051a08"
    "0884a0f8fa051005220d757064617465207061757365645a9a027b22456e64706f696e7453706563223a7b22506f72747322"
    "3a5b7b22546172676574506f7274223a38307d5d7d2c224e616d65223a2273686f705f776562222c22526f6c6c6261636b43"
    "6f6e666967223a7b2244656c6179223a333030303030303030302c224d6f6e69746f72223a343030303030303030302c2250"
    "6172616c6c656c69736d223a357d2c225461736b54656d706c617465223a7b2252657374617274506f6c696379223a7b2243"
    "6f6e646974696f6e223a226e6f6e65222c224d6178417474656d707473223a367d7d2c22557064617465436f6e666967223a"
    "7b2244656c6179223a313030303030303030302c224d6f6e69746f72223a323030303030303030302c22506172616c6c656c"
    "69736d223a377d7d62257b22456e64706f696e7453706563223a7b7d2c224e616d65223a2273686f705f776562227d690807"
    "060504030201711817161514131211a00104";

constexpr char kNode[] =
    "01b1e3f23de69f8e360a026e31100c1a04686f73742002280330023a11686561727462656174206661696c75726542083130"
    "2e302e302e314a0632342e302e3752090a047a6f6e65120178580360016a060885a0f8fa05720d08ffffffffffffffffff01"
    "1007";

constexpr char kTask[] =
    "016230c3724ca3b66f0a027431100d1a02733122026e312808300c380b42197461736b3a206e6f6e2d7a65726f2065786974"
    "2028313337294a077374617274656450feffffffffffffffff015a02633162057765623a326a060886a0f8fa0572060887a0"
    "f8fa0579282726252423222181013837363534333231a00109";

constexpr char kContainer[] =
    "01ff4543dff9fa2fc70a026332120463726f6e1a0663726f6e3a33220a72657374617274696e672a1c52657374617274696e"
    "67202831292033207365636f6e64732061676f32060a016b1201763a060888a0f8fa05";

constexpr char kEmptyService[] = "018d0f401ab6a806830a0273324200";

constexpr char kEmptyTask[] = "01a2d1ba0892a179b30a0274325000";

absl::Time At(std::int64_t seconds, std::int64_t nanoseconds) {
  return absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanoseconds);
}

// No two members that could be mistaken for each other have the same value.

Service FullService() {
  Service service;
  service.id = "s1";
  service.version = 11;
  service.name = "shop_web";
  service.stack = "shop";
  service.labels = {{"b", "2"}, {"a", "1"}};
  service.created_at = At(1'600'000'001, 1);
  service.updated_at = At(1'600'000'002, 999'999'999);
  service.mode.set_kind(v1::SERVICE_MODE_KIND_REPLICATED_JOB);
  service.mode.set_replicas(3);
  service.mode.set_max_concurrent(2);
  service.image = "web:1";
  service.job_iteration = 4;
  service.update_status = UpdateStatus{.state = v1::UPDATE_STATE_PAUSED,
                                       .started_at = At(1'600'000'003, 0),
                                       .completed_at = At(1'600'000'004, 5),
                                       .message = "update paused"};
  service.spec =
      R"({"EndpointSpec":{"Ports":[{"TargetPort":80}]},"Name":"shop_web","RollbackConfig":{"Delay":3000000000,)"
      R"("Monitor":4000000000,"Parallelism":5},"TaskTemplate":{"RestartPolicy":{"Condition":"none","MaxAttempts":6}},)"
      R"("UpdateConfig":{"Delay":1000000000,"Monitor":2000000000,"Parallelism":7}})";
  service.previous_spec = TextPatch(R"({"EndpointSpec":{},"Name":"shop_web"})", service.spec);
  service.template_fingerprint = {.whole = 0x0102030405060708, .unplaced = 0x1112131415161718};
  return service;
}

Node FullNode() {
  Node node;
  node.id = "n1";
  node.version = 12;
  node.hostname = "host";
  node.role = v1::NODE_ROLE_MANAGER;
  node.availability = v1::NODE_AVAILABILITY_DRAIN;
  node.state = v1::NODE_STATE_DOWN;
  node.state_message = "heartbeat failure";
  node.address = "10.0.0.1";
  node.engine_version = "24.0.7";
  node.labels = {{"zone", "x"}};
  node.reachability = v1::NODE_REACHABILITY_REACHABLE;
  node.leader = true;
  node.created_at = At(1'600'000'005, 0);
  node.updated_at = At(-1, 7);
  return node;
}

Task FullTask() {
  Task task;
  task.id = "t1";
  task.version = 13;
  task.service_id = SharedText("s1");
  task.node_id = SharedText("n1");
  task.slot = 8;
  task.state = v1::TASK_STATE_FAILED;
  task.desired_state = v1::TASK_STATE_SHUTDOWN;
  task.error = SharedText("task: non-zero exit (137)");
  task.message = SharedText("started");
  task.exit_code = -2;
  task.container_id = "c1";
  task.image = SharedText("web:2");
  task.state_time = At(1'600'000'006, 0);
  task.created_at = At(1'600'000'007, 0);
  task.job_iteration = 9;
  task.spec_fingerprint = {.whole = 0x2122232425262728, .unplaced = 0x3132333435363738};
  return task;
}

Container FullContainer() {
  Container container;
  container.id = "c2";
  container.name = "cron";
  container.image = "cron:3";
  container.state = "restarting";
  container.status = "Restarting (1) 3 seconds ago";
  container.labels = {{"k", "v"}};
  container.created_at = At(1'600'000'008, 0);
  return container;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

// The object is written as the record, and what is read from the record is written as the record again.
template <typename Object>
void ExpectRecord(const std::string& name, const Object& object, const std::string& hex) {
  EXPECT_EQ(absl::BytesToHexString(SealObject(name, object)), hex);
  Object read;
  ASSERT_TRUE(OpenObject(name, FromHex(hex), read).ok()) << name;
  EXPECT_EQ(absl::BytesToHexString(SealObject(name, read)), hex);
}

TEST(ObjectRecordsTest, AServiceIsStoredAsEver) { ExpectRecord("service:s1", FullService(), kService); }

TEST(ObjectRecordsTest, ANodeIsStoredAsEver) { ExpectRecord("node:n1", FullNode(), kNode); }

TEST(ObjectRecordsTest, ATaskIsStoredAsEver) { ExpectRecord("task:t1", FullTask(), kTask); }

TEST(ObjectRecordsTest, AContainerIsStoredAsEver) {
  ExpectRecord("container:c2", FullContainer(), kContainer);
}

TEST(ObjectRecordsTest, AbsentMembersAreStoredAsEver) {
  Service service;
  service.id = "s2";
  ExpectRecord("service:s2", service, kEmptyService);
  Task task;
  task.id = "t2";
  task.exit_code = 0;  // is not the same as none
  ExpectRecord("task:t2", task, kEmptyTask);
  Task read;
  ASSERT_TRUE(OpenObject("task:t2", FromHex(kEmptyTask), read).ok());
  EXPECT_EQ(read.exit_code, 0);
  EXPECT_FALSE(read.state_time.has_value());
}

// These are in the record's spec alone.
TEST(ObjectRecordsTest, TheSettingsOfAServiceAreReadFromItsSpec) {
  Service service;
  ASSERT_TRUE(OpenObject("service:s1", FromHex(kService), service).ok());
  EXPECT_EQ(service.policy.restart, RestartCondition::kNone);
  EXPECT_EQ(service.policy.max_attempts, 6u);
  EXPECT_EQ(service.update_config.parallelism, 7u);
  EXPECT_EQ(service.update_config.delay, absl::Seconds(1));
  EXPECT_EQ(service.update_config.monitor, absl::Seconds(2));
  EXPECT_EQ(service.rollback_config.parallelism, 5u);
  EXPECT_EQ(service.rollback_config.delay, absl::Seconds(3));
  EXPECT_EQ(service.rollback_config.monitor, absl::Seconds(4));
  EXPECT_TRUE(service.publishes_ports);
  EXPECT_EQ(service.previous_spec.Apply(service.spec), R"({"EndpointSpec":{},"Name":"shop_web"})");
}

}  // namespace
}  // namespace swarmbell
