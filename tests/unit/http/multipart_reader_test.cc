// Reads a multipart body in pieces of every size.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/http/multipart.h"

namespace leadpulse::http::multipart_reader_test {

// `name=value` of each field, `name@value` of each file.
struct Reading {
  std::vector<std::string> parts;
  Status status;
};

Reading ReadInPieces(const std::string& body, size_t piece) {
  Reading reading;
  MultipartReader reader("B-1", [&reading](const MultipartReader::Part& part, std::string_view bytes) {
    if (bytes.empty()) reading.parts.push_back(part.name + (part.is_file ? "@" : "="));
    reading.parts.back() += bytes;
    return Status::Ok();
  });
  for (size_t at = 0; at < body.size() && reading.status.ok(); at += piece) {
    reading.status = reader.Append(std::string_view(body).substr(at, piece));
  }
  if (reading.status.ok()) reading.status = reader.Finish();
  return reading;
}

void ExpectParts(const std::string& body, const std::vector<std::string>& parts) {
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{5}, size_t{7}, size_t{64}, body.size()}) {
    const Reading reading = ReadInPieces(body, piece);
    EXPECT_EQ(reading.parts, parts) << piece;
    EXPECT_TRUE(reading.status.ok()) << reading.status.message();
  }
}

std::string Part(const std::string& disposition, const std::string& value) {
  return "--B-1\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n";
}

TEST(MultipartReaderTest, PartsComeInOrderHoweverTheBodyIsCut) {
  ExpectParts(Part("name=\"token\"", "abc") + Part("name=\"file\"; filename=\"a;b.csv\"", "id,email\r\n1,\r\n") +
                  Part("name=\"empty\"", "") + "--B-1--\r\n",
              {"token=abc", "file@id,email\r\n1,\r\n", "empty="});
}

TEST(MultipartReaderTest, WhatLooksLikeADelimiterIsAValue) {
  ExpectParts(Part("name=a", "\r\n--B-\r\n--B-2\r\n-\r\r\n--B") + "--B-1--", {"a=\r\n--B-\r\n--B-2\r\n-\r\r\n--B"});
}

TEST(MultipartReaderTest, BareLineEndsAndAPreambleAreAccepted) {
  ExpectParts(
      "not read\n--B-1  \nX: y\nCONTENT-disposition: form-data; NAME = a\n\nvalue\n--B-1--\nnor this\n--B-1\n\n",
      {"a=value"});
}

TEST(MultipartReaderTest, APartWithoutAnEmptyLineOrANameHasNoValue) {
  ExpectParts("--B-1\nContent-Disposition: form-data; name=a\n--B-1\nContent-Disposition: form-data\n\nx\n--B-1--",
              {"a="});
}

TEST(MultipartReaderTest, ABodyThatIsCutOffIsRefused) {
  const std::string body = Part("name=a", "1") + "--B-1--";
  for (size_t end = 0; end < body.size(); ++end) {
    EXPECT_FALSE(ReadInPieces(body.substr(0, end), 3).status.ok()) << end;
  }
  EXPECT_EQ(ReadInPieces("nothing", 3).status.message(), "the multipart body does not hold its boundary");
}

TEST(MultipartReaderTest, HeadersAreBounded) {
  for (const std::string line : {"x", "x\n"}) {
    std::string headers;
    while (headers.size() < 20'000) headers += line;
    EXPECT_FALSE(ReadInPieces("--B-1\n" + headers + "\n\n1\n--B-1--", 1'000).status.ok());
  }
}

TEST(MultipartReaderTest, AnErrorOfTheCallerEndsTheReading) {
  MultipartReader reader("B", [](const MultipartReader::Part&, std::string_view) { return Status::Rejected("full"); });
  EXPECT_EQ(reader.Append("--B\nContent-Disposition: a; name=a\n\n1").message(), "full");
  EXPECT_EQ(reader.Append("\n--B--").message(), "full");
  EXPECT_EQ(reader.Finish().message(), "full");
}

}  // namespace leadpulse::http::multipart_reader_test
