// A change feed on a real server, driven by lines on standard input:
//   append PREFIX COUNT   appends one batch of COUNT events, named PREFIX0 and so on
//   event JSON            appends a batch of one ChangeEvent
//   reset                 begins another log
// Prints its port first. Ends with standard input.
//   feed_server [PORT [TOKEN [FOLDER]]]   a folder of compose/certificates.sh: clients must show a
//   certificate
#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "collector/changelog/change_log.h"
#include "collector/stream/change_feed_service.h"
#include "common/grpc/grpc_server.h"
#include "tests/collector/stream/feed_harness.h"

int main(int argc, char** argv) {
  const std::string port = argc > 1 ? argv[1] : "0";
  swarmbell::MemoryChangeLog log;
  swarmbell::SubscriptionBook book;
  swarmbell::Metrics metrics;
  swarmbell::ChangeFeedServiceImpl service(
      log, book, metrics,
      {.progress_interval = absl::Milliseconds(500), .auth_token = argc > 2 ? argv[2] : "", .summary = [] {
         return swarmbell::v1::GetSnapshotSummaryResponse();
       }});
  swarmbell::ServerTls tls;
  if (argc > 3) {
    const std::string folder = argv[3];
    tls.cert_file = folder + "/server.crt";
    tls.key_file = folder + "/server.key";
    tls.client_ca_file = folder + "/ca.crt";
  }
  auto server = swarmbell::GrpcServer::Start("127.0.0.1:" + port, tls, {&service});
  if (!server.ok()) {
    std::cerr << server.status() << '\n';
    return 1;
  }
  std::cout << (*server)->Port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    std::string prefix;
    int count = 0;
    words >> command >> prefix >> count;
    if (command == "append") log.Append(swarmbell::NodeEvents(prefix, count));
    if (command == "reset") log.Reset();
    if (command == "event") {
      swarmbell::v1::ChangeEvent event;
      const auto parsed = google::protobuf::util::JsonStringToMessage(line.substr(command.size()), &event);
      if (!parsed.ok()) std::cerr << parsed.ToString() << '\n';
      log.Append({event});
    }
  }
  service.Shutdown();
  (*server)->Shutdown(absl::Seconds(1));
}
