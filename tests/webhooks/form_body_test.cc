// A form and the JSON that it stands for.
#include "processor/webhooks/form_body.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/json.h"
#include "processor/base/value.h"

namespace leadpulse::webhooks::form_body_test {

constexpr std::string_view kUrlEncoded = "application/x-www-form-urlencoded";

Result<Json> Parse(std::string_view body, std::string_view content_type) {
  size_t values_left = MaxJsonValues(body.size());
  return ParseBodyOrForm({.body = body, .content_type = content_type, .received_at = Instant{0}}, &values_left);
}

// Returns the JSON, or the error.
std::string Said(std::string_view body, std::string_view content_type = kUrlEncoded) {
  const Result<Json> json = Parse(body, content_type);
  if (!json.ok()) return json.status().message();
  std::string text;
  json->AppendTo(&text);
  return text;
}

TEST(FormBodyTest, NamesAndGroups) {
  const std::pair<const char*, const char*> cases[] = {
      {"a=1", R"({"a":"1"})"},
      {"a=", R"({"a":""})"},
      {"a=1&a=2", R"({"a":["1","2"]})"},
      {"a[]=1", R"({"a":["1"]})"},
      {"a[]=1&a[]=2", R"({"a":["1","2"]})"},
      {"a[0]=1&a[1]=2", R"({"a":["1","2"]})"},
      {"a[1]=2&a[0]=1", R"({"a":["1","2"]})"},
      {"a[1]=1&a[2]=2", R"({"a":{"1":"1","2":"2"}})"},
      {"a[5]=1&a[]=2", R"({"a":{"5":"1","6":"2"}})"},
      {"a[b]=1&a[c][d]=2", R"({"a":{"b":"1","c":{"d":"2"}}})"},
      {"a[b][]=1&a[b][]=2", R"({"a":{"b":["1","2"]}})"},
      {"a[][b]=1&a[][c]=2&a[][b]=3", R"({"a":[{"b":"1","c":"2"},{"b":"3"}]})"},
      {"a[0][b]=1&a[1][b]=2", R"({"a":[{"b":"1"},{"b":"2"}]})"},
      {"a%5Bb%5D=1", R"({"a":{"b":"1"}})"},
      {"1.3=x&2=y", R"({"1.3":"x","2":"y"})"},
      {"0=x&1=y", R"({"0":"x","1":"y"})"},
      {"a=1&a[b]=2", R"({"a":{"b":"2"}})"},
      {"a[b]=2&a=1", R"({"a":"1"})"},
      {"a[b=1", R"({"a[b":"1"})"},
      {"a]b=1", R"({"a]b":"1"})"},
      {"a[b]c=1", R"({"a[b]c":"1"})"},
      {"=1", R"({"":"1"})"},
      {"a=%ff", "{\"a\":\"\uFFFD\"}"},
  };
  for (const auto& [body, json] : cases) {
    EXPECT_EQ(Said(body), json) << body;
  }
}

TEST(FormBodyTest, TheBodySaysWhetherItIsAForm) {
  EXPECT_EQ(Said(R"({"a": "b=c"})", kUrlEncoded), R"({"a":"b=c"})");
  EXPECT_EQ(Said(R"([{"a": 1}])", "multipart/form-data"), R"([{"a":1}])");
  EXPECT_EQ(Said("\xEF\xBB\xBF {\"a\": 1}", kUrlEncoded), R"({"a":1})");
  for (const std::string_view type : {"", "text/plain", "application/json"}) {
    EXPECT_EQ(Said("a=b", type), R"({"a":"b"})") << type;
    EXPECT_EQ(Said("--x\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\n1\r\n--x--\r\n", type),
              R"({"a":{"b":"1"}})")
        << type;
    for (const char* body : {"<a b=\"c\">", "x \"a\"=\"b\"", "no form"}) {
      EXPECT_EQ(Said(body, type).substr(0, 24), "the body cannot be read:") << body;
    }
  }
  EXPECT_EQ(Said("", kUrlEncoded), "the body is empty");
  EXPECT_EQ(Said("7", ""), "7");
  EXPECT_EQ(Said("--x", "multipart/form-data; boundary=y").substr(0, 24), "the form cannot be read:");
}

// Returns `a[b][b]…`.
std::string Nested(int brackets) {
  std::string name = "a";
  for (int i = 0; i < brackets; ++i) name += "[b]";
  return name;
}

TEST(FormBodyTest, IsBounded) {
  EXPECT_EQ(Said(Nested(30) + "=1").substr(0, 5), "{\"a\":");
  EXPECT_EQ(Said(Nested(31) + "=1"), "the form cannot be read: it is nested more than 32 deep");
  std::string wide;
  for (int i = 0; i < 4097; ++i) wide += "a" + std::to_string(i) + "=1&";
  EXPECT_EQ(Said(wide), "the form cannot be read: the form has more than 4096 fields");
  std::string deep;
  for (int i = 0; i < 4000; ++i) deep += std::to_string(i) + Nested(30) + "=1&";
  EXPECT_EQ(Said(deep), "the form cannot be read: it holds more values than events of its size could have");
}

// A tree of strings, lists and objects that a form can express, with its encodings.
class RandomForm {
 public:
  explicit RandomForm(uint32_t seed) : random_(seed) {
    json_ = "{";
    const int members = Below(5) + 1;
    for (int i = 0; i < members; ++i) {
      const std::string name = Name() + std::to_string(i);
      json_ += i == 0 ? "" : ",";
      AppendJsonString(name, &json_);
      json_ += ":";
      AddValue(name, 0);
    }
    json_ += "}";
  }

