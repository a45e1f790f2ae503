#include "collector/snapshot/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReaderTest : public testing::Test {
 protected:
  Service ReadOneService(const std::string& body) {
    auto services = reader_.ReadServices(absl::StrCat("[", body, "]"));
    EXPECT_TRUE(services.ok()) << services.status();
    return services.ok() && services->size() == 1 ? *services->begin()->second : Service();
  }

  Task ReadOneTask(const std::string& status) {
    const auto tasks = reader_.ReadTasks(
        absl::StrCat(R"([{"ID":"t","ServiceID":"s","DesiredState":"running","Status":)", status, "}]"));
    EXPECT_TRUE(tasks.ok()) << tasks.status();
    return tasks.ok() ? *tasks->at("t") : Task();
  }

  std::string ServicesError(const std::string& body) {
    const auto services = reader_.ReadServices(body);
    EXPECT_EQ(services.status().code(), absl::StatusCode::kInvalidArgument) << body;
    return std::string(services.status().message());
  }

  SnapshotReader reader_{MaskOptions{}};
};

TEST_F(ReaderTest, DropsEmptyFormsButNotInMode) {
  const Service service = ReadOneService(R"({"ID":"s","Spec":{"Name":"web","Labels":{},
      "TaskTemplate":{"Resources":{"Limits":{},"Reservations":null},"ContainerSpec":{"StopGracePeriod":0,"Init":false,
      "DNSConfig":{"Options":[]}}},"Mode":{"Global":{}},"EndpointSpec":{}}})");
  EXPECT_EQ(
      service.spec,
      R"({"Mode":{"Global":{}},"Name":"web","TaskTemplate":{"ContainerSpec":{"Init":false,"StopGracePeriod":0}}})");
  EXPECT_EQ(service.mode.kind(), v1::SERVICE_MODE_KIND_GLOBAL);
}

TEST_F(ReaderTest, ReadsJobs) {
  const Service service = ReadOneService(
      R"({"ID":"s","Spec":{"Mode":{"ReplicatedJob":{"MaxConcurrent":2,"TotalCompletions":3}}}})");
  EXPECT_EQ(service.mode.kind(), v1::SERVICE_MODE_KIND_REPLICATED_JOB);
  EXPECT_EQ(service.mode.replicas(), 3u);
  EXPECT_EQ(service.mode.max_concurrent(), 2u);
}

TEST_F(ReaderTest, ReadsHowUpdatesRunAndWhetherPortsArePublished) {
  const Service service = ReadOneService(R"({"ID":"s","Spec":{"Name":"web",
      "UpdateConfig":{"Parallelism":7,"Delay":1000000000,"Monitor":2000000000},
      "RollbackConfig":{"Parallelism":5,"Delay":3000000000,"Monitor":4000000000},
      "EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":8080}]}}})");
  EXPECT_EQ(service.update_config.parallelism, 7u);
  EXPECT_EQ(service.update_config.delay, absl::Seconds(1));
  EXPECT_EQ(service.update_config.monitor, absl::Seconds(2));
  EXPECT_EQ(service.rollback_config.parallelism, 5u);
  EXPECT_EQ(service.rollback_config.delay, absl::Seconds(3));
  EXPECT_EQ(service.rollback_config.monitor, absl::Seconds(4));
  EXPECT_TRUE(service.publishes_ports);
  const Service plain = ReadOneService(R"({"ID":"s","Spec":{"Name":"web","EndpointSpec":{"Ports":[]}}})");
  EXPECT_EQ(plain.update_config.parallelism, 1u);
  EXPECT_EQ(plain.update_config.delay, absl::ZeroDuration());
  EXPECT_EQ(plain.update_config.monitor, absl::Seconds(5));
  EXPECT_FALSE(plain.publishes_ports);
}

TEST_F(ReaderTest, KeepsNoSecret) {
  const Service service = ReadOneService(R"({"ID":"s","Spec":{"Name":"web","Labels":{"api-token":"hunter2"},
      "TaskTemplate":{"ContainerSpec":{"Env":["PASSWORD=hunter2"],"Args":["--token","hunter2"]}}},
      "PreviousSpec":{"TaskTemplate":{"ContainerSpec":{"Env":["PASSWORD=hunter2"]}}},
      "UpdateStatus":{"State":"paused","Message":"see http://u:hunter2@h/"}})");
  EXPECT_THAT(service.spec + service.previous_spec.Apply(service.spec) + service.labels.at("api-token") +
                  service.update_status->message,
              Not(HasSubstr("hunter2")));
}

