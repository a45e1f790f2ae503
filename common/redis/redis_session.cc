#include "common/redis/redis_session.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace swarmbell {
namespace {

// The command in Redis's protocol.
std::string FormatRedisCommand(const RedisCommand& command) {
  std::string bytes = absl::StrCat("*", command.size(), "\r\n");
  for (const std::string& word : command) absl::StrAppend(&bytes, "$", word.size(), "\r\n", word, "\r\n");
  return bytes;
}

RedisCommand Authentication(const RedisAddress& address) {
  RedisCommand command = {"AUTH"};
  if (!address.user.empty()) command.push_back(address.user);
  command.push_back(address.password.Reveal());
  return command;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisSession>> RedisSession::Connect(const RedisOptions& options,
                                                                    const RedisEndpoint& server,
                                                                    SteadyTime deadline) {
  auto socket = RedisSocket::Connect(options.address, server, options.tls_ca_file, deadline);
  if (!socket.ok()) return socket.status();
  return std::unique_ptr<RedisSession>(new RedisSession(*std::move(socket)));
}

absl::StatusOr<std::unique_ptr<RedisSession>> RedisSession::Open(const RedisOptions& options,
                                                                 const RedisEndpoint& server,
                                                                 SteadyTime deadline) {
  auto session = Connect(options, server, deadline);
  if (!session.ok()) return session;
  std::vector<RedisCommand> greeting;
  if (!options.address.password.empty()) greeting.push_back(Authentication(options.address));
  if (options.address.database != 0) greeting.push_back({"SELECT", absl::StrCat(options.address.database)});
  if (absl::Status status = (*session)->RunAll(greeting, deadline); !status.ok()) return status;
  return session;
}

absl::StatusOr<RedisEndpoint> RedisSession::AskForMaster(const RedisOptions& options,
                                                         const RedisEndpoint& sentinel, SteadyTime deadline) {
  const RedisAddress& address = options.address;
  const auto session = Connect(options, sentinel, deadline);
  if (!session.ok()) return session.status();
  const RedisCommand question = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master_name};
  auto replies = (*session)->Exchange({question}, deadline);
  if (replies.ok() && absl::StartsWith(replies->front().text, "NOAUTH") && !address.password.empty()) {
    if (absl::Status status = (*session)->RunAll({Authentication(address)}, deadline); !status.ok()) {
      return status;
    }
    replies = (*session)->Exchange({question}, deadline);
  }
  if (!replies.ok()) return replies.status();
  const RedisReply& reply = replies->front();
  if (reply.IsError()) return RedisErrorStatus(reply.text);
  RedisEndpoint master;
  if (!reply.IsArray() || reply.elements.size() != 2 ||
      !absl::SimpleAtoi(reply.elements[1].text, &master.port)) {
    return absl::FailedPreconditionError(absl::StrCat("the sentinel knows no master `", address.master_name,
                                                      "`; check the name in redis.url"));
  }
  master.host = reply.elements[0].text;
  return master;
}

absl::Status RedisSession::RunAll(const std::vector<RedisCommand>& commands, SteadyTime deadline) {
  const auto replies = Exchange(commands, deadline);
  if (!replies.ok()) return replies.status();
  for (const RedisReply& reply : *replies) {
    if (reply.IsError()) return RedisErrorStatus(reply.text);
  }
  return absl::OkStatus();
}

absl::Status RedisSession::CheckIsMaster(SteadyTime deadline) {
  const auto replies = Exchange({{"ROLE"}}, deadline);
  if (!replies.ok()) return replies.status();
  const RedisReply& role = replies->front();
  if (role.IsError()) return RedisErrorStatus(role.text);
  if (role.IsArray() && !role.elements.empty() && role.elements[0].text == "master") return absl::OkStatus();
  return absl::UnavailableError("the sentinels name it as the master, but it is a replica; will retry");
}

absl::StatusOr<RedisReply> RedisSession::ReadReply(SteadyTime deadline) {
  RedisReply reply;
  for (;;) {
    const auto complete = replies_.Next(reply);
    if (!complete.ok()) return complete.status();
    if (*complete) return reply;
    std::array<char, std::size_t{16} << 10> buffer;
    const auto size = socket_->Read(buffer.data(), buffer.size(), deadline);
    if (!size.ok()) return size.status();
    replies_.Feed(buffer.data(), *size);
  }
}

absl::StatusOr<std::vector<RedisReply>> RedisSession::Exchange(const std::vector<RedisCommand>& commands,
                                                               SteadyTime deadline) {
  std::string bytes;
  for (const RedisCommand& command : commands) bytes += FormatRedisCommand(command);
  if (absl::Status status = socket_->Write(bytes, deadline); !status.ok()) return status;
  std::vector<RedisReply> replies;
  replies.reserve(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = ReadReply(deadline);
    if (!reply.ok()) return reply.status();
    replies.push_back(*std::move(reply));
  }
  return replies;
}

}  // namespace swarmbell
