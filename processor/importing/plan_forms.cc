#include "processor/importing/plan_forms.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "config/strict_fields.h"
#include "processor/base/json_value.h"
#include "processor/base/number.h"
#include "processor/base/text.h"
#include "processor/importing/json_members.h"
#include "processor/importing/row_cells.h"
#include "schemas/codec/record_checks.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kMostWords = 8;
constexpr size_t kMostDomains = 50;
constexpr size_t kMostCells = 256;
constexpr size_t kMostMembers = 20;
constexpr size_t kFewCells = 40;  // different ones
constexpr size_t kMostBytesOfWord = 60;
constexpr size_t kMemberBytes = 60;  // the most of a name that are shown

// Takes the option that says what all unknown words of a column about mail mean.
std::optional<Problem> TakeUnknownWords(Column* column) {
  if (column->status == StatusColumn::kNone && column->meaning != Meaning::kJsonMembers) return std::nullopt;
  const auto said = std::ranges::find(column->values, kUnknownWords, &std::pair<std::string, std::string>::first);
  if (said == column->values.end()) return std::nullopt;
  column->unknown_words = said->second;
  column->values.erase(said);
  const std::string& ours = column->unknown_words;
  if (ReadStatus(StatusColumn::kMailStatus, ours).suppresses() || AllowsMail(StatusColumn::kMailStatus, ours))
    return std::nullopt;
  return Problem{Concat({"`", ours, "` is not known; write unsubscribed, bounced, complained or subscribed"}),
                 {"values"}};
}

// Whether the words in the cells of a column count, so that unknown ones are named.
bool CountsWords(const Column& column, const ImportOptions& options) {
  return options.mode == Mode::kContacts && column.status != StatusColumn::kNone && column.meaning != Meaning::kConsent;
}

// Returns what the column says about mail, by its name or by an option.
StatusColumn StatusOf(const Column& column) {
  return column.meaning == Meaning::kDoNotContact ? StatusColumn::kDoNotContact : column.status;
}

// Whether the cells of the column may stop mail. Those of our export do not: the state that it came from knows them.
bool IsAboutMail(const Column& column, const ImportOptions& options) {
  const bool counts = CountsWords(column, options) || column.meaning == Meaning::kDoNotContact;
  return counts && !column.mail_is_known;
}

// Whether a cell of a consent says yes or no, or is a number: it shows no form of times.
bool SaysYesOrNo(const Column& column, std::string_view cell) {
  return column.meaning == Meaning::kConsent && (ReadGranted(column, cell) || Number::Parse(cell));
}

// Whether the members of JSON in the column may become attributes: nothing says what else it is.
bool MayHoldObjects(const Column& column, const ImportOptions& options) {
  const bool is_other = column.meaning == Meaning::kAttribute || column.only_declared;
  return options.mode == Mode::kContacts && is_other && !column.is_said && !column.type && !column.holds_since &&
         column.status == StatusColumn::kNone;
}

// Whether the column may say why mail is withheld, by its name.
bool MayHoldReasons(const Column& column, const ImportOptions& options) {
  const bool is_left_out = column.meaning == Meaning::kLeftOut && !column.is_said;
  const bool is_text = column.meaning == Meaning::kAttribute && (!column.type || *column.type == FieldType::kText);
  return options.mode == Mode::kContacts && (is_left_out || is_text) && column.status == StatusColumn::kNone &&
         MayBeReason(column.header);
}

// Whether the column is of texts or names of which nobody knows what they are about: `Categories`, `Email validity`.
bool MaySpeakOfMail(const Column& column, const ImportOptions& options) {
  const bool is_text =
      column.meaning == Meaning::kAttribute && !column.type && !FindSynonym(options.mode, Simplify(column.header));
  const bool has_names = column.meaning == Meaning::kTags || column.meaning == Meaning::kLists;
  return options.mode == Mode::kContacts && (is_text || has_names) && !column.is_said && column.values.empty() &&
         column.status == StatusColumn::kNone;
}

// Whether both ask the same: the same choices for another column.
bool AsksTheSame(const Problem& one, const Problem& other) {
  return one.remedy.name == other.remedy.name && !one.choices.empty() &&
         std::ranges::equal(one.choices, other.choices, {}, &Choice::value, &Choice::value);
}

