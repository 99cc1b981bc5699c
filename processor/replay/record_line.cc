#include "processor/replay/record_line.h"

#include <google/protobuf/util/json_util.h>

#include <variant>

#include "leadpulse/v1/input.pb.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::replay {
namespace {

bool IsBackfill(const codec::Decoded& record) {
  if (const auto* event = std::get_if<codec::Event>(&record)) return event->backfill;
  return std::get<codec::Command>(record).backfill;
}

// Adds the mark to `{"event":{…}}` as the last field of the event, because the last of two fields with one name counts.
// For another line, the result means something else or is not JSON.
std::string WithMark(std::string_view line) {
  const size_t outer = line.rfind('}');
  const size_t inner = outer == std::string_view::npos || outer == 0 ? outer : line.rfind('}', outer - 1);
  if (inner == std::string_view::npos) return std::string(line);
  return std::string(line.substr(0, inner)) + ",\"backfill\":true" + std::string(line.substr(inner));
}

}  // namespace

void RecordLines::Append(const HistoryRecord& record, std::string* out) {
  LP_ASSERT(!std::holds_alternative<codec::Rejection>(record.decoded));
  const std::string_view json = TrimAsciiSpace(record.json);
  if (!json.empty()) {
    if (!IsBackfill(record.decoded) || SaysTheSame(json, record.decoded)) {
      *out += std::string(json) + "\n";
      return;
    }
    const std::string marked = WithMark(json);
    if (SaysTheSame(marked, record.decoded)) {
      *out += marked + "\n";
      return;
    }
  }
  std::visit(
      [out](const auto& one) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, codec::Rejection>) codec::AppendInputJson(one, out);
      },
      record.decoded);
}

bool RecordLines::SaysTheSame(std::string_view line, const codec::Decoded& decoded) {
  return decoder_->Decode(line, {}) == decoded;
}

std::string JsonOfMessage(std::string_view message) {
  v1::InputRecord record;
  std::string json;
  if (!record.ParseFromArray(message.data(), static_cast<int>(message.size()))) return "";
  return google::protobuf::util::MessageToJsonString(record, &json).ok() ? json : "";
}

void MarkAsBackfill(codec::Decoded* record) {
  if (auto* event = std::get_if<codec::Event>(record)) event->backfill = true;
  if (auto* command = std::get_if<codec::Command>(record)) command->backfill = true;
}

}  // namespace leadpulse::replay
