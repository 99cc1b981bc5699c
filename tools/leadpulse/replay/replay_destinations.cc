#include "tools/leadpulse/replay/replay_destinations.h"

#include <filesystem>
#include <system_error>
#include <variant>

#include "processor/base/assert.h"

namespace leadpulse::tools {

Status FileDestination::Send(const replay::HistoryRecord& record) {
  line_.clear();
  lines_.Append(record, &line_);
  // To a file it is the line that is written.
  return Told(output_.Write(codec::Event(), line_));
}

uint64_t FileDestination::Size() const {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(to_, error);
  return error ? 0 : size;
}

Status KafkaDestination::Send(const replay::HistoryRecord& record) {
  if (const auto* event = std::get_if<codec::Event>(&record.decoded)) return topics_.Write(*event);
  const auto* command = std::get_if<codec::Command>(&record.decoded);
  LP_ASSERT(command != nullptr);
  return topics_.Write(*command);
}

}  // namespace leadpulse::tools
