// Splits rule text into tokens.
#include <array>
#include <utility>

#include "processor/base/normal_text.h"
#include "processor/base/text.h"
#include "processor/rules/language/token_cursor.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

struct Correction {
  std::string_view found;
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view kUseDoubleQuotes = "put values between plain double quotes: \"…\"";
constexpr std::string_view kUsePlainMinus = "write a plain minus: -";

// Corrections of characters that people type, or that a word processor inserts. If two have the same beginning, the
// longer one comes first.
constexpr std::array<Correction, 29> kCorrections = {{
    {"==", "\"==\" is no comparison", "write one ="},
    {"=>", "\"=>\" is no comparison", "write >="},
    {"=<", "\"=<\" is no comparison", "write <="},
    {"<>", "\"<>\" is no comparison", "write !="},
    {"&&", "\"&&\" is no word of a rule", "write AND"},
    {"||", "\"||\" is no word of a rule", "write OR"},
    {"&", "\"&\" is no word of a rule", "write AND"},
    {"|", "\"|\" is no word of a rule", "write OR"},
    {"!", "\"!\" stands alone", "write NOT, or != to compare"},
    {"'", "a single quote does not begin a value", kUseDoubleQuotes},
    {"“", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"”", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"„", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"‟", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"‘", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"’", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"‚", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"«", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"»", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"″", "a typographic quote does not begin a value", kUseDoubleQuotes},
    {"≤", "\"≤\" is no comparison", "write <="},
    {"≥", "\"≥\" is no comparison", "write >="},
    {"≠", "\"≠\" is no comparison", "write !="},
    {"−", "a typographic minus does not begin a number", kUsePlainMinus},
    {"–", "a dash does not begin a number", kUsePlainMinus},
    {"\u00A0", "a no-break space stands here", "write a plain space"},
    {"[", "\"[\" is not used in rules", "lists of values stand in parentheses: IN (\"a\", \"b\")"},
    {"-", "a minus stands alone", "a minus stands directly before the digits of a number"},
    {".", "a dot stands alone", "a number has digits before its dot: 0.5"},
}};

// Returns the length in bytes of the code point that begins at `at`; 0 if there is no valid one.
size_t CodePointLength(std::string_view source, size_t at) {
  const auto lead = static_cast<unsigned char>(source[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return at + length <= source.size() && IsUtf8(source.substr(at, length)) ? length : 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Tokens Run() && {
    if (CheckWhole()) {
      while (Next()) {
      }
    }
    return std::move(result_);
  }

 private:
  char At(size_t position) const { return position < source_.size() ? source_[position] : '\0'; }
  Span SpanTo(size_t end) const { return {static_cast<uint32_t>(position_), static_cast<uint32_t>(end)}; }

  bool CheckWhole() {
    if (source_.size() > kMaxRuleBytes) {
      position_ = kMaxRuleBytes;
      return Fail(source_.size(), "the rule is longer than " + std::to_string(kMaxRuleBytes) + " bytes",
                  "move parts of it into segments and ask for them with IN SEGMENT");
    }
    if (IsUtf8(source_)) return true;
    while (const size_t length = CodePointLength(source_, position_)) position_ += length;
    return Fail(position_ + 1, "the text is not UTF-8 here", "save the file as UTF-8");
  }

  // Reads a token; false after the last one.
  bool Next() {
    while (position_ < source_.size() && IsAsciiSpace(source_[position_])) ++position_;
    if (position_ == source_.size()) {
      Add(TokenKind::kEnd, position_);
      return false;
    }
    const char c = source_[position_];
    if (IsWordStart(c)) return Word();
    if (c == '"') return String();
    if (c == '`') return Backquoted();
    if (IsDigit(c) || (c == '-' && IsDigit(At(position_ + 1)))) return Number();
    if (c == '(') return Add(TokenKind::kOpen, position_ + 1);
    if (c == ')') return Add(TokenKind::kClose, position_ + 1);
    if (c == ',') return Add(TokenKind::kComma, position_ + 1);
    return CompareOrNothing();
  }

  bool Word() {
    size_t end = position_;
    while (end < source_.size() && IsWordByte(source_[end])) ++end;
    return Add(TokenKind::kWord, end, std::string(source_.substr(position_, end - position_)));
  }

  bool String() {
    std::string text;
    for (size_t i = position_ + 1; i < source_.size(); ++i) {
      char c = source_[i];
      if (c == '"') return Add(TokenKind::kString, i + 1, std::move(text));
      if (c == '\\') {
        c = At(++i);
        if (i < source_.size() && c != '"' && c != '\\') return BadEscape(i - 1);
      }
      text += c;
    }
    return Fail(position_ + 1, "the value that begins here is never closed", "put a \" at its end");
  }

  bool BadEscape(size_t backslash) {
    const size_t end = backslash + 1 + CodePointLength(source_, backslash + 1);
    position_ = backslash;
    return Fail(end, "a backslash stands only before \" and \\ in a value", "write \\\\ for a backslash itself");
  }

  bool Backquoted() {
    const size_t end = source_.find('`', position_ + 1);
    if (end == std::string_view::npos) {
      return Fail(position_ + 1, "the name that begins here is never closed", "put a ` at its end");
    }
    const std::string_view name = source_.substr(position_ + 1, end - position_ - 1);
    if (NormalText(name).empty()) {
      return Fail(end + 1, "a name between backquotes is empty", "write the name: `name`");
    }
    return Add(TokenKind::kBackquoted, end + 1, std::string(name));
  }

  bool Number() {
    size_t end = EndOfDigits(position_ + 1);
    if (At(end) == '.') {
      const size_t fraction = end + 1;
      end = EndOfDigits(fraction);
      if (end == fraction) return Fail(end, "a number ends with a dot", "write digits after the dot or leave it out");
    }
    const bool exponent = At(end) == 'e' || At(end) == 'E';
    const size_t digits = end + (At(end + 1) == '+' || At(end + 1) == '-' ? 2 : 1);
    if (exponent && IsDigit(At(digits))) {
      return Fail(EndOfDigits(digits), "a number has no exponent", "write it in full: 1000 for 1e3");
    }
    std::string text(source_.substr(position_, end - position_));
    const std::optional<leadpulse::Number> number = leadpulse::Number::Parse(text);
    if (!number) {
      return Fail(end, "a number has at most 40 digits before the point and 20 behind it", "leave out digits");
    }
    Add(TokenKind::kNumber, end, std::move(text));
    result_.tokens.back().number = *number;
    return true;
  }

  size_t EndOfDigits(size_t from) const {
    while (IsDigit(At(from))) ++from;
    return from;
  }

  bool CompareOrNothing() {
    const std::string_view rest = source_.substr(position_);
    for (const auto& [found, message, hint] : kCorrections) {
      const bool really_compare = found == "!" && At(position_ + 1) == '=';
      if (rest.starts_with(found) && !really_compare) {
        return Fail(position_ + found.size(), std::string(message), std::string(hint));
      }
    }
    if (const std::optional<Compare> op = CompareAt(rest)) {
      Add(TokenKind::kCompare, position_ + CompareSpelling(*op).size());
      result_.tokens.back().op = *op;
      return true;
    }
    return Unknown();
  }

  bool Unknown() {
    const size_t end = position_ + CodePointLength(source_, position_);
    const std::string quoted = Excerpt(source_.substr(position_, end - position_));
    return Fail(end, quoted + " cannot stand outside quotes",
                "put a value between double quotes, and a field's name with such a character between backquotes");
  }

  bool Add(TokenKind kind, size_t end, std::string text = {}) {
    Token token;
    token.kind = kind;
    token.span = SpanTo(end);
    token.text = std::move(text);
    result_.tokens.push_back(std::move(token));
    position_ = end;
    return true;
  }

  // Records an error and adds the last token.
  bool Fail(size_t end, std::string message, std::string hint = {}) {
    result_.error = RuleError{SpanTo(end), std::move(message), std::move(hint)};
    Add(TokenKind::kError, end);
    return false;
  }

  std::string_view source_;
  size_t position_ = 0;
  Tokens result_;
};

}  // namespace

Tokens Tokenize(std::string_view source) { return Lexer(source).Run(); }

}  // namespace leadpulse::rules
