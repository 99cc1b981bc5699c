// The records of changes and dead letters: headers, and sizes.
#include "processor/kafka/record_encoding.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "leadpulse/v1/dead_letter.pb.h"
#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::kafka::record_encoding_test {

using ::testing::ElementsAre;

std::string HeaderOf(const OutputRecord& record, std::string_view name) {
  const auto found = std::ranges::find(record.headers, name, [](const auto& header) { return header.first; });
  return found == record.headers.end() ? "(none)" : found->second;
}

WorkerOptions OptionsFor(config::RecordFormat format) {
  WorkerOptions options;
  options.formats.changes = options.formats.dead_letters = format;
  options.formats.schema_ids.changes = 7;
  options.formats.schema_ids.dead_letters = 8;
  return options;
}

codec::Change ChangeBy(std::optional<int64_t> offset) {
  codec::Change change;
  change.key = {"acme", "ann"};
  if (offset) change.source = codec::SourcePosition{"engagement.events", 3, *offset, 0};
  return change;
}

TEST(RecordEncodingTest, OrdinalsCountTheChangesOfEachRecord) {
  RecordEncoding encoding(OptionsFor(config::RecordFormat::kProtobuf));
  const std::vector<codec::Change> changes{ChangeBy(5), ChangeBy(5), ChangeBy(std::nullopt), ChangeBy(6), ChangeBy(6),
                                           ChangeBy(6), ChangeBy(7)};
  // Twice: an epoch that was given up is repeated.
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<OutputRecord> records;
    encoding.EncodeChanges(changes, &records);
    std::vector<std::string> ordinals;
    for (const OutputRecord& record : records) ordinals.push_back(HeaderOf(record, "ordinal"));
    EXPECT_THAT(ordinals, ElementsAre("0", "1", "(none)", "0", "1", "2", "0"));
  }
}

TEST(RecordEncodingTest, KeysOfChangesArePrintableUnlessTheSettingsSayOtherwise) {
  codec::Change change;
  change.key = {"acme", "a/ann%\n"};
  for (const auto& [form, key] : {std::pair(config::KeyForm::kPrintable, std::string("acme/a/ann%25%0A")),
                                  std::pair(config::KeyForm::kNul, EncodeLeadKey(change.key))}) {
    WorkerOptions options = OptionsFor(config::RecordFormat::kProtobuf);
    options.formats.change_keys = form;
    std::vector<OutputRecord> records;
    RecordEncoding(options).EncodeChanges({&change, 1}, &records);
    EXPECT_EQ(records.front().key, key);
  }
}

// ---- Sizes ----------------------------------------------------------------------------------------------------------

size_t SizeOf(const OutputRecord& record) {
  size_t size = record.key.size() + record.value->size();
  for (const auto& [name, value] : record.headers) size += std::string_view(name).size() + value.size();
  return size;
}

v1::DeadLetter Read(config::RecordFormat format, const OutputRecord& record) {
  v1::DeadLetter letter;
  if (format == config::RecordFormat::kJson) {
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(*record.value, &letter).ok());
  } else if (format == config::RecordFormat::kConfluent) {
    const Result<codec::ConfluentFrame> frame = codec::ReadConfluentFrame(*record.value);
    EXPECT_TRUE(frame.ok() && letter.ParseFromArray(frame->message.data(), static_cast<int>(frame->message.size())));
  } else {
    EXPECT_TRUE(letter.ParseFromString(*record.value));
  }
  return letter;
}

class DeadLetterSizeTest : public ::testing::TestWithParam<config::RecordFormat> {
 protected:
  OutputRecord Encode(const std::string& payload, std::string_view key = "acme") {
    return encoding.EncodeDeadLetter(
        {{"engagement.events", 0, 1, 0}, codec::Reason::kMalformed, "no JSON", payload, std::nullopt}, key);
  }

  RecordEncoding encoding{OptionsFor(GetParam())};
};

TEST_P(DeadLetterSizeTest, UntilItIsRefusedThePayloadIsWhole) {
  const std::string large(codec::kMaxRecordBytes, '\xfe');
  const v1::DeadLetter letter = Read(GetParam(), Encode(large));
  EXPECT_TRUE(letter.payload() == large);
  EXPECT_EQ(letter.size(), 0u);
}

TEST_P(DeadLetterSizeTest, WhatDoesNotFitKeepsItsBeginningAndItsSize) {
  const std::string large(codec::kMaxRecordBytes, '\xfe');
  const size_t refused = SizeOf(Encode(large));
  EXPECT_EQ(encoding.ShrinkDeadLetters(), refused / 2);
  const v1::DeadLetter letter = Read(GetParam(), Encode(large));
  EXPECT_TRUE(letter.payload() == large.substr(0, codec::kDeadLetterPrefix));
  EXPECT_EQ(letter.size(), large.size());
  EXPECT_EQ(letter.detail(), "no JSON");
  const std::string small(codec::kDeadLetterPrefix + 1, '\xfe');
  EXPECT_TRUE(Read(GetParam(), Encode(small)).payload() == small) << "a payload that fits is whole";
}

