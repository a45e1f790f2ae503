#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {

// A log that holds up the reader of one position, at the moment when it has found nothing more.
class HeldLog final : public ChangeLog {
 public:
  static constexpr char kHeld[] = "held";  // the log_id of that position

  LogRead ReadAfter(const LogPosition& position, std::size_t max_events) const override {
    if (position.log_id != kHeld) return log_.ReadAfter(position, max_events);
    LogRead read = log_.ReadAfter({log_.Newest().log_id, position.sequence}, max_events);
    if (read.batches.empty()) {
      std::call_once(once_, [this] {
        found_nothing.count_down();
        go_on.wait();
      });
    }
    return read;
  }
  void Append(std::vector<v1::ChangeEvent> events) override { log_.Append(std::move(events)); }
  LogPosition Oldest() const override { return log_.Oldest(); }
  LogPosition Newest() const override { return log_.Newest(); }
  void Reset() override { log_.Reset(); }
  std::unique_ptr<Listener> Listen(std::function<void()> on_change) override {
    return log_.Listen(std::move(on_change));
  }

  mutable std::latch found_nothing{1};
  mutable std::latch go_on{1};

 private:
  MemoryChangeLog log_;
  mutable std::once_flag once_;
};

// A change feed of a HeldLog.
struct HeldFeed {
  explicit HeldFeed(absl::Duration spacing) {
    ChangeFeedOptions options = QuietFeed();
    options.spacing = spacing;
    options.summary = [] { return v1::GetSnapshotSummaryResponse(); };
    service.emplace(log, book, metrics, options);
    auto started = GrpcServer::Start("127.0.0.1:0", {}, {&*service});
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    stub = v1::ChangeFeedService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(server->Port()),
                                                              grpc::InsecureChannelCredentials()));
  }
  ~HeldFeed() {
    service->Shutdown();
    server->Shutdown(absl::Seconds(5));
  }
  HeldFeed(const HeldFeed&) = delete;
  HeldFeed& operator=(const HeldFeed&) = delete;

  static v1::SubscribeRequest Held() {
    v1::Cursor cursor;
    cursor.set_log_id(HeldLog::kHeld);
    return After(cursor);
  }

  HeldLog log;
  Metrics metrics;
  SubscriptionBook book;
  std::optional<ChangeFeedServiceImpl> service;
  std::unique_ptr<GrpcServer> server;
  std::unique_ptr<v1::ChangeFeedService::Stub> stub;
};

}  // namespace swarmbell
