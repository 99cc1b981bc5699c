// The bytes of a stored lead as far as a store knows them: a front, which each write makes anew, and journal entries,
// which mostly only get more. What an epoch changes of a long journal is then not the whole row but a new front and the
// entries that came: an append. README.md describes both byte by byte.
//
// Functions are thread-safe, and take any bytes. What does not fit together gives a row that the lead's checksum
// refuses, so that its reader names the lead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace leadpulse::state {

inline constexpr char kRowVersion = 2;
inline constexpr char kAppendMark = '\x82';  // no version of a row

inline constexpr size_t kRowChecksumAt = 1;
inline constexpr size_t kRowChecksumBytes = 4;
inline constexpr size_t kFrontSizeAt = kRowChecksumAt + kRowChecksumBytes;
inline constexpr size_t kFrontSizeBytes = 4;
inline constexpr size_t kRowBodyAt = kFrontSizeAt + kFrontSizeBytes;

// Little endian.
uint32_t LoadNumber(std::string_view four_bytes);
void StoreNumber(uint32_t number, char* four_bytes);

// Bytes before the first entry. Nothing where the row is none of this form.
std::optional<size_t> FrontSize(std::string_view row);

// Makes the row what it was appended to be. One that is that already stays as it is, for whoever reads beside a commit
// cannot know.
void AppendToRow(std::string_view append, std::string* row);

// The row of `row` (nothing: there is none) and of appends, oldest first.
void JoinRow(std::optional<std::string_view> row, std::span<const std::string_view> appends, std::string* joined);
// Appends in one, oldest first. False where one of them is none.
bool JoinAppends(std::span<const std::string_view> appends, std::string* joined);

}  // namespace leadpulse::state
