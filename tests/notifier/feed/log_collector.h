#pragma once

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/grpc/grpc_server.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

// A collector that has no changes, and answers for logs of tasks as a test says. Thread-safe.
class LogCollector final : public v1::ChangeFeedService::Service {
 public:
  using Answer = std::function<grpc::Status(v1::GetTaskLogResponse& response)>;

  explicit LogCollector(std::string node, Answer answer = nullptr, std::string cluster = "swarm1")
      : node_(std::move(node)), cluster_(std::move(cluster)), answer_(std::move(answer)) {
    auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {this});
    if (!server.ok()) std::abort();
    server_ = *std::move(server);
  }
  ~LogCollector() override {
    Release();
    server_->Shutdown(absl::ZeroDuration());
  }

  std::string Target() const { return absl::StrCat("127.0.0.1:", server_->Port()); }

  // Calls for logs wait from now on, until Release().
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  bool WaitForCalls(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return asked_.size() >= count; });
  }
  std::vector<std::string> Asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  int MostAtOnce() {
    const std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  grpc::Status Subscribe(grpc::ServerContext* context, const v1::SubscribeRequest*,
                         grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
    v1::SubscribeResponse response;
    response.mutable_opened()->mutable_cluster()->set_id(cluster_);
    writer->Write(response);
    response.mutable_progress()->mutable_cluster()->set_id(cluster_);
    response.mutable_progress()->mutable_observer()->set_node_id(node_);
    writer->Write(response);
    std::unique_lock lock(mutex_);
    while (!context->IsCancelled()) changed_.wait_for(lock, std::chrono::milliseconds(5));
    return grpc::Status::CANCELLED;
  }

  grpc::Status GetTaskLog(grpc::ServerContext* context, const v1::GetTaskLogRequest* request,
                          v1::GetTaskLogResponse* response) override {
    std::unique_lock lock(mutex_);
    asked_.push_back(request->task_id());
    most_ = std::max(most_, ++now_);
    changed_.notify_all();
    while (held_ && !context->IsCancelled()) changed_.wait_for(lock, std::chrono::milliseconds(5));
    --now_;
    lock.unlock();
    if (!answer_) return Service::GetTaskLog(context, request, response);  // as an old collector does
    return answer_(*response);
  }

  const std::string node_;
  const std::string cluster_;
  const Answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;  // guarded by mutex_, as is all below
  std::vector<std::string> asked_;
  int now_ = 0;
  int most_ = 0;
  std::unique_ptr<GrpcServer> server_;
};

// Answers with one line.
inline LogCollector::Answer Says(const std::string& line) {
  return [line](v1::GetTaskLogResponse& response) {
    response.add_lines(line);
    return grpc::Status::OK;
  };
}

inline LogCollector::Answer Fails(grpc::StatusCode code, const std::string& message = "") {
  return [code, message](v1::GetTaskLogResponse&) { return grpc::Status(code, message); };
}

}  // namespace swarmbell
