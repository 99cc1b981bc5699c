#include "processor/base/value.h"

#include <gtest/gtest.h>

#include <limits>

namespace leadpulse::value_test {

using std::string_literals::operator""s;

std::optional<Value> Convert(const Value& sent, FieldType type) { return ConvertValue(sent, type, Calendar()); }

TEST(ValueTest, FieldTypesHaveNames) {
  EXPECT_EQ(FieldTypeName(FieldType::kText), "text");
  EXPECT_EQ(FieldTypeName(FieldType::kNumber), "number");
  EXPECT_EQ(FieldTypeName(FieldType::kBoolean), "boolean");
  EXPECT_EQ(FieldTypeName(FieldType::kDate), "date");
}

TEST(ValueTest, NullBlankAndEmptyListUnset) {
  EXPECT_TRUE(IsUnset({}));
  EXPECT_TRUE(IsUnset(" \t"s));
  EXPECT_TRUE(IsUnset(ScalarList{}));
  EXPECT_FALSE(IsUnset(0.0));
  EXPECT_FALSE(IsUnset(false));
  EXPECT_FALSE(IsUnset(ScalarList{{""s}}));
  EXPECT_FALSE(IsUnset(StructValue{"{}"}));
}

TEST(ValueTest, ConvertsToText) {
  EXPECT_EQ(Convert("  Acme Inc\n"s, FieldType::kText), Value("Acme Inc"s));
  EXPECT_EQ(Convert(12.5, FieldType::kText), Value("12.5"s));
  EXPECT_EQ(Convert(true, FieldType::kText), Value("true"s));
  EXPECT_EQ(Convert(ScalarList{1.0, " a "s, false}, FieldType::kText), Value(ScalarList{"1"s, "a"s, "false"s}));
  EXPECT_EQ(Convert(ScalarList{Scalar()}, FieldType::kText), std::nullopt);
  EXPECT_EQ(Convert(StructValue{"{}"}, FieldType::kText), std::nullopt);
}

TEST(ValueTest, ConvertsToNumber) {
  EXPECT_EQ(Convert(7.0, FieldType::kNumber), Value(7.0));
  EXPECT_EQ(Convert(" -3.50 "s, FieldType::kNumber), Value(-3.5));
  EXPECT_EQ(Convert(ScalarList{1.0, "2"s}, FieldType::kNumber), Value(ScalarList{1.0, 2.0}));
  for (const Value& sent :
       {Value("1e3"s), Value("many"s), Value(true), Value(StructValue{"{}"}), Value(ScalarList{"x"s}),
        Value(ScalarList{true}), Value(std::numeric_limits<double>::infinity())}) {
    EXPECT_EQ(Convert(sent, FieldType::kNumber), std::nullopt) << ValueToJson(sent);
  }
}

TEST(ValueTest, ConvertsToBoolean) {
  for (const Value& sent : {Value(true), Value(1.0), Value("TRUE"s), Value(" 1 "s), Value("True"s)}) {
    EXPECT_EQ(Convert(sent, FieldType::kBoolean), Value(true)) << ValueToJson(sent);
  }
  for (const Value& sent : {Value(false), Value(0.0), Value("false"s), Value("0"s)}) {
    EXPECT_EQ(Convert(sent, FieldType::kBoolean), Value(false)) << ValueToJson(sent);
  }
  for (const Value& sent : {Value(2.0), Value("yes"s), Value("1.0"s), Value("t"s), Value(ScalarList{true})}) {
    EXPECT_EQ(Convert(sent, FieldType::kBoolean), std::nullopt) << ValueToJson(sent);
  }
}

TEST(ValueTest, ConvertsToDate) {
  const Calendar berlin = *Calendar::Load("Europe/Berlin");
  EXPECT_EQ(ConvertValue(" 2026-03-10 "s, FieldType::kDate, berlin), Value(*ParseRfc3339("2026-03-09T23:00:00Z")));
  EXPECT_EQ(ConvertValue("2026-03-10T09:30:00Z"s, FieldType::kDate, berlin),
            Value(*ParseRfc3339("2026-03-10T09:30:00Z")));
  for (const Value& sent :
       {Value("10.03.2026"s), Value("2026-02-30"s), Value(20260310.0), Value(true), Value(ScalarList{"2026-03-10"s})}) {
    EXPECT_EQ(ConvertValue(sent, FieldType::kDate, berlin), std::nullopt) << ValueToJson(sent);
  }
}

TEST(ValueTest, WritesJson) {
  EXPECT_EQ(ValueToJson({}), "null");
  EXPECT_EQ(ValueToJson(-0.0), "0");
  EXPECT_EQ(ValueToJson(Instant{0}), R"("1970-01-01T00:00:00Z")");
  EXPECT_EQ(ValueToJson(ScalarList{1.5, "a\"b"s, true, Scalar()}), R"([1.5,"a\"b",true,null])");
  EXPECT_EQ(ValueToJson(StructValue{R"({"a":1})"}), R"({"a":1})");
}

TEST(ValueTest, EscapesJsonStrings) {
  const auto literal = [](std::string_view text) {
    std::string out;
    AppendJsonString(text, &out);
    return out;
  };
  EXPECT_EQ(literal(""), R"("")");
  EXPECT_EQ(literal("a\\b\"c\n\r\t\b\f"), R"("a\\b\"c\n\r\t\b\f")");
  EXPECT_EQ(literal(std::string_view("\0\x1F", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(literal("Grüße €\U0001F600"), "\"Grüße €\U0001F600\"");
  EXPECT_EQ(literal("a\xFFz"), "\"a\uFFFDz\"") << "JSON cannot hold a byte that is not UTF-8";
}

TEST(ValueTest, WhereAByteStandsInAJsonStringDoesNotMatter) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x'), whole, expected = "\"";
      text[at] = static_cast<char>(byte);
      AppendJsonString(text, &whole);
      for (const char c : text) {
        std::string single;
        AppendJsonString(std::string_view(&c, 1), &single);
        expected += single.substr(1, single.size() - 2);
      }
      ASSERT_EQ(whole, expected + '"') << byte << " at " << at;
    }
  }
}

}  // namespace leadpulse::value_test