TEST_P(DeadLetterSizeTest, ItShrinksUntilNothingIsLeftToCut) {
  const std::string large(codec::kMaxRecordBytes, '\xfe');
  const std::string long_key(300'000, 'k');
  size_t before = SizeOf(Encode(large, long_key));
  for (std::optional<size_t> bound = encoding.ShrinkDeadLetters(); bound; bound = encoding.ShrinkDeadLetters()) {
    const OutputRecord record = Encode(large, long_key);
    EXPECT_LE(SizeOf(record), *bound);
    EXPECT_LT(SizeOf(record), before);
    before = SizeOf(record);
    const v1::DeadLetter letter = Read(GetParam(), record);
    EXPECT_TRUE(large.starts_with(letter.payload()));
    EXPECT_EQ(letter.size(), large.size());
    EXPECT_TRUE(long_key.starts_with(record.key));
  }
  EXPECT_LE(before, 512u);
}

TEST_P(DeadLetterSizeTest, TheSizeOfATooLargeRecordStaysThatOfTheRecord) {
  codec::DeadLetter letter{
      {"engagement.events", 0, 1, 0}, codec::Reason::kTooLarge, "", std::string(60'000, 'x'), 5'000'000};
  static_cast<void>(encoding.EncodeDeadLetter(letter, ""));
  ASSERT_TRUE(encoding.ShrinkDeadLetters());
  const v1::DeadLetter read = Read(GetParam(), encoding.EncodeDeadLetter(letter, ""));
  EXPECT_LT(read.payload().size(), 60'000u);
  EXPECT_EQ(read.size(), 5'000'000u);
}

INSTANTIATE_TEST_SUITE_P(Formats, DeadLetterSizeTest,
                         ::testing::Values(config::RecordFormat::kProtobuf, config::RecordFormat::kJson,
                                           config::RecordFormat::kConfluent));

// ---- The page: schemas/README.md, `Reasons` -------------------------------------------------------------------------

struct Spelling {
  std::string code;
  std::string name;
  int number;
};

std::vector<Spelling> SpellingsOnThePage() {
  std::ifstream file("schemas/README.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str();
  const size_t begin = text.find("| code: files, header `reason` |");
  if (begin == std::string::npos) return {};
  const std::string table = text.substr(begin, text.find("\n\n", begin) - begin);
  static const std::regex kRow(R"(\| `([a-z_]+)` \| `([A-Z_]+)` \| (\d+) \|)");
  std::vector<Spelling> spellings;
  for (std::sregex_iterator row(table.begin(), table.end(), kRow), end; row != end; ++row) {
    spellings.push_back({(*row)[1], (*row)[2], std::stoi((*row)[3])});
  }
  return spellings;
}

TEST(RecordEncodingTest, ThePageSpellsReasonsAsTheyAreWritten) {
  RecordEncoding json(OptionsFor(config::RecordFormat::kJson));
  RecordEncoding protobuf(OptionsFor(config::RecordFormat::kProtobuf));
  const std::vector<Spelling> spellings = SpellingsOnThePage();
  ASSERT_EQ(spellings.size(), codec::kReasonCount - 1);  // all but the enum's 0
  for (size_t i = 0; i < spellings.size(); ++i) {
    const Spelling& told = spellings[i];
    codec::DeadLetter letter{{"engagement.events", 0, 1, 0}, static_cast<codec::Reason>(i + 1), "", "x", std::nullopt};
    const OutputRecord in_json = json.EncodeDeadLetter(letter, "");
    EXPECT_THAT(*in_json.value, ::testing::HasSubstr("\"reason\":\"" + told.name + "\""));
    EXPECT_EQ(HeaderOf(in_json, "reason"), told.code);
    const OutputRecord in_protobuf = protobuf.EncodeDeadLetter(letter, "");
    v1::DeadLetter read;
    ASSERT_TRUE(read.ParseFromString(*in_protobuf.value));
    EXPECT_EQ(read.reason(), told.number);
    EXPECT_EQ(HeaderOf(in_protobuf, "reason"), told.code);
    std::string line;
    codec::AppendDeadLetterJson(letter, &line);
    EXPECT_THAT(line, ::testing::HasSubstr("\"reason\":\"" + told.code + "\""));
  }
}

}  // namespace leadpulse::kafka::record_encoding_test
