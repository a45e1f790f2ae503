#include "tests/collector/store/state_harness.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"

namespace swarmbell {

void FakeCollector::Append(const std::vector<std::string>& event_ids) {
  std::vector<v1::ChangeEvent> events;
  for (const std::string& id : event_ids) events.emplace_back().set_event_id(id);
  log.Append(std::move(events));
  store->LogChanged();
}

void FakeCollector::Know(const std::vector<std::string>& services) const {
  Known known;
  known.services.emplace();
  for (const std::string& name : services) {
    auto service = std::make_shared<Service>();
    service->id = name;
    service->name = name;
    known.services->Add(service);
  }
  store->Keep(KnownPart::kSwarm, known);
}

std::vector<std::string> FakeCollector::After(const LogPosition& position) const {
  const LogRead read = log.ReadAfter(position, SIZE_MAX);
  std::vector<std::string> ids;
  if (read.gap != LogGap::kNone) ids.push_back("gap");
  for (const auto& batch : read.batches) {
    for (const v1::ChangeEvent& event : batch->events) ids.push_back(event.event_id());
  }
  return ids;
}

double FakeCollector::Metric(const std::string& name) const {
  const std::string text = "\n" + metrics.Render();
  const std::size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return -1;
  const std::size_t start = at + name.size() + 2;
  double value = -1;
  EXPECT_TRUE(absl::SimpleAtod(text.substr(start, text.find('\n', start) - start), &value)) << name;
  return value;
}

StateHarness::StateHarness(std::vector<std::string> redis_arguments) : server_(std::move(redis_arguments)) {
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_, true);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", std::move(sink)));
}

StateHarness::~StateHarness() {
  if (HasFailure()) std::cerr << "----- logged:\n" << logged_.str() << "-----\n";
}

RedisStateOptions StateHarness::Options(const std::string& credentials) const {
  RedisStateOptions options;
  options.redis.address = *ParseRedisUrl(SecretString(server_.Url(credentials)));
  options.redis.timeout = absl::Seconds(1);
  options.key_prefix = "bell:";
  options.expire_after = absl::Hours(1);
  options.start_wait = absl::Seconds(10);
  return options;
}

RedisReply StateHarness::Redis(const RedisCommand& command) {
  RedisOptions options = Options().redis;
  options.timeout = absl::Seconds(20);
  RedisClient client(options);
  auto reply = client.Run(command);
  EXPECT_TRUE(reply.ok()) << reply.status();
  return reply.ok() ? *std::move(reply) : RedisReply();
}

bool StateHarness::Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));  // another process: nothing here can wake us
  }
  return true;
}

bool StateHarness::WaitUntilStored(const FakeCollector& collector, double more_writes_than) {
  return Eventually([&] { return collector.Metric("swarmbell_redis_writes_total") > more_writes_than; });
}

int StateHarness::Logged(const std::string& text) const {
  const std::string all = logged_.str();
  int count = 0;
  for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
  return count;
}

std::vector<std::string> StateHarness::ServiceNames(const Known& known) {
  std::vector<std::string> names;
  if (!known.services) return {"none listed"};
  for (const auto& [id, service] : *known.services) names.push_back(service->name);
  return names;
}

}  // namespace swarmbell
