// Objects that are written member by member, whatever the length of keys and values.
#include "processor/base/json_object.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "processor/base/json.h"

namespace leadpulse::json_object_test {

TEST(JsonObjectTest, WritesEachKindOfMember) {
  std::string out = "before";
  JsonObject object(&out);
  object.Text("text", "a\"b");
  object.Number("least", std::numeric_limits<int64_t>::min());
  object.Number("most", std::numeric_limits<uint64_t>::max());
  object.Boolean("yes", true);
  object.Null("nothing");
  object.Time("at", Instant{1'772'000'000'123});
  object.Time("never", Instant::Never());
  object.Texts("texts", std::vector<std::string>{"a", "b\n"});
  object.Texts("none", std::vector<std::string>());
  *object.Key("by caller") += "[1]";
  object.TextOrNull("optional", std::nullopt);
  object.End();
  EXPECT_EQ(out, R"(before{"text":"a\"b","least":-9223372036854775808,"most":18446744073709551615,"yes":true,)"
                 R"("nothing":null,"at":"2026-02-25T06:13:20.123Z","never":null,"texts":["a","b\n"],"none":[],)"
                 R"("by caller":[1],"optional":null})");
}

// A key of the program's own is copied as it is; any other one is escaped.
TEST(JsonObjectTest, KeysOfEachKindGiveTheSameMember) {
  const std::string name = "a key";
  std::string literal, own, other, escaped;
  JsonObject(&literal).Number("a key", 1);
  JsonObject(&own).Number(JsonKey::OfName(name), 1);
  JsonObject(&other).Number(name, 1);
  EXPECT_EQ(literal, R"({"a key":1})");
  EXPECT_EQ(own, literal);
  EXPECT_EQ(other, literal);
  JsonObject(&escaped).Number(std::string("\"\n\xff"), 1);
  EXPECT_EQ(escaped, R"({"\"\n�":1})");
  for (const char* wrong : {"\"", "\\", "\n", "ü", "\x7f"}) EXPECT_DEATH((void)JsonKey::OfName(wrong), "c >= ' '");
}

TEST(JsonObjectTest, NestedObjectsStandWhereTheirKeyIs) {
  std::string out;
  {
    JsonObject outer(&out);
    outer.Number("first", 1);
    {
      JsonObject inner(outer.Key("inner"));
      inner.Text("a", "b");
    }
    outer.Number("last", 2);
  }
  EXPECT_EQ(out, R"({"first":1,"inner":{"a":"b"},"last":2})");
}

// Members are collected before they are appended: no length of one, and no place where one begins, breaks another.
TEST(JsonObjectTest, AMemberOfAnyLengthIsWhole) {
  for (size_t before = 0; before < 600; before += 7) {
    for (const size_t length : {0, 1, 7, 8, 100, 253, 254, 255, 256, 257, 1000}) {
      const std::string first(before, 'x'), text(length, 'y'), escaped(length, '"');
      std::string out;
      JsonObject object(&out);
      object.Text("first", first);
      object.Text(text, text);
      object.Number("number", -1);
      object.Text(escaped + "key", escaped);
      object.Time("at", Instant{0});
      object.End();
      const Result<Json> read = Json::Parse(out);
      ASSERT_TRUE(read.ok()) << out;
      std::string quotes;
      for (size_t i = 0; i < length; ++i) quotes += R"(\")";
      EXPECT_EQ(out, R"({"first":")" + first + R"(",")" + text + R"(":")" + text + R"(","number":-1,")" + quotes +
                         R"(key":")" + quotes + R"(","at":"1970-01-01T00:00:00Z"})");
    }
  }
}

}  // namespace leadpulse::json_object_test