// Returns the option that says for all columns what the problem's remedy says for one.
Option OfAllColumns(const Option& option) {
  return {option.name == "date_formats" ? "date_format" : "number_format", "", option.meaning};
}

// A question, and the column that it is about.
struct Question {
  Problem problem;
  std::string column;
};

// Makes one question of those that the same answer for all columns answers. `found`: options for single columns that
// the cells of other columns gave; these columns have another form, so no answer for all columns would fit.
void AskOnce(const std::set<std::string_view>& found, std::vector<Question>* questions) {
  const auto is_alone = [&](const Question& first) {
    return found.contains(first.problem.remedy.name) || std::ranges::any_of(*questions, [&](const Question& other) {
             return first.problem.remedy.name == other.problem.remedy.name &&
                    !AsksTheSame(first.problem, other.problem);
           });
  };
  for (size_t i = 0; i < questions->size(); ++i) {
    Question& first = (*questions)[i];
    if (is_alone(first)) continue;
    std::string others;
    for (size_t k = i + 1; k < questions->size();) {
      Question& other = (*questions)[k];
      if (!AsksTheSame(first.problem, other.problem)) {
        ++k;
        continue;
      }
      others += Concat({others.empty() ? "; likewise " : ", ", other.column});
      questions->erase(questions->begin() + static_cast<std::ptrdiff_t>(k));
    }
    if (others.empty()) continue;
    first.problem.what += others;
    first.problem.remedy = OfAllColumns(first.problem.remedy);
  }
}

// Returns the first question, with the others.
Problem Together(std::vector<Question> questions, const std::set<std::string_view>& found) {
  AskOnce(found, &questions);
  Problem first = std::move(questions.front().problem);
  for (size_t i = 1; i < questions.size(); ++i) first.others.push_back(std::move(questions[i].problem));
  return first;
}

}  // namespace

void PlanForms::Stops::Add(const Suppression& said) {
  opted_out += said.opted_out ? 1 : 0;
  bounced += said.bounced ? 1 : 0;
  complained += said.complained ? 1 : 0;
  do_not_contact += said.do_not_contact ? 1 : 0;
  doubtful += said.doubtful ? 1 : 0;
}

std::string PlanForms::Stops::InWords(const Suppression& answer) const {
  std::string text;
  const auto add = [&](uint64_t known, bool is_answer, std::string_view what) {
    const uint64_t count = known + (is_answer ? doubtful : 0);
    if (count == 0) return;
    text += Concat({text.empty() ? "" : ", ", GroupDigits(count), count == 1 ? " cell says " : " cells say ", what});
  };
  add(opted_out, answer.opted_out, "opted out");
  add(bounced, answer.bounced, "bounced");
  add(complained, answer.complained, "complained");
  add(do_not_contact, answer.do_not_contact, "do not contact");
  return text;
}

PlanForms::PlanForms(std::vector<Column>* columns, const ImportOptions& options)
    : columns_(*columns), options_(options), looks_(columns->size()), members_(*columns, options) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.ours) continue;
    looks_[i].are_objects = MayHoldObjects(column, options);
    looks_[i].may_be_reason = MayHoldReasons(column, options);
    looks_[i].may_speak_of_mail = MaySpeakOfMail(column, options);
    if (HoldsDates(column) && !column.form_is_said) looks_[i].dates.emplace();
    if (IsTyped(column) && column.type == FieldType::kNumber) looks_[i].numbers.emplace();
  }
}

