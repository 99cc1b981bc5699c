#include <algorithm>
#include <bit>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "state/journal_codec.h"
#include "state/journal_form.h"

namespace leadpulse::state {
namespace {

// The least an entry takes: two bytes of head, one of time, one of the event id's length.
constexpr size_t kMinEntryBytes = 4;
// The least a property takes: its name's number or length, its tag.
constexpr size_t kMinPropertyBytes = 2;

int64_t UnZigZag(uint64_t value) { return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1); }

// Every step gives false once something is wrong, and says what in error_.
class JournalDecoder {
 public:
  explicit JournalDecoder(std::string_view bytes) : rest_(bytes) {}

  Result<std::vector<EntryFields>> Decode() {
    uint64_t count = 0;
    std::vector<EntryFields> entries;
    if (ReadCount("number of entries", kMinEntryBytes, &count)) {
      entries.reserve(count);
      for (uint64_t number = 1; number <= count && ReadEntry(&entries.emplace_back(), number); ++number) continue;
    }
    if (error_.empty() && !rest_.empty()) Fail("end", std::to_string(rest_.size()) + " bytes follow the last entry");
    if (error_.empty()) CheckIds(entries);
    if (!error_.empty()) return Status::Fatal(std::move(error_));
    return entries;
  }

 private:
  bool Fail(const char* field, const std::string& what) {
    error_ = "journal";
    if (entry_number_ > 0) error_ += " entry " + std::to_string(entry_number_);
    error_ += std::string(", ") + field + ": " + what;
    return false;
  }

  bool ReadByte(const char* field, uint8_t* byte) {
    if (rest_.empty()) return Fail(field, "the bytes end here");
    *byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return true;
  }

  bool ReadVarint(const char* field, uint64_t* value) {
    *value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t byte = 0;
      if (!ReadByte(field, &byte)) return false;
      if (shift == 63 && byte > 1) break;
      *value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return Fail(field, "a number of more than 64 bits");
  }

  bool ReadSigned(const char* field, int64_t* value) {
    uint64_t zigzag = 0;
    if (!ReadVarint(field, &zigzag)) return false;
    *value = UnZigZag(zigzag);
    return true;
  }

  // Bounded by what the remaining bytes can hold, so that nobody allocates for a count that lies.
  bool ReadCount(const char* field, size_t min_bytes_each, uint64_t* count) {
    if (!ReadVarint(field, count)) return false;
    if (*count <= rest_.size() / min_bytes_each) return true;
    return Fail(field, std::to_string(*count) + " do not fit into the " + std::to_string(rest_.size()) +
                           " bytes that are left");
  }

