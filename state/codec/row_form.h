// The form of a lead's row as a store knows it. A row is a front and journal entries. The front begins with format
// version and checksum, and every write replaces it; entries are mostly added at the end. So an epoch often needs to
// write only a new front and the added entries: an append. README.md describes all of it byte by byte.
//
// The checksum covers the lead's key, too, so that a row under another key is detected. Functions are thread-safe and
// take any bytes. Parts that do not fit together give a row with a wrong checksum, so that its decoder reports the
// lead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "processor/base/ids.h"

namespace leadpulse::state {

inline constexpr char kRowVersion = 2;
inline constexpr char kFirstRowVersion = 1;  // with a shorter head; still read, but not written
inline constexpr char kAppendMark = '\x82';  // not the version of any row

inline constexpr size_t kRowChecksumAt = 1;
inline constexpr size_t kRowChecksumBytes = 4;
inline constexpr size_t kFrontSizeAt = kRowChecksumAt + kRowChecksumBytes;
inline constexpr size_t kFrontSizeBytes = 4;
inline constexpr size_t kRowBodyAt = kFrontSizeAt + kFrontSizeBytes;

// Reads a little-endian number.
uint32_t LoadNumber(std::string_view four_bytes);
void StoreNumber(uint32_t number, char* four_bytes);

// Fills in the head of a front: its first kRowBodyAt bytes. `entries_hash`: EntriesHash of what follows the front.
void SealRow(const LeadKey& key, uint64_t entries_hash, std::span<char> front);
// Sets `body` to what follows the head, a view into `bytes`. Returns what is wrong, or an empty string.
std::string UnsealRow(const LeadKey& key, std::string_view bytes, std::string_view* body);

// Returns how many bytes precede the first entry; nullopt if the row has another form.
std::optional<size_t> FrontSize(std::string_view row);

// Applies the append to the row. A row that has it already stays unchanged, because a reader during a commit may get
// either.
void AppendToRow(std::string_view append, std::string* row);

// Joins `row` (nullopt: there is none) and the appends, oldest first.
void JoinRow(std::optional<std::string_view> row, std::span<const std::string_view> appends, std::string* joined);
// Joins appends to one, oldest first. Returns false if one of them is not an append.
bool JoinAppends(std::span<const std::string_view> appends, std::string* joined);

}  // namespace leadpulse::state
