#include "processor/archive/archive_router.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <variant>

#include "processor/base/assert.h"
#include "processor/files/input/batch.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::archive {
namespace {

using google::protobuf::io::CodedOutputStream;
using kafka::InputTopic;

// The field numbers of `event` and `command` in InputRecord, by InputTopic.
constexpr std::array<char, engine::kRecordTopicCount> kTags{0x0A, 0x12};
constexpr std::array<std::string_view, engine::kRecordTopicCount> kMembers{R"({"event":)", R"({"command":)"};
// More bytes than are ever added around a value.
constexpr size_t kRoom = 64;

void AppendVarint(uint32_t number, std::string* out) {
  std::array<uint8_t, 5> bytes{};
  const uint8_t* end = CodedOutputStream::WriteVarint32ToArray(number, bytes.data());
  out->append(bytes.begin(), bytes.begin() + (end - bytes.data()));
}

// Appends an InputRecord that contains `message` unchanged, with its length before it.
void AppendMessage(InputTopic topic, std::string_view message, std::string* out) {
  const auto size = static_cast<uint32_t>(message.size());
  AppendVarint(1 + static_cast<uint32_t>(CodedOutputStream::VarintSize32(size)) + size, out);
  out->push_back(kTags[static_cast<size_t>(topic)]);
  AppendVarint(size, out);
  out->append(message);
}

const codec::Rejection* RejectionOf(const codec::Decoded& decoded) { return std::get_if<codec::Rejection>(&decoded); }

bool IsMalformed(const codec::Decoded& decoded) {
  const codec::Rejection* rejection = RejectionOf(decoded);
  return rejection != nullptr && rejection->reason == codec::Reason::kMalformed;
}

bool SameAnswer(const codec::Decoded& a, const codec::Decoded& b) {
  if (a.index() != b.index()) return false;
  return RejectionOf(a) == nullptr || RejectionOf(a)->reason == RejectionOf(b)->reason;
}

}  // namespace

ArchiveRouter::ArchiveRouter(const kafka::WorkerOptions& options)
    : options_(options), encoding_(options), lines_(codec::MakeJsonRecordDecoder()) {}

ArchiveTarget ArchiveRouter::File(const v1::ArchivedRecord& record, std::string* out) {
  const auto names = options_.record_topics();
  const auto name = std::ranges::find(names, record.topic());
  ArchiveTarget target = ArchiveTarget::kQuarantine;
  std::string problem = "it has no value";
  if (name == names.end()) {
    problem = "the settings name no such topic";
  } else if (record.has_value()) {
    problem = FileAsRecord(static_cast<InputTopic>(name - names.begin()), record.value(), &target, out);
  }
  if (problem.empty()) return target;
  v1::ArchivedRecord aside = record;
  aside.set_problem(problem);
  std::string line;
  LP_ASSERT(google::protobuf::util::MessageToJsonString(aside, &line).ok());  // cannot fail: has no time or duration
  out->append(line).append("\n");
  return ArchiveTarget::kQuarantine;
}

std::string ArchiveRouter::FileAsRecord(InputTopic topic, const std::string& value, ArchiveTarget* target,
                                        std::string* out) {
  if (value.size() > input::kMaxRawRecord - kRoom) return "it is longer than a record in a file may be";
  const codec::Decoded live = encoding_.decoder(topic)->Decode(value, {});
  if (IsMalformed(live)) return RejectionOf(live)->detail;
  const bool is_event = topic == InputTopic::kEvents;
  const kafka::InputFormat format = is_event ? options_.formats.events : options_.formats.commands;
  if (format == kafka::InputFormat::kJson) {
    *target = ArchiveTarget::kJsonLines;
    return FileJson(topic, value, live, out);
  }
  *target = ArchiveTarget::kProtobuf;
  std::string_view message = value;
  if (format == kafka::InputFormat::kConfluent) {
    const Result<codec::ConfluentFrame> frame = codec::ReadConfluentFrame(value);
    LP_ASSERT(frame.ok());  // else it would be malformed
    message = frame->message;
  }
  AppendMessage(topic, message, out);
  return "";
}

std::string ArchiveRouter::FileJson(InputTopic topic, const std::string& value, const codec::Decoded& live,
                                    std::string* out) {
  std::string line = value;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (!SameAnswer(lines_->Decode(line, {}), live)) {
    line = std::string(kMembers[static_cast<size_t>(topic)]) + line + "}";
    if (!SameAnswer(lines_->Decode(line, {}), live)) return "a run reads another record there than the live mode";
  }
  out->append(line).append("\n");
  return "";
}

}  // namespace leadpulse::archive
