// Posts a card so often over HTTPS, and says what a post costs this process, as JSON on a line:
//   bench_webhook_posts URL CA_FILE COUNT swarmbell|reused|fresh
// `kept` is the notifier's own way; `fresh` makes a libcurl handle for each post, as programs do that know no
// better.

#include <curl/curl.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "common/time/clock.h"
#include "notifier/cards/build_card.h"
#include "notifier/cards/samples.h"
#include "notifier/chat/slack/slack.h"
#include "notifier/chat/webhook.h"
#include "tests/bench/process_cost.h"

namespace swarmbell {
namespace {

std::size_t Discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// libcurl alone: one handle for all posts, or a fresh one for each.
class PlainSender {
 public:
  PlainSender(std::string url, std::string authorities, bool fresh)
      : url_(std::move(url)), authorities_(std::move(authorities)), fresh_(fresh) {}

  bool Post(const std::string& body) {
    if (fresh_ || !curl_) curl_.reset(curl_easy_init());
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_CAINFO, authorities_.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, Discard);
    return curl_easy_perform(curl_.get()) == CURLE_OK;
  }

 private:
  const std::string url_, authorities_;
  const bool fresh_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all};
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_{nullptr, curl_easy_cleanup};
};

int Run(const std::string& url, const std::string& authorities, int count, const std::string& way) {
  ReceiverConfig receiver;
  receiver.name = "bench";
  receiver.type = ReceiverType::kSlack;
  receiver.url = url;
  DeliveryConfig delivery;
  delivery.ca_file = authorities;
  WebhookChannel channel(receiver, delivery, JudgeSlackAnswer, Clock::Real());
  PlainSender plain(url, authorities, way == "fresh");
  const std::string body = RenderSlack(BuildCard(SampleGroup(Samples().front()), {}));
  const auto post = [&] {
    return way == "swarmbell" ? channel.Post(body, {}).outcome == Outcome::kAccepted : plain.Post(body);
  };
  if (!post()) return std::cerr << "the first post failed\n", 1;
  const absl::Duration before = CpuTime();
  for (int number = 0; number < count; ++number) {
    if (!post()) return std::cerr << "post " << number << " failed\n", 1;
  }
  std::printf("{\"cpu_us\": %.3f, \"bytes\": %zu}\n", absl::ToDoubleMicroseconds(CpuTime() - before) / count,
              body.size());
  return 0;
}

}  // namespace
}  // namespace swarmbell

int main(int argc, char** argv) {
  if (argc != 5) return std::cerr << "bench_webhook_posts URL CA_FILE COUNT swarmbell|reused|fresh\n", 2;
  return swarmbell::Run(argv[1], argv[2], std::stoi(argv[3]), argv[4]);
}
