// The change feed by itself. Lines on stdin are its commands; it answers each with a line.
//
//   bench_fanout_server [MAX_EVENTS]      prints `port N`
//   reset                                 starts an empty log
//   append EVENTS READ                    appends this number of changes, READ to a read of the engine
//   pace RATE SECONDS                     appends single changes, RATE a second
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "collector/changelog/change_log.h"
#include "collector/stream/change_feed_service.h"
#include "common/grpc/grpc_server.h"
#include "common/grpc/grpc_setup.h"
#include "common/metrics/metrics.h"
#include "spdlog/spdlog.h"

namespace swarmbell {
namespace {

constexpr std::size_t kEventBytes = 383;

v1::ChangeEvent EventOfItsSize() {
  v1::ChangeEvent event;
  event.set_event_id("c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2");
  event.set_sequence(1000);
  event.mutable_observe_time()->set_seconds(1'700'000'000);
  event.mutable_observe_time()->set_nanos(123'456'789);
  event.mutable_resource()->set_kind(v1::RESOURCE_KIND_SERVICE);
  event.mutable_resource()->set_id("9mnpnzenvg8p8tdbtq4wvbkcz");
  event.mutable_resource()->set_stack("shop");
  event.mutable_resource()->set_name("shop_api");
  event.mutable_cluster()->set_id("24ifsmvkjbyhk4dxgzd6z2fqd");
  event.mutable_cluster()->set_name("production");
  event.mutable_service_appeared();
  std::string& host = *event.mutable_observer()->mutable_hostname();
  host = "m";
  while (event.ByteSizeLong() < kEventBytes) host += 'm';
  return event;
}

// Costs little: it is the feed that is measured.
v1::ChangeEvent Event(std::uint64_t number) {
  static const v1::ChangeEvent kEvent = EventOfItsSize();
  v1::ChangeEvent event = kEvent;
  event.set_sequence(number);
  return event;
}

std::vector<v1::ChangeEvent> Events(std::uint64_t first, std::uint64_t count) {
  std::vector<v1::ChangeEvent> events;
  for (std::uint64_t i = 0; i < count; ++i) events.push_back(Event(first + i));
  return events;
}

void Append(ChangeLog& log) {
  std::uint64_t events = 0;
  std::uint64_t read = 1;
  std::cin >> events >> read;
  while (events != 0) {
    const std::uint64_t now = std::min(events, read);
    log.Append(Events(log.Newest().sequence + 1, now));
    events -= now;
  }
}

void Pace(ChangeLog& log) {
  using Clock = std::chrono::steady_clock;
  int rate = 1;
  int seconds = 1;
  std::cin >> rate >> seconds;
  auto next = Clock::now();
  for (int i = 0; i < rate * seconds; ++i) {
    std::this_thread::sleep_until(next);
    next += std::chrono::nanoseconds(1'000'000'000 / rate);
    log.Append({Event(log.Newest().sequence + 1)});
  }
}

int Serve(std::size_t max_events) {
  spdlog::set_level(spdlog::level::err);
  DropLockChecks();  // as the collector does
  Metrics metrics;
  MemoryChangeLog log({.max_events = max_events, .max_bytes = std::size_t{1} << 30});
  SubscriptionBook book;
  ChangeFeedServiceImpl service(log, book, metrics, {.max_subscribers = 2000, .summary = [] {
                                                       return v1::GetSnapshotSummaryResponse();
                                                     }});
  const auto server = GrpcServer::Start("127.0.0.1:0", {}, {&service});
  if (!server.ok()) {
    std::cerr << server.status() << '\n';
    return EXIT_FAILURE;
  }
  std::cout << "port " << (*server)->Port() << std::endl;
  for (std::string command; std::cin >> command;) {
    if (command == "reset") log.Reset();
    if (command == "append") Append(log);
    if (command == "pace") Pace(log);
    std::cout << "done" << std::endl;
  }
  service.Shutdown();
  (*server)->Shutdown(absl::ZeroDuration());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  return swarmbell::Serve(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000);
}
