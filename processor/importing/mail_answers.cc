#include "processor/importing/mail_answers.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "processor/base/text.h"
#include "processor/base/word_list.h"
#include "processor/importing/mail_words.h"

namespace leadpulse::importing {
namespace {

// What people and spreadsheets write for yes and no, in several languages.
constexpr std::string_view kYes =
    "yes true 1 y x t on ja j oui o vrai wahr si verdadero vero sim verdadeiro s waar tak prawda ano da evet kylla "
    "igen ya да так 是 はい";
constexpr std::string_view kNo =
    "no false 0 n f off nein non faux falsch falso nao nee onwaar nie falsz ne nej nei nu nem ei hayir hayır tidak нет "
    "ні "
    "否 いいえ";
// What a column about mail says, too.
constexpr std::string_view kYesToMail = "checked all alle tous todos tutti",
                           kNoMail =
                               "none null nil na unchecked keine keiner kein aucun aucune ninguno ninguna nenhum "
                               "nenhuma nessuno nessuna geen brak";

// Words for yes and no with which longer answers begin. None is a usual word of another kind: `da`, `on`, `nu`.
constexpr std::string_view kYesFirst =
    "yes ja oui si sim tak ano evet kylla igen да так はい true wahr vrai ok okay gern gerne sure";
constexpr std::string_view kNoFirst =
    "no nein non nao nee nie nej nei nem ne ei hayir hayır tidak нет ні いいえ false falsch falso kein keine keiner "
    "aucun aucune ninguno ninguna nenhum nenhuma nessuno nessuna geen brak none";
// What stands behind no in an answer, and hardly in a name: thanks, how it was given, and since when.
constexpr std::string_view kBehindNo =
    "danke thanks thankyou thx merci gracias grazie obrigado obrigada bedankt dankjewel dziekuje tack tak takk kiitos "
    "dekuji koszonom multumesc спасибо дякую terimakasih tel telefon telefonisch phone perphone bytel pertelefon mail "
    "permail bymail am ab seit vom since from on per le depuis el desde dal sinds od sedan siden abgemeldet "
    "unsubscribed optedout";

// Returns the end of the one of the space-separated words with which the text begins; 0: it begins with none.
size_t EndOfFirst(std::string_view words, const PlainText& text) {
  const std::string_view plain = text.text();
  for (std::string_view rest = words; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (!plain.starts_with(word)) continue;
    const size_t end = word.size();
    if (end == plain.size() || text.BeginsWord(end) || IsDigit(plain[end])) return end;
  }
  return 0;
}

// Whether what stands behind a word for no shows that it is an answer: a date, thanks, or the like. `No. 5` is a
// number.
bool EndsAnAnswer(std::string_view no, std::string_view behind) {
  constexpr size_t kDigitsOfDate = 4;
  std::string_view text = behind;
  while (!text.empty() && IsDigit(text.back())) text.remove_suffix(1);
  if (!text.empty()) return HasWord(kBehindNo, text);
  return behind.empty() || no != "no" || behind.size() >= kDigitsOfDate;
}

}  // namespace

std::optional<bool> YesOrNo(std::string_view cell) {
  constexpr size_t kLongestWord = 16;  // in bytes
  if (cell.size() > kLongestWord) return std::nullopt;
  const std::string plain = PlainText(cell).text();
  if (HasWord(kYes, plain)) return true;
  return HasWord(kNo, plain) ? std::optional(false) : std::nullopt;
}

bool SaysYes(std::string_view plain) { return HasWord(kYes, plain) || HasWord(kYesToMail, plain); }
bool SaysNo(std::string_view plain) { return HasWord(kNo, plain) || HasWord(kNoMail, plain); }

std::optional<bool> LongAnswer(const PlainText& text, bool is_among_answers) {
  const std::string_view plain = text.text();
  if (HasPhrase(MailPhrase::kNoAnswer, text)) return std::nullopt;
  const size_t no = EndOfFirst(kNoFirst, text);
  if (!is_among_answers) {
    const bool refuses =
        (no > 0 && EndsAnAnswer(plain.substr(0, no), plain.substr(no))) || IsPhrase(MailPhrase::kRefused, text);
    return refuses ? std::optional(false) : std::nullopt;
  }
  const bool refuses = HasPhrase(MailPhrase::kRefused, text);
  if (EndOfFirst(kYesFirst, text) > 0) return refuses ? std::nullopt : std::optional(true);
  return no > 0 || refuses ? std::optional(false) : std::nullopt;
}

}  // namespace leadpulse::importing
