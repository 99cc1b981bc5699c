#include "state/codec/row_form.h"

namespace leadpulse::state {
namespace {

struct Parts {
  std::string_view front;
  std::string_view entries;
};

std::optional<Parts> PartsOfRow(std::string_view row) {
  const std::optional<size_t> front = FrontSize(row);
  if (!front) return std::nullopt;
  return Parts{row.substr(0, *front), row.substr(*front)};
}

std::optional<Parts> PartsOfAppend(std::string_view append) {
  if (append.empty() || append.front() != kAppendMark) return std::nullopt;
  return PartsOfRow(append.substr(1));
}

}  // namespace

uint32_t LoadNumber(std::string_view four_bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number |= static_cast<uint32_t>(static_cast<uint8_t>(four_bytes[i])) << 8 * i;
  return number;
}

void StoreNumber(uint32_t number, char* four_bytes) {
  for (size_t i = 0; i < 4; ++i) four_bytes[i] = static_cast<char>(number >> 8 * i);
}

std::optional<size_t> FrontSize(std::string_view row) {
  if (row.size() < kRowBodyAt || row.front() != kRowVersion) return std::nullopt;
  const size_t front = LoadNumber(row.substr(kFrontSizeAt, kFrontSizeBytes));
  if (front < kRowBodyAt || front > row.size()) return std::nullopt;
  return front;
}

void AppendToRow(std::string_view append, std::string* row) {
  const std::optional<Parts> added = PartsOfAppend(append);
  const std::optional<size_t> front = FrontSize(*row);
  if (!added || !front) {
    row->append(append);
    return;
  }
  if (row->starts_with(added->front)) return;
  row->replace(0, *front, added->front);
  row->append(added->entries);
}

void JoinRow(std::optional<std::string_view> row, std::span<const std::string_view> appends, std::string* joined) {
  const std::optional<Parts> parts = row ? PartsOfRow(*row) : std::nullopt;
  size_t bytes = row ? row->size() : 0;
  bool sound = parts.has_value() && !appends.empty();
  for (std::string_view append : appends) {
    bytes += append.size();
    sound = sound && PartsOfAppend(append);
  }
  joined->clear();
  joined->reserve(bytes);
  if (sound) {
    joined->append(PartsOfAppend(appends.back())->front).append(parts->entries);
    for (std::string_view append : appends) joined->append(PartsOfAppend(append)->entries);
    return;
  }
  if (row) joined->append(*row);
  for (std::string_view append : appends) joined->append(append);
}

bool JoinAppends(std::span<const std::string_view> appends, std::string* joined) {
  size_t bytes = 0;
  for (std::string_view append : appends) {
    if (!PartsOfAppend(append)) return false;
    bytes += append.size();
  }
  joined->clear();
  joined->reserve(bytes);
  joined->append(1, kAppendMark).append(PartsOfAppend(appends.back())->front);
  for (std::string_view append : appends) joined->append(PartsOfAppend(append)->entries);
  return true;
}

}  // namespace leadpulse::state
