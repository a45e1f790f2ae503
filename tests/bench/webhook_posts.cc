// Posts a card so often over HTTPS, and says what a post costs this process, as JSON on a line:
//   bench_webhook_posts URL CA_FILE COUNT kept|fresh
// `kept` is the notifier's own way; `fresh` makes a libcurl handle for each post, as programs do that know no
// better.

#include <curl/curl.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "common/time/clock.h"
#include "notifier/cards/render.h"
#include "notifier/cards/samples.h"
#include "notifier/delivery/webhook_channel.h"
#include "tests/bench/process_cost.h"

namespace swarmbell {
namespace {

std::size_t Discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

bool PostFresh(const std::string& url, const std::string& authorities, const std::string& body) {
  CURL* curl = curl_easy_init();
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CAINFO, authorities.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Discard);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return code == CURLE_OK;
}

int Run(const std::string& url, const std::string& authorities, int count, bool kept) {
  ReceiverConfig receiver;
  receiver.name = "bench";
  receiver.type = ReceiverType::kSlack;
  receiver.url = url;
  DeliveryConfig delivery;
  delivery.ca_file = authorities;
  WebhookChannel channel(receiver, delivery, Clock::Real());
  const std::string body = RenderSlack(BuildCard(SampleGroup(Samples().front()), {}));
  const auto post = [&] {
    return kept ? channel.Post(body, {}).outcome == Outcome::kAccepted : PostFresh(url, authorities, body);
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
  if (argc != 5) return std::cerr << "bench_webhook_posts URL CA_FILE COUNT kept|fresh\n", 2;
  return swarmbell::Run(argv[1], argv[2], std::stoi(argv[3]), std::string(argv[4]) == "kept");
}
