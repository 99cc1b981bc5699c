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
  EXPECT_EQ(FieldTypeName(FieldType::kDay), "day");
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

// Returns the day as outputs show it, and its first instant; "" if the text is no day.
std::string DayShown(const char* text, const char* zone) {
  const auto value = ConvertValue(std::string(text), FieldType::kDay, *Calendar::Load(zone));
  return value ? ValueToJson(*value) + " " + FormatRfc3339(std::get<CalendarDay>(*value).start) : "";
}

TEST(ValueTest, ConvertsToDay) {
  const struct {
    const char* text;
    const char* zone;
    const char* shown;
  } cases[] = {
      {" 2026-03-10 ", "Europe/Berlin", "\"2026-03-10\" 2026-03-09T23:00:00Z"},
      {"1985-12-10T00:00:00.000Z", "America/New_York", "\"1985-12-10\" 1985-12-10T05:00:00Z"},
      {"1985-12-10t00:00:00z", "Asia/Tokyo", "\"1985-12-10\" 1985-12-09T15:00:00Z"},
      {"1985-12-10T00:00:00+14:00", "America/New_York", "\"1985-12-10\" 1985-12-10T05:00:00Z"},
      {"1985-12-10T00:00:00.0001Z", "America/New_York", "\"1985-12-09\" 1985-12-09T05:00:00Z"},
      {"1985-12-10T05:00:00Z", "America/New_York", "\"1985-12-10\" 1985-12-10T05:00:00Z"},
      {"1985-12-10T04:59:59.999Z", "America/New_York", "\"1985-12-09\" 1985-12-09T05:00:00Z"},
      {"2017-10-15", "America/Sao_Paulo", "\"2017-10-15\" 2017-10-15T03:00:00Z"},
      {"2011-12-30", "Pacific/Apia", "\"2011-12-30\" 2011-12-30T10:00:00Z"},
      {"2024-02-29", "UTC", "\"2024-02-29\" 2024-02-29T00:00:00Z"},
      {"0001-01-01", "UTC", "\"0001-01-01\" 0001-01-01T00:00:00Z"},
      {"9999-12-31", "America/New_York", "\"9999-12-31\" 9999-12-31T05:00:00Z"},
      {"9999-12-31T20:00:00Z", "Asia/Tokyo", ""},
      {"0001-01-01T01:00:00Z", "America/New_York", ""},
      {"2026-02-30", "UTC", ""},
      {"2026-03-10T00:00:00", "UTC", ""},
      {"10.03.2026", "UTC", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(DayShown(c.text, c.zone), c.shown) << c.text << " " << c.zone;
  for (const Value& sent :
       {Value(20260310.0), Value(true), Value(ScalarList{"2026-03-10"s}), Value(StructValue{"{}"})}) {
    EXPECT_EQ(Convert(sent, FieldType::kDay), std::nullopt) << ValueToJson(sent);
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
