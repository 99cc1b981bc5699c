// The records of the topics, in every format.
#include "schemas/codec/output_encoder.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/output_writer.h"
#include "tests/support/output_samples.h"

namespace leadpulse::codec::output_encoder_test {

using google::protobuf::util::MessageDifferencer;

constexpr uint32_t kSchemaId = 0x01020384;

// One encoder of each format, used repeatedly.
struct Encoders {
  std::unique_ptr<OutputEncoder> protobuf = MakeOutputEncoder(OutputFormat::kProtobuf);
  std::unique_ptr<OutputEncoder> json = MakeOutputEncoder(OutputFormat::kJson);
  std::unique_ptr<OutputEncoder> confluent = MakeOutputEncoder(OutputFormat::kConfluent, kSchemaId);
};

void Encode(OutputEncoder& encoder, const Change& change, std::string* out) { encoder.EncodeChange(change, out); }
void Encode(OutputEncoder& encoder, const DeadLetter& letter, std::string* out) {
  encoder.EncodeDeadLetter(letter, out);
}

template <typename Record>
std::string Encoded(OutputEncoder& encoder, const Record& record) {
  std::string bytes;
  Encode(encoder, record, &bytes);
  return bytes;
}

// Expects that all formats have what the Protobuf library writes for the record.
template <typename Record>
void ExpectEncoded(Encoders& encoders, const Record& record) {
  const auto expected = MessageOf(record);
  decltype(MessageOf(record)) read;
  const std::string protobuf = Encoded(*encoders.protobuf, record);
  ASSERT_EQ(protobuf, expected.SerializeAsString()) << expected.DebugString();
  ASSERT_TRUE(read.ParseFromString(protobuf) && MessageDifferencer::Equals(read, expected)) << expected.DebugString();

  const std::string json = Encoded(*encoders.json, record);
  ASSERT_EQ(json.find('\n'), std::string::npos);
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &read).ok()) << json;
  ASSERT_TRUE(MessageDifferencer::Equals(read, expected)) << json;
  std::string printed;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(read, &printed).ok());
  // The library escapes more characters than JSON requires.
  const bool plain = printed.find("\\u") == std::string::npos && json.find('\x7F') == std::string::npos;
  ASSERT_TRUE(!plain || json == printed) << json << "\n" << printed;

  const std::string confluent = Encoded(*encoders.confluent, record);
  const Result<ConfluentFrame> frame = ReadConfluentFrame(confluent);
  ASSERT_TRUE(frame.ok());
  ASSERT_EQ(frame->schema_id, kSchemaId);
  ASSERT_EQ(frame->message, protobuf);
}

TEST(OutputEncoderTest, ChangesAreTheSameInAllFormats) {
  RandomRecords random(41);
  Encoders encoders;
  for (int i = 0; i < 5'000; ++i) {
    const Change change = RandomChange(random);
    ExpectEncoded(encoders, change);
    std::string line;
    AppendChangeJson(change, &line);
    ASSERT_EQ(Encoded(*encoders.json, change), line) << "as in files";
  }
}

TEST(OutputEncoderTest, DeadLettersAreTheSameInAllFormats) {
  RandomRecords random(43);
  Encoders encoders;
  for (int i = 0; i < 5'000; ++i) ExpectEncoded(encoders, RandomDeadLetter(random));
}

TEST(OutputEncoderTest, WritesDeadLettersOfTopics) {
  DeadLetter letter;
  letter.source = {"engagement.events", 3, 4711, 0};
  letter.reason = Reason::kWrongPartition;
  letter.detail = "d";
  letter.payload = "{\"event\":{}}\xFF";
  EXPECT_EQ(Encoded(*MakeOutputEncoder(OutputFormat::kJson), letter),
            R"({"source":{"topic":"engagement.events","partition":3,"offset":"4711"},"reason":"WRONG_PARTITION",)"
            R"("detail":"d","payload":"eyJldmVudCI6e319/w=="})");
  letter.payload.clear();
  letter.full_size = 2'000'000;
  EXPECT_EQ(Encoded(*MakeOutputEncoder(OutputFormat::kJson), letter),
            R"({"source":{"topic":"engagement.events","partition":3,"offset":"4711"},"reason":"WRONG_PARTITION",)"
            R"("detail":"d","size":"2000000"})");
}

TEST(OutputEncoderTest, AppendsAndKeepsWhatStandsThere) {
  Encoders encoders;
  RandomRecords random(47);
  const Change change = RandomChange(random);
  const DeadLetter letter = RandomDeadLetter(random);
  for (OutputEncoder* encoder : {encoders.protobuf.get(), encoders.json.get(), encoders.confluent.get()}) {
    std::string out = "before";
    encoder->EncodeChange(change, &out);
    EXPECT_EQ(out, "before" + Encoded(*encoder, change));
    encoder->EncodeDeadLetter(letter, &out);
    EXPECT_EQ(out, "before" + Encoded(*encoder, change) + Encoded(*encoder, letter));
  }
}

TEST(OutputEncoderTest, InstantsBefore1970) {
  Change change;
  change.at = Instant{-1};
  v1::Change read;
  ASSERT_TRUE(read.ParseFromString(Encoded(*MakeOutputEncoder(OutputFormat::kProtobuf), change)));
  EXPECT_EQ(read.at().seconds(), -1);
  EXPECT_EQ(read.at().nanos(), 999'000'000);
}

}  // namespace leadpulse::codec::output_encoder_test
