#include "common/grpc/status.h"

#include <gtest/gtest.h>

namespace swarmbell {
namespace {

TEST(StatusTest, EveryCodeGoesThereAndBack) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status before(static_cast<absl::StatusCode>(code), "why");
    const grpc::Status there = ToGrpcStatus(before);
    EXPECT_EQ(static_cast<int>(there.error_code()), code);
    EXPECT_EQ(there.error_message(), "why");
    EXPECT_EQ(ToAbslStatus(there), before);
  }
}

TEST(StatusTest, NamesMeanTheSameOnBothSides) {
  EXPECT_EQ(ToGrpcStatus(absl::UnauthenticatedError("")).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ToGrpcStatus(absl::UnavailableError("")).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ToGrpcStatus(absl::InvalidArgumentError("")).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(StatusTest, OkHasNoMessage) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(ToAbslStatus(grpc::Status::OK).ok());
}

TEST(StatusTest, CodesThatAreNotPublishedAreUnknown) {
  constexpr auto kOdd = grpc::StatusCode::DO_NOT_USE;
  EXPECT_EQ(ToAbslStatus(grpc::Status(kOdd, "odd")), absl::UnknownError("odd"));
  EXPECT_EQ(ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(77), "odd")).error_code(),
            grpc::StatusCode::UNKNOWN);
}

}  // namespace
}  // namespace swarmbell
