// The parts of a delivery: signatures, meanings of answers, waits, filters and the position on the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "processor/delivery/delivery.h"
#include "processor/delivery/position_file.h"
#include "processor/delivery/refused_file.h"
#include "processor/delivery/signature.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::delivery::delivery_parts_test {

using testing::AppendToFile;
using ::testing::HasSubstr;
using testing::ReadWholeFile;
using testing::WriteFile;

constexpr Instant kNow{1'767'225'600'999};  // 2026-01-01T00:00:00.999Z

// As `printf '[{"seq":"1"}]' | sha256sum`, `printf '1767225600.[{"seq":"1"}]' | openssl dgst -sha256 -hmac key` and
// `printf '1f5c6e2a2dea716b2a33b587052abc39.1767225600.[{"seq":"1"}]' | openssl dgst -sha256 -hmac key -binary |
// base64`.
TEST(SignatureTest, KnownAnswers) {
  const std::vector<std::string> unsigned_headers = {"X-Leadpulse-Id: 1f5c6e2a2dea716b2a33b587052abc39",
                                                     "webhook-id: 1f5c6e2a2dea716b2a33b587052abc39",
                                                     "webhook-timestamp: 1767225600"};
  EXPECT_EQ(SignatureHeaders({}, kNow, R"([{"seq":"1"}])"), unsigned_headers);
  const std::string key =
      "X-Leadpulse-Signature: t=1767225600,v1=5404927f4bdcf5846a6efd4fb3c7aeb4a583784ff034d2910b2f89ab959caec0";
  const std::string standard_key = "webhook-signature: v1,u6Z6j9mE8xePIartQO49e+fdiQfEZ4O8KRE90GT1ljM=";
  std::vector<std::string> headers = unsigned_headers;
  headers.insert(headers.end(), {key, standard_key});
  const std::vector<std::string> one = {"key"};
  EXPECT_EQ(SignatureHeaders(one, kNow, R"([{"seq":"1"}])"), headers);
  // Standard Webhooks takes the second as the 16 bytes "sixteen bytes of"; the other header takes its text.
  headers = unsigned_headers;
  headers.insert(headers.end(), {key + ",v1=cc37d8c973a0c97204265dce7eecc8edc3f6ee7e7774ed036726abebd6ecce43",
                                 standard_key + " v1,plB+d8iyGPtg+S0gHeyJhxsuK1WY+KU/Qcii3tN7bl0="});
  const std::vector<std::string> two = {"key", "whsec_c2l4dGVlbiBieXRlcyBvZg=="};
  EXPECT_EQ(SignatureHeaders(two, kNow, R"([{"seq":"1"}])"), headers);
}

// The secret and the message of the libraries' own tests; the signature also as Python's hmac computes it.
TEST(SignatureTest, StandardHeadersHaveTheSignatureOfTheLibraries) {
  const std::vector<std::string> secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  const std::vector<std::string> expected = {"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
                                             "webhook-timestamp: 1614265330",
                                             "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="};
  EXPECT_EQ(
      StandardHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", secrets, Instant{1'614'265'330'000}, R"({"test": 2432232314})"),
      expected);
}

TEST(SignatureTest, BehindWhsecStandsBase64) {
  EXPECT_EQ(StandardKey("a secret"), "a secret");
  EXPECT_EQ(StandardKey("whsec_c2l4dGVlbiBieXRlcyBvZg=="), "sixteen bytes of");
  for (const char* wrong : {"whsec_", "whsec_***", "whsec_c2l4dGVlbiBieXRlcyBvZg===="}) {
    EXPECT_EQ(StandardKey(wrong), std::nullopt) << wrong;
  }
}

TEST(AnswersTest, Table) {
  for (int status : {200, 201, 202, 204, 299}) EXPECT_EQ(Judge(status), Verdict::kDelivered) << status;
  for (int status : {0, 99, 100, 101, 199, 408, 425, 429, 500, 501, 502, 503, 504, 599, 600, 999})
    EXPECT_EQ(Judge(status), Verdict::kAgain) << status;
  for (int status : {400, 401, 403, 404, 410, 413, 422, 499}) EXPECT_EQ(Judge(status), Verdict::kRefused) << status;
  for (int status : {300, 301, 302, 304, 307, 308}) {
    EXPECT_EQ(Judge(status), Verdict::kNotReceiver) << status;
  }
}

TEST(AnswersTest, RetryAfter) {
  using std::chrono::seconds;
  const std::vector<std::pair<const char*, std::optional<Millis>>> table = {
      {"0", seconds{0}},
      {"120", seconds{120}},
      {"Thu, 01 Jan 2026 00:01:00 GMT", Millis{59'001}},
      {"Wed, 31 Dec 2025 23:59:59 GMT", Millis{0}},  // in the past
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"99999999999999999999999", std::nullopt},
      {"Thu, 01 Jan 2026 00:01:00 GMT+1", std::nullopt},
  };
  for (const auto& [text, wanted] : table) EXPECT_EQ(ParseRetryAfter(text, kNow), wanted) << text;
  EXPECT_GT(ParseRetryAfter("9223372036854775807", kNow), kLongestRetryAfter);
}

TEST(BackoffTest, DoublesUpToItsBoundAndIsDrawnFromTheUpperHalf) {
  double drawn = 0;
  Backoff backoff({Millis{1000}, Millis{6000}}, [&drawn] { return drawn; });
  std::vector<int64_t> waits;
  for (double next : {0.0, 0.999, 0.5, 0.0, 0.999}) {
    drawn = next;
    waits.push_back(backoff.Next(std::nullopt).count());
  }
  EXPECT_THAT(waits, ::testing::ElementsAre(500, 1999, 3000, 3000, 5997));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(std::nullopt).count(), 999);
}

