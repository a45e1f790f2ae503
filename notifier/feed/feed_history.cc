#include "notifier/feed/feed_history.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/time/clock.h"
#include "common/process/logging.h"
#include "common/time/proto_time.h"

namespace swarmbell {
namespace {

constexpr int kPageSize = 1000;

// A log of the usual size has at most a tenth of this.
constexpr int kMostPages = 1000;

constexpr FeedThreads::Line kList = FeedThreads::Line::kList;

// An older collector lists more than it is asked for.
std::vector<v1::ChangeEvent> ObservedSince(absl::Time since, v1::ListChangesResponse& page) {
  std::vector<v1::ChangeEvent> changes;
  for (v1::ChangeEvent& change : *page.mutable_events()) {
    if (FromProto(change.observe_time()) >= since) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

FeedHistory::FeedHistory(v1::ChangeFeedService::Stub& stub, FeedHistoryOptions options, FeedThreads& threads,
                         OnPage on_page)
    : stub_(stub), options_(std::move(options)), threads_(threads), on_page_(std::move(on_page)) {}

FeedHistory::~FeedHistory() {
  Cancel();
  MutexLock lock(mutex_);
  idle_.wait(lock, [this] {
    mutex_.AssertHeld();
    return page_ == nullptr && !handling_;
  });
  lock.unlock();
  threads_.EndTurn(kList, *this);
  threads_.Drain(*this);
}

void FeedHistory::List(absl::Time since) {
  const MutexLock lock(mutex_);
  if (cancelled_ || since >= since_) return;
  since_ = since;
  again_ = true;
  if (!std::exchange(listing_, true)) threads_.RequestTurn(kList, *this);
}

void FeedHistory::Cancel() {
  const MutexLock lock(mutex_);
  cancelled_ = true;
  if (page_) page_->context.TryCancel();
}

void FeedHistory::OnTime() {
  const MutexLock lock(mutex_);
  cancelled_ ? End() : RequestPage("");
}

void FeedHistory::RequestPage(const std::string& token) {
  if (token.empty()) {
    again_ = false;
    pages_ = 0;
    deadline_ = absl::Now() + options_.timeout;
  }
  v1::ListChangesRequest request;
  request.set_page_size(kPageSize);
  request.set_page_token(token);
  *request.mutable_since() = ToProto(since_);
  if (!options_.all_kinds) {
    v1::ChangeFilter& filter = *request.add_filters();
    filter.add_kinds(v1::RESOURCE_KIND_SERVICE);
    filter.add_kinds(v1::RESOURCE_KIND_NODE);
  }
  page_ = std::make_unique<Page>();
  AddAuthToken(page_->context, options_.auth_token);
  page_->context.set_deadline(absl::ToChronoTime(deadline_));
  page_->reader = stub_.AsyncListChanges(&page_->context, request, &threads_.Queue());
  page_->reader->Finish(&page_->response, &page_->status, static_cast<FeedThreads::Call*>(this));
}

void FeedHistory::OnComplete(bool /*ok*/) {
  MutexLock lock(mutex_);
  const std::unique_ptr<Page> page = std::move(page_);
  if (!page->status.ok()) {
    spdlog::debug("A collector did not list its earlier changes. reason={}",
                  LogValue(page->status.error_message()));
    return again_ && !cancelled_ ? RequestPage("") : End();
  }
  std::vector<v1::ChangeEvent> changes = ObservedSince(since_, page->response);
  if (!changes.empty() && !cancelled_) {
    handling_ = true;
    lock.unlock();
    on_page_(std::move(changes));
    lock.lock();
    handling_ = false;
  }
  const std::string& next = page->response.next_page_token();
  if (cancelled_) return End();
  if (again_) return RequestPage("");
  if (next.empty() || ++pages_ == kMostPages) return End();
  RequestPage(next);
}

void FeedHistory::End() {
  listing_ = false;
  threads_.EndTurn(kList, *this);
  idle_.notify_all();
}

}  // namespace swarmbell
