// Paths in JSON: names, indexes and choices.
#include "processor/base/json_path.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace leadpulse::json_path_test {

std::string Found(std::string_view path, const Json& json) {
  auto parsed = JsonPath::Parse(path);
  if (const auto* fault = std::get_if<JsonPath::Fault>(&parsed)) {
    return std::to_string(fault->at) + ": " + fault->message;
  }
  std::string text;
  std::get<JsonPath>(parsed).In(json).AppendTo(&text);
  return text;
}

TEST(JsonPathTest, LeadsToWhatIsThere) {
  const Json json = *Json::Parse(R"({"a":{"b":[1,{"c":"x"}],"d e":2},"f":[[3]]})");
  EXPECT_EQ(Found("a.b[1].c", json), "\"x\"");
  EXPECT_EQ(Found("a.d e", json), "2");
  EXPECT_EQ(Found("f[0][0]", json), "3");
  EXPECT_EQ(Found("a.b[2]", json), "null");
  EXPECT_EQ(Found("a[0]", json), "null");
  EXPECT_EQ(Found("f.a", json), "null");
  EXPECT_EQ(Found("[1].c", json["a"]["b"]), "\"x\"");
}

TEST(JsonPathTest, ChoosesTheFirstThatHasTheValue) {
  const Json json = *Json::Parse(
      R"({"fields":[{"name":"Name","value":"Ada"},{"name":" Email ","value":"a@x"},{"name":"Email","value":"b@x"}],)"
      R"("answers":[{"field":{"ref":"email"},"email":"c@x"},{"field":{"ref":7},"n":1},{"field":"email"}],)"
      R"("group":{"3":{"name":"Email","value":"d@x"}},"flags":[{"primary":false},{"primary":true,"v":2}],)"
      R"("odd.name":{"a]b":1},"[x]":[{"label":"a [b] = c","v":3}],"list":["Email"]})");
  EXPECT_EQ(Found("fields[name=Email].value", json), "\"a@x\"");
  EXPECT_EQ(Found("fields[name=Name]", json), R"({"name":"Name","value":"Ada"})");
  EXPECT_EQ(Found("fields[name=Phone].value", json), "null");
  EXPECT_EQ(Found("fields[name=email].value", json), "null") << "names are compared with their case";
  EXPECT_EQ(Found("answers[field.ref=email].email", json), "\"c@x\"");
  EXPECT_EQ(Found("answers[field.ref=7].n", json), "1");
  EXPECT_EQ(Found("group[name=Email].value", json), "\"d@x\"");
  EXPECT_EQ(Found("flags[primary=true].v", json), "2");
  EXPECT_EQ(Found("list[name=Email]", json), "null");
  EXPECT_EQ(Found(R"(["odd.name"]["a]b"])", json), "1");
  EXPECT_EQ(Found(R"(["[x]"][label="a [b] = c"].v)", json), "3");
  EXPECT_EQ(Found(R"(["[x]"][label="a [b] = c"][0])", json), "null");
}

TEST(JsonPathTest, FindsWhatCanBeReplaced) {
  Json json = *Json::Parse(R"({"a":[{"b":"1"}],"n":null})");
  const auto path = [](std::string_view text) { return std::get<JsonPath>(JsonPath::Parse(text)); };
  *path("a[b=1].b").MutableIn(&json) = *Json::Parse("[2]");
  EXPECT_EQ(Found("a", json), R"([{"b":[2]}])");
  EXPECT_EQ(path("a[1]").MutableIn(&json), nullptr);
  EXPECT_EQ(path("n").MutableIn(&json), nullptr);
}

TEST(JsonPathTest, WhatIsNoPath) {
  for (const auto& [path, at] : {std::pair("", "0"), {".a", "0"}, {"a.", "2"}, {"a..b", "2"}, {"a.[0]", "2"}}) {
    EXPECT_EQ(Found(path, Json()), at + std::string(": expected a name")) << path;
  }
  for (const char* path : {"a[", "a[]", "a[-1]", "a[0", "a[99999999999999999999]", "a[x]", "a[\"\"]", "a[\"x]", "a[=b]",
                           "a[b=]", "a[b..c=d]", "a[b=\"c]"}) {
    EXPECT_EQ(Found(path, Json()),
              "1: expected an index such as [0], a choice such as [name=Email] or a name in [\"…\"]")
        << path;
  }
  EXPECT_EQ(Found("a[0]b", Json()), "4: expected a dot or an index such as [0]");
  EXPECT_EQ(Found("a]", Json()), "1: expected a dot or an index such as [0]");
}

}  // namespace leadpulse::json_path_test
