// What changes and dead letters become as records: headers, and sizes.
#include "processor/kafka/record_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "leadpulse/v1/dead_letter.pb.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::kafka::record_encoding_test {

using ::testing::ElementsAre;

std::string HeaderOf(const OutputRecord& record, std::string_view name) {
  const auto found = std::ranges::find(record.headers, name, [](const auto& header) { return header.first; });
  return found == record.headers.end() ? "(none)" : found->second;
}

WorkerOptions OptionsFor(codec::OutputFormat format) {
  WorkerOptions options;
  options.output_formats = {format, format, 7, 8};
  return options;
}

codec::Change ChangeBy(std::optional<int64_t> offset) {
  codec::Change change;
  change.key = {"acme", "ann"};
  if (offset) change.source = codec::SourcePosition{"engagement.events", 3, *offset, 0};
  return change;
}

TEST(RecordEncodingTest, OrdinalsCountTheChangesOfEachRecord) {
  RecordEncoding encoding(OptionsFor(codec::OutputFormat::kProtobuf));
  const std::vector<codec::Change> changes{ChangeBy(5), ChangeBy(5), ChangeBy(std::nullopt), ChangeBy(6), ChangeBy(6),
                                           ChangeBy(6), ChangeBy(7)};
  // Twice: an epoch that was given up is done again.
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<OutputRecord> records;
    encoding.EncodeChanges(changes, &records);
    std::vector<std::string> ordinals;
    for (const OutputRecord& record : records) ordinals.push_back(HeaderOf(record, "ordinal"));
    EXPECT_THAT(ordinals, ElementsAre("0", "1", "(none)", "0", "1", "2", "0"));
  }
}

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
  RecordEncoding json(OptionsFor(codec::OutputFormat::kJson));
  RecordEncoding protobuf(OptionsFor(codec::OutputFormat::kProtobuf));
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
