#include "tools/leadpulse/lead/attribute_words.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace leadpulse::tools::attribute_words_test {

TEST(AttributeWordsTest, AWordIsANumberOrBooleanWhereItReadsAsOne) {
  const std::vector<std::pair<std::string, Value>> cases = {
      {"250", 250.0},
      {"-3.5", -3.5},
      {"1e3", 1000.0},
      {"0", 0.0},
      {"-0", 0.0},
      {"true", true},
      {"false", false},
      {"9007199254740991", 9007199254740991.0},
      {"-9007199254740993", *Number::ParseJson("-9007199254740993")},
      {"12345678901234567890.50", *Number::ParseJson("12345678901234567890.50")},
      {"1e999", std::string("1e999")},
      {"007", std::string("007")},
      {"+49", std::string("+49")},
      {"1.", std::string("1.")},
      {"1 ", std::string("1 ")},
      {" 1", std::string(" 1")},
      {"1,2", std::string("1,2")},
      {"1]", std::string("1]")},
      {"True", std::string("True")},
      {"null", std::string("null")},
      {"\"text\"", std::string("\"text\"")},
      {"[1]", std::string("[1]")},
      {"", std::string()},
      {"-", std::string("-")},
      {"2026-03-10", std::string("2026-03-10")},
      {"Acme GmbH", std::string("Acme GmbH")},
  };
  for (const auto& [word, value] : cases) EXPECT_EQ(ValueOfWord(word), value) << word;
}

TEST(AttributeWordsTest, AColonForcesJson) {
  const Result<codec::NamedValues> values =
      ParseAttributes({"zip:=\"007\"", "tags:=[\"a\", 1, true]", "more:={\"b\": 1, \"a\": null}", "gone:=null",
                       "id:=12345678901234567890123", "a=b=c"});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, (codec::NamedValues{{"a", std::string("b=c")},
                                         {"gone", Value()},
                                         {"id", *Number::ParseJson("12345678901234567890123")},
                                         {"more", StructValue{R"({"a":null,"b":1})"}},
                                         {"tags", ScalarList{std::string("a"), 1.0, true}},
                                         {"zip", std::string("007")}}));
}

TEST(AttributeWordsTest, WhatIsWrongIsSaid) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"company"}, "`company` sets nothing; write name=value, or name:=JSON"},
      {{"=1"}, "`=1` names no attribute; write name=value, or name:=JSON"},
      {{":=1"}, "`:=1` names no attribute; write name=value, or name:=JSON"},
      {{" =1"}, "` =1` names no attribute; write name=value, or name:=JSON"},
      {{"a:=text"}, "`a:=text`: what follows := is no JSON value; for text write name=value"},
      {{"a:="}, "`a:=`: what follows := is no JSON value; for text write name=value"},
      {{"a:=1,2"}, "`a:=1,2`: what follows := is no JSON value; for text write name=value"},
      {{"a:=1],[2"}, "`a:=1],[2`: what follows := is no JSON value; for text write name=value"},
      {{"a:=1},\"b\":{}"}, "`a:=1},\"b\":{}`: what follows := is no JSON value; for text write name=value"},
      {{"First Name=Ada", "first_name=Eve"}, "the attribute first_name is given twice"},
  };
  for (const auto& [words, message] : cases) {
    const Result<codec::NamedValues> values = ParseAttributes(words);
    ASSERT_FALSE(values.ok()) << words.front();
    EXPECT_EQ(values.status().message(), message);
  }
}

}  // namespace leadpulse::tools::attribute_words_test