  const std::string& json() const { return json_; }

  std::string UrlEncoded() const {
    std::string body;
    for (const auto& [name, value] : fields_) {
      body += (body.empty() ? "" : "&") + Escaped(name) + "=" + Escaped(value);
    }
    return body;
  }

  std::string Multipart() const {
    std::string body;
    for (const auto& [name, value] : fields_) {
      body += "--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }
    return body + "--edge--\r\n";
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }

  std::string Text(std::string_view letters) {
    std::string text;
    for (int i = Below(6); i > 0; --i) text += letters[static_cast<size_t>(Below(static_cast<int>(letters.size())))];
    return text;
  }
  // Returns a name that is no number, without brackets.
  std::string Name() { return "n" + Text("aZ09 .&=%+-_;"); }

  void AddValue(const std::string& name, int depth) {
    const int kind = depth == 4 ? 0 : Below(4);
    if (kind == 1) return AddList(name, depth);
    if (kind == 2) return AddObject(name, depth);
    AddText(name);
  }

  void AddText(const std::string& name) {
    const std::string value = Text("aZ09 .&=%+\"\\[]{}\r\n");
    fields_.emplace_back(name, value);
    AppendJsonString(value, &json_);
  }

  // Adds a list: of strings with empty brackets or a repeated name, else with indexes.
  void AddList(const std::string& name, int depth) {
    const int size = Below(3) + 1;
    const int way = Below(3);
    json_ += "[";
    for (int i = 0; i < size; ++i) {
      json_ += i == 0 ? "" : ",";
      if (way == 0 || (way == 1 && size == 1)) {
        AddText(name + "[]");
      } else if (way == 1) {
        AddText(name);
      } else {
        AddValue(name + "[" + std::to_string(i) + "]", depth + 1);
      }
    }
    json_ += "]";
  }

  void AddObject(const std::string& name, int depth) {
    json_ += "{";
    const int size = Below(3) + 1;
    for (int i = 0; i < size; ++i) {
      const std::string member = Name() + std::to_string(i);
      json_ += i == 0 ? "" : ",";
      AppendJsonString(member, &json_);
      json_ += ":";
      AddValue(name + "[" + member + "]", depth + 1);
    }
    json_ += "}";
  }

  // Escapes as browsers do, or more.
  static std::string Escaped(const std::string& text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0) {
        escaped += c;
      } else if (c == ' ') {
        escaped += '+';
      } else {
        escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
    return escaped;
  }

  std::mt19937 random_;
  std::string json_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

TEST(FormBodyTest, EveryEncodingGivesTheSameValues) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    const RandomForm form(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string json = Said(form.json(), "application/json");
    ASSERT_EQ(Said(form.UrlEncoded()), json) << form.UrlEncoded();
    ASSERT_EQ(Said(form.UrlEncoded(), ""), json) << form.UrlEncoded();
    ASSERT_EQ(Said(form.Multipart(), "multipart/form-data; boundary=edge"), json) << form.Multipart();
    ASSERT_EQ(Said(form.Multipart(), ""), json) << form.Multipart();
  }
}

}  // namespace leadpulse::webhooks::form_body_test
