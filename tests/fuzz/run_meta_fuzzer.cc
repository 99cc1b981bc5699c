// The small entries that a run or the live mode stores as metadata, and the store's keys: any bytes never crash.
// Accepted entries can be written, and are then read as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/engine/partition_meta.h"
#include "processor/files/input/input_progress.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::files {
namespace {

// Longer ones are for the definitions loader's own target.
constexpr size_t kMaxDefinitionsBytes = 200;

void FuzzProgress(std::string_view bytes) {
  const Result<input::InputProgress> progress = input::DecodeInputProgress("a.jsonl", bytes);
  if (!progress.ok()) {
    LP_ASSERT(progress.status().message().find("a.jsonl") != std::string::npos);
    return;
  }
  const Result<input::InputProgress> again =
      input::DecodeInputProgress("a.jsonl", input::EncodeInputProgress(*progress));
  LP_ASSERT(again.ok() && *again == *progress);
  LP_ASSERT(progress->resume <= progress->read && progress->lines_read() >= progress->lines);
}

std::unique_ptr<state::LeadStore> StoreWith(const state::EpochWrite& write) {
  std::unique_ptr<state::LeadStore> store = state::MakeMemoryLeadStore(1);
  LP_ASSERT(store->Commit(write).ok());
  return store;
}

// Checks that an entry of either format is written in the newest, and is then read as the same.
void CheckRun(const state::EpochWrite& write) {
  const std::unique_ptr<state::LeadStore> store = StoreWith(write);
  const auto position = engine::ReadRunPosition(state::MetaOf(*store));
  const auto definitions = engine::ReadRunDefinitions(state::MetaOf(*store));
  // Definitions are UTF-8: the loader accepts nothing else, and the message can hold nothing else.
  const bool utf8 = definitions.ok() && *definitions && IsUtf8((*definitions)->text) &&
                    IsUtf8((*definitions)->previous_text.value_or(""));
  state::EpochWrite again;
  if (position.ok() && *position) engine::AppendRunPosition(**position, &again);
  if (utf8) engine::AppendRunDefinitions(**definitions, &again);
  const std::unique_ptr<state::LeadStore> other = StoreWith(again);
  if (position.ok() && *position) LP_ASSERT(**engine::ReadRunPosition(state::MetaOf(*other)) == **position);
  if (!utf8) return;
  const auto reread = engine::ReadRunDefinitions(state::MetaOf(*other));
  LP_ASSERT(reread.ok() && (!*reread || **reread == **definitions));  // an empty entry reads as none
  if ((*definitions)->text.size() > kMaxDefinitionsBytes) return;
  const auto in_force = engine::LoadStoredDefinitions(**definitions);
  LP_ASSERT(!in_force.ok() || (in_force->current != nullptr && in_force->number == (*definitions)->number));
  LP_ASSERT(!in_force.ok() || (in_force->previous != nullptr) == (*definitions)->previous_text.has_value());
}

void FuzzRun(const std::string& bytes) {
  CheckRun(
      {.meta = {{std::string(engine::kRunPositionName), bytes}, {std::string(engine::kRunDefinitionsName), bytes}}});
}

// Reads format 2: the entry, and after its first line end the text of the definitions.
void FuzzRunOfFormat2(const std::string& bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string text = bytes.substr(std::min(end + 1, bytes.size()));
  state::EpochWrite write;
  write.meta = {{"run", bytes}, {"definitions", bytes.substr(0, end)}, {"definitions/text", text}};
  if (!text.starts_with('-')) write.meta.emplace_back("definitions/previous_text", text);
  CheckRun(write);
  write.meta[0].second = bytes.substr(0, end);
  CheckRun(write);
}

// Reads the entries of a partition in the live mode, each made from all of the bytes.
void FuzzPartitionEntries(const std::string& bytes) {
  const PartitionId partition{0};
  state::EpochWrite write;
  write.meta = {{engine::LocalPositionName(partition), bytes}, {engine::LocalDefinitionsName(partition), bytes}};
  const std::unique_ptr<state::LeadStore> store = StoreWith(write);
  const auto local = engine::ReadLocalPosition(state::MetaOf(*store), partition);
  const auto definitions = engine::ReadLocalDefinitions(state::MetaOf(*store), partition);
  state::EpochWrite again;
  if (local.ok() && *local) engine::AppendLocalPosition(partition, **local, &again);
  if (definitions.ok() && *definitions) engine::AppendLocalDefinitions(partition, **definitions, &again);
  const std::unique_ptr<state::LeadStore> other = StoreWith(again);
  // An empty entry is not written, and is read as dropped.
  if (local.ok() && *local) {
    const auto reread = engine::ReadLocalPosition(state::MetaOf(*other), partition);
    LP_ASSERT(reread.ok() && reread->value_or(engine::LocalPosition{}) == **local);
  }
  if (definitions.ok() && *definitions) {
    const auto reread = engine::ReadLocalDefinitions(state::MetaOf(*other), partition);
    LP_ASSERT(reread.ok() && (!*reread || **reread == **definitions));
  }
  LP_ASSERT(!engine::IsPartitionEntry(bytes, 1) || bytes == engine::LocalPositionName(partition) ||
            bytes == engine::LocalDefinitionsName(partition));
}

void FuzzKeys(std::string_view bytes) {
  const Result<LeadKey> key = state::ParseLeadKey(bytes);
  LP_ASSERT(!key.ok() || EncodeLeadKey(*key) == bytes);
  if (const auto timer = state::ParseTimerRow(bytes)) {
    const std::string row = state::TimerRowKey(PartitionId{0}, timer->due, timer->key);
    LP_ASSERT(row.substr(4) == bytes.substr(4));
  }
  if (const auto erasure = state::ParseErasureRow(bytes)) {
    LP_ASSERT(state::ParseErasureRow(state::ErasureRowValue(*erasure)) == erasure);
  }
}

}  // namespace
}  // namespace leadpulse::files

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  leadpulse::files::FuzzProgress(bytes);
  leadpulse::files::FuzzRun(bytes);
  leadpulse::files::FuzzRunOfFormat2(bytes);
  leadpulse::files::FuzzPartitionEntries(bytes);
  leadpulse::files::FuzzKeys(bytes);
  return 0;
}
