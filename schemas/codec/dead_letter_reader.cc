#include "schemas/codec/dead_letter_reader.h"

#include <absl/strings/escaping.h>
#include <google/protobuf/util/json_util.h>
#include <simdjson.h>

#include "leadpulse/v1/dead_letter.pb.h"
#include "processor/base/text.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::codec {
namespace {

using simdjson::dom::element;

// Returns the text of a member; empty if it is missing or has another type.
std::string_view TextOf(element object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Returns the number of a member; `otherwise` if it is missing or has another type.
int64_t NumberOf(element object, std::string_view name, int64_t otherwise) {
  int64_t number = 0;
  return object[name].get(number) == simdjson::SUCCESS ? number : otherwise;
}

Status ParseMessage(std::string_view value, OutputFormat format, v1::DeadLetter* letter) {
  Status other = Status::Rejected("a dead letter is not in the format that formats.dead_letters says");
  if (format == OutputFormat::kJson) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;  // a newer run may write more fields
    return google::protobuf::util::JsonStringToMessage({value.data(), value.size()}, letter, options).ok()
               ? Status::Ok()
               : other;
  }
  if (format == OutputFormat::kConfluent) {
    const Result<ConfluentFrame> frame = ReadConfluentFrame(value);
    if (!frame.ok()) return other;
    value = frame->message;
  }
  return letter->ParseFromArray(value.data(), static_cast<int>(value.size())) ? Status::Ok() : other;
}

}  // namespace

Result<StoredDeadLetter> ReadDeadLetterLine(std::string_view line) {
  const Status none = Status::Rejected("this is no dead letter");
  simdjson::dom::parser parser;
  element letter, source;
  if (parser.parse(line.data(), line.size()).get(letter) != simdjson::SUCCESS || !letter.is_object()) return none;
  if (letter["source"].get(source) != simdjson::SUCCESS || !source.is_object()) return none;
  StoredDeadLetter read;
  read.source.topic = TextOf(source, "file");
  read.source.line = static_cast<uint64_t>(NumberOf(source, "line", 0));
  read.source.offset = NumberOf(source, "offset", -1);
  read.reason = TextOf(letter, "reason");
  read.detail = TextOf(letter, "detail");
  if (read.source.offset < 0 || read.reason.empty()) return none;
  const std::string_view payload = TextOf(letter, "payload");
  if (!absl::Base64Unescape({payload.data(), payload.size()}, &read.payload)) return none;
  if (const int64_t size = NumberOf(letter, "size", -1); size >= 0) read.full_size = static_cast<uint64_t>(size);
  return read;
}

Result<StoredDeadLetter> ReadDeadLetter(std::string_view value, OutputFormat format) {
  v1::DeadLetter letter;
  LP_RETURN_IF_ERROR(ParseMessage(value, format, &letter));
  StoredDeadLetter read;
  read.source = {letter.source().topic(), letter.source().partition(), letter.source().offset(), 0};
  read.reason = AsciiLower(v1::DeadLetter::Reason_Name(letter.reason()));
  if (read.reason.empty()) read.reason = "reason " + std::to_string(letter.reason());
  read.detail = letter.detail();
  read.payload = letter.payload();
  if (letter.size() > 0) read.full_size = letter.size();
  return read;
}

}  // namespace leadpulse::codec