void PlanForms::AddStatuses(const std::vector<std::string_view>& cells) {
  Suppression of_row;
  std::vector<Suppression> said(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view cell = TrimAsciiSpace(cells[i]);
    if (cell.empty() || !IsAboutMail(columns_[i], options_)) continue;
    said[i] = statuses_.Read(StatusOf(columns_[i]), cell, columns_[i].answers);
    of_row.Add(said[i]);
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view cell = TrimAsciiSpace(cells[i]);
    Look& look = looks_[i];
    look.empty += cell.empty() ? 1 : 0;
    if (cell.empty()) continue;
    const bool is_refusal = columns_[i].meaning == Meaning::kConsent && ReadGranted(columns_[i], cell) == false;
    look.refusals += is_refusal ? 1 : 0;
    if (!IsAboutMail(columns_[i], options_)) continue;
    look.stops.Add(said[i]);
    const StatusColumn status = columns_[i].status;
    const bool is_of_all_mail = status != StatusColumn::kMaybeMailing && IsOfWishes(status);
    const bool may_want = is_of_all_mail || status == StatusColumn::kMailStatus;
    // An address that is confirmed says nothing of those that are not.
    const bool confirms =
        status == StatusColumn::kMailStatus && AsciiLower(cell).find("confirmed") != std::string::npos;
    look.wishes += may_want && !confirms && AllowsMail(status, cell) ? 1 : 0;
    const std::optional<double> number = ParseNumber(cell);
    // Another number that stops mail is a time.
    const bool is_number = number && (*number == 0 || *number == 1 || !said[i].suppresses());
    look.are_counts = look.are_counts || (is_number && *number != 0 && *number != 1);
    (is_number ? look.has_numbers : look.has_words) = true;
    look.says_no = look.says_no || (!is_number && (said[i].suppresses() || said[i].doubtful));
    // A doubtful word does not matter if another column stops the row's mail.
    if (!said[i].doubtful || !of_row.suppresses()) {
      look.status_words.Add(StatusOf(columns_[i]), columns_[i].header, cell, said[i]);
    }
  }
}

void PlanForms::FindAnswers(const std::vector<std::string_view>& cells) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    Look& look = looks_[i];
    if (look.may_be_reason) FindReasons(TrimAsciiSpace(cells[i]), &look, &column);
    if (!IsOfWishes(column.status) || !IsAboutMail(column, options_)) continue;
    auto known = look.are_answers.find(cells[i]);
    if (known == look.are_answers.end()) {
      if (look.are_answers.size() >= kMostCells) look.are_answers.clear();
      known = look.are_answers.emplace(cells[i], IsAnswer(column.status, cells[i])).first;
    }
    look.answers += known->second == true ? 1 : 0;
    look.others += known->second == false ? 1 : 0;
    column.answers = look.answers == 0 ? Answers::kNone : look.answers >= look.others ? Answers::kMost : Answers::kSome;
  }
}

void PlanForms::FindReasons(std::string_view cell, Look* look, Column* column) {
  if (cell.empty()) return;
  ++look->filled;
  look->reasons += statuses_.Read(StatusColumn::kReason, cell).suppresses() ? 1 : 0;
  column->status = 2 * look->reasons >= look->filled ? StatusColumn::kReason : StatusColumn::kNone;
}

void PlanForms::Add(const std::vector<std::string_view>& written, const std::vector<std::string_view>& cells) {
  AddStatuses(cells);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view cell = TrimAsciiSpace(cells[i]);
    Look& look = looks_[i];
    if (cell.empty() || MeansEmpty(cell)) {
      const std::string_view word = TrimAsciiSpace(written[i]);
      const bool has_room = look.empty_words.size() < kMostWords || look.empty_words.contains(word);
      if (!word.empty() && has_room && MeansEmpty(word)) ++look.empty_words[std::string(word)];
      continue;
    }
    const bool may_be_domain = columns_[i].meaning == Meaning::kAddress && look.domains.size() < kMostDomains;
    if (may_be_domain) {
      if (std::string domain = DomainIn(cell); !domain.empty()) look.domains.insert(std::move(domain));
    }
    if (look.may_speak_of_mail && look.few_cells.size() <= kFewCells && !look.few_cells.contains(cell)) {
      look.few_cells.emplace(Utf8Prefix(cell, kMostBytesOfWord + 1));
    }
    LookForObject(columns_[i], cell, &look);
    const bool is_other_stage = columns_[i].meaning == Meaning::kStage && !StageFromName(NormalizeName(cell));
    look.has_other_stages = look.has_other_stages || is_other_stage;
    if (look.dates && !SaysYesOrNo(columns_[i], cell)) look.dates->Add(cell);
    if (look.numbers) look.numbers->Add(cell);
  }
}

