#include "processor/query/search/search_terms.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::query {
namespace {

using rules::Compare;
using rules::RuleError;
using rules::Span;

constexpr std::array<std::string_view, 3> kWideSpaces = {"\u00A0", "\u202F", "\u3000"};
constexpr std::array<std::string_view, 6> kTypographicQuotes = {"“", "”", "„", "‟", "«", "»"};
constexpr std::array<std::string_view, 3> kWebSchemes = {"http", "https", "ftp"};

template <typename Texts>
const std::string_view* FindBeginning(const Texts& texts, std::string_view of) {
  const auto found = std::ranges::find_if(texts, [&](std::string_view text) { return of.starts_with(text); });
  return found == texts.end() ? nullptr : &*found;
}

size_t SpaceLength(std::string_view rest) {
  if (rest.empty()) return 0;
  if (IsAsciiSpace(rest.front())) return 1;
  const std::string_view* wide = FindBeginning(kWideSpaces, rest);
  return wide == nullptr ? 0 : wide->size();
}

// A piece of text, with the places of its plain stars.
struct Piece {
  std::string text;
  bool is_quoted = false;
  std::vector<size_t> stars;  // offsets in `text`
  std::vector<Span> star_spans;
  Span span;
};

class SearchParser {
 public:
  explicit SearchParser(std::string_view search) : search_(search) {}

  std::variant<std::vector<SearchTerm>, RuleError> Run() && {
    bool good = CheckWhole();
    for (SkipSpace(); good && at_ < search_.size(); SkipSpace()) good = ReadTerm();
    if (!good) return *std::move(error_);
    return std::move(terms_);
  }

