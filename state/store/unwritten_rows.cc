#include "state/store/unwritten_rows.h"

#include <utility>

#include "processor/base/assert.h"
#include "state/codec/row_form.h"

namespace leadpulse::state {
namespace {

bool NeedsStore(const std::optional<UnwrittenRow>& unwritten) { return !unwritten || unwritten->appended; }

}  // namespace

void ApplyTo(std::optional<std::string>* row, UnwrittenRow unwritten) {
  if (!unwritten.appended) {
    *row = std::move(unwritten.value);
    return;
  }
  if (!*row) row->emplace();
  AppendToRow(*unwritten.value, &**row);
  if (!unwritten.appended_later.empty()) AppendToRow(unwritten.appended_later, &**row);
}

Result<std::optional<std::string>> ReadRow(const LeadReader& store, PartitionId partition, std::string_view key,
                                           std::optional<UnwrittenRow> unwritten) {
  if (!NeedsStore(unwritten)) return std::move(unwritten->value);
  Result<std::optional<std::string>> row = store.Get(partition, key);
  if (row.ok() && unwritten) ApplyTo(&*row, *std::move(unwritten));
  return row;
}

Result<std::vector<std::optional<std::string>>> ReadRows(const LeadReader& store, PartitionId partition,
                                                         std::span<const EncodedLeadKey> keys, size_t max_bytes,
                                                         std::vector<std::optional<UnwrittenRow>> unwritten) {
  LP_ASSERT(unwritten.size() == keys.size());
  std::vector<EncodedLeadKey> asked;
  std::vector<size_t> asked_at;  // their indexes in `keys`
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!NeedsStore(unwritten[i])) continue;
    asked.push_back(keys[i]);
    asked_at.push_back(i);
  }
  std::vector<std::optional<std::string>> rows(keys.size());
  if (!asked.empty()) {
    auto read = store.MultiGet(partition, asked, max_bytes);
    if (!read.ok()) return read;
    if (read->size() < asked.size()) rows.resize(asked_at[read->size()]);
    for (size_t i = 0; i < read->size(); ++i) {
      rows[asked_at[i]] = std::move((*read)[i]);
      std::optional<UnwrittenRow>& append = unwritten[asked_at[i]];
      if (append) ApplyTo(&rows[asked_at[i]], *std::move(append));
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!NeedsStore(unwritten[i])) rows[i] = std::move(unwritten[i]->value);
  }
  return rows;
}

}  // namespace leadpulse::state
