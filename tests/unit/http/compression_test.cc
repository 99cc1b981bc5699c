// Which responses are compressed, and for whom.
#include "processor/http/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace leadpulse::http {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(CompressionTest, AClientNamesWhatItTakes) {
  for (const char* taken : {"gzip", "GZip", "x-gzip", "*", "deflate, gzip;q=0.3", "gzip;q=0.5, *;q=0",
                            "identity;q=0, *;q=0.1", "gzip ; q=1.000", "br,gzip"}) {
    EXPECT_TRUE(AcceptsGzip(taken)) << taken;
  }
  for (const char* refused : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "*, gzip;q=0",
                              "gzip;q=0.4, identity", "gzip;q=x", "gzipped"}) {
    EXPECT_FALSE(AcceptsGzip(refused)) << refused;
  }
}

TEST(CompressionTest, ALongBodyIsCompressed) {
  Response response{kOk, std::string(5'000, 'a'), "application/json", {{"ETag", "\"v1\""}}};
  CompressFor("gzip", &response);
  EXPECT_LT(response.body.size(), 100u);
  EXPECT_EQ(response.body.substr(0, 2), "\x1f\x8b");
  EXPECT_THAT(response.headers, UnorderedElementsAre(Pair("ETag", "\"v1-gzip\""), Pair("Vary", "Accept-Encoding"),
                                                     Pair("Content-Encoding", "gzip")));
  EXPECT_EQ(WithoutGzip("v1-gzip"), "v1");
  EXPECT_EQ(WithoutGzip("v1"), "v1");
}

TEST(CompressionTest, OthersStayAsTheyAre) {
  Response response{kOk, std::string(5'000, 'a')};
  CompressFor("br", &response);
  EXPECT_EQ(response.body, std::string(5'000, 'a'));
  EXPECT_THAT(response.headers, UnorderedElementsAre(Pair("Vary", "Accept-Encoding")));
  Response small{kOk, "short"};
  CompressFor("gzip", &small);
  EXPECT_EQ(small.body, "short");
  EXPECT_THAT(small.headers, IsEmpty());
}

}  // namespace
}  // namespace leadpulse::http
