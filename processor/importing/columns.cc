#include "processor/importing/columns.h"

#include <algorithm>
#include <map>

#include "config/strict_fields.h"
#include "processor/base/address.h"
#include "processor/base/text.h"
#include "processor/importing/column_guess.h"
#include "processor/importing/column_options.h"
#include "processor/importing/own_export.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/sendgrid_activity.h"

namespace leadpulse::importing {
namespace {

// Returns columns that have nothing but their names.
std::vector<Column> Named(const std::vector<std::string_view>& header, const ImportOptions& options) {
  const bool ours = options.mode == Mode::kContacts && IsOwnExport(header);
  const bool is_sure = ours && IsSurelyOwn(header);
  std::vector<Column> columns(header.size());
  for (size_t i = 0; i < header.size(); ++i) {
    columns[i].header = TrimAsciiSpace(header[i]);
    columns[i].ours = ours;
    columns[i].mail_is_known = is_sure;
  }
  return columns;
}

bool MustBeDeclared(const Column& column, const ImportOptions& options) {
  return options.definitions != nullptr && column.meaning == Meaning::kAttribute &&
         config::MustBeDeclared(*options.definitions, column.name);
}

// Returns how surely a column's name says who gets mail.
int SurenessOf(StatusColumn status) {
  switch (status) {
    case StatusColumn::kNone:
      return 0;
    case StatusColumn::kState:
    case StatusColumn::kMaybeMailing:
      return 1;
    case StatusColumn::kMailing:
      return 2;
    case StatusColumn::kMailStatus:
      return 3;
    default:
      return 4;
  }
}

class Planning {
 public:
  // Plans columns of which `hold_addresses` hold nothing else.
  Planning(const std::vector<std::string_view>& header, const ImportOptions& options,
           const std::vector<bool>& hold_addresses)
      : options_(options),
        columns_(Named(header, options)),
        hold_addresses_(hold_addresses),
        guess_(options, options.mode == Mode::kEvents && IsSendGridActivity(columns_)) {
    hold_addresses_.resize(header.size());
  }

  std::optional<Problem> Plan(std::vector<Column>* columns) {
    ColumnOptions taken(options_, guess_, &columns_);
    if (auto problem = taken.Take()) return problem;
    leaves_out_others_ = taken.leaves_out_others();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_said) guess_.Of(&columns_[i], Has(Meaning::kLead));
    }
    GuessTogether();
    if (auto problem = FindAddressByCells()) return problem;
    for (Column& column : columns_) {
      Declare(&column);
      FindStatus(&column);
      LeaveOutUndeclared(&column);
    }
    if (auto problem = FindTwice()) return problem;
    if (auto problem = FindMissing()) return problem;
    if (auto problem = taken.TakeForms()) return problem;
    TakeOwnersAndNotes();
    *columns = std::move(columns_);
    return std::nullopt;
  }

  std::vector<Finding> TakeFindings() { return std::move(findings_); }

  std::vector<Column> GuessAll() {
    for (Column& column : columns_) {
      guess_.Of(&column, Has(Meaning::kLead));
      Declare(&column);
      FindStatus(&column);
      LeaveOutUndeclared(&column);
    }
    GuessTogether();
    (void)FindAddressByCells();
    return std::move(columns_);
  }

 private:
  // Guesses what takes more than a column's own name: which of several columns it is, or whether another one is.
  void GuessTogether() {
    GuessAddress();
    GuessTime();
    ChooseAddress();
    ChooseExactNames();
    ChooseType();
    LeaveLikelyFields();
  }

