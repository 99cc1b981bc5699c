#include "config/source_text.h"

#include <algorithm>

#include "processor/base/json.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr size_t kBlockBytes = 1024;

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // whether a code point starts here
  }));
}

// How the bytes of a scalar are written; it determines the escapes.
enum class Style { kPlain, kSingleQuoted, kDoubleQuoted };

// A walk over a scalar in the file beside its decoded text. White space may differ between the two (folded lines,
// removed indentation); everything else must follow in the same order.
class ScalarWalk {
 public:
  ScalarWalk(std::string_view text, const YamlNode& scalar) : text_(text), at_(scalar.offset) {
    if (scalar.plain || at_ >= text.size()) return;
    if (text[at_] == '"' || text[at_] == '\'') {
      style_ = text[at_] == '"' ? Style::kDoubleQuoted : Style::kSingleQuoted;
      ++at_;
    } else if (text[at_] == '|' || text[at_] == '>') {
      at_ = std::min(text.find('\n', at_), text.size());  // the header of a block: `|`, `>-`, a comment
    }
  }

  // Returns where the next `c` of the decoded text is in the file, and steps over it. nullopt if the two do not match.
  std::optional<size_t> Next(char c) {
    if (pending_ > 0) {  // the rest of a code point that one escape represents
      --pending_;
      return escape_at_;
    }
    if (IsAsciiSpace(c) && !AtEscape()) {
      const size_t here = at_;
      if (at_ < text_.size() && text_[at_] == c) ++at_;
      return here;
    }
    if (!IsAsciiSpace(c)) SkipSpace();
    if (AtEscape()) return TakeEscape();
    if (at_ >= text_.size() || text_[at_] != c) return std::nullopt;
    const size_t here = at_;
    at_ += style_ == Style::kSingleQuoted && c == '\'' ? 2 : 1;
    return here;
  }

 private:
  bool AtEscape() const { return style_ == Style::kDoubleQuoted && at_ < text_.size() && text_[at_] == '\\'; }

  void SkipSpace() {
    while (at_ < text_.size()) {
      const bool joins_lines =
          AtEscape() && at_ + 1 < text_.size() && (text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r');
      if (!joins_lines && !IsAsciiSpace(text_[at_])) return;
      ++at_;
    }
  }

  std::optional<size_t> TakeEscape() {
    escape_at_ = at_;
    if (IsSurrogatePair(text_, at_)) {
      pending_ = 3;
      at_ += kSurrogatePairBytes;
      return escape_at_;
    }
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (at_ + 2 + digits > text_.size()) return std::nullopt;
    pending_ = Utf8Bytes(letter, text_.substr(at_ + 2, digits)) - 1;
    at_ += 2 + digits;
    return escape_at_;
  }

  static size_t Utf8Bytes(char letter, std::string_view digits) {
    if (letter == 'L' || letter == 'P') return 3;  // U+2028 and U+2029
    uint32_t point = 0;
    for (char digit : digits) {
      point = point * 16 + static_cast<uint32_t>(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  std::string_view text_;
  size_t at_;
  Style style_ = Style::kPlain;
  size_t escape_at_ = 0;
  size_t pending_ = 0;
};

// Returns the place in the file of each byte of the scalar's decoded text, as in OffsetInScalar. Shorter than the
// decoded text if the two do not match.
std::vector<uint32_t> PlacesInScalar(std::string_view text, const YamlNode& scalar) {
  ScalarWalk walk(text, scalar);
  std::vector<uint32_t> places;
  places.reserve(scalar.text.size());
  for (char c : scalar.text) {
    const std::optional<size_t> found = walk.Next(c);
    if (!found) break;
    places.push_back(static_cast<uint32_t>(*found));
  }
  return places;
}

// The replacement of a pair, as written and as the parser decodes it: twice U+FFFD.
constexpr std::string_view kWritten = R"(\ufffd\ufffd)";
constexpr std::string_view kDecoded = "\xEF\xBF\xBD\xEF\xBF\xBD";

// Returns the character of the pair at `at`, in UTF-8.
std::string Character(std::string_view text, size_t at) {
  const uint32_t high = *EscapedUnit(text, at) - 0xD800;
  const uint32_t low = *EscapedUnit(text, at + kSurrogatePairBytes / 2) - 0xDC00;
  const uint32_t point = 0x10000 + high * 0x400 + low;
  return {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
          static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
}

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0}, points_before_block_{0} {
  for (size_t end = kBlockBytes; end <= text.size(); end += kBlockBytes) {
    const size_t points = CountCodePoints(text.substr(end - kBlockBytes, kBlockBytes));
    points_before_block_.push_back(static_cast<uint32_t>(points_before_block_.back() + points));
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

size_t SourceText::CodePointsBefore(size_t offset) const {
  const size_t block = std::min(offset / kBlockBytes, points_before_block_.size() - 1);
  const size_t start = block * kBlockBytes;
  return points_before_block_[block] + CountCodePoints(text_.substr(start, offset - start));
}

rules::LineColumn SourceText::Locate(uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const size_t line = static_cast<size_t>(after - line_starts_.begin());  // from 1, as the first start is 0
  size_t start = line_starts_[line - 1];
  if (line == 1 && text_.starts_with("\xEF\xBB\xBF")) start = 3;
  const size_t end = std::clamp<size_t>(offset, start, text_.size());
  return {static_cast<int>(line), static_cast<int>(CodePointsBefore(end) - CodePointsBefore(start)) + 1};
}

uint32_t SourceText::OffsetInScalar(const YamlNode& scalar, size_t index) const {
  ScalarWalk walk(text_, scalar);
  size_t offset = scalar.offset;
  for (size_t i = 0; i <= index; ++i) {
    // An error such as "something is missing here" is one past the end.
    if (i >= scalar.text.size()) return static_cast<uint32_t>(scalar.text.empty() ? scalar.offset : offset + 1);
    const std::optional<size_t> found = walk.Next(scalar.text[i]);
    if (!found) return scalar.offset;
    offset = *found;
  }
  return static_cast<uint32_t>(offset);
}

SurrogatePairs::SurrogatePairs(std::string_view text) : text_(text) {
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    if (IsSurrogatePair(text, at)) {
      pairs_.push_back(static_cast<uint32_t>(at));
      at += kSurrogatePairBytes;
    } else {
      at += 2;  // the second of `\\` escapes nothing
    }
  }
  if (pairs_.empty()) return;
  readable_ = text;
  for (uint32_t at : pairs_) readable_.replace(at, kWritten.size(), kWritten);
}

bool SurrogatePairs::Restore(YamlNode* scalar) const {
  if (pairs_.empty() || scalar->offset >= text_.size()) return true;
  const bool escapes = text_[scalar->offset] == '"';
  const std::string_view stand_in = escapes ? kDecoded : kWritten;
  if (scalar->text.find(stand_in) == std::string::npos) return true;
  const std::vector<uint32_t> places = PlacesInScalar(readable_, *scalar);

  std::string restored;
  for (size_t i = 0; i < scalar->text.size();) {
    const bool stands_in = scalar->text.compare(i, stand_in.size(), stand_in) == 0;
    if (stands_in && i >= places.size()) return false;
    if (stands_in && std::binary_search(pairs_.begin(), pairs_.end(), places[i])) {
      restored += escapes ? Character(text_, places[i]) : std::string(text_.substr(places[i], kSurrogatePairBytes));
      i += stand_in.size();
    } else {
      restored += scalar->text[i++];
    }
  }
  scalar->text = std::move(restored);
  return true;
}

}  // namespace leadpulse::config