TEST_F(ReaderTest, DoesNotTakeForeignMarkersForItsOwn) {
  const Service service = ReadOneService(
      R"({"ID":"s","Spec":{"Labels":{"a\u0003":"x\u0002y"},"TaskTemplate":{"ContainerSpec":{"Env":["A=\u0002b"]}}}})");
  EXPECT_EQ(service.labels.at("a?"), "x?y");
  EXPECT_THAT(service.spec, AllOf(HasSubstr("A=?b"), Not(HasSubstr("\\u0002"))));
}

TEST_F(ReaderTest, TakesEarlyYearsForNone) {
  const Service service = ReadOneService(R"({"ID":"s","CreatedAt":"0001-01-01T00:00:00Z","Spec":{},
      "UpdateStatus":{"State":"updating","StartedAt":"2026-11-22T12:00:00.123456789Z",
      "CompletedAt":"1970-01-01T00:00:00Z"}})");
  EXPECT_FALSE(service.created_at);
  EXPECT_FALSE(service.update_status->completed_at);
  EXPECT_EQ(absl::ToUnixNanos(*service.update_status->started_at) % 1'000'000'000, 123456789);
}

TEST_F(ReaderTest, SharesObjectsThatDidNotChange) {
  const auto first = reader_.ReadServices(R"([{"ID":"a","Spec":{}},{"ID":"b","Spec":{}}])");
  const auto second = reader_.ReadServices(R"([{"ID":"a","Spec":{}}, {"ID":"b","Spec":{"Name":"x"}}])");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->at("a"), second->at("a"));
  EXPECT_NE(first->at("b"), second->at("b"));
}

TEST_F(ReaderTest, APartTakesThePlaceOfWhatWasThere) {
  const auto all = reader_.ReadServices(R"([{"ID":"a"},{"ID":"b"},{"ID":"c"},{"ID":"d"}])");
  const auto read = [this](std::string_view body) {
    reader_.Services().Begin();
    EXPECT_TRUE(reader_.Services().Add(body).ok());
    return reader_.Services().EndPart([](const Service& service) { return service.id != "a"; });
  };
  const auto same = read(R"([{"ID":"c"},{"ID":"d"},{"ID":"b"}])");
  ASSERT_TRUE(all.ok() && same.ok());
  EXPECT_TRUE(same->IsSame(*all));

  // b is gone, c has changed, bb is new; of a nothing was asked.
  const auto other =
      read(R"([{"ID":"a","Spec":{"Name":"x"}},{"ID":"d"},{"ID":"c","Spec":{"Name":"x"}},{"ID":"bb"}])");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->size(), 4u);
  EXPECT_FALSE(other->contains("b"));
  EXPECT_TRUE(other->contains("bb"));
  EXPECT_EQ(other->at("c")->name, "x");
  EXPECT_EQ(other->at("a"), all->at("a"));
  EXPECT_EQ(other->at("d"), all->at("d"));

  // The whole, as the engine lists it then, is known.
  const auto whole =
      reader_.ReadServices(R"([{"ID":"a"},{"ID":"bb"},{"ID":"c","Spec":{"Name":"x"}},{"ID":"d"}])");
  EXPECT_TRUE(whole->IsSame(*other));
}

TEST_F(ReaderTest, RemembersTheLastGoodAnswerThroughABadOne) {
  const auto first = reader_.ReadServices(R"([{"ID":"a"}])");
  EXPECT_FALSE(reader_.ReadServices(R"([{"ID":"a"},{"ID":"b"},)").ok());
  EXPECT_EQ(first->at("a"), reader_.ReadServices(R"([{"ID":"a"}])")->at("a"));
}

TEST_F(ReaderTest, CountsNoColonOfATextAsAField) {
  EXPECT_TRUE(
      reader_.ReadServices(R"([{"ID":"a:b","Spec":{"Name":":\":{\\","Labels":{"k:\\":":","\"":"::"}}}])")
          .ok());
  EXPECT_EQ(reader_.Services().skipped().count, 0u);
}

TEST_F(ReaderTest, RejectsBrokenAnswers) {
  EXPECT_THAT(ServicesError("[{\"ID\":\"a\xff\"}]"), HasSubstr("UTF-8"));
  EXPECT_THAT(ServicesError(R"([{"ID":"a")"), HasSubstr("cut off"));
  EXPECT_THAT(ServicesError(R"([{"ID" "a"}])"), HasSubstr("not valid JSON"));
  EXPECT_THAT(ServicesError(R"({"message":"no"})"), HasSubstr("array"));
}