 private:
  std::string_view Rest() const { return search_.substr(at_); }
  bool AtEndOfTerm() const { return at_ == search_.size() || SpaceLength(Rest()) > 0; }
  bool At(char c) const { return at_ < search_.size() && search_[at_] == c; }
  Span SpanFrom(size_t begin) const { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)}; }

  // Stores the first error; ignores later ones. Always returns false.
  bool Fail(size_t begin, size_t end, std::string message, std::string hint) {
    const Span span{static_cast<uint32_t>(begin), static_cast<uint32_t>(std::min(end, search_.size()))};
    if (!error_) error_ = RuleError{span, std::move(message), std::move(hint)};
    return false;
  }
  bool Count(size_t begin) {
    if (++count_ <= kMaxSearchTerms) return true;
    return Fail(begin, begin, "the search has more than " + std::to_string(kMaxSearchTerms) + " terms",
                "leave some out, or join values of one field by commas");
  }

  bool CheckWhole() {
    if (search_.size() > kMaxSearchBytes) {
      return Fail(kMaxSearchBytes, kMaxSearchBytes,
                  "the search is longer than " + std::to_string(kMaxSearchBytes) + " bytes", "search for less at once");
    }
    if (const size_t nul = search_.find('\0'); nul != std::string_view::npos) {
      return Fail(nul, nul + 1, "a NUL character stands here", "leave it out");
    }
    if (IsUtf8(search_)) return true;
    size_t good = 0;
    while (true) {
      size_t length = 1;
      while (length <= 4 && !IsUtf8(search_.substr(good, length))) ++length;
      if (length > 4) return Fail(good, good + 1, "the text is not UTF-8 here", "send the search as UTF-8");
      good += length;
    }
  }

  void SkipSpace() {
    while (const size_t length = SpaceLength(Rest())) at_ += length;
  }

  bool ReadTerm() {
    const size_t begin = at_;
    SearchTerm term;
    if (At('-') && !ReadMinus()) return false;
    term.is_negated = at_ > begin;
    if (!ReadNameOrWords(&term)) return false;
    if (term.compare && (!Count(begin) || !ReadValues(&term))) return false;
    term.span = SpanFrom(begin);
    terms_.push_back(std::move(term));
    return true;
  }

  bool ReadMinus() {
    const size_t begin = at_++;
    if (AtEndOfTerm()) {
      return Fail(begin, at_, "a minus stands alone", "write it directly before what must not hold, or between quotes");
    }
    if (At('-')) return Fail(begin, at_ + 1, "two minus signs side by side", "write one, or none");
    return true;
  }

  // Reads a name with its comparison, or words with commas between them.
  bool ReadNameOrWords(SearchTerm* term) {
    if (At('`')) return ReadBackquoted(term) && ReadCompare(term);
    Piece piece;
    if (!ReadPiece(/*in_name=*/true, &piece)) return false;
    if (AtCompare()) {
      if (!TakeName(std::move(piece), term)) return false;
      return ReadCompare(term);
    }
    if (!AddWord(std::move(piece), term)) return false;
    while (At(',')) {
      ++at_;
      Piece next;
      if (!ReadPiece(/*in_name=*/true, &next)) return false;
      if (AtCompare()) {
        return Fail(at_, at_ + 1, "a comparison after several words", "repeat it for each field, or quote the words");
      }
      if (!AddWord(std::move(next), term)) return false;
    }
    if (!term->values.empty()) return true;
    return Fail(at_ - 1, at_, "a comma stands alone", "put it between quotes to search for it");
  }

  bool AtCompare() const { return !is_web_address_ && (At(':') || rules::CompareAt(Rest())); }

  bool ReadBackquoted(SearchTerm* term) {
    const size_t begin = at_;
    const size_t end = search_.find('`', begin + 1);
    if (end == std::string_view::npos) {
      return Fail(begin, begin + 1, "the name that begins here is never closed", "put a ` at its end");
    }
    at_ = end + 1;
    term->name = search_.substr(begin + 1, end - begin - 1);
    term->is_name_backquoted = true;
    term->name_span = SpanFrom(begin);
    if (TrimAsciiSpace(term->name).empty()) {
      return Fail(begin, at_, "a name between backquotes is empty", "write the name: `name`:value");
    }
    is_web_address_ = false;
    if (AtCompare()) return true;
    return Fail(at_, at_ + 1, "a comparison is missing after the name",
                "write :, =, !=, <, <=, > or >= directly after it; a word to search for stands between \"quotes\"");
  }

  bool TakeName(Piece piece, SearchTerm* term) {
    if (TrimAsciiSpace(piece.text).empty()) {
      return Fail(at_, at_ + 1, "the field's name is missing here",
                  "write it before the sign, as in score>5, or put the text between quotes");
    }
    if (piece.text.find('`') != std::string::npos) {
      return Fail(piece.span.begin, piece.span.end, "the name of a field cannot have a backquote in it",
                  "put the whole name between backquotes, or the text between double quotes");
    }
    term->name = std::move(piece.text);
    term->name_span = piece.span;
    return true;
  }

  // Reads a comparison. `:` may have another one after it, as in score:>5.
  bool ReadCompare(SearchTerm* term) {
    const size_t begin = at_;
    if (At(':')) ++at_;
    const std::optional<Compare> compare = rules::CompareAt(Rest());
    term->compare = compare.value_or(Compare::kEqual);
    term->is_colon = !compare;
    if (!compare) return true;
    at_ += rules::CompareSpelling(*compare).size();
    if (!rules::CompareAt(Rest())) return true;
    return Fail(begin, at_ + 1, "two comparisons side by side",
                "write one of :, =, !=, <, <=, > and >=, and quote a value that begins with such a sign");
  }

  bool ReadValues(SearchTerm* term) {
    do {
      const size_t comma = at_;
      if (!term->values.empty()) ++at_;
      Piece piece;
      if (!ReadPiece(/*in_name=*/false, &piece)) return false;
      const bool is_missing = piece.text.empty() && !piece.is_quoted;
      if (is_missing && (At(',') || !term->values.empty())) {
        const size_t spot = At(',') ? at_ : comma;
        return Fail(spot, spot + 1, "a value is missing beside the comma",
                    "write a,b without a space, and quote values that have spaces or commas");
      }
      SearchValue value;
      if (!MakeValue(std::move(piece), &value)) return false;
      term->values.push_back(std::move(value));
    } while (At(','));
    return true;
  }

  // Reads up to white space, a comma, or in a name a comparison.
  bool ReadPiece(bool in_name, Piece* piece) {
    const size_t begin = at_;
    is_web_address_ = false;
    while (!AtEndOfTerm()) {
      if (At(',') && !is_web_address_) break;
      if (in_name && !is_web_address_ && AtCompare() && !SkipWebScheme(piece)) break;
      if (AtEndOfTerm()) break;
      if (At('"') ? !ReadQuoted(piece) : !ReadPlain(piece)) return false;
    }
    piece->span = SpanFrom(begin);
    return true;
  }

  // Takes `://` after a scheme, so that the whole term is a word.
  bool SkipWebScheme(Piece* piece) {
    const bool is_scheme = std::ranges::find(kWebSchemes, AsciiLower(piece->text)) != kWebSchemes.end();
    if (!is_scheme || piece->is_quoted || !Rest().starts_with("://")) return false;
    at_ += 3;
    piece->text += "://";
    is_web_address_ = true;
    return true;
  }

  // Reads one byte, or an escape.
  bool ReadPlain(Piece* piece) {
    if (const std::string_view* quote = FindBeginning(kTypographicQuotes, Rest())) {
      return Fail(at_, at_ + quote->size(), "a typographic quote stands here",
                  "put what belongs together between plain double quotes: \"…\"");
    }
    if (At('*')) {
      piece->stars.push_back(piece->text.size());
      piece->star_spans.push_back({static_cast<uint32_t>(at_), static_cast<uint32_t>(at_ + 1)});
    }
    TakeCharacter(piece);
    return true;
  }

  void TakeCharacter(Piece* piece) {
    if (Rest().starts_with("\\\"") || Rest().starts_with("\\\\")) ++at_;
    piece->text += search_[at_++];
  }

  bool ReadQuoted(Piece* piece) {
    const size_t begin = at_++;
    piece->is_quoted = true;
    while (at_ < search_.size() && !At('"')) TakeCharacter(piece);
    if (at_ == search_.size()) {
      return Fail(begin, begin + 1, "the quote that begins here is never closed",
                  "put a \" at its end; write \\\" for a quote itself");
    }
    ++at_;
    return true;
  }

  // Adds a word, unless it is missing beside a comma, as in `Doe, Jane`.
  bool AddWord(Piece piece, SearchTerm* term) {
    const Span span = piece.span;
    if (piece.text.empty() && !piece.is_quoted) return true;
    if (!Count(span.begin)) return false;
    SearchValue value;
    if (!MakeValue(std::move(piece), &value)) return false;
    if (TrimAsciiSpace(value.text).empty()) {
      return Fail(span.begin, span.end, "there is nothing to search for here",
                  "write a word, or field:* for any value of a field");
    }
    term->values.push_back(std::move(value));
    return true;
  }

  // Makes a value. Stars at the ends become flags. One elsewhere is an error: rules have no such test.
  bool MakeValue(Piece piece, SearchValue* value) {
    size_t begin = 0;
    size_t end = piece.text.size();
    const auto is_star = [&](size_t at) { return std::ranges::binary_search(piece.stars, at); };
    while (begin < end && is_star(begin)) ++begin;
    while (end > begin && is_star(end - 1)) --end;
    for (size_t i = 0; i < piece.stars.size(); ++i) {
      if (piece.stars[i] < begin || piece.stars[i] >= end) continue;
      return Fail(piece.star_spans[i].begin, piece.star_spans[i].end, "a * stands inside a value",
                  "it stands only at the beginning or the end; a plain * goes between quotes");
    }
    *value = {piece.text.substr(begin, end - begin), piece.is_quoted, begin > 0, end < piece.text.size(), piece.span};
    return true;
  }

  std::string_view search_;
  size_t at_ = 0;
  bool is_web_address_ = false;  // the current piece is one: only white space ends it
  size_t count_ = 0;             // terms so far; each word between commas counts
  std::vector<SearchTerm> terms_;
  std::optional<RuleError> error_;
};

}  // namespace

std::variant<std::vector<SearchTerm>, RuleError> ParseSearch(std::string_view search) {
  return SearchParser(search).Run();
}

}  // namespace leadpulse::query
