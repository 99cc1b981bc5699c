#include "state/lead/entry_codes.h"

#define XXH_INLINE_ALL  // names are short: a call would cost more than the hash
#include <xxhash.h>

#include <bit>

#include "processor/base/text.h"

namespace leadpulse::state {
namespace {

// Number of codes that are compared together: with a constant number the compiler uses vector instructions.
constexpr size_t kAtOnce = 32;
using Block = std::span<const uint16_t, kAtOnce>;

Block BlockAt(std::span<const uint16_t> codes, size_t begin) { return codes.subspan(begin).first<kAtOnce>(); }

bool Any(Block codes, uint16_t wanted, uint16_t mask) {
  uint16_t any = 0;
  for (const uint16_t code : codes) any |= (code & mask) == wanted;
  return any != 0;
}

}  // namespace

size_t FindCode(std::span<const uint16_t> codes, uint16_t wanted, uint16_t mask, size_t begin) {
  while (begin + kAtOnce <= codes.size() && !Any(BlockAt(codes, begin), wanted, mask)) begin += kAtOnce;
  while (begin < codes.size() && (codes[begin] & mask) != wanted) ++begin;
  return begin;
}

uint16_t EntryCode::CodeOfName(std::string_view folded) {
  return static_cast<uint16_t>(XXH3_64bits(folded.data(), folded.size()) << std::countr_zero(kNameBits));
}

uint16_t EntryCode::CodeOf(const JournalEntry& entry) {
  auto code = static_cast<uint16_t>(entry.type);
  if (entry.machine) code |= kMachine;
  if (entry.bounce_kind == BounceKind::kSoft) code |= kSoft;
  if (entry.retracted || entry.type == EventType::kRetract) code |= kNever;
  if (!entry.name().empty()) code |= CodeOfName(FoldCase(entry.name()));
  return code;
}

void EntryCode::MustBeMachine(bool machine) {
  mask_ |= kMachine;
  if (machine) code_ |= kMachine;
}

void EntryCode::MustBounce(BounceKind kind) {
  mask_ |= kSoft;
  if (kind == BounceKind::kSoft) code_ |= kSoft;
}

void EntryCode::MaybeNamed(std::string_view folded_name) {
  mask_ |= kNameBits;
  code_ |= CodeOfName(folded_name);
}

void EntryCodes::Insert(size_t index, const JournalEntry& entry) {
  codes_.insert(codes_.begin() + static_cast<ptrdiff_t>(index), EntryCode::CodeOf(entry));
}

void EntryCodes::SetRetracted(size_t index) { codes_[index] |= EntryCode::kNever; }

std::optional<size_t> EntryCodes::Last(const EntryCode& kind, size_t end) const {
  while (end >= kAtOnce && !Any(BlockAt(codes_, end - kAtOnce), kind.code_, kind.mask_)) end -= kAtOnce;
  while (end > 0) {
    if ((codes_[--end] & kind.mask_) == kind.code_) return end;
  }
  return std::nullopt;
}

}  // namespace leadpulse::state