TEST_F(ReaderTest, KeepsExitCodesOnlyOfContainersThatExited) {
  const Task failed = ReadOneTask(R"x({"State":"failed","Err":"task: non-zero exit (3)",
      "ContainerStatus":{"ContainerID":"c","ExitCode":3}})x");
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_EQ(ReadOneTask(R"({"State":"complete","ContainerStatus":{"ContainerID":"c"}})").exit_code, 0);
  for (
      const char* status :
      {R"({"State":"running","ContainerStatus":{"ContainerID":"c","ExitCode":-1}})",
       R"({"State":"failed","ContainerStatus":{"ContainerID":"c","ExitCode":-1}})",
       R"({"State":"failed","Err":"starting container failed: x","ContainerStatus":{"ContainerID":"c","ExitCode":128}})",
       R"({"State":"failed","Err":"No such container: x","ContainerStatus":{"ContainerID":"c","ExitCode":0}})",
       R"({"State":"rejected","ContainerStatus":{"ContainerID":"","ExitCode":0}})",
       R"({"State":"running"})"}) {
    EXPECT_FALSE(ReadOneTask(status).exit_code) << status;
  }
}

TEST_F(ReaderTest, KeepsExitCodesOf32Bits) {
  const auto code = [this](const std::string& number) {
    return ReadOneTask(
               absl::StrCat(
                   R"x({"State":"failed","Err":"task: non-zero exit","ContainerStatus":{"ContainerID":"c","ExitCode":)x",
                   number, "}}"))
        .exit_code;
  };
  EXPECT_EQ(code("2147483647"), 2147483647);
  EXPECT_EQ(code("2147483648"), -2147483647 - 1);
  EXPECT_EQ(code("3221225477"), -1073741819);  // 0xC0000005, an access violation
  EXPECT_EQ(code("3221225786"), -1073741510);  // 0xC000013A, Ctrl+C
  EXPECT_EQ(code("4294967295"), -1);
  EXPECT_EQ(code("-1073741819"), -1073741819);
  EXPECT_EQ(code("-1"), std::nullopt);  // not known yet
  EXPECT_EQ(code("4294967296"), std::nullopt);
}

// A plain container on an attachable network is listed among the tasks.
TEST_F(ReaderTest, LeavesOutAttachmentsToNetworks) {
  const std::string list = R"([
      {"ID":"t","ServiceID":"s","Spec":{"ContainerSpec":{"Image":"a:1"},"NetworkAttachmentSpec":null}},
      {"ID":"u","Spec":{"NetworkAttachmentSpec":{"ContainerID":"4f2a"},"ForceUpdate":0,"Runtime":"attachment"},
       "Status":{"State":"failed"}},
      {"ID":"v","ServiceID":"s"}])";
  const auto tasks = reader_.ReadTasks(list);
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  EXPECT_EQ(tasks->size(), 2u);
  EXPECT_FALSE(tasks->contains("u"));
  EXPECT_EQ(reader_.Tasks().skipped().count, 0u);
  EXPECT_TRUE(reader_.ReadTasks(list)->IsSame(*tasks));
  // A part replaces only what is of its service.
  reader_.Tasks().Begin();
  ASSERT_TRUE(reader_.Tasks().Add(R"([{"ID":"v","ServiceID":"s","Slot":2}])").ok());
  const auto part = reader_.Tasks().EndPart([](const Task& task) { return task.service_id == "s"; });
  ASSERT_TRUE(part.ok()) << part.status();
  EXPECT_EQ(part->size(), 1u);
}

TEST_F(ReaderTest, TakesYearsBeyond9999ForNone) {
  const auto year = [this](const std::string& time) {
    return ReadOneService(absl::StrCat(R"({"ID":"s","CreatedAt":")", time, R"("})")).created_at.has_value();
  };
  EXPECT_TRUE(year("9999-12-31T23:59:59.999999999Z"));
  EXPECT_FALSE(year("10000-01-01T00:00:00Z"));
  EXPECT_FALSE(year("292277026596-12-04T15:30:07Z"));
  EXPECT_FALSE(year("9999-12-31T23:59:59-01:00"));
  EXPECT_FALSE(year("infinite-future"));
}

TEST_F(ReaderTest, GivesTasksOfEqualTemplatesOneFingerprint) {
  const auto tasks = reader_.ReadTasks(R"([{"ID":"a","Spec":{"ForceUpdate":0,"Resources":{"Limits":{}}}},
      {"ID":"b","Spec":{"ForceUpdate":0,"Volumes":null}},{"ID":"c","Spec":{"ForceUpdate":1}}])");
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  EXPECT_EQ(tasks->at("a")->spec_fingerprint, tasks->at("b")->spec_fingerprint);
  EXPECT_NE(tasks->at("a")->spec_fingerprint, tasks->at("c")->spec_fingerprint);
}

