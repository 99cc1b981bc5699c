#include "processor/csv/encoding_guess.h"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <memory>
#include <set>

#include "processor/base/text.h"

namespace leadpulse::csv {
namespace {

// Encodings of files that are not UTF-8, the most usual first.
constexpr auto kCandidates = std::to_array<const char*>(
    {"windows-1252", "windows-1250", "windows-1251", "Shift_JIS",     "GB18030",      "EUC-KR",       "Big5",
     "EUC-JP",       "windows-1253", "windows-1254", "windows-1255",  "windows-1256", "windows-1257", "windows-1258",
     "windows-874",  "ISO-8859-2",   "ISO-8859-5",   "ISO-8859-7",    "ISO-8859-15",  "KOI8-R",       "IBM850",
     "IBM852",       "IBM866",       "macintosh",    "x-mac-cyrillic"});
constexpr auto kShiftCandidates = std::to_array<const char*>({"ISO-2022-JP", "ISO-2022-KR", "ISO-2022-CN", "UTF-8"});

constexpr size_t kMostChoices = 6;
// With these, encodings of several tables switch between them. No text has them.
constexpr auto kShifts = std::to_array<std::string_view>({"\x1B$", "\x1B(", "\x1B.", "\x0E"});

// The bytes of a file that do not fit UTF-8, and words that have them.
class WordScan {
 public:
  // Scans a piece of the file.
  void Add(std::string_view bytes, bool is_last) {
    // What is before `at_` was scanned, and only completes words.
    const size_t done = at_ > kLongestWord ? at_ - kLongestWord : 0;
    text_.erase(0, done);
    at_ -= done;
    text_ += bytes;
    for (const std::string_view shift : kShifts) has_shifts_ = has_shifts_ || text_.find(shift) != std::string::npos;
    const size_t end = is_last ? text_.size() : text_.size() - std::min(text_.size(), kLongestWord);
    const auto* data = reinterpret_cast<const uint8_t*>(text_.data());
    for (at_ = SkipAscii(at_, end); at_ < end; at_ = SkipAscii(at_, end)) {
      const size_t start = at_;
      UChar32 c = 0;
      U8_NEXT(data, at_, text_.size(), c);
      (c < 0 ? broken_ : fitting_) += 1;
      if (c < 0 && !seen_[PairAt(start)]) KeepWordAt(start);
    }
  }

  size_t fitting() const { return fitting_; }  // characters
  size_t broken() const { return broken_; }
  bool has_shifts() const { return has_shifts_; }
  // Returns words that together have all pairs of bytes which do not fit, so that encodings that read the file
  // differently read them differently.
  const std::vector<std::string>& words() const { return words_; }

 private:
  static constexpr size_t kLongestWord = 1024;
  static constexpr size_t kMostWordsBytes = 256 << 10;

  size_t SkipAscii(size_t from, size_t end) const {
    for (uint64_t eight = 0; from + sizeof(eight) <= end; from += sizeof(eight)) {
      constexpr uint64_t kBeyondAscii = 0x8080808080808080;
      std::memcpy(&eight, text_.data() + from, sizeof(eight));
      if ((eight & kBeyondAscii) != 0) break;
    }
    while (from < end && static_cast<signed char>(text_[from]) >= 0) ++from;
    return from;
  }

  size_t PairAt(size_t i) const {
    const auto byte = [this](size_t at) { return static_cast<uint8_t>(at < text_.size() ? text_[at] : 0); };
    return size_t{byte(i)} << 8 | byte(i + 1);
  }

  // Keeps the word around a byte, unless it is too long to know where a character begins.
  void KeepWordAt(size_t i) {
    const auto is_of_word = [this](size_t at) {
      return static_cast<signed char>(text_[at]) < 0 || IsAlphanumeric({&text_[at], 1}, "@[\\]^_`{|}~");
    };
    size_t begin = i, end = i;
    while (begin > 0 && i - begin < kLongestWord && is_of_word(begin - 1)) --begin;
    while (end < text_.size() && end - i < kLongestWord && is_of_word(end)) ++end;
    if (i - begin == kLongestWord || end - i == kLongestWord || words_bytes_ + end - begin > kMostWordsBytes) return;
    words_.push_back(text_.substr(begin, end - begin));
    words_bytes_ += end - begin;
    for (size_t at = begin; at < end; ++at) seen_[PairAt(at)] = true;
  }

