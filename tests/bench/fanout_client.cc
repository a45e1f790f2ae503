// Many subscribers of a change feed that only count what they get.
//
//   bench_fanout_client PORT SUBSCRIBERS   a connection each; prints `connected`
// Lines on stdin, each answered with a line when it is done:
//   read EVENTS          everyone subscribes from the oldest change and reads so many
//   join EVENTS          the same, taking the changes of several reads in one message
//   follow               everyone subscribes from now on, and reads
//   stall                everyone subscribes from the oldest change and reads nothing but that it is open
//   count                the changes that the followers have got
//   leave                ends the calls
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "swarmbell/v1/change_feed.pb.h"

namespace swarmbell {
namespace {

constexpr char kMethod[] = "/swarmbell.v1.ChangeFeedService/Subscribe";

// The sequence of the cursor, with which every message ends; decoding the events would take the client's
// time.
std::uint64_t CursorOf(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  if (!message.Dump(&slices).ok()) return 0;
  std::string tail;
  for (auto slice = slices.rbegin(); slice != slices.rend() && tail.size() < 64; ++slice) {
    const std::size_t take = std::min<std::size_t>(slice->size(), 64);
    tail.insert(0, reinterpret_cast<const char*>(slice->end() - take), take);
  }
  const std::size_t field = tail.rfind("\x0a\x20");  // log_id: 32 characters
  if (field == std::string::npos || field < 2) return 0;
  v1::Cursor cursor;
  return cursor.ParseFromString(tail.substr(field)) ? cursor.sequence() : 0;
}

struct Plan {
  v1::SubscribeRequest request;
  std::uint64_t until = 0;  // leaves after this change; 0: stays
  bool stall = false;
};

class Subscriber final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Subscriber(const std::shared_ptr<grpc::Channel>& channel, const Plan& plan, std::latch& opened,
             std::latch& left)
      : stub_(channel), plan_(plan), opened_(opened), left_(left) {
    const std::string bytes = plan.request.SerializeAsString();
    const grpc::Slice slice(bytes);
    request_ = grpc::ByteBuffer(&slice, 1);
    stub_.PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&response_);
    AddHold();
    StartCall();
  }

  void Leave() {
    context_.TryCancel();
    Release();
  }
  std::uint64_t Last() const { return last_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return Release();
    const bool first = !open_;
    open_ = true;
    last_ = CursorOf(response_);
    if (first) opened_.count_down();
    if (first && plan_.stall) return;
    if (plan_.until != 0 && last_ >= plan_.until) return Leave();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status&) override {
    if (!open_) opened_.count_down();
    left_.count_down();
  }
  void Release() {
    if (!released_.exchange(true)) RemoveHold();
  }

  grpc::GenericStub stub_;
  const Plan plan_;
  std::latch& opened_;
  std::latch& left_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<std::uint64_t> last_ = 0;
  std::atomic<bool> released_ = false;
  bool open_ = false;
};

// All subscribers of one command.
class Crowd {
 public:
  Crowd(const std::vector<std::shared_ptr<grpc::Channel>>& channels, const Plan& plan)
      : opened_(static_cast<std::ptrdiff_t>(channels.size())),
        left_(static_cast<std::ptrdiff_t>(channels.size())) {
    for (const auto& channel : channels) {
      all_.push_back(std::make_unique<Subscriber>(channel, plan, opened_, left_));
    }
  }
  void AwaitOpen() { opened_.wait(); }
  void AwaitEnd() { left_.wait(); }
  void Leave() {
    for (const auto& one : all_) one->Leave();
    AwaitEnd();
  }
  std::uint64_t Count() const {
    std::uint64_t count = 0;
    for (const auto& one : all_) count += one->Last();
    return count;
  }

 private:
  std::latch opened_;
  std::latch left_;
  std::vector<std::unique_ptr<Subscriber>> all_;
};

std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& port, int count) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    channels.push_back(
        grpc::CreateCustomChannel("127.0.0.1:" + port, grpc::InsecureChannelCredentials(), arguments));
  }
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(60);
  for (const auto& channel : channels) {
    if (!channel->WaitForConnected(deadline)) std::cerr << "a connection failed\n";
  }
  return channels;
}

Plan FromOldest(std::uint64_t until) {
  Plan plan{.request = {}, .until = until};
  plan.request.set_from_oldest(true);
  return plan;
}

std::uint64_t Read(const std::vector<std::shared_ptr<grpc::Channel>>& channels, const Plan& plan) {
  Crowd crowd(channels, plan);
  crowd.AwaitEnd();
  return crowd.Count();
}

void Run(const std::vector<std::shared_ptr<grpc::Channel>>& channels) {
  std::unique_ptr<Crowd> staying;
  for (std::string command; std::cin >> command;) {
    std::uint64_t answer = 0;
    if (command == "read" || command == "join") {
      std::uint64_t events = 0;
      std::cin >> events;
      Plan plan = FromOldest(events);
      plan.request.set_join_reads(command == "join");
      answer = Read(channels, plan);
    } else if (command == "follow" || command == "stall") {
      Plan plan = command == "stall" ? FromOldest(0) : Plan{};
      plan.stall = command == "stall";
      staying = std::make_unique<Crowd>(channels, plan);
      staying->AwaitOpen();
    } else if (command == "leave") {
      staying->Leave();
    }
    if (staying != nullptr) answer = staying->Count();
    if (command == "leave") staying.reset();
    std::cout << answer << std::endl;
  }
  if (staying != nullptr) staying->Leave();
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  if (argc < 3) return EXIT_FAILURE;
  const auto channels = swarmbell::Connect(argv[1], std::atoi(argv[2]));
  std::cout << "connected" << std::endl;
  swarmbell::Run(channels);
  return EXIT_SUCCESS;
}
