// Forms in both encodings, whole and broken.
#include "processor/http/form.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leadpulse::http::form_test {

Result<std::vector<FormField>> Parse(std::string_view body, std::string_view content_type) {
  return ParseForm(body, content_type);
}

// Returns `a=1|b=2`, or the error.
std::string Said(std::string_view body, std::string_view content_type = "application/x-www-form-urlencoded") {
  const Result<std::vector<FormField>> form = Parse(body, content_type);
  if (!form.ok()) return form.status().message();
  std::string text;
  for (const FormField& field : *form) text += (text.empty() ? "" : "|") + field.name + "=" + field.value;
  return text;
}

struct FormCase {
  std::string body, said;
};

TEST(FormTest, UrlEncoded) {
  for (const FormCase& c : {
           FormCase{"a=1&b=2", "a=1|b=2"},
           FormCase{"a=1&a=2", "a=1|a=2"},
           FormCase{"a=x+y%20z%2B%26%3D", "a=x y z+&="},
           FormCase{"%61=%c3%A4", "a=ä"},
           FormCase{"a=b=c", "a=b=c"},
           FormCase{"a&b=", "a=|b="},
           FormCase{"=1", "=1"},
           FormCase{"&&a=1&", "a=1"},
           FormCase{"a=%&b=%4&c=%zz&d=%4g", "a=%|b=%4|c=%zz|d=%4g"},
           FormCase{"a=%41", "a=A"},
           FormCase{"a=1\r\n", "a=1"},
           FormCase{" \r\n", "the body is empty"},
           FormCase{"", "the body is empty"},
       }) {
    EXPECT_EQ(Said(c.body), c.said) << c.body;
  }
  EXPECT_EQ(Said("a=%00%ff"), std::string("a=\0\xff", 4));
}

constexpr char kType[] = "Multipart/Form-Data; charset=utf-8; Boundary=\"b;o\"";

TEST(FormTest, Multipart) {
  for (const FormCase& c : {
           FormCase{"--b;o\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b;o--\r\n", "a=1"},
           FormCase{"before\r\n--b;o  \r\ncontent-type: text/plain\r\ncontent-disposition: form-data; NAME=a\r\n\r\n"
                    "x\r\ny\r\n\r\n--b;o\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--b;o--after",
                    "a=x\r\ny\r\n|a="},
           FormCase{"--b;o\nContent-Disposition: form-data; name=\"q\\\"; \\\\\"\n\n1\n--b;o--", "q\"; \\=1"},
           FormCase{"--b;o\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\n1\r\n--b;o--", ""},
           FormCase{"--b;o\r\nContent-Disposition: form-data; filename=\"a; name=b\"\r\n\r\n1\r\n--b;o--", ""},
           FormCase{"--b;o\r\nX: y\r\n\r\n1\r\n--b;o--", ""},
           FormCase{"--b;o\r\n\r\n--b;o--", ""},
           FormCase{"--b;o--", ""},
           FormCase{"--b;o\r\nContent-Disposition: form-data; name=\"a\"\r\n--b;o--", "a="},
           FormCase{"--b;o\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1",
                    "the multipart body ends within a part"},
           FormCase{"--b;o", "the multipart body ends within a part"},
           FormCase{"--other--", "the multipart body does not hold its boundary"},
           FormCase{"\r\n", "the body is empty"},
       }) {
    EXPECT_EQ(Said(c.body, kType), c.said) << c.body;
  }
}

TEST(FormTest, WhatKindItIs) {
  const std::string body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
  EXPECT_EQ(Said(body, ""), "a=1");
  EXPECT_EQ(Said(body, "multipart/form-data"), "the multipart body does not hold its boundary");
  EXPECT_EQ(Said(body, "multipart/form-data; boundary=b"), "a=1");
  EXPECT_EQ(Said("a=1", ""), "a=1");
  EXPECT_EQ(Said("a=1", "text/plain"), "a=1");
}

TEST(FormTest, FirstAndLast) {
  const std::vector<FormField> form = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(FirstOf(form, "a"), "1");
  EXPECT_EQ(LastOf(form, "a"), "3");
  EXPECT_EQ(FirstOf(form, "A"), "");
  EXPECT_EQ(LastOf(form, "c"), "");
}

TEST(FormTest, TooMany) {
  std::string body;
  std::string parts = "--b\r\n";
  for (size_t i = 0; i < kMaxFormFields; ++i) {
    body += "a=1&";
    parts += "Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n";
  }
  EXPECT_TRUE(Parse(body, "").ok());
  EXPECT_EQ(Said(body + "a=1"), "the form has more than 4096 fields");
  EXPECT_TRUE(Parse(parts.substr(0, parts.size() - 2) + "--", "").ok());
  EXPECT_EQ(Said(parts + "Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--", ""),
            "the form has more than 4096 fields");
}

}  // namespace leadpulse::http::form_test