void PlanForms::LookForObject(const Column& column, std::string_view cell, Look* look) {
  if (!look->are_objects && column.meaning != Meaning::kJsonMembers) return;
  const std::optional<Json> object = ObjectIn(cell);
  look->are_objects = look->are_objects && object;
  if (!object) return;
  Suppression said;
  ForEachMember(*object, [&](const std::string& name, const Json& json) {
    if (name.empty()) return;
    const std::vector<StatusMember> statuses = members_.StatusesIn(column, name, json);
    for (const StatusMember& member : statuses) {
      const Suppression& of_member = statuses_.Read(member.status, member.text);
      look->status_words.Add(member.status, member.name, member.text, of_member);
      said.Add(of_member);
    }
    look->says_who_gets_mail = look->says_who_gets_mail || !statuses.empty();
    const bool is_mail_list = !statuses.empty() && std::holds_alternative<StructValue>(ValueOf(json));
    if (!is_mail_list && members_.IsLeftOut(column, name)) return;
    std::set<std::string>& names = is_mail_list ? look->mail_lists : look->members;
    if (names.size() < kMostMembers) names.emplace(Utf8Prefix(name, kMemberBytes));
  });
  look->stops.Add(said);
}

// Makes a column of JSON objects one of their members, if there are any.
void PlanForms::SpreadObjects(const Look& look, Column* column, std::vector<Finding>* findings) {
  std::set<std::string> members;
  std::ranges::set_difference(look.members, look.mail_lists, std::inserter(members, members.end()));
  if (!look.are_objects || (members.empty() && !look.says_who_gets_mail)) return;
  const auto named = [](const std::set<std::string>& names) {
    return Join(names, ", ") + (names.size() == kMostMembers ? ", …" : "");
  };
  std::string what = "JSON";
  const std::string_view which =
      column->only_declared ? ", whose declared members become attributes: " : ", whose members become attributes: ";
  if (!members.empty()) what += Concat({which, named(members)});
  if (members.empty() && look.mail_lists.empty()) what += "; its members say who gets no mail";
  if (!look.mail_lists.empty()) what += "; who gets no mail is read from the lists: " + named(look.mail_lists);
  const std::string kept = column->name;
  column->meaning = Meaning::kJsonMembers;
  column->name.clear();
  if (column->only_declared) {
    findings->push_back({column->header, std::move(what)});
    return;
  }
  findings->push_back(
      {column->header, std::move(what), {"map", column->header, std::string(MeaningName(Meaning::kJsonMembers))}});
  findings->push_back({column->header, "JSON that is not kept as one text", {"map", column->header, kept}, true});
}

// Makes a column of days without a year one of texts: a day has a year. Offers to give them one.
void PlanForms::KeepTextWithoutYears(const Look& look, Column* column, std::vector<Finding>* findings) const {
  look.dates->OfferYear(column->header, findings);
  const std::string name = column->name + "_text";
  if (options_.definitions != nullptr && config::MustBeDeclared(*options_.definitions, name)) {
    column->meaning = Meaning::kLeftOut;
    column->why_left_out = "its days have no year, and the field holds days with a year";
    return;
  }
  findings->push_back({column->header,
                       Concat({"days without a year, kept as the text ", name, ": the field ", column->name,
                               " holds days with a year. Rules with ANNIVERSARY do not see the text"}),
                       {"map", column->header, name}});
  column->name = name;
  column->type.reset();
}

// Reports that the lower ends of ranges are the numbers, and offers to keep the ranges as texts.
void PlanForms::OfferRanges(const Column& column, const Look& look, std::vector<Finding>* findings) const {
  const std::string& first = look.numbers->first_range();
  const std::string text = column.name + "_text";
  const bool is_refused = options_.definitions != nullptr && config::MustBeDeclared(*options_.definitions, text);
  findings->push_back(
      {column.header,
       Concat({"the lower end of each range counts: ", codec::Quoted(first), " is ", *LowerEndOfRange(first)}),
       is_refused ? Option{} : Option{"map", column.header, text},
       /*is_offer=*/true, "to keep the ranges as text,",
       /*is_for_import=*/true});
}

void PlanForms::OfferFewCells(const Look& look, const Column& column, std::vector<Finding>* findings) {
  if (look.few_cells.size() > kFewCells || column.status != StatusColumn::kNone) return;
  const auto stops = [&](const std::string& cell) {
    return cell.size() <= kMostBytesOfWord && statuses_.Read(StatusColumn::kMailStatus, cell).suppresses();
  };
  const auto found = std::ranges::find_if(look.few_cells, stops);
  if (found == look.few_cells.end()) return;
  const bool has_names = column.meaning != Meaning::kAttribute;
  findings->push_back({column.header,
                       Concat({codec::Quoted(*found), " stops no mail",
                               has_names ? "; if it should, copy the column to one named email_status" : ""}),
                       has_names ? Option{} : Option{"map", column.header, "email_status"},
                       /*is_offer=*/true, has_names ? "" : "if it should,",
                       /*is_for_import=*/true});
}

