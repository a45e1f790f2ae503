#include "collector/docker/engine_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarmbell {
namespace {

using testing::HasSubstr;

TEST(ApiVersion, IsComparedByNumber) {
  EXPECT_LT(*ParseApiVersion("1.9"), *ParseApiVersion("1.29"));
  EXPECT_LT(*ParseApiVersion("v1.55"), *ParseApiVersion("2.0"));
  for (const char* bad : {"", "1", "1.", ".1", "1.x", "1.-1", "1.4.1", "99999999999.1"}) {
    EXPECT_FALSE(ParseApiVersion(bad)) << bad;
  }
}

struct Case {
  const char* newest;
  const char* oldest;
  const char* pinned;
  const char* agreed;  // or words of the error
};

class Agreement : public testing::TestWithParam<Case> {};

TEST_P(Agreement, IsTheNewestOfBothOrThePinned) {
  const Case& c = GetParam();
  const EngineOffer offer{"x", *ParseApiVersion(c.newest), *ParseApiVersion(c.oldest)};
  const auto agreed = AgreeOnApi(offer, ParseApiVersion(c.pinned));
  if (agreed.ok()) {
    EXPECT_EQ(ToString(*agreed), c.agreed);
  } else {
    EXPECT_EQ(agreed.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(agreed.status().message()), HasSubstr(c.agreed));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, Agreement,
                         testing::Values(Case{"1.29", "1.12", "", "1.29"},  // 17.05
                                         Case{"1.41", "1.12", "", "1.41"},  // 20.10
                                         Case{"1.55", "1.40", "", "1.55"},  // 29.7
                                         Case{"1.60", "1.44", "", "1.55"},
                                         Case{"1.28", "1.12", "", "use Docker 17.05 or newer"},
                                         Case{"1.90", "1.56", "", "use a newer Swarmbell"},
                                         Case{"1.41", "1.12", "1.30", "1.30"},
                                         Case{"1.41", "1.12", "1.42", "DOCKER_API_VERSION asks for 1.42"},
                                         Case{"1.55", "1.40", "1.39", "DOCKER_API_VERSION asks for 1.39"}));

TEST(EngineOffer, ReadsWhat1705Says) {
  const auto offer =
      ParseEngineOffer(R"({"Version":"17.05.0-ce","ApiVersion":"1.29","MinAPIVersion":"1.12","Os":"linux"})");
  ASSERT_TRUE(offer.ok());
  EXPECT_EQ(offer->engine, "17.05.0-ce");
  EXPECT_EQ(offer->newest, (ApiVersion{1, 29}));
  EXPECT_EQ(offer->oldest, (ApiVersion{1, 12}));
}

TEST(EngineOffer, RefusesWhatIsNoEngine) {
  for (const char* body : {"", "hello", "[]", "{}", R"({"ApiVersion":7})", "\xff\xfe"}) {
    EXPECT_FALSE(ParseEngineOffer(body).ok()) << body;
  }
}

}  // namespace
}  // namespace swarmbell
