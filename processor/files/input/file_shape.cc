#include "processor/files/input/file_shape.h"

#include <algorithm>
#include <initializer_list>

#include "processor/base/text.h"

namespace leadpulse::input {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  std::string_view bytes;
  std::string_view is;
  std::string_view advice;
};
// The first bytes of files, the longer first.
constexpr Signature kSignatures[] = {
    {"\xff\xfe\0\0"sv, "UTF-32 text", "convert it to UTF-8, as in iconv -f UTF-32 -t UTF-8"},
    {"\0\0\xfe\xff"sv, "UTF-32 text", "convert it to UTF-8, as in iconv -f UTF-32 -t UTF-8"},
    {"\xff\xfe"sv, "UTF-16 text", "convert it to UTF-8, as in iconv -f UTF-16 -t UTF-8"},
    {"\xfe\xff"sv, "UTF-16 text", "convert it to UTF-8, as in iconv -f UTF-16 -t UTF-8"},
    {"PK\x03\x04"sv, "a zip archive or a spreadsheet",
     "unpack it, or save the sheet as CSV and give that to leadpulse import"},
    {"\x1f\x8b"sv, "compressed with gzip", "let its name end with .gz"},
    {"\x28\xb5\x2f\xfd"sv, "compressed with zstd", "let its name end with .zst"},
    {"BZh"sv, "compressed with bzip2", "unpack it"},
    {"\xfd"
     "7zXZ"sv,
     "compressed with xz", "unpack it"},
    {"7z\xbc\xaf"sv, "a 7z archive", "unpack it"},
    {"PAR1"sv, "a Parquet file", "write its rows as JSON lines"},
    {"Obj\x01"sv, "an Avro file", "write its rows as JSON lines"},
    {"SQLite format 3"sv, "a SQLite database", "write its rows as JSON lines"},
    {"%PDF"sv, "a PDF document", "it holds no records"},
    {"<"sv, "XML or HTML", "write its records as JSON lines"},
};

constexpr std::string_view kRecordLine = R"(a line is {"event":{…}} or {"command":{…}})";

bool HasKey(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return text.find("\"" + std::string(name) + "\"") != std::string_view::npos;
  });
}

std::string Describe(std::string_view is, const std::string& advice) { return std::string(is) + ": " + advice; }

// Whether it is text whose characters take two bytes: most of them have a NUL, also without a byte order mark.
bool HasWideCharacters(std::string_view bytes) {
  const std::string_view part = bytes.substr(0, 256);
  const auto zeros = static_cast<size_t>(std::count(part.begin(), part.end(), '\0'));
  return part.size() >= 4 && zeros * 5 >= part.size() * 2 && (part[0] == '\0') != (part[1] == '\0');
}

bool IsText(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
}

// Guesses whether it is an object that begins with a list of events or commands; empty if not.
std::string GuessListOfRecords(const std::string& path, std::string_view text) {
  std::string begin(text.substr(0, 24));
  std::erase(begin, ' ');
  for (const std::string_view one : {"event", "command"}) {
    if (!begin.starts_with(Concat({"{\"", one, "s\":["}))) continue;
    return Describe(Concat({one, "s in one list"}),
                    Concat({"write each on a line of its own, as in jq -c '.", one, "s[] | {", one, ": .}' ", path}));
  }
  return "";
}

// Guesses what JSON is that is not a record.
std::string GuessJson(const std::string& path, std::string_view text, bool is_whole) {
  if (text.starts_with('[')) {
    return Describe("a JSON array", "write each element on a line of its own, as in jq -c '.[]' " + path + "; " +
                                        std::string(kRecordLine));
  }
  if (!is_whole) return "";
  if (!text.ends_with('}')) {
    return Describe("JSON over several lines", "write each record on one line, as in jq -c . " + path);
  }
  if (HasKey(text, {"sg_event_id", "sg_message_id", "RecordType", "event-data", "MessageEvent", "mandrill_events"})) {
    return Describe("an email provider's report", "give it to leadpulse convert");
  }
  if (std::string list = GuessListOfRecords(path, text); !list.empty()) return list;
  const bool is_wrapped = HasKey(text, {"event", "command"});
  if (!is_wrapped && HasKey(text, {"commandId", "command_id", "issuedAt", "issued_at"})) {
    return Describe("commands without {\"command\":…} around them", "add it, as in jq -c '{command: .}' " + path);
  }
  if (!is_wrapped && HasKey(text, {"eventId", "event_id", "occurredAt", "occurred_at"})) {
    return Describe("events without {\"event\":…} around them", "add it, as in jq -c '{event: .}' " + path);
  }
  return is_wrapped ? "" : Describe("JSON lines of another kind", std::string(kRecordLine));
}

}  // namespace

std::string GuessShape(const std::string& path, const InputFormat& format, std::string_view first, bool is_whole) {
  for (const Signature& signature : kSignatures) {
    if (first.starts_with(signature.bytes)) return Describe(signature.is, std::string(signature.advice));
  }
  if (HasWideCharacters(first)) return Describe(kSignatures[2].is, std::string(kSignatures[2].advice));
  std::string_view text = first;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text = TrimAsciiSpace(text);
  const bool is_json = text.starts_with('{') || text.starts_with('[');
  if (format.records == FileFormat::kProtobuf) {
    return is_json ? Describe("JSON lines", "let its name end with .jsonl") : "";
  }
  if (is_json) return GuessJson(path, text, is_whole);
  if (!IsText(text)) return Describe("binary data", "if they are records in Protobuf, let its name end with .pb");
  if (text.find_first_of(",;\t|") != std::string_view::npos) {
    return Describe("a CSV file", "give it to leadpulse import");
  }
  return "";
}

}  // namespace leadpulse::input
