#include "state/store/store_keys.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "processor/base/assert.h"
#include "state/codec/facts_codec.h"

namespace leadpulse::state {
namespace {

constexpr size_t kPartitionBytes = 4;
constexpr size_t kInstantBytes = 8;
constexpr size_t kErasureBytes = 16;
constexpr size_t kSizeBytes = 4;
// Flags in an erasure's row. Stored: never renumber.
constexpr char kWasDoNotContact = 1;
constexpr char kHasAddresses = 2;  // the StatusFacts come after their size, then EncodeErasedAddresses
// The bit that maps signed numbers to unsigned ones in the same order, which is the order of their bytes.
constexpr uint64_t kSignBit = uint64_t{1} << 63;

template <typename Unsigned>
void AppendBigEndian(Unsigned value, std::string* out) {
  for (int shift = 8 * (sizeof(Unsigned) - 1); shift >= 0; shift -= 8)
    out->push_back(static_cast<char>(value >> shift));
}

template <typename Unsigned>
Unsigned ReadBigEndian(std::string_view bytes) {
  Unsigned value = 0;
  for (size_t i = 0; i < sizeof value; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

// Splits bytes that begin with the size of their first part. Returns false if there are too few bytes.
bool SplitBySize(std::string_view bytes, std::string_view* first, std::string_view* second) {
  if (bytes.size() < kSizeBytes) return false;
  const uint32_t size = ReadBigEndian<uint32_t>(bytes);
  bytes.remove_prefix(kSizeBytes);
  if (bytes.size() < size) return false;
  *first = bytes.substr(0, size);
  *second = bytes.substr(size);
  return true;
}

}  // namespace

std::string PartitionPrefix(PartitionId partition) {
  std::string row_key;
  AppendBigEndian(partition.value, &row_key);
  return row_key;
}

std::optional<PartitionId> PartitionOfRow(std::string_view row_key) {
  if (row_key.size() < kPartitionBytes) return std::nullopt;
  return PartitionId{ReadBigEndian<uint32_t>(row_key)};
}

std::string LeadRowKey(PartitionId partition, std::string_view key) {
  std::string row_key;
  row_key.reserve(kPartitionBytes + key.size());
  AppendBigEndian(partition.value, &row_key);
  row_key += key;
  return row_key;
}

std::string_view LeadKeyOfRow(std::string_view row_key) {
  LP_ASSERT(row_key.size() >= kPartitionBytes);
  return row_key.substr(kPartitionBytes);
}

std::string DayCountsRowKey(PartitionId partition, std::string_view key) {
  std::string row_key = PartitionPrefix(partition);
  row_key.push_back('\0');
  row_key += key;
  return row_key;
}

std::optional<std::string_view> DayCountsKeyOfRow(std::string_view row_key) {
  if (row_key.size() <= kPartitionBytes || row_key[kPartitionBytes] != '\0') return std::nullopt;
  return row_key.substr(kPartitionBytes + 1);
}

std::string TimerRowKey(PartitionId partition, Instant due, std::string_view key) {
  std::string row_key;
  row_key.reserve(kPartitionBytes + kInstantBytes + key.size());
  AppendBigEndian(partition.value, &row_key);
  AppendBigEndian(static_cast<uint64_t>(due.millis) ^ kSignBit, &row_key);
  row_key += key;
  return row_key;
}

std::optional<DueTimer> ParseTimerRow(std::string_view row_key) {
  if (row_key.size() <= kPartitionBytes + kInstantBytes) return std::nullopt;
  row_key.remove_prefix(kPartitionBytes);
  Instant due{static_cast<int64_t>(ReadBigEndian<uint64_t>(row_key) ^ kSignBit)};
  return DueTimer{due, std::string(row_key.substr(kInstantBytes))};
}

std::string KeyedHash(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* bytes = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  LP_ASSERT(bytes != nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

bool IsErasureSecret(std::string_view bytes) {
  return !bytes.empty() && bytes.size() % kErasureKeyBytes == 0 && bytes.size() <= kMostErasureKeys * kErasureKeyBytes;
}

std::string ErasureHashOf(std::string_view secret, std::string_view key) {
  LP_ASSERT(IsErasureSecret(secret));
  std::string hash = KeyedHash(secret.substr(0, kErasureKeyBytes), key);
  for (size_t i = kErasureKeyBytes; i < secret.size(); i += kErasureKeyBytes) {
    hash = KeyedHash(secret.substr(i, kErasureKeyBytes), hash);
  }
  return hash;
}

std::optional<std::string_view> ErasureKeysAfter(std::string_view former, std::string_view secret) {
  LP_ASSERT(IsErasureSecret(former) && IsErasureSecret(secret));
  if (!secret.starts_with(former)) return std::nullopt;
  return secret.substr(former.size());
}

std::string ErasureRowKey(PartitionId partition, std::string_view key_hash) {
  LP_ASSERT(key_hash.size() == kErasureHashBytes);
  std::string row_key = PartitionPrefix(partition);
  row_key += key_hash;
  return row_key;
}

std::string ErasureKeyFrom(std::string_view text) { return KeyedHash("leadpulse erasure secret", text); }

bool IsErasureRowKey(std::string_view row_key) { return row_key.size() == kPartitionBytes + kErasureHashBytes; }

std::string ErasureRowValue(const Erasure& erasure) {
  std::string value;
  AppendBigEndian(static_cast<uint64_t>(erasure.erased_at.millis), &value);
  AppendBigEndian(erasure.last_seq.value, &value);
  const std::string facts = EncodeFacts(erasure.facts);
  const std::string addresses = EncodeErasedAddresses(erasure.address_facts, erasure.identity);
  const char flags = static_cast<char>((erasure.do_not_contact ? kWasDoNotContact : 0) |  //
                                       (addresses.empty() ? 0 : kHasAddresses));
  if (facts.empty() && flags == 0) return value;  // the form from before there were facts
  value += flags;
  if (!addresses.empty()) AppendBigEndian(static_cast<uint32_t>(facts.size()), &value);
  return value += facts + addresses;
}

std::optional<Erasure> ParseErasureRow(std::string_view value) {
  if (value.size() < kErasureBytes) return std::nullopt;
  Erasure erasure{Instant{static_cast<int64_t>(ReadBigEndian<uint64_t>(value))},
                  SequenceNumber{ReadBigEndian<uint64_t>(value.substr(kInstantBytes))}};
  value.remove_prefix(kErasureBytes);
  if (value.empty()) return erasure;
  const char flags = value.front();
  if ((flags & ~(kWasDoNotContact | kHasAddresses)) != 0) return std::nullopt;
  erasure.do_not_contact = (flags & kWasDoNotContact) != 0;
  std::string_view facts_bytes = value.substr(1);
  std::string_view addresses;
  if ((flags & kHasAddresses) != 0 && !SplitBySize(value.substr(1), &facts_bytes, &addresses)) return std::nullopt;
  std::optional<StatusFacts> facts = DecodeFacts(facts_bytes);
  if (!facts || !DecodeErasedAddresses(addresses, &erasure.address_facts, &erasure.identity)) return std::nullopt;
  erasure.facts = *std::move(facts);
  return erasure;
}

bool IsOwnRow(std::string_view name) {
  return name == kFormatVersionRow || name == kPartitionCountRow || name == kErasureSecretRow || name == kManifestRow ||
         name == kCommitRow;
}

std::optional<std::string> RandomSecret(size_t bytes) {
  std::string secret(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(bytes)) != 1) return std::nullopt;
  return secret;
}

}  // namespace leadpulse::state
