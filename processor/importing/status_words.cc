#include "processor/importing/status_words.h"

#include <algorithm>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "schemas/codec/record_checks.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kMostNames = 20;
constexpr size_t kMostUnknown = 8;
constexpr size_t kWordBytes = 60;

}  // namespace

void StatusWords::Add(StatusColumn status, const std::string& name, std::string_view cell, const Suppression& said) {
  if (words_.size() >= kMostNames && !words_.contains(name)) return;
  Words& words = words_[name];
  words.status = status;
  const bool may_be_code = status == StatusColumn::kState || status == StatusColumn::kMailStatus ||
                           status == StatusColumn::kMaybeMailing || status == StatusColumn::kMaybeOptedOut;
  const bool is_letter = cell.size() == 1 && IsLetter(cell[0]);
  const bool is_code = may_be_code && (is_letter || IsCode(cell));
  const bool is_word = is_code || std::ranges::any_of(cell, [](char c) {
                         return IsLetter(c) || c == '?' || static_cast<unsigned char>(c) >= 0x80;
                       });
  if (said.doubtful && is_word) {
    const std::string_view word = Utf8Prefix(cell, kWordBytes);
    const auto known = words.unknown.find(word);
    if (known != words.unknown.end()) {
      ++known->second;
    } else if (words.unknown.size() < kMostUnknown) {
      words.unknown.emplace(word, 1);
    }
  }
  const bool is_about_mail =
      status != StatusColumn::kState || said.suppresses() || DeniesOptOut(status, EventType::kUnsubscribe, cell);
  words.are_about_mail = words.are_about_mail || is_about_mail;
  words.are_mixed = words.are_mixed || (!is_about_mail && !said.doubtful && !is_code && !AllowsMail(status, cell));
}

std::optional<Finding> StatusWords::Offer(const std::string& column) const {
  std::string all;
  std::string_view word_against_mail;
  for (const auto& [name, words] : words_) {
    if (!words.are_about_mail && words.are_mixed) continue;
    std::string of_name;
    for (const auto& [word, count] : words.unknown) {
      of_name += Concat({of_name.empty() ? "" : ", ", codec::Quoted(word), " (", GroupDigits(count),
                         count == 1 ? " cell)" : " cells)"});
    }
    if (of_name.empty()) continue;
    word_against_mail = all.empty() ? WordAgainstMail(words.status) : kOptedOutWord;
    all += Concat({all.empty() ? "" : "; ", name == column ? "" : Concat({name, ": "}), of_name});
  }
  if (all.empty()) return std::nullopt;
  return Finding{column,
                 Concat({all, " may mean that people get no mail"}),
                 {"values", column, std::string(word_against_mail)},
                 /*is_offer=*/true,
                 "if so,"};
}

}  // namespace leadpulse::importing