TEST(BackoffTest, WhatTheReceiverAsksForGoesFirst) {
  Backoff backoff({Millis{1000}, Millis{6000}}, [] { return 0.0; });
  EXPECT_EQ(backoff.Next(Millis{42'000}), Millis{42'000});
  EXPECT_EQ(backoff.Next(Millis{0}), Millis{500}) << "not at once";
  EXPECT_EQ(backoff.Next(Millis{86'400'000}), kLongestRetryAfter);
  EXPECT_EQ(backoff.Next(std::nullopt), Millis{3000}) << "the fourth failure";
}

TEST(ChangeFilterTest, Selects) {
  const std::string tier = R"({"tenantId":"acme","kind":"TIER_CHANGED","cause":{"kind":"EVENT"}})";
  const std::string late = R"({"tenantId":"b","kind":"SEGMENT_LEFT","cause":{"kind":"EVENT"},"backfill":true})";
  const std::string edit = R"({"tenantId":"acme","kind":"SEGMENT_LEFT","cause":{"kind":"DEFINITIONS"}})";
  const auto selected = [&](const ChangeFilter& filter) {
    std::string names;
    for (const auto& [name, line] : {std::pair('t', tier), std::pair('l', late), std::pair('e', edit)}) {
      if (*filter.Selects(line)) names += name;
    }
    return names;
  };
  EXPECT_EQ(selected({}), "tle");
  EXPECT_EQ(selected({{"SEGMENT_LEFT"}, {}, false}), "le");
  EXPECT_EQ(selected({{"SEGMENT_LEFT", "TIER_CHANGED"}, {"acme"}, false}), "te");
  EXPECT_EQ(selected({{}, {"acme", "b"}, true}), "t");
  EXPECT_EQ(selected({{}, {"nobody"}, false}), "");
  EXPECT_FALSE(ChangeFilter({{"SEGMENT_LEFT"}, {}, false}).Selects("half a li").ok());
}

class PositionFileTest : public ::testing::Test {
 protected:
  testing::ScratchDirectory directory_;
  std::string path_ = directory_ / "position";
};

TEST_F(PositionFileTest, IsKept) {
  const Position there{12'345, 67, {0x0123456789abcdef, 0x00000000000000ff}};
  {
    auto file = PositionFile::Open(path_);
    ASSERT_TRUE(file.ok()) << file.status().message();
    EXPECT_EQ((*file)->position(), Position{});
    ASSERT_TRUE((*file)->Save({1, 1, {2, 3}}).ok());
    ASSERT_TRUE((*file)->Save(there).ok());
    EXPECT_EQ((*file)->position(), there);
  }
  EXPECT_EQ(ReadWholeFile(path_), "1 12345 67 0123456789abcdef 00000000000000ff\n");
  WriteFile(path_ + ".new", "1 99");  // from a delivery that was killed while it saved
  auto file = PositionFile::Open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->position(), there);
  EXPECT_TRUE((*file)->Save(there).ok());
}

TEST_F(PositionFileTest, TwoMayNotShareOne) {
  auto one = PositionFile::Open(path_);
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(PositionFile::Open(path_).status().message(), HasSubstr("another delivery is using it"));
  *one = nullptr;
  EXPECT_TRUE(PositionFile::Open(path_).ok());
}

TEST_F(PositionFileTest, WhatIsNoPositionIsAnError) {
  for (const char* text : {"", "1 12345 67 0123456789abcdef 00000000000000ff", "2 1 1 1 1\n", "1 1 1 1\n",
                           "1 -1 1 1 1\n", "{\"offset\":1}\n", "1 1 1 1 1\n\n"}) {
    WriteFile(path_, text);
    auto file = PositionFile::Open(path_);
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_THAT(file.status().message(), HasSubstr("is damaged"));
  }
  EXPECT_THAT(PositionFile::Open(directory_ / "no/where").status().message(), HasSubstr("cannot be opened"));
}

TEST(RefusedFileTest, IsAddedTo) {
  testing::ScratchDirectory directory;
  const std::string path = directory / "refused.jsonl";
  ASSERT_TRUE((*RefusedFile::Open(path))->Append(kNow, {422, {}, "no\nsuch \x1b[1m"}, "[1]").ok());
  AppendToFile(path, "{\"at\":");  // from a delivery that was killed
  ASSERT_TRUE((*RefusedFile::Open(path))->Append(kNow, {400, {}, ""}, "[2]").ok());
  EXPECT_EQ(ReadWholeFile(path),
            "{\"at\":\"2026-01-01T00:00:00.999Z\",\"status\":422,\"answer\":\"no such ?[1m\",\"changes\":[1]}\n"
            "{\"at\":\n"
            "{\"at\":\"2026-01-01T00:00:00.999Z\",\"status\":400,\"answer\":\"\",\"changes\":[2]}\n");
}

}  // namespace leadpulse::delivery::delivery_parts_test
