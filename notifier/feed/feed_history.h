#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/grpc/auth.h"
#include "common/sync/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "notifier/feed/feed_threads.h"
#include "swarmbell/v1/change_feed.grpc.pb.h"

namespace swarmbell {

struct FeedHistoryOptions {
  AuthToken auth_token{};
  // If false, only changes of services and nodes are listed.
  bool all_kinds = false;
  // For all pages of one listing.
  absl::Duration timeout = absl::Seconds(20);
};

// Lists the changes that one collector's log holds, page by page, while the feed goes
// on; few feeds do so at a time. A call that fails, as at a collector that refuses it, ends the listing: what
// was not listed is not needed.
//
// Thread-safe. Only the destructor waits; it takes moments.
class FeedHistory final : private FeedThreads::Call, private FeedThreads::Timed {
 public:
  // Called with each page that has changes, on the thread for calls. May wait, but not after Cancel().
  using OnPage = std::function<void(std::vector<v1::ChangeEvent> changes)>;

  // `stub` and `threads` must outlive the object.
  FeedHistory(v1::ChangeFeedService::Stub& stub, FeedHistoryOptions options, FeedThreads& threads,
              OnPage on_page);
  ~FeedHistory() override;
  FeedHistory(const FeedHistory&) = delete;
  FeedHistory& operator=(const FeedHistory&) = delete;

  // Lists what was observed since then. Nothing if an earlier call listed as much.
  void List(absl::Time since);

  // Ends the listing within moments, and each later one.
  void Cancel();

 private:
  struct Page {
    grpc::ClientContext context;
    v1::ListChangesResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ListChangesResponse>> reader;
  };

  void OnTime() override;
  void OnComplete(bool ok) override;
  // From the first page if the token is empty.
  void RequestPage(const std::string& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  v1::ChangeFeedService::Stub& stub_;
  const FeedHistoryOptions options_;
  FeedThreads& threads_;
  const OnPage on_page_;

  Mutex mutex_;
  std::condition_variable_any idle_;
  absl::Time since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();  // listed, or to be listed
  bool again_ ABSL_GUARDED_BY(mutex_) = false;                         // `since_` moved: list from the start
  bool listing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool handling_ ABSL_GUARDED_BY(mutex_) = false;       // a page
  std::unique_ptr<Page> page_ ABSL_GUARDED_BY(mutex_);  // requested
  int pages_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time deadline_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace swarmbell
