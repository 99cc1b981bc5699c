// The tree of a parsed body.
#include "processor/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leadpulse::json_test {

std::string Again(std::string_view text) {
  const Result<Json> json = Json::Parse(text);
  if (!json.ok()) return "rejected: " + json.status().message();
  std::string out;
  json->AppendTo(&out);
  return out;
}

TEST(JsonTest, IsWrittenAsItWasRead) {
  for (const char* text : {"null", "true", "false", "0", "-1", "\"\"", "[]", "{}", "[1,[2],{\"a\":null}]",
                           "{\"a\":\"b\\\"\\\\\",\"c\":[true,false]}", "18446744073709551615", "1521233195.375624"}) {
    EXPECT_EQ(Again(text), text);
  }
}

TEST(JsonTest, NumbersKeepTheirSpelling) {
  const Result<Json> json = Json::Parse("[1152921526148366349, 1521233195.375624, 1.5e9, 123456789012345678901234]");
  ASSERT_TRUE(json.ok());
  std::vector<std::string_view> spelled;
  for (const Json& number : json->elements()) spelled.push_back(number.text());
  EXPECT_THAT(spelled,
              ::testing::ElementsAre("1152921526148366349", "1521233195.375624", "1.5e9", "123456789012345678901234"));
}

TEST(JsonTest, NumbersBeyondADoubleAreNumbers) {
  for (const char* text :
       {"1e400", "[1e99999999999999999999]", "[-1e400,0,\"1e400\",2.5,12345678901234567890123,{\"a\":1E+999}]"}) {
    EXPECT_EQ(Again(text), text);
  }
  EXPECT_EQ(Again("[1e400,1e400x]"), "rejected: it is not JSON from byte 12 on");
  size_t left = 3;
  EXPECT_TRUE(Json::Parse("[1e400,2]", &left).ok());
  EXPECT_EQ(left, 0U);
}

TEST(JsonTest, ValuesHaveABound) {
  EXPECT_EQ(MaxJsonValues(0), 100'000U);
  EXPECT_EQ(MaxJsonValues(1'200'000), 100'000U);
  EXPECT_EQ(MaxJsonValues(2'400'000), 200'000U);
  size_t left = 7;
  EXPECT_TRUE(Json::Parse(R"([{"a":1},[],null,"b"])", &left).ok());
  EXPECT_EQ(left, 1U);
  EXPECT_TRUE(Json::Parse("0", &left).ok());
  for (const char* text : {"0", "[]", "{}", "\"a\"", "null", "true", "1.5"}) {
    EXPECT_EQ(Json::Parse(text, &left).status().message(), "it holds more values than events of its size could have")
        << text;
  }
}

TEST(JsonTest, WhatIsNotThereIsNull) {
  const Json json = *Json::Parse(R"({"a":{"b":1},"c":[1],"d":"x"})");
  EXPECT_TRUE(json["x"].is_null());
  EXPECT_TRUE(json["a"]["x"]["y"].is_null());
  EXPECT_TRUE(json["c"]["a"].is_null());
  EXPECT_TRUE(json["d"].elements().empty());
  EXPECT_TRUE(json["c"].members().empty());
  EXPECT_EQ(json["c"].text(), "");
  EXPECT_EQ(json["a"]["b"].text(), "1");
}

TEST(JsonTest, OfEqualNamesTheLastCounts) { EXPECT_EQ((*Json::Parse(R"({"a":1,"a":2})"))["a"].text(), "2"); }

TEST(JsonTest, Truth) {
  const Json json = *Json::Parse(R"([true,"true","1",1,false,"false",0,null,"yes",{},[true]])");
  std::string truths;
  for (const Json& value : json.elements()) truths += value.truth() ? 'T' : '-';
  EXPECT_EQ(truths, "TTTT-------");
}

TEST(JsonTest, WhatIsNotJsonIsRejectedWithItsPlace) {
  EXPECT_EQ(Again(""), "rejected: it is not JSON from byte 0 on");
  EXPECT_EQ(Again("[1,"), "rejected: it is not JSON from byte 3 on");
  EXPECT_EQ(Again("{} x"), "rejected: it is not JSON from byte 3 on");
  EXPECT_EQ(Again("{'a':1}"), "rejected: it is not JSON from byte 1 on");
  EXPECT_EQ(Again("[NaN]"), "rejected: it is not JSON from byte 1 on");
}

TEST(JsonTest, DepthIsBounded) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Again(nested(kMaxJsonDepth)), nested(kMaxJsonDepth));
  EXPECT_EQ(Again(nested(kMaxJsonDepth + 1)), "rejected: it is nested more than 32 deep");
  EXPECT_EQ(Again(std::string(1'000'000, '[')), "rejected: it is nested more than 32 deep");
}

struct Repair {
  std::string text, repaired;
};

TEST(JsonTest, CutCharactersAreReplaced) {
  for (const Repair& c : {
           Repair{"\"a\xFF z\"", "\"a\xEF\xBF\xBD z\""},
           Repair{"\"\xC3\"", "\"\xEF\xBF\xBD\""},
           Repair{R"("\ud83d")", R"("\ufffd")"},
           Repair{R"("\ude00 \uD83D\ude00")", R"("\ufffd \uD83D\ude00")"},
           Repair{R"("\ud83d\ud83d\ude00")", R"("\ufffd\ud83d\ude00")"},
           Repair{R"("\\ud83d")", R"("\\ud83d")"},  // a backslash, then text
           Repair{R"("\ud8")", R"("\ud8")"},        // not an escape, which the parser refuses
           Repair{"\xEF\xBB\xBF{}", "{}"},
           Repair{"\"\\\xC3\xA4\"", "\"\\\xC3\xA4\""},
           Repair{"\\", "\\"},
       }) {
    EXPECT_EQ(RepairJsonText(c.text), c.repaired);
  }
  EXPECT_EQ(Again("\"cut \xF0\x9F\x98\""), "\"cut \xEF\xBF\xBD\"");
}

}  // namespace leadpulse::json_test
