#include "processor/rules/language/parser.h"

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include "processor/rules/language/predicate_parser.h"
#include "processor/rules/language/token_cursor.h"
#include "processor/rules/language/value_parser.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::rules {
namespace {

NodePtr MakeNode(NodeKind kind, Span span) { return std::make_unique<Node>(Node{std::move(kind), span}); }

// Fails at a token that cannot continue the rule. `end` is what may end it there.
std::nullopt_t FailContinuation(TokenCursor* cursor, const std::string& end) {
  std::string hint;
  const Token& token = cursor->Peek();
  if (token.kind == TokenKind::kComma) {
    hint = "numbers have no thousands separator, and conditions are joined by AND or OR";
  } else if (AtValueTest(*cursor) || AtWindow(*cursor)) {
    hint = "for a second test of a field repeat its name: AND field …";
  } else if (token.kind == TokenKind::kWord) {
    hint = "join conditions by AND or OR; values and names of events stand in double quotes";
  } else if (token.kind == TokenKind::kClose) {
    hint = "no \"(\" is open here";
  }
  if (cursor->At(TokenKind::kWord) || cursor->At(TokenKind::kBackquoted) || cursor->At(TokenKind::kOpen)) {
    return cursor->Fail("AND or OR is missing before " + cursor->Describe(token),
                        hint.empty() ? "join conditions by AND or OR" : std::move(hint));
  }
  return cursor->FailExpected("AND, OR or " + end, std::move(hint));
}

// A parser of the grammar's rows rule, and, not. `depth` counts the enclosing parentheses and NOTs, which bounds the
// recursion here and in everything that walks the tree.
class RuleParser {
 public:
  explicit RuleParser(TokenCursor* cursor) : cursor_(cursor) {}

  // Parses an OR. Null after a failure, as for the others.
  NodePtr ParseOr(int depth) {
    return ParseChain<Or>("OR", [&] { return ParseAnd(depth); });
  }

 private:
  template <typename Kind, typename ParseChild>
  NodePtr ParseChain(std::string_view joint, ParseChild parse_child) {
    const Span begin = cursor_->Peek().span;
    NodePtr first = parse_child();
    if (first == nullptr || !cursor_->AtWord(joint)) return first;
    Kind chain;
    chain.children.push_back(std::move(first));
    while (cursor_->AcceptWord(joint)) {
      NodePtr next = parse_child();
      if (next == nullptr) return nullptr;
      chain.children.push_back(std::move(next));
    }
    return MakeNode(std::move(chain), cursor_->SpanFrom(begin));
  }

  NodePtr ParseAnd(int depth) {
    return ParseChain<And>("AND", [&] { return ParseNot(depth); });
  }

  NodePtr ParseNot(int depth) {
    const bool deeper = cursor_->AtWord("NOT") || cursor_->At(TokenKind::kOpen);
    if (deeper && depth == kMaxNesting) {
      cursor_->Fail("parentheses and NOT are nested more than " + std::to_string(kMaxNesting) + " deep",
                    "move parts of the rule into segments and ask for them with IN SEGMENT");
      return nullptr;
    }
    const Span begin = cursor_->Peek().span;
    if (cursor_->At(TokenKind::kOpen)) return ParseParenthesis(depth);
    if (cursor_->AcceptWord("NOT")) {
      NodePtr child = ParseNot(depth + 1);
      if (child == nullptr) return nullptr;
      return MakeNode(Not{std::move(child)}, cursor_->SpanFrom(begin));
    }
    std::optional<NodeKind> predicate = ParsePredicate(cursor_);
    if (!predicate) return nullptr;
    return MakeNode(*std::move(predicate), cursor_->SpanFrom(begin));
  }

  // Parses a parenthesised node; its span includes the parentheses.
  NodePtr ParseParenthesis(int depth) {
    const Span begin = cursor_->Take().span;
    NodePtr inner = ParseOr(depth + 1);
    if (inner == nullptr) return nullptr;
    if (!cursor_->Accept(TokenKind::kClose)) {
      if (cursor_->AtEnd()) {
        cursor_->FailExpected("\")\"", "the \"(\" at column " +
                                           std::to_string(LocateOffset(cursor_->source(), begin.begin).column) +
                                           " is never closed");
      } else {
        FailContinuation(cursor_, "\")\"");
      }
      return nullptr;
    }
    inner->span = cursor_->SpanFrom(begin);
    return inner;
  }

  TokenCursor* cursor_;
};

std::optional<Millis> ParseShortDuration(const TokenCursor& cursor) {
  const Token& count = cursor.Peek();
  const Token& unit = cursor.Peek(1);
  const bool adjacent = count.span.end == unit.span.begin && unit.text.size() == 1;
  if (!IsInteger(count) || !adjacent || !cursor.At(TokenKind::kEnd, 2)) return std::nullopt;
  for (const DurationUnit& known : kDurationUnits) {
    int64_t number = 0;
    if (known.letter != unit.text[0] || count.text.size() > 9) continue;
    std::from_chars(count.text.data(), count.text.data() + count.text.size(), number);
    return known.length * number;
  }
  return std::nullopt;
}

}  // namespace

std::variant<Rule, RuleError> ParseRule(std::string_view source) {
  TokenCursor cursor(source);
  if (cursor.AtEnd()) {
    return RuleError{{0, static_cast<uint32_t>(source.size())}, "the rule is empty", "write one as lead_score > 50"};
  }
  NodePtr root = RuleParser(&cursor).ParseOr(0);
  if (root == nullptr) return cursor.TakeError();
  if (!cursor.AtEnd()) {
    FailContinuation(&cursor, "the end of the rule");
    return cursor.TakeError();
  }
  return Rule{std::string(source), std::move(root)};
}

std::variant<Step, RuleError> ParseStep(std::string_view source) {
  TokenCursor cursor(source);
  if (cursor.AtEnd()) {
    return RuleError{{0, static_cast<uint32_t>(source.size())}, "the step is empty", "write one as visit \"pricing\""};
  }
  std::optional<Step> step = ParseStepTokens(&cursor);
  if (!step) return cursor.TakeError();
  if (!cursor.AtEnd()) {
    cursor.FailExpected("the end of the step", "a step takes an action, a name, CAMPAIGN and WHERE, nothing more");
    return cursor.TakeError();
  }
  return *std::move(step);
}

std::optional<Millis> ParseDuration(std::string_view text) {
  TokenCursor cursor(text);
  std::optional<Millis> duration = ParseShortDuration(cursor);
  if (!duration) {
    duration = ParseDurationTokens(&cursor);
    if (!duration || !cursor.AtEnd()) return std::nullopt;
  }
  if (*duration > kDurationUnits[1].length * kMaxDurationDays) return std::nullopt;
  return duration;
}

}  // namespace leadpulse::rules