  // Keeps the address with the most usual name, if several columns are guessed to be it; the others are what they would
  // be if their names were not known. Columns of one name stay, because nobody knows which is meant.
  void ChooseAddress() {
    std::optional<size_t> best;
    size_t count = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].meaning != Meaning::kAddress) continue;
      if (columns_[i].is_said || columns_[i].ours) return;
      ++count;
      if (!best || AddressRank(columns_[i].header) < AddressRank(columns_[*best].header)) best = i;
    }
    if (count < 2) return;
    const size_t rank = AddressRank(columns_[*best].header);
    for (Column& column : columns_) {
      if (column.meaning != Meaning::kAddress || AddressRank(column.header) == rank) continue;
      guess_.OfUnknown(&column);
      findings_.push_back({column.header,
                           Concat({"not the address of the row, which is in ", columns_[*best].header}),
                           {"map", column.header, "email"},
                           true});
    }
  }

  // Keeps an attribute for the one column that has its name, if columns of other names are guessed to be it, too: of
  // `Title` and `Job Title` the second is job_title.
  void ChooseExactNames() {
    const auto is_guess = [](const Column& column) {
      return column.meaning == Meaning::kAttribute && !column.is_said && !column.ours;
    };
    const auto has_its_name = [](const Column& column) { return Simplify(column.header) == Simplify(column.name); };
    std::map<std::string, std::vector<const Column*>> named;
    for (const Column& column : columns_) {
      if (is_guess(column) && has_its_name(column)) named[column.name].push_back(&column);
    }
    for (Column& column : columns_) {
      if (!is_guess(column) || has_its_name(column)) continue;
      const std::string name = column.name;
      const auto found = named.find(name);
      if (found == named.end() || found->second.size() > 1) continue;
      guess_.OfUnknown(&column);
      findings_.push_back({column.header,
                           Concat({"not ", name, ", which is in ", found->second.front()->header}),
                           {"map", column.header, name},
                           true});
    }
  }

  // Takes a column `type` as a property, if another column says what happened: beside an `event` it says more of that
  // (`blocked`, of a bounce), or the same in each row (`track`).
  void ChooseType() {
    const auto is_guess = [](const Column& column) { return column.meaning == Meaning::kType && !column.is_said; };
    const auto is_type = [](const Column& column) { return Simplify(column.header) == "type"; };
    const auto type =
        std::ranges::find_if(columns_, [&](const Column& each) { return is_guess(each) && is_type(each); });
    const auto event =
        std::ranges::find_if(columns_, [&](const Column& each) { return is_guess(each) && !is_type(each); });
    if (options_.mode != Mode::kEvents || type == columns_.end() || event == columns_.end()) return;
    guess_.OfUnknown(&*type);
    findings_.push_back({type->header,
                         Concat({"not what happened, which is in ", event->header}),
                         {"map", type->header, "type"},
                         /*is_offer=*/true});
  }

  // Makes columns that are only likely to be a field what their names say, if several columns would be that field.
  void LeaveLikelyFields() {
    std::map<std::string, size_t> counts;
    for (const Column& column : columns_) counts[column.meaning == Meaning::kAttribute ? column.name : ""] += 1;
    for (Column& column : columns_) {
      const std::string name = column.name;
      if (!column.is_likely || column.is_said || counts[name] < 2) continue;
      guess_.OfUnknown(&column);
      findings_.push_back({column.header,
                           Concat({"not ", name, ", which may be in another column"}),
                           {"map", column.header, name},
                           /*is_offer=*/true});
    }
  }

  // Takes the only column of addresses as the address, if no name says which it is.
  std::optional<Problem> FindAddressByCells() {
    if (Has(Meaning::kLead) || Has(Meaning::kAddress)) return std::nullopt;
    std::vector<size_t> found;
    for (size_t i = 0; i < columns_.size(); ++i) {
      // A person in the first row would be lost.
      const bool is_named = !IsPlausibleAddress(columns_[i].header);
      if (!columns_[i].is_said && hold_addresses_[i] && is_named) found.push_back(i);
    }
    if (found.size() > 1) {
      const std::string &one = columns_[found[0]].header, &other = columns_[found[1]].header;
      return Problem{Concat({"the columns ", InBackquotes(one), " and ", InBackquotes(other), " both hold addresses"}),
                     {},
                     {"map", one, "email"}};
    }
    if (found.empty()) return std::nullopt;
    Column& column = columns_[found.front()];
    column.meaning = Meaning::kAddress;
    column.name.clear();
    findings_.push_back({column.header, "the address: all its cells are addresses", {"map", column.header, "email"}});
    return std::nullopt;
  }

  // Takes a column `address` as the email address: Mailgun's suppression lists call it so. If another column identifies
  // the lead, `address` may be a postal one.
  void GuessAddress() {
    if (options_.mode != Mode::kOptOuts || Has(Meaning::kLead) || Has(Meaning::kAddress)) return;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool is_it = !columns_[i].is_said && Simplify(columns_[i].header) == "address";
      if (is_it) columns_[i].meaning = Meaning::kAddress;
    }
  }

  // Takes the only column that says when one thing happened as the time of the row, if no other column is it:
  // Postmark's `BouncedAt`, in a list of bounces.
  void GuessTime() {
    constexpr std::string_view kTimes =
        "ts eventtimestamp sentat deliveredat openedat clickedat bouncedat complainedat unsubscribedat receivedat "
        "processedat loggedat";
    const auto is_one = [&](const Column& each) { return !each.is_said && HasWord(kTimes, Simplify(each.header)); };
    if (options_.mode != Mode::kEvents || Has(Meaning::kTime) || std::ranges::count_if(columns_, is_one) != 1) return;
    Column& column = *std::ranges::find_if(columns_, is_one);
    column.meaning = Meaning::kTime;
    column.name.clear();
  }

  // Takes the only column that says who works on the lead as that of the agent, and the only one of notes as notes, if
  // they would be left out because nothing declares them; otherwise offers that. A declared field is what its name
  // says.
  void TakeOwnersAndNotes() {
    if (options_.mode != Mode::kContacts) return;
    TakeOrOffer(Meaning::kAgent, NamesOwner, "the agent of the lead");
    TakeOrOffer(Meaning::kNote, NamesNotes, "notes");
  }

  void TakeOrOffer(Meaning meaning, bool (*is_named_so)(std::string_view simplified), std::string_view what) {
    const std::string name(MeaningName(meaning));
    if (Has(meaning)) return;
    std::vector<Column*> found;
    for (Column& column : columns_) {
      const bool is_text = (column.meaning == Meaning::kAttribute || column.only_declared) && !column.type &&
                           !column.is_said && !column.ours;
      if (is_text && is_named_so(Simplify(column.header))) found.push_back(&column);
    }
    for (Column* column : found) {
      if (found.size() == 1 && column->only_declared && guess_.DeclaredName(Simplify(name)).empty()) {
        column->meaning = meaning;
        column->name.clear();
        column->only_declared = false;
        findings_.push_back({column->header, std::string(what), {"map", column->header, name}});
      } else {
        findings_.push_back({column->header,
                             Concat({column->only_declared ? "left out, not " : "kept as a text, not ", what}),
                             {"map", column->header, name},
                             /*is_offer=*/true});
      }
    }
  }

  static bool MayRepeat(Meaning meaning) {
    return meaning == Meaning::kLeftOut || meaning == Meaning::kTags || meaning == Meaning::kLists ||
           meaning == Meaning::kCampaigns || meaning == Meaning::kConsent || meaning == Meaning::kNote ||
           meaning == Meaning::kJsonMembers;
  }

  // Leaves out the second of two guessed columns. What it says of who gets no mail stays.
  void LeaveOutSecond(std::string_view why, Column* column) const {
    Column left_out;
    left_out.header = std::move(column->header);
    left_out.ours = column->ours;
    left_out.mail_is_known = column->mail_is_known;
    left_out.values = std::move(column->values);
    *column = std::move(left_out);
    column->why_left_out = why;
    FindStatus(column);
  }

  // Finds columns with the same meaning. If an option names one of them, the guessed one loses it, and so does the
  // second of those that say who gets no mail; else it is a problem.
  std::optional<Problem> FindTwice() {
    std::map<std::pair<Meaning, std::string>, size_t> first;
    for (const bool said : {true, false}) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        Column& column = columns_[i];
        if (columns_[i].is_said != said || MayRepeat(column.meaning)) continue;
        const std::string& name = column.meaning == Meaning::kTopic ? std::string() : column.name;
        const auto [found, is_new] = first.try_emplace({column.meaning, name}, i);
        if (is_new) continue;
        const Column& before = columns_[found->second];
        if (!said && before.is_said) {
          LeaveOutSecond("another column is named for it", &column);
          continue;
        }
        if (!said && column.meaning == Meaning::kAttribute && SaysWhoGetsNoMail(column)) {
          LeaveOutSecond("another column of its name is kept", &column);
          continue;
        }
        const std::string both = DescribeColumn(column, options_);
        const bool are_namesakes = before.header == column.header;
        return Problem{
            are_namesakes
                ? Concat({"two columns are named ", InBackquotes(column.header),
                          "; rename one in the file to keep what both say, because they would both be ", both})
                : Concat({"the columns ", InBackquotes(before.header), " and ", InBackquotes(column.header),
                          " would both be ", both}),
            {},
            {"map", column.header, ""}};
      }
    }
    return std::nullopt;
  }

  bool Has(Meaning meaning) const {
    return std::ranges::any_of(columns_, [&](const Column& each) { return each.meaning == meaning; });
  }

  Problem Missing(std::string_view what, const std::string& name) const {
    std::string all;
    for (const Column& column : columns_) all += (all.empty() ? "" : ", ") + column.header;
    const auto is_address = [](const Column& each) { return IsPlausibleAddress(each.header); };
    if (name == "email" && std::ranges::any_of(columns_, is_address)) {
      return {Concat({"the first row holds an address in place of names (", all,
                      "); put a row with the names of the columns above it"})};
    }
    return {Concat({"no column is known as ", what, " (the file has ", all, ")"}), {}, {"map", "COLUMN", name}};
  }

  std::optional<Problem> FindMissing() const {
    if (!Has(Meaning::kLead) && !Has(Meaning::kAddress)) return Missing("the address", "email");
    if (options_.mode != Mode::kEvents) return std::nullopt;
    if (!Has(Meaning::kType)) return Missing("what happened", "type");
    if (!Has(Meaning::kTime)) return Missing("when it happened", "time");
    return std::nullopt;
  }

  void Declare(Column* column) const {
    if (options_.definitions == nullptr || column->meaning != Meaning::kAttribute) return;
    const auto declared = options_.definitions->fields.find(column->name);
    if (declared != options_.definitions->fields.end()) column->type = declared->second;
  }

  // Finds whether the cells say who gets mail. A column that an option has left out says nothing.
  void FindStatus(Column* column) const {
    if (options_.mode == Mode::kEvents || (column->is_said && column->meaning == Meaning::kLeftOut)) return;
    // A time such as `last_unsubscribed` may be of another system, and a count may be of mails.
    const bool is_sure = column->mail_is_known || !column->header.starts_with("last_");
    const bool is_worked_out = column->ours && is_sure && IsWorkedOut(column->header);
    if (is_worked_out && !column->is_said && !SaysWhoGetsMail(column->header)) return;
    const bool is_one = column->meaning == Meaning::kLeftOut || column->meaning == Meaning::kAttribute ||
                        column->meaning == Meaning::kConsent;
    if (!is_one) return;
    column->status = StatusColumnOf(column->header);
    // The user may have said it by a name that is as sure.
    const StatusColumn said = StatusColumnOf(column->name);
    const bool is_surer = column->is_said && said != StatusColumn::kMailStatus
                              ? SurenessOf(said) >= SurenessOf(column->status)
                              : SurenessOf(said) > SurenessOf(column->status);
    if (column->status == StatusColumn::kNone || (column->is_said && is_surer)) column->status = said;
    // Words, not values of another type: `vip_status: boolean`.
    const bool is_text = !column->type || *column->type == FieldType::kText;
    if (column->status == StatusColumn::kState && !is_text) column->status = StatusColumn::kNone;
    // Its `no` is the consent's.
    if (column->meaning == Meaning::kConsent && column->status != StatusColumn::kNone) {
      column->status = StatusColumn::kState;
    }
  }

  // Leaves out the other columns, if the user said so. Also what would be refused as an attribute and says who gets no
  // mail: if the user had to, nobody would learn who that is.
  void LeaveOutUndeclared(Column* column) const {
    if (!column->members.empty()) column->only_declared = leaves_out_others_;
    const bool is_property = column->meaning == Meaning::kProperty;
    const bool is_other = is_property || (column->meaning == Meaning::kAttribute && !column->type);
    const bool is_refused = column->status != StatusColumn::kNone && MustBeDeclared(*column, options_);
    // The user names an attribute, or who gets mail.
    const StatusColumn named = column->is_said ? StatusColumnOf(column->name) : column->status;
    const bool is_named = named != StatusColumn::kNone && named != StatusColumn::kMaybeMailing;
    if (column->is_said && !(is_refused && is_named)) return;
    if (!is_refused && !(leaves_out_others_ && is_other)) return;
    // The members of JSON that are declared are no others.
    column->only_declared = leaves_out_others_ && !is_property && column->status == StatusColumn::kNone;
    column->meaning = Meaning::kLeftOut;
    column->why_left_out = is_property ? "your choice" : "it is not declared under fields";
  }

  const ImportOptions& options_;
  std::vector<Column> columns_;
  std::vector<bool> hold_addresses_;
  std::vector<Finding> findings_;
  bool leaves_out_others_ = false;
  const ColumnGuess guess_;
};

}  // namespace

