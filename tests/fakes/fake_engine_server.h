#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace swarmbell {

// How the sending of an answer ends.
enum class FakeEnding {
  kComplete,      // with a Content-Length that is right
  kTruncated,     // Content-Length says 100 bytes more than are sent, then the connection closes
  kChunked,       // complete, in chunks of 1000 bytes
  kChunkedCut,    // in chunks, and the connection closes before the last
  kNeverAnswers,  // nothing is sent; the connection stays open
  kHangsUp,       // nothing is sent; the connection closes
  kHeadersOnly,   // headers with a Content-Length, then nothing; the connection stays open
  kEndless,       // the body again and again, until the client hangs up; chunked unless a length is announced
  kDrip,          // complete, but a byte a second
  kStream,        // chunked: the body, then what StreamTo() adds, until EndStreams()
};

struct FakeAnswer {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  FakeEnding ending = FakeEnding::kComplete;
  absl::Duration delay = absl::ZeroDuration();  // real time before anything is sent
  std::size_t announced = 0;                    // the Content-Length to claim, if not the body's
};

struct FakeRequest {
  std::string method;
  std::string target;                          // as sent, with version and query
  std::string path;                            // without `/v1.41` and query
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A small HTTP/1.1 server that gives scripted answers: a Docker Engine, a webhook, or any other. Listens on a
// free port of 127.0.0.1 or on a unix socket; one thread for each connection, kept alive.
//
// Paths are scripted without API version and query. A path that has no script is answered 404. Thread-safe.
// The Wait… functions give up after 30 real seconds and return false.
class FakeEngineServer {
 public:
  FakeEngineServer();                                         // TCP
  explicit FakeEngineServer(const std::string& socket_path);  // unix socket
  ~FakeEngineServer();
  FakeEngineServer(const FakeEngineServer&) = delete;
  FakeEngineServer& operator=(const FakeEngineServer&) = delete;

  int port() const { return port_; }               // 0 for a unix socket
  std::string Url(const std::string& path) const;  // http://127.0.0.1:PORT/path
  std::string DockerHost() const;                  // tcp://127.0.0.1:PORT or unix://PATH

  // Sets the answer to the path from now on.
  void Answer(const std::string& path, FakeAnswer answer);
  // Sets the answer to the next request for the path; such answers are used up in their order first.
  void AnswerOnce(const std::string& path, FakeAnswer answer);
  // A header of every answer, such as `Server`.
  void SetHeader(const std::string& name, const std::string& value);

  // Sends the text to every open stream of the path.
  void StreamTo(const std::string& path, const std::string& text);
  void EndStreams();
  // Waits until this many streams of the path have been opened in all.
  bool WaitForStreams(const std::string& path, std::size_t opened);

  std::vector<FakeRequest> Requests() const;
  std::size_t Count(const std::string& path) const;
  bool WaitForRequests(const std::string& path, std::size_t count);
  // How many connections were made in all.
  std::size_t Connections() const;

 private:
  struct Stream {
    std::string path;
    std::string waiting;  // text to send
    bool ended = false;
  };

  void Listen(int socket);
  void Accept(std::stop_token stop);
  void Serve(int socket, std::stop_token stop);
  FakeAnswer Take(const FakeRequest& request);
  bool Send(int socket, const FakeRequest& request, const FakeAnswer& answer, std::stop_token stop);
  bool SendDrip(int socket, const std::string& body, std::stop_token stop);
  void SendStream(int socket, const std::string& path, const std::string& head, const std::string& body,
                  std::stop_token stop);

  std::string socket_path_;
  int port_ = 0;
  int listener_ = -1;
  int stop_event_ = -1;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  // All guarded by mutex_.
  std::map<std::string, FakeAnswer> answers_;
  std::map<std::string, std::deque<FakeAnswer>> once_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::vector<FakeRequest> requests_;
  std::list<Stream> streams_;
  std::map<std::string, std::size_t> opened_;
  std::size_t connections_ = 0;

  std::list<std::jthread> serving_;  // touched by the accepting thread, and by the destructor after it
  std::jthread accepting_;
};

}  // namespace swarmbell