TEST_F(ReaderTest, KnowsATaskByItsServicesTemplate) {
  const auto services = reader_.ReadServices(R"([{"ID":"s","Spec":{"Name":"s","TaskTemplate":{
      "ContainerSpec":{"Env":["TOKEN=secret"]},"Placement":{"Constraints":["node.role==worker"]},
      "Resources":{"Limits":{}},"Runtime":"container"}}}])");
  const auto tasks = reader_.ReadTasks(R"([
      {"ID":"same","Spec":{"ContainerSpec":{"Env":["TOKEN=secret"]},
       "Placement":{"Constraints":["node.role==worker"]}}},
      {"ID":"elsewhere","Spec":{"ContainerSpec":{"Env":["TOKEN=secret"]},"Placement":{}}},
      {"ID":"older","Spec":{"ContainerSpec":{"Env":["TOKEN=before"]}}}])");
  ASSERT_TRUE(services.ok() && tasks.ok());
  const TemplateFingerprint& present = services->at("s")->template_fingerprint;
  EXPECT_EQ(tasks->at("same")->spec_fingerprint, present);
  EXPECT_NE(tasks->at("elsewhere")->spec_fingerprint.whole, present.whole);
  EXPECT_EQ(tasks->at("elsewhere")->spec_fingerprint.unplaced, present.unplaced);
  EXPECT_NE(tasks->at("older")->spec_fingerprint.unplaced, present.unplaced);
}

TEST_F(ReaderTest, ReadsContainers) {
  const auto containers = reader_.ReadContainers(R"([
      {"Id":"a","Names":["/other/alias","/plain"],"State":"running","Created":1795350000,"Labels":{"x":"y"}},
      {"Id":"b","Created":253402300800}])");
  ASSERT_TRUE(containers.ok()) << containers.status();
  ASSERT_EQ(containers->size(), 2u);
  EXPECT_FALSE(containers->at("b")->created_at) << "the year 10000";
  EXPECT_EQ(containers->at("a")->name, "plain");
  EXPECT_TRUE(containers->at("a")->created_at);
}

TEST_F(ReaderTest, ReadsNodes) {
  const auto nodes = reader_.ReadNodes(R"([{"ID":"n","Spec":{"Role":"manager","Availability":"drain"},
      "Description":{"Hostname":"h","Engine":{"EngineVersion":"20.10.24"}},"Status":{"State":"ready","Addr":"0.0.0.0"},
      "ManagerStatus":{"Leader":true,"Reachability":"reachable","Addr":"10.0.0.1:2377"}}])");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  const Node& node = *nodes->at("n");
  EXPECT_EQ(node.address, "10.0.0.1");
  EXPECT_TRUE(node.leader);
  EXPECT_EQ(node.availability, v1::NODE_AVAILABILITY_DRAIN);
}

TEST_F(ReaderTest, ReadsNamesOfNetworks) {
  const auto networks = reader_.ReadNetworks(R"([{"Id":"i","Name":"n"}])");
  ASSERT_TRUE(networks.ok()) << networks.status();
  EXPECT_EQ(networks->at("i")->name, "n");
}

TEST(ReadSwarmInfoTest, ReadsTheSwarm) {
  const auto info = ReadSwarmInfo(R"({"Name":"h","Swarm":{"NodeID":"n","ControlAvailable":true,
      "Cluster":{"ID":"c","Spec":{"Name":"default"}}}})");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->cluster_id, "c");
  EXPECT_EQ(info->cluster_name, "default");
  EXPECT_EQ(info->node_id, "n");
  EXPECT_EQ(info->hostname, "h");
  EXPECT_TRUE(info->manager);
}

TEST(ReadSwarmInfoTest, TakesANodeOutsideASwarm) {
  const auto info = ReadSwarmInfo(R"({"Name":"h","Swarm":{"NodeID":"","Cluster":null}})");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->cluster_id, "");
  EXPECT_FALSE(info->manager);
  EXPECT_FALSE(ReadSwarmInfo("{").ok());
  EXPECT_FALSE(ReadSwarmInfo("{},{}").ok());
  EXPECT_FALSE(ReadSwarmInfo(R"({"Swarm":{"NodeID":7}})").ok());
}

}  // namespace
}  // namespace swarmbell
