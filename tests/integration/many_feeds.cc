// Many collectors' change feeds, each of a swarm of its own, in one process; driven by lines on standard
// input:
//   append NUMBER NAME   a service of this name appears in that swarm
// Prints the ports of all, in one line. Ends with standard input.
//   many_feeds COUNT
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/changelog/change_log.h"
#include "collector/stream/change_feed_service.h"
#include "common/grpc/grpc_server.h"
#include "common/time/proto_time.h"
#include "tests/collector/stream/feed_harness.h"

namespace swarmbell {
namespace {

class Collector {
 public:
  explicit Collector(int number) : swarm_(absl::StrCat("swarm", number)) {
    ChangeFeedOptions options;
    options.progress_interval = absl::Seconds(10);
    options.summary = [id = swarm_] {
      v1::GetSnapshotSummaryResponse summary;
      summary.mutable_cluster()->set_id(id);
      summary.mutable_cluster()->set_name(id);
      return summary;
    };
    service_ = std::make_unique<ChangeFeedServiceImpl>(log_, book_, metrics_, std::move(options));
    auto server = GrpcServer::Start("127.0.0.1:0", ServerTls(), {service_.get()});
    if (!server.ok()) std::abort();
    server_ = *std::move(server);
  }
  ~Collector() { service_->Shutdown(); }

  int Port() const { return server_->Port(); }

  void Append(const std::string& name) {
    v1::ChangeEvent event = ServiceEvent(absl::StrCat(swarm_, "-", name));
    event.mutable_cluster()->set_id(swarm_);
    event.mutable_cluster()->set_name(swarm_);
    event.mutable_resource()->set_name(name);
    *event.mutable_observe_time() = ToProto(absl::Now());
    log_.Append({event});
  }

 private:
  const std::string swarm_;
  MemoryChangeLog log_;
  SubscriptionBook book_;
  Metrics metrics_;
  std::unique_ptr<ChangeFeedServiceImpl> service_;
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);  // nobody reads it, and the pipe would fill
  std::vector<std::unique_ptr<swarmbell::Collector>> collectors;
  for (int number = 0; argc > 1 && number < std::stoi(argv[1]); ++number) {
    collectors.push_back(std::make_unique<swarmbell::Collector>(number));
    std::cout << (number == 0 ? "" : " ") << collectors.back()->Port();
  }
  std::cout << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string name;
    std::size_t number = 0;
    words >> command >> number >> name;
    if (command == "append" && number < collectors.size()) collectors[number]->Append(name);
  }
}