  std::string text_;
  size_t at_ = 0;  // in `text_`
  std::bitset<size_t{1} << 16> seen_;
  std::vector<std::string> words_;
  size_t words_bytes_ = 0, fitting_ = 0, broken_ = 0;
  bool has_shifts_ = false;
};

struct Reading {
  std::string encoding;
  std::vector<icu::UnicodeString> words;
  size_t oddities = 0;
};

// Returns how much in a word is unusual: symbols, letters of several scripts or cases, accents side by side.
size_t OdditiesOf(const icu::UnicodeString& word) {
  size_t oddities = 0;
  const auto script_of = [](UChar32 c) {
    UErrorCode error = U_ZERO_ERROR;
    const UScriptCode script = u_isalpha(c) ? uscript_getScript(c, &error) : USCRIPT_COMMON;
    return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? USCRIPT_HAN : script;
  };
  const auto is_accented = [](UChar32 c) { return c >= 0x80 && c < 0x250; };
  const auto is_half_wide = [](UChar32 c) { return c >= 0xFF61 && c <= 0xFF9F; };
  UChar32 before = 0;
  for (int32_t i = 0; i < word.length(); i = word.moveIndex32(i, 1)) {
    const UChar32 c = word.char32At(i);
    const bool is_mark = (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
    if ((c >= 0x80 && !u_isalpha(c) && !is_mark) || is_half_wide(c)) ++oddities;
    if (u_isalpha(c) && u_isalpha(before)) {
      if (script_of(c) != script_of(before) || (u_islower(before) && u_isupper(c))) ++oddities;
      if (is_accented(c) && is_accented(before)) ++oddities;
    }
    before = c;
  }
  return oddities;
}

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

// Returns null if ICU does not know the encoding.
Converter OpenConverter(const char* encoding) {
  UErrorCode error = U_ZERO_ERROR;
  return {ucnv_open(encoding, &error), &ucnv_close};
}

// Reads words with an encoding; nullopt if one does not fit, or has a character that no text has.
std::optional<Reading> Read(const std::vector<std::string>& words, const char* encoding) {
  UErrorCode error = U_ZERO_ERROR;
  const Converter converter = OpenConverter(encoding);
  if (converter == nullptr) return std::nullopt;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  Reading reading{encoding, {}, 0};
  for (const std::string& word : words) {
    const icu::UnicodeString text(word.data(), static_cast<int32_t>(word.size()), converter.get(), error);
    if (U_FAILURE(error) || text.isBogus()) return std::nullopt;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
      const UChar32 c = text.char32At(i);
      if (u_charType(c) == U_CONTROL_CHAR || u_charType(c) == U_PRIVATE_USE_CHAR || !u_isdefined(c)) {
        return std::nullopt;
      }
    }
    reading.oddities += OdditiesOf(text);
    reading.words.push_back(text);
  }
  return reading;
}

// Returns words of each reading: those that distinguish it from the others.
std::vector<std::string> SamplesOf(const std::vector<Reading>& readings) {
  constexpr int32_t kShownCharacters = 30;
  std::vector<std::string> samples(readings.size());
  size_t distinct = 0;
  for (size_t word = 0; word < readings.front().words.size() && distinct < readings.size(); ++word) {
    std::vector<std::string> longer = samples;
    for (size_t i = 0; i < readings.size(); ++i) {
      if (!longer[i].empty()) longer[i] += ' ';
      readings[i].words[word].tempSubString(0, kShownCharacters).toUTF8String(longer[i]);
    }
    const size_t differ = std::set(longer.begin(), longer.end()).size();
    if (differ <= distinct) continue;
    distinct = differ;
    samples = std::move(longer);
  }
  return samples;
}

std::vector<EncodingGuess::Choice> ChoicesFor(const std::vector<std::string>& words) {
  std::vector<Reading> readings;
  for (const char* candidate : kCandidates) {
    auto reading = Read(words, candidate);
    const auto is_same = [&reading](const Reading& other) { return other.words == reading->words; };
    if (!reading || (!words.empty() && std::ranges::any_of(readings, is_same))) continue;
    readings.push_back(*std::move(reading));
  }
  std::ranges::stable_sort(readings, {}, &Reading::oddities);
  if (readings.size() > kMostChoices) readings.resize(kMostChoices);
  const std::vector<std::string> samples = SamplesOf(readings);
  std::vector<EncodingGuess::Choice> choices;
  for (size_t i = 0; i < readings.size(); ++i) choices.push_back({readings[i].encoding, samples[i]});
  return choices;
}

// Returns the encoding that the beginning of the file says; else nullopt, with the whole file scanned.
std::optional<Encoding> ScanUnlessMarked(const ReadBytes& read, WordScan* scan) {
  std::string piece(Utf8Input::kPieceBytes, '\0');
  for (bool is_first = true, is_last = false; !is_last; is_first = false) {
    size_t size = 0;
    for (size_t count = 1; count > 0 && size < piece.size(); size += count) {
      const Result<size_t> more = read(piece.data() + size, piece.size() - size);
      count = more.ok() ? *more : 0;
    }
    const std::string_view bytes(piece.data(), size);
    is_last = size < piece.size();
    if (is_first) {
      if (auto encoding = EncodingOfBeginning(bytes)) return encoding;
    }
    scan->Add(bytes, is_last);
  }
  return std::nullopt;
}

bool IsOfSingleBytes(const Encoding& encoding) {
  const Converter converter = OpenConverter(encoding.name.c_str());
  return converter != nullptr && ucnv_getMaxCharSize(converter.get()) == 1;
}

}  // namespace

EncodingGuess GuessEncoding(const ReadBytes& read) {
  const auto utf8 = [](const char* why) { return EncodingGuess{Encoding{"UTF-8", why}, {}}; };
  WordScan scan;
  if (auto encoding = ScanUnlessMarked(read, &scan)) return EncodingGuess{std::move(encoding), {}};
  if (scan.has_shifts()) {
    EncodingGuess guess;
    for (const char* candidate : kShiftCandidates) guess.choices.push_back({candidate, ""});
    return guess;
  }
  if (scan.broken() == 0) return utf8(scan.fitting() > 0 ? "all of it fits" : "it is ASCII");
  if (scan.fitting() > scan.broken()) return utf8("most of it fits");
  return EncodingGuess{std::nullopt, ChoicesFor(scan.words())};
}

bool IsUtf8Instead(const ReadBytes& read, const Encoding& said) {
  constexpr size_t kSureOfSingleBytes = 1, kSure = 8;
  constexpr std::string_view kUtf8 = "UTF-8";
  if (said.name == kUtf8) return false;
  WordScan scan;
  if (const auto marked = ScanUnlessMarked(read, &scan)) return marked->name == kUtf8;
  return scan.broken() == 0 && scan.fitting() >= (IsOfSingleBytes(said) ? kSureOfSingleBytes : kSure);
}

}  // namespace leadpulse::csv
