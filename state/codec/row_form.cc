#include "state/codec/row_form.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "processor/base/assert.h"
#include "state/lead/encoded_journal.h"

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

bool AreAppends(std::span<const std::string_view> appends) {
  return !appends.empty() &&
         std::ranges::all_of(appends, [](auto append) { return PartsOfAppend(append).has_value(); });
}

// Sets `joined` to `begin`, the front of the last append, `entries` and the entries of all appends.
void Join(std::string_view begin, std::string_view entries, std::span<const std::string_view> appends,
          std::string* joined) {
  size_t bytes = begin.size() + entries.size();
  for (std::string_view append : appends) bytes += append.size();
  joined->clear();
  joined->reserve(bytes);
  joined->append(begin).append(PartsOfAppend(appends.back())->front).append(entries);
  for (std::string_view append : appends) joined->append(PartsOfAppend(append)->entries);
}

// The first version has no front.
constexpr size_t kFirstVersionBodyAt = kRowChecksumAt + kRowChecksumBytes;

uint64_t HashOf(const LeadKey& key) {
  uint64_t tenant = XXH3_64bits(key.tenant.data(), key.tenant.size());
  return XXH3_64bits_withSeed(key.lead.data(), key.lead.size(), tenant);
}

// Computes the checksum of a row. The key is part of the seed, so that a value under another lead's key is detected,
// too.
uint32_t Checksum(const LeadKey& key, std::string_view front, uint64_t entries_hash) {
  const std::string_view hashed = front.substr(kFrontSizeAt);
  const uint64_t seed = JoinHashes(HashOf(key), entries_hash);
  return static_cast<uint32_t>(XXH3_64bits_withSeed(hashed.data(), hashed.size(), seed));
}

std::string Damaged(uint32_t computed, uint32_t stored) {
  const auto hex = [](uint32_t checksum) { return absl::StrCat(absl::Hex(checksum, absl::kZeroPad8)); };
  return "its bytes are damaged (checksum " + hex(computed) + ", stored " + hex(stored) + ")";
}

std::string UnsealFirstVersion(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  if (bytes.size() < kFirstVersionBodyAt) return "it ends within its checksum";
  *body = bytes.substr(kFirstVersionBodyAt);
  const auto computed = static_cast<uint32_t>(XXH3_64bits_withSeed(body->data(), body->size(), HashOf(key)));
  const uint32_t stored = LoadNumber(bytes.substr(kRowChecksumAt, kRowChecksumBytes));
  return stored == computed ? std::string() : Damaged(computed, stored);
}

}  // namespace

uint32_t LoadNumber(std::string_view four_bytes) {
  static_assert(std::endian::native == std::endian::little);
  uint32_t number;
  LP_ASSERT(four_bytes.size() == sizeof number);
  std::memcpy(&number, four_bytes.data(), sizeof number);
  return number;
}

void StoreNumber(uint32_t number, char* four_bytes) { std::memcpy(four_bytes, &number, sizeof number); }

void SealRow(const LeadKey& key, uint64_t entries_hash, std::span<char> front) {
  front[0] = kRowVersion;
  StoreNumber(static_cast<uint32_t>(front.size()), &front[kFrontSizeAt]);
  StoreNumber(Checksum(key, {front.data(), front.size()}, entries_hash), &front[kRowChecksumAt]);
}

std::string UnsealRow(const LeadKey& key, std::string_view bytes, std::string_view* body) {
  if (bytes.empty()) return "it is empty";
  if (bytes.front() == kFirstRowVersion) return UnsealFirstVersion(key, bytes, body);
  if (bytes.front() == kAppendMark) return "the row is missing that this was appended to";
  if (bytes.front() != kRowVersion) {
    return "it has format version " + std::to_string(static_cast<uint8_t>(bytes.front())) +
           "; this program reads versions up to " + std::to_string(kRowVersion);
  }
  const std::optional<size_t> front = FrontSize(bytes);
  if (!front) return "it ends within its head, or its head is damaged";
  const uint32_t computed = Checksum(key, bytes.substr(0, *front), EntriesHash().Of(bytes.substr(*front)));
  const uint32_t stored = LoadNumber(bytes.substr(kRowChecksumAt, kRowChecksumBytes));
  if (stored != computed) return Damaged(computed, stored);
  *body = bytes.substr(kRowBodyAt);
  return {};
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
  if (parts && AreAppends(appends)) return Join("", parts->entries, appends, joined);
  joined->assign(row.value_or(""));
  for (std::string_view append : appends) joined->append(append);
}

bool JoinAppends(std::span<const std::string_view> appends, std::string* joined) {
  if (!AreAppends(appends)) return false;
  Join({&kAppendMark, 1}, "", appends, joined);
  return true;
}

}  // namespace leadpulse::state
