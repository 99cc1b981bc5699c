// Dead letters read back from what the writers write, and from what nobody writes.
#include "schemas/codec/dead_letter_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schemas/codec/output_encoder.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::codec {
namespace {

DeadLetter Letter(SourcePosition source, std::optional<uint64_t> full_size = std::nullopt) {
  return {std::move(source), Reason::kMissingEventId, "no \"eventId\"", std::string("\0\xff{}", 4), full_size};
}

void ExpectSame(const Result<StoredDeadLetter>& read, const DeadLetter& letter) {
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->source, letter.source);
  EXPECT_EQ(read->reason, "missing_event_id");
  EXPECT_EQ(read->detail, letter.detail);
  EXPECT_EQ(read->payload, letter.payload);
  EXPECT_EQ(read->full_size, letter.full_size);
}

TEST(DeadLetterReaderTest, ReadsLinesOfFiles) {
  for (const auto& size : {std::optional<uint64_t>(), std::optional<uint64_t>(2'000'000)}) {
    const DeadLetter letter = Letter({"folder/a \"b\".jsonl", 0, 718, 5}, size);
    std::string line;
    AppendDeadLetterJson(letter, &line);
    line.pop_back();
    ExpectSame(ReadDeadLetterLine(line), letter);
  }
}

TEST(DeadLetterReaderTest, ReadsEachFormatOfTopics) {
  for (const OutputFormat format : {OutputFormat::kProtobuf, OutputFormat::kJson, OutputFormat::kConfluent}) {
    for (const auto& size : {std::optional<uint64_t>(), std::optional<uint64_t>(2'000'000)}) {
      const DeadLetter letter = Letter({"engagement.events", 3, 1200, 0}, size);
      std::string value;
      MakeOutputEncoder(format, 7)->EncodeDeadLetter(letter, &value);
      ExpectSame(ReadDeadLetter(value, format), letter);
    }
  }
}

TEST(DeadLetterReaderTest, ReasonsOfLaterVersionsKeepTheirName) {
  const auto line = ReadDeadLetterLine(R"({"source":{"file":"a","line":1,"offset":0},"reason":"too_odd","new":1})");
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->reason, "too_odd");
  const auto value = ReadDeadLetter("\x10\x63", OutputFormat::kProtobuf);  // reason 99
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->reason, "reason 99");
}

TEST(DeadLetterReaderTest, RefusesOtherBytes) {
  for (const char* line : {"", "{", "[]", "{}", R"({"source":{"file":"a"},"reason":"malformed"})",
                           R"({"source":{"file":"a","line":1,"offset":0}})",
                           R"({"source":{"file":"a","line":1,"offset":0},"reason":"malformed","payload":"*"})"}) {
    EXPECT_FALSE(ReadDeadLetterLine(line).ok()) << line;
  }
  EXPECT_FALSE(ReadDeadLetter("{", OutputFormat::kJson).ok());
  EXPECT_FALSE(ReadDeadLetter("{", OutputFormat::kConfluent).ok());
  EXPECT_FALSE(ReadDeadLetter("\xff", OutputFormat::kProtobuf).ok());
}

}  // namespace
}  // namespace leadpulse::codec
