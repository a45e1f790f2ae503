#include "collector/docker/engine_events.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

std::string Event(const std::string& type, const std::string& action, const std::string& attributes = "") {
  return absl::StrCat(R"({"Type":")", type, R"(","Action":")", action,
                      R"(","Actor":{"ID":"x","Attributes":{)", attributes, "}}}");
}

constexpr char kOfService[] = R"("com.docker.swarm.service.id":"s","name":"web.1.x")";

TEST(EngineEvent, ServicesAreNamedAndNodesAreNot) {
  for (const char* action : {"create", "update", "remove", "something new"}) {
    EXPECT_EQ(ReadEvent(Event("service", action)).subject, EventSubject::kService);
    EXPECT_EQ(ReadEvent(Event("service", action)).service_id, "x");
    EXPECT_EQ(ReadEvent(Event("node", action)).subject, EventSubject::kNodes);
  }
}

TEST(EngineEvent, PlainContainersCountWhenTheyTurn) {
  for (const char* action :
       {"create", "start", "die", "oom", "pause", "unpause", "destroy", "restart", "stop"}) {
    EXPECT_EQ(ReadEvent(Event("container", action)).subject, EventSubject::kContainers) << action;
  }
}

TEST(EngineEvent, HealthChecksAndTheLikeAreNoise) {
  for (const char* action : {"exec_create: /bin/sh -c true", "exec_start: /bin/sh -c true", "exec_die",
                             "health_status: healthy", "attach", "top", "resize", "kill", ""}) {
    EXPECT_EQ(ReadEvent(Event("container", action)).subject, EventSubject::kNone) << action;
    EXPECT_EQ(ReadEvent(Event("container", action, kOfService)).subject, EventSubject::kNone) << action;
  }
  EXPECT_EQ(ReadEvent(Event("network", "connect")).subject, EventSubject::kNone);
}

TEST(EngineEvent, TheEndOfATasksContainerIsOfItsService) {
  EXPECT_EQ(ReadEvent(Event("container", "die", kOfService)).subject, EventSubject::kService);
  EXPECT_EQ(ReadEvent(Event("container", "oom", kOfService)).subject, EventSubject::kService);
  EXPECT_EQ(ReadEvent(Event("container", "oom", kOfService)).service_id, "s");
  for (const char* action : {"create", "start", "destroy"}) {
    EXPECT_EQ(ReadEvent(Event("container", action, kOfService)).subject, EventSubject::kNone) << action;
  }
}

TEST(EngineEvent, SomebodyStopsAContainer) {
  const auto turn = [](const std::string& action, const std::string& attributes = "") {
    return ReadEvent(Event("container", action, attributes)).action;
  };
  EXPECT_EQ(turn("stop"), ContainerAction::kStopped);
  EXPECT_EQ(ReadEvent(Event("container", "stop")).container_id, "x");
  EXPECT_EQ(turn("kill", R"("signal":"9")"), ContainerAction::kStopped);
  EXPECT_EQ(turn("kill", R"("signal":"15")"), ContainerAction::kStopped);
  EXPECT_EQ(ReadEvent(Event("container", "kill", R"("signal":"1")")).subject, EventSubject::kNone);
  EXPECT_EQ(turn("start"), ContainerAction::kStarted);
  EXPECT_EQ(turn("die"), ContainerAction::kOther);
  EXPECT_EQ(turn("restart"), ContainerAction::kOther);
}

// As one that is made of an image that was committed from a task's container.
TEST(EngineEvent, LabelsOfATaskMakeNoTask) {
  const std::string labels = R"("com.docker.swarm.service.id":"s","com.docker.swarm.task.id":"t9","name":")";
  EXPECT_EQ(ReadEvent(Event("container", "die", labels + "web.3.t9\"")).subject, EventSubject::kService);
  for (const char* name : {"restored", "web.3.t8", "t9"}) {
    EXPECT_EQ(ReadEvent(Event("container", "die", labels + name + "\"")).subject, EventSubject::kContainers)
        << name;
  }
}

TEST(EngineEvent, WhatIsNoEventIsNoReason) {
  for (const char* line : {"", "{", "[]", "7", "null", R"({"Type":7})", R"({"Type":"container","Actor":[]})",
                           R"({"Type":"container","Action":"die","Actor":{"Attributes":null}})", "\xff"}) {
    EXPECT_NE(ReadEvent(line).subject, EventSubject::kService) << line;
  }
}

// As Docker 20.10 and 29.7 really write them.
TEST(EngineEvent, ReadsRealLines) {
  EXPECT_EQ(
      ReadEvent(
          R"({"status":"die","id":"30d8","from":"bb:1","Type":"container","Action":"die","Actor":{"ID":"30d8","Attributes":{"com.docker.swarm.node.id":"c9","com.docker.swarm.service.id":"xxf","exitCode":"3","image":"bb:1","name":"unh.1.91"}},"scope":"local","time":1795353442,"timeNano":1795353442265402773})")
          .subject,
      EventSubject::kService);
  EXPECT_EQ(
      ReadEvent(
          R"({"Type":"container","Action":"create","Actor":{"ID":"5d","Attributes":{"image":"bb:1","name":"trusting_keller"}},"scope":"local","time":1795354531,"timeNano":1795354531327842304})")
          .subject,
      EventSubject::kContainers);
}

}  // namespace
}  // namespace swarmbell
