#include "tests/common/grpc/raw_reflection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace swarmbell {
namespace {

constexpr char kMethod[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// A message with one string field of less than 128 bytes.
grpc::ByteBuffer OneString(int field, const std::string& value) {
  std::string bytes;
  bytes += static_cast<char>(field << 3 | 2);
  bytes += static_cast<char>(value.size());
  const grpc::Slice slice(bytes + value);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

bool Next(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

std::string Ask(const std::shared_ptr<grpc::Channel>& channel, const grpc::ByteBuffer& request) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto call = stub.PrepareCall(&context, kMethod, &queue);
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->StartCall(nullptr);
  EXPECT_TRUE(Next(queue));
  call->WriteLast(request, grpc::WriteOptions(), nullptr);
  EXPECT_TRUE(Next(queue));
  call->Read(&answer, nullptr);
  EXPECT_TRUE(Next(queue));
  call->Finish(&status, nullptr);
  EXPECT_TRUE(Next(queue));
  EXPECT_TRUE(status.ok()) << status.error_message();
  queue.Shutdown();
  while (Next(queue)) {
  }
  return Text(answer);
}

}  // namespace

// The field numbers are those of grpc/reflection/v1alpha/reflection.proto, ServerReflectionRequest.
std::string ReflectServices(const std::shared_ptr<grpc::Channel>& channel) {
  return Ask(channel, OneString(7, "*"));
}

std::string ReflectFileWithSymbol(const std::shared_ptr<grpc::Channel>& channel, const std::string& symbol) {
  return Ask(channel, OneString(4, symbol));
}

}  // namespace swarmbell