// Offers what stops mail to domains that stand in place of addresses. Their rows are wrong.
void PlanForms::OfferDomains(const Column& column, const Look& look, std::vector<Finding>* findings) {
  if (look.domains.empty()) return;
  findings->push_back({column.header,
                       Concat({"names domains; if you mean everybody there, write `suppress: {domains: [\"",
                               Join(look.domains, "\", \""), "\"]}` in the definitions"}),
                       {},
                       true});
}

void PlanForms::AddEmptyWords(const Column& column, const Look& look, std::vector<Finding>* findings) const {
  std::string words;
  for (const auto& [word, count] : look.empty_words) {
    words += Concat(
        {words.empty() ? "" : ", ", codec::Quoted(word), " (", GroupDigits(count), count == 1 ? " cell)" : " cells)"});
  }
  if (words.empty()) return;
  const bool is_text = column.meaning == Meaning::kAttribute && !IsTyped(column);
  if (IsTyped(column)) findings->push_back({column.header, Concat({"read as empty: ", words})});
  if (is_text && column.status == StatusColumn::kNone) {
    findings->push_back(
        {column.header, Concat({"kept as text: ", words}), {"empty_words", "", look.empty_words.begin()->first}, true});
  }
}

// Makes a column one that says nothing about mail if it counts newsletters or bounces. One number among answers is a
// slip. Asks whether each bounce that is counted was a hard one.
void PlanForms::LeaveCounts(const Look& look, Column* column, std::vector<Finding>* findings) const {
  const bool is_of_bounces = column->status == StatusColumn::kBounced && IsAboutMail(*column, options_);
  const bool is_named_so = is_of_bounces && CountsBounces(column->header) && look.has_numbers && !look.has_words;
  const bool are_counts = (is_of_bounces || IsOfMailing(column->status)) && look.are_counts && !look.says_no;
  if ((!is_named_so && !are_counts) || !column->unknown_words.empty()) return;
  column->status = StatusColumn::kNone;
  if (!is_of_bounces || (!look.are_counts && look.stops.bounced == 0)) return;
  findings->push_back({column->header,
                       "counts bounces, soft ones, too, so it stops no mail",
                       {"values", column->header, "bounced"},
                       /*is_offer=*/true,
                       "if each was a hard one,",
                       /*is_for_import=*/true});
}

// Reports how many cells of a column stop mail, and the option that leaves the column out.
void PlanForms::FindStops(bool are_all, const Look& look, Column* column, std::vector<Finding>* findings) const {
  if (!IsAboutMail(*column, options_) && column->meaning != Meaning::kJsonMembers) return;
  Suppression answer;
  if (!column->unknown_words.empty()) answer = ReadStatus(StatusColumn::kMailStatus, column->unknown_words);
  const std::string stops = look.stops.InWords(answer);
  if (are_all) column->stops_mail = !stops.empty() || look.stops.doubtful > 0;
  if (stops.empty()) return;
  findings->push_back({column->header,
                       Concat({stops, are_all ? "" : ", among the first rows"}),
                       {"map", column->header, ""},
                       true,
                       "if it is about something else,"});
}

// Offers to let a column stop mail if an option gives its cells a word such as `unsubscribed`, but keeps them as text.
void PlanForms::OfferToStopMail(const Column& column, std::vector<Finding>* findings) const {
  const bool is_text = options_.mode == Mode::kContacts && column.meaning == Meaning::kAttribute;
  if (!is_text || column.status != StatusColumn::kNone || column.ours) return;
  const auto stops = [](const auto& value) { return ReadStatus(StatusColumn::kMailStatus, value.second).suppresses(); };
  const auto found = std::ranges::find_if(column.values, stops);
  if (found == column.values.end()) return;
  findings->push_back({column.header,
                       Concat({codec::Quoted(found->second), " is kept as a text, and stops no mail"}),
                       {"map", column.header, "email_status"},
                       true});
}