bool HoldsDates(const Column& column) {
  return column.meaning == Meaning::kTime || column.meaning == Meaning::kConsent ||
         column.meaning == Meaning::kConsentTime || column.holds_since ||
         (column.meaning == Meaning::kAttribute && (column.type == FieldType::kDate || column.type == FieldType::kDay));
}

bool IsTyped(const Column& column) {
  return HoldsDates(column) || column.meaning == Meaning::kJsonMembers ||
         (column.meaning == Meaning::kAttribute && column.type.value_or(FieldType::kText) != FieldType::kText);
}

std::optional<Problem> PlanColumns(const std::vector<std::string_view>& header, const ImportOptions& options,
                                   std::vector<Column>* columns, const std::vector<bool>& hold_addresses,
                                   std::vector<Finding>* findings) {
  Planning planning(header, options, hold_addresses);
  auto problem = planning.Plan(columns);
  if (findings != nullptr) {
    for (Finding& finding : planning.TakeFindings()) findings->push_back(std::move(finding));
  }
  return problem;
}

std::optional<Problem> FindUndeclared(const std::vector<Column>& columns, const ImportOptions& options) {
  std::vector<std::string> names;
  const Column* first = nullptr;
  size_t others = 0;
  for (const Column& column : columns) {
    if (!MustBeDeclared(column, options)) continue;
    names.push_back(column.name);
    others += column.is_said ? 0 : 1;
    if (first == nullptr) first = &column;
  }
  if (first == nullptr) return std::nullopt;
  return Problem{config::UndeclaredInWords(*options.definitions, names),
                 {},
                 {"map", others < 2 ? first->header : std::string(kOtherColumns), ""}};
}

std::optional<Problem> FindIdleValues(const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    const auto is_no_stage = [](const auto& value) {
      return !value.second.empty() && !StageFromName(NormalizeName(value.second));
    };
    const auto wrong = std::ranges::find_if(column.values, is_no_stage);
    if (column.meaning == Meaning::kStage && wrong != column.values.end()) {
      return Problem{Concat({InBackquotes(wrong->second), " is no stage. ", StagesInWords()}), {"values"}};
    }
    const bool is_idle = column.meaning == Meaning::kLeftOut && column.status == StatusColumn::kNone;
    if (!is_idle || column.values.empty()) continue;
    return Problem{Concat({"it names ", column.header,
                           ", which is left out, so its cells say nothing; give it the name of a field, or of who gets "
                           "mail, such as subscribed"}),
                   {"values"},
                   {"map", column.header, "NAME"}};
  }
  return std::nullopt;
}

std::vector<Column> GuessColumns(const std::vector<std::string_view>& header, const ImportOptions& options) {
  return Planning(header, options, {}).GuessAll();
}

}  // namespace leadpulse::importing
