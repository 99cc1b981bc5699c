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

}  // namespace leadpulse::kafka::record_encoding_test