// Reports how many cells refuse a consent. A refused consent stops no other mail.
void PlanForms::FindRefusals(const Column& column, const Look& look, std::vector<Finding>* findings) {
  if (look.refusals == 0) return;
  findings->push_back({column.header,
                       Concat({GroupDigits(look.refusals), look.refusals == 1 ? " cell refuses" : " cells refuse",
                               " the consent to ", Join(column.purposes, ", "), ", which alone stops no other mail"}),
                       {"map", column.header, "subscribed"},
                       /*is_offer=*/true,
                       "if they get no mail at all, in place of the consent",
                       /*is_for_import=*/true});
}

// Offers to read empty cells, and those with a word for nothing, as no, if the column says who wants mail: in many
// lists, those whose cell is empty do not. A status beside others that stop mail says nothing where it is empty.
void PlanForms::OfferEmptyAsNo(const Column& column, const Look& look, std::vector<Finding>* findings) {
  const bool says_no = !look.stops.InWords({}).empty() || look.stops.doubtful > 0;
  if (look.wishes == 0 || (says_no && !IsOfWishes(column.status))) return;
  const std::string_view no = IsOfWishes(column.status) ? "no" : kOptedOutWord;
  const auto offer = [&](uint64_t count, const std::string& what, std::string_view theirs) {
    if (count == 0) return;
    findings->push_back(
        {column.header,
         Concat({GroupDigits(count), count == 1 ? " cell is " : " cells are ", what,
                 count == 1 ? ", which stops" : ", which stop", " no mail", says_no ? "" : ", and the others say yes"}),
         {"values", column.header, std::string(no), std::string(theirs)},
         /*is_offer=*/true,
         "if that means no,",
         /*is_for_import=*/true});
  };
  offer(look.empty, "empty", kEmptyCells);
  for (const auto& [word, count] : look.empty_words) offer(count, codec::Quoted(word), word);
}

// Names the stages if a cell is none. The wrong rows name the option for each such cell.
void PlanForms::FindStages(const Column& column, const Look& look, std::vector<Finding>* findings) {
  if (!look.has_other_stages) return;
  findings->push_back({column.header,
                       Concat({"some cells are no stage, so their rows are wrong. ", StagesInWords()}),
                       {},
                       /*is_offer=*/true,
                       "",
                       /*is_for_import=*/true});
}

std::optional<Problem> PlanForms::Find(bool are_all, std::vector<Finding>* findings) {
  std::vector<Question> questions;
  std::set<std::string_view> found;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const Look& look = looks_[i];
    std::optional<Problem> problem;
    if (look.dates && look.dates->HasNoYears() && column.type && column.meaning == Meaning::kAttribute) {
      KeepTextWithoutYears(look, &column, findings);
    } else if (look.dates) {
      problem = look.dates->Find(column.header, are_all, &column.form.dates, findings);
      if (column.form.dates) found.insert("date_formats");
    }
    if (look.numbers) {
      problem = look.numbers->Find(column.header, &column.form, findings);
      if (column.form.numbers) found.insert("number_formats");
      if (column.form.has_ranges) OfferRanges(column, look, findings);
    }
    SpreadObjects(look, &column, findings);
    if (auto wrong = TakeUnknownWords(&column)) return wrong;
    LeaveCounts(look, &column, findings);
    if (are_all && !column.unknown_words.empty() && IsAboutMail(column, options_) && look.stops.doubtful == 0) {
      findings->push_back({column.header, "no cell has an unknown word, so the answer for all of them has no effect"});
    }
    FindStops(are_all, look, &column, findings);
    FindRefusals(column, look, findings);
    OfferEmptyAsNo(column, look, findings);
    FindStages(column, look, findings);
    OfferToStopMail(column, findings);
    OfferFewCells(look, column, findings);
    AddEmptyWords(column, look, findings);
    OfferDomains(column, look, findings);
    if (problem) questions.push_back({*std::move(problem), column.header});
    const bool is_said = !column.unknown_words.empty();
    const bool counts = CountsWords(column, options_) || column.meaning == Meaning::kJsonMembers;
    if (auto offer = counts && !is_said ? look.status_words.Offer(column.header) : std::nullopt) {
      findings->push_back(*std::move(offer));
    }
  }
  if (questions.empty()) return std::nullopt;
  return Together(std::move(questions), found);
}

}  // namespace leadpulse::importing
