// Which parts of a record's text stay when it is marked, and the message if they cannot stay.
#include "processor/replay/record_line.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::replay::record_line_test {

std::string Marked(const std::string& json) {
  HistoryRecord record;
  record.decoded = codec::MakeJsonRecordDecoder()->Decode(json, {});
  EXPECT_FALSE(std::holds_alternative<codec::Rejection>(record.decoded)) << json;
  record.json = json;
  MarkAsBackfill(&record.decoded);
  std::string line;
  RecordLines().Append(record, &line);
  EXPECT_EQ(codec::MakeJsonRecordDecoder()->Decode(line, {}), record.decoded) << line;
  return line;
}

const std::string kEvent =
    R"("tenantId":"t","leadId":"l","eventId":"e","type":"OPEN","occurredAt":"2026-01-01T00:00:00Z")";

TEST(RecordLineTest, TheTextStaysWithWhatNobodyKnows) {
  EXPECT_EQ(Marked("{\"event\":{" + kEvent + ",\"userAgent\":\"x\",\"odd\":[1,{\"a\":\"}}\"}]}}"),
            "{\"event\":{" + kEvent + ",\"userAgent\":\"x\",\"odd\":[1,{\"a\":\"}}\"}],\"backfill\":true}}\n");
  EXPECT_EQ(Marked(" { \"event\" : { " + kEvent + " } } \r"), "{ \"event\" : { " + kEvent + " ,\"backfill\":true} }\n");
}

TEST(RecordLineTest, AnOldMarkIsOverruledAndASetOneStays) {
  EXPECT_EQ(Marked("{\"event\":{\"backfill\":false," + kEvent + "}}"),
            "{\"event\":{\"backfill\":false," + kEvent + ",\"backfill\":true}}\n");
  EXPECT_EQ(Marked("{\"event\":{\"backfill\":true," + kEvent + "}}"),
            "{\"event\":{\"backfill\":true," + kEvent + "}}\n");
}

TEST(RecordLineTest, WhatIsPutTogetherOddlyIsWrittenAnew) {
  const std::string odd = Marked("{\"event\":{" + kEvent + "},\"more\":{\"x\":{}}}");
  EXPECT_EQ(odd.find("more"), std::string::npos) << odd;
  EXPECT_EQ(Marked("{\"event\":{" + kEvent + ",\"properties\":{\"a\":\"}\"}}}").find("\"backfill\":true}}"),
            ("{\"event\":{" + kEvent + ",\"properties\":{\"a\":\"}\"},").size());
}

TEST(RecordLineTest, WithoutAMarkTheTextIsTheSame) {
  HistoryRecord record;
  const std::string json = "{\"more\":{},\"event\":{" + kEvent + "}}";
  record.decoded = codec::MakeJsonRecordDecoder()->Decode(json, {});
  record.json = json;
  std::string line;
  RecordLines().Append(record, &line);
  EXPECT_EQ(line, json + "\n");
}

}  // namespace leadpulse::replay::record_line_test