  bool ReadBytes(const char* field, uint64_t size, std::string_view* text) {
    if (size > rest_.size()) {
      return Fail(field,
                  "a text of " + std::to_string(size) + " bytes, but " + std::to_string(rest_.size()) + " are left");
    }
    *text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadUnshared(const char* field, std::string_view* text) {
    uint64_t size = 0;
    return ReadVarint(field, &size) && ReadBytes(field, size, text);
  }

  bool ReadText(const char* field, std::string* text) {
    std::string_view view;
    if (!ReadText(field, &view)) return false;
    *text = view;
    return true;
  }

  bool ReadText(const char* field, std::string_view* text) {
    uint64_t head = 0;
    if (!ReadVarint(field, &head)) return false;
    if (head & 1) {
      if ((head >> 1) >= texts_.size()) {
        return Fail(field, "refers to text " + std::to_string(head >> 1) + " of " + std::to_string(texts_.size()));
      }
      *text = texts_[head >> 1];
      return true;
    }
    if (!ReadBytes(field, head >> 1, text)) return false;
    if (text->size() >= kMinSharedBytes && text->size() <= kMaxSharedBytes) texts_.push_back(*text);
    return true;
  }

  // Of what an entry holds.
  bool CheckLength(const char* field, std::string_view text) {
    if (text.size() <= kMaxEntryTextBytes) return true;
    return Fail(field, "a text of " + std::to_string(text.size()) + " bytes, where at most " +
                           std::to_string(kMaxEntryTextBytes) + " are held");
  }

  bool ReadId(const char* field, std::string_view* id) { return ReadUnshared(field, id) && CheckLength(field, *id); }
  bool ReadHeld(const char* field, std::string_view* text) {
    return ReadText(field, text) && CheckLength(field, *text);
  }

  bool ReadEntry(EntryFields* entry, size_t number) {
    entry_number_ = number;
    uint8_t fields = 0;
    return ReadHead(entry) && ReadByte("fields", &fields) &&
           ((fields & kReservedFieldBits) == 0 || Fail("fields", "unknown bits")) && ReadTime(&entry->occurred_at) &&
           ReadId("event id", &entry->event_id) &&
           (!(fields & kHasMessage) || ReadHeld("message id", &entry->message_id)) &&
           (!(fields & kHasCampaign) || ReadHeld("campaign id", &entry->campaign_id)) &&
           (!(fields & kHasName) || ReadHeld("name", &entry->name)) &&
           (!(fields & kHasRetracts) || ReadHeld("retracts", &entry->retracts)) &&
           (!(fields & kHasProperties) || ReadProperties(entry)) && CheckOrder(*entry);
  }

  bool ReadHead(EntryFields* entry) {
    uint8_t head = 0;
    if (!ReadByte("type", &head)) return false;
    int type = head & kTypeMask;
    int bounce_kind = (head & ~kReservedHeadBit) >> kBounceKindShift;
    if (type == 0 || type >= kEventTypeCount) return Fail("type", "unknown number " + std::to_string(type));
    if (bounce_kind > 2) return Fail("bounce kind", "unknown number " + std::to_string(bounce_kind));
    if (head & kReservedHeadBit) return Fail("type", "unknown bits");
    entry->type = static_cast<EventType>(type);
    entry->bounce_kind = static_cast<BounceKind>(bounce_kind);
    entry->machine = (head & kMachineBit) != 0;
    return true;
  }

  bool ReadTime(Instant* time) {
    if (entry_number_ == 1) return ReadSigned("time", &time->millis);
    uint64_t delta = 0;
    if (!ReadVarint("time", &delta)) return false;
    auto previous = static_cast<uint64_t>(previous_->occurred_at.millis);
    auto greatest = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (delta > greatest - previous) return Fail("time", "beyond the end of time");
    time->millis = static_cast<int64_t>(previous + delta);
    return true;
  }

  bool CheckOrder(const EntryFields& entry) {
    bool ascends =
        previous_ == nullptr || previous_->occurred_at < entry.occurred_at || previous_->event_id < entry.event_id;
    if (!ascends) return Fail("event id", "not in the order of time and id");
    previous_ = &entry;
    return true;
  }

  bool ReadProperties(EntryFields* entry) {
    uint64_t count = 0;
    if (!ReadCount("number of properties", kMinPropertyBytes, &count)) return false;
    auto properties = std::make_shared<EntryProperties>(count);
    entry->properties = properties;
    return std::ranges::all_of(*properties, [this](auto& property) {
      return ReadText("property name", &property.first) && ReadValue(&property.second);
    });
  }

  bool ReadValue(Value* value) {
    uint8_t tag = 0;
    if (!ReadByte("property", &tag)) return false;
    switch (static_cast<ValueTag>(tag)) {
      case ValueTag::kList:
        return ReadList(&value->emplace<ScalarList>());
      case ValueTag::kStruct:
        return ReadText("property", &value->emplace<StructValue>().json);
      default:
        return ReadScalar(tag, value);
    }
  }

  bool ReadList(ScalarList* list) {
    uint64_t count = 0;
    if (!ReadCount("list length", 1, &count)) return false;
    list->resize(count);
    return std::ranges::all_of(*list, [this](Scalar& element) {
      uint8_t tag = 0;
      return ReadByte("list element", &tag) && ReadScalar(tag, &element);
    });
  }

  template <typename Variant>
  bool ReadScalar(uint8_t tag, Variant* value) {
    switch (static_cast<ValueTag>(tag)) {
      case ValueTag::kUnset:
        return true;
      case ValueTag::kFalse:
        *value = false;
        return true;
      case ValueTag::kTrue:
        *value = true;
        return true;
      case ValueTag::kNumber:
        return ReadNumber(&value->template emplace<double>());
      case ValueTag::kWholeNumber:
        return ReadWholeNumber(&value->template emplace<double>());
      case ValueTag::kInstant:
        return ReadSigned("property", &value->template emplace<Instant>().millis);
      case ValueTag::kText:
        return ReadText("property", &value->template emplace<std::string>());
      default:
        return Fail("property", "unknown or misplaced kind of value " + std::to_string(tag));
    }
  }

  bool ReadNumber(double* number) {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      uint8_t byte = 0;
      if (!ReadByte("property", &byte)) return false;
      bits |= static_cast<uint64_t>(byte) << shift;
    }
    *number = std::bit_cast<double>(bits);
    return true;
  }

  bool ReadWholeNumber(double* number) {
    int64_t whole = 0;
    if (!ReadSigned("property", &whole)) return false;
    *number = static_cast<double>(whole);
    return true;
  }

  // The order alone does not tell two entries of one id at different times.
  void CheckIds(const std::vector<EntryFields>& entries) {
    absl::flat_hash_set<std::string_view> ids;
    ids.reserve(entries.size());
    entry_number_ = 0;
    for (const EntryFields& entry : entries) {
      ++entry_number_;
      if (!ids.insert(entry.event_id).second) {
        Fail("event id", "also the id of an earlier entry");
        return;
      }
    }
  }

  std::string_view rest_;
  std::vector<std::string_view> texts_;    // those that can be referred to, in the order of their first occurrence
  size_t entry_number_ = 0;                // from 1; 0 outside entries
  const EntryFields* previous_ = nullptr;  // in the vector being filled, which does not grow
  std::string error_;
};

}  // namespace

Result<std::vector<EntryFields>> DecodeJournal(std::string_view bytes) { return JournalDecoder(bytes).Decode(); }

}  // namespace leadpulse::state
