#include "processor/importing/columns.h"

#include <algorithm>
#include <map>

#include "config/strict_fields.h"
#include "processor/base/address.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/importing/column_guess.h"
#include "processor/importing/own_export.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/sendgrid_activity.h"

namespace leadpulse::importing {
namespace {

constexpr char kItHas[] = "; it has ";

std::string Quoted(std::string_view name) { return Concat({"`", name, "`"}); }

// Returns columns that have nothing but their names.
std::vector<Column> Named(const std::vector<std::string_view>& header, const ImportOptions& options) {
  const bool ours = options.mode == Mode::kContacts && IsOwnExport(header);
  std::vector<Column> columns(header.size());
  for (size_t i = 0; i < header.size(); ++i) {
    columns[i].header = TrimAsciiSpace(header[i]);
    columns[i].ours = ours;
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
    if (auto problem = TakeOptions()) return problem;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].is_said) guess_.Of(&columns_[i], Has(Meaning::kLead));
    }
    GuessAddress();
    ChooseAddress();
    ChooseExactNames();
    LeaveLikelyFields();
    if (auto problem = FindAddressByCells()) return problem;
    if (auto problem = FindTwice()) return problem;
    if (auto problem = FindMissing()) return problem;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Declare(&columns_[i]);
      FindStatus(&columns_[i]);
      LeaveOutUndeclared(&columns_[i]);
    }
    if (auto problem = TakeForms()) return problem;
    OfferOwnersAndNotes();
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
    GuessAddress();
    ChooseAddress();
    ChooseExactNames();
    LeaveLikelyFields();
    (void)FindAddressByCells();
    return std::move(columns_);
  }

 private:
  // Finds the column with exactly that name; else the one whose name differs only in case, spaces and punctuation. If
  // several have exactly that name, takes the first that no option has left out or, with `says_what`, named at all.
  std::optional<Problem> Find(std::string_view option, std::string_view name, bool says_what, size_t* found) const {
    const std::string_view trimmed = TrimAsciiSpace(name);
    std::vector<std::string> names;
    std::vector<size_t> alike, taken;
    for (size_t i = 0; i < columns_.size(); ++i) {
      *found = i;
      const bool is_it = columns_[i].header == trimmed;
      const bool is_taken = columns_[i].is_said && (says_what || columns_[i].meaning == Meaning::kLeftOut);
      if (is_it && !is_taken) return std::nullopt;
      if (is_it) taken.push_back(i);
      if (Simplify(columns_[i].header) == Simplify(trimmed)) alike.push_back(i);
      names.push_back(columns_[i].header);
    }
    if (!taken.empty() || alike.size() == 1) {
      *found = taken.empty() ? alike.front() : taken.front();
      return std::nullopt;
    }
    const std::optional<std::string> nearest = NearestName(trimmed, names);
    return Problem{Concat({"the file has no column ", Quoted(trimmed),
                           nearest ? "; did you mean " + *nearest + "?" : kItHas + Join(names, ", ")}),
                   {option}};
  }

  // Returns the values with the columns that they mean. COLUMN:THEIRS is said of the longest column of the file with
  // which it begins, because the name of a column may have a colon, too.
  std::vector<CellValue> ValuesInFile() const {
    std::vector<CellValue> values = options_.values;
    for (CellValue& value : values) {
      for (const std::string_view colon : {":", ": "}) {
        const std::string whole = Concat({value.column, colon, value.theirs});
        for (const Column& column : columns_) {
          const size_t end = column.header.size();
          const bool begins_so = whole.starts_with(column.header) && whole.size() > end && whole[end] == ':';
          if (begins_so && end > value.column.size()) value = {column.header, whole.substr(end + 1), value.ours};
        }
      }
    }
    return values;
  }

  // Finds the options that name no column of the file, so that all are corrected at once.
  std::optional<Problem> FindMissingColumns() const {
    std::vector<std::pair<std::string_view, std::string_view>> named;  // option and column
    for (const auto& [theirs, ours] : options_.map) named.emplace_back("map", theirs);
    named.emplace_back("lead_id", options_.lead_id_column);
    named.emplace_back("at", options_.time_column);
    for (const auto& [purpose, column] : options_.consents) named.emplace_back("consents", column);
    const std::vector<CellValue> values = ValuesInFile();
    for (const CellValue& value : values) named.emplace_back("values", value.column);
    for (const auto& [column, form] : options_.date_formats) named.emplace_back("date_formats", column);
    for (const auto& [column, form] : options_.number_formats) named.emplace_back("number_formats", column);
    std::optional<Problem> first;
    std::vector<std::string_view> known;
    bool are_listed = false;
    for (const auto& [option, name] : named) {
      const bool is_other = option == "map" && (name == kOtherColumns || MemberColumn(name) != columns_.size());
      const bool is_known = std::ranges::find(known, name) != known.end();
      size_t found = 0;
      auto problem =
          name.empty() || is_other || is_known ? std::nullopt : Find(option, name, /*says_what=*/false, &found);
      if (!problem) continue;
      known.push_back(name);
      const size_t list = problem->what.find(kItHas);  // once is enough
      if (list != std::string::npos && are_listed) problem->what.resize(list);
      are_listed = are_listed || list != std::string::npos;
      if (first) {
        first->others.push_back(*std::move(problem));
      } else {
        first = std::move(problem);
      }
    }
    return first;
  }

  // Returns the column of which an option names a member: its name stands before the first dot. Returns the number of
  // columns if there is no such column, or if a column has the whole name.
  size_t MemberColumn(std::string_view theirs) const {
    const std::string_view whole = TrimAsciiSpace(theirs);
    const size_t dot = whole.find('.');
    size_t found = columns_.size();
    if (dot == std::string_view::npos || options_.mode != Mode::kContacts) return found;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& each = columns_[i];
      if (Simplify(each.header) == Simplify(whole)) return columns_.size();
      const bool is_it = each.header == whole.substr(0, dot);
      if (is_it && (!each.is_said || each.meaning == Meaning::kJsonMembers)) found = i;
    }
    return found;
  }

  std::optional<Problem> Say(std::string_view option, std::string_view name, Meaning meaning, const std::string& ours) {
    size_t found = 0;
    if (auto problem = Find(option, name, /*says_what=*/true, &found)) return problem;
    Column& column = columns_[found];
    const bool one_more_purpose = meaning == Meaning::kConsent && column.meaning == Meaning::kConsent;
    if (column.is_said && !one_more_purpose) {
      return Problem{Concat({"the column ", Quoted(column.header), " is named twice"}), {option}};
    }
    column.is_said = true;
    column.meaning = meaning;
    if (meaning == Meaning::kConsent) {
      column.purposes.push_back(ours);
    } else {
      column.name = ours;
    }
    if (meaning == Meaning::kLeftOut) column.why_left_out = "your choice";
    return std::nullopt;
  }

  // Takes an option about a member of JSON. False: it is about no member.
  bool TakeMember(std::string_view theirs, const std::string& ours) {
    const size_t found = MemberColumn(theirs);
    if (found == columns_.size()) return false;
    const std::string_view whole = TrimAsciiSpace(theirs);
    columns_[found].is_said = true;
    columns_[found].meaning = Meaning::kJsonMembers;
    columns_[found].members.emplace_back(NormalizeName(whole.substr(whole.find('.') + 1)), ours);
    return true;
  }

  std::optional<Problem> TakeOptions() {
    if (auto problem = FindMissingColumns()) return problem;
    for (const auto& [theirs, ours] : options_.map) {
      const auto consent = options_.mode == Mode::kContacts ? ConsentPartOf(ours) : std::nullopt;
      if (consent) {
        if (consent->purpose.empty()) return Problem{Concat({Quoted(ours), " names no purpose"}), {"map"}};
        if (auto problem = Say("map", theirs, consent->meaning, std::string(consent->purpose))) return problem;
        continue;
      }
      const std::string name = NormalizeName(ours);
      std::optional<Meaning> meaning = MeaningFromName(options_.mode, name);
      if (meaning && YieldsToField(*meaning) && !guess_.DeclaredName(Simplify(name)).empty()) meaning.reset();
      const Meaning other = options_.mode == Mode::kEvents ? Meaning::kProperty : Meaning::kAttribute;
      if (TakeMember(theirs, name)) continue;
      if (theirs == kOtherColumns && !HasColumn(kOtherColumns)) {
        if (!name.empty())
          return Problem{"`*`, all other columns, can only be left out: with nothing after `=`", {"map"}};
        leaves_out_others_ = true;
      } else if (name.empty()) {
        if (auto problem = Say("map", theirs, Meaning::kLeftOut, "")) return problem;
      } else if (!meaning && options_.mode == Mode::kOptOuts) {
        return Problem{Concat({"a column of opt-outs is email, lead_id, time or topic, not ", Quoted(ours)}), {"map"}};
      } else {
        const bool has_a_name = !meaning || *meaning == Meaning::kUserAgent || *meaning == Meaning::kTopic;
        if (auto problem = Say("map", theirs, meaning.value_or(other), has_a_name ? name : "")) return problem;
      }
    }
    if (!options_.lead_id_column.empty()) {
      if (auto problem = Say("lead_id", options_.lead_id_column, Meaning::kLead, "")) return problem;
    }
    if (!options_.time_column.empty()) {
      if (auto problem = TakeTimeColumn()) return problem;
    }
    for (const auto& [purpose, column] : options_.consents) {
      if (auto problem = Say("consents", column, Meaning::kConsent, purpose)) return problem;
    }
    return TakeValues();
  }

  // Applies the option that names the time column. In contacts, the column is also an attribute.
  std::optional<Problem> TakeTimeColumn() {
    if (options_.mode != Mode::kContacts) return Say("at", options_.time_column, Meaning::kTime, "");
    size_t found = 0;
    if (auto problem = Find("at", options_.time_column, /*says_what=*/false, &found)) return problem;
    columns_[found].holds_since = true;
    return std::nullopt;
  }

  std::optional<Problem> TakeValues() {
    for (const CellValue& value : ValuesInFile()) {
      size_t found = 0;
      if (auto problem = Find("values", value.column, /*says_what=*/false, &found)) return problem;
      columns_[found].values.emplace_back(TrimAsciiSpace(value.theirs), value.ours);
    }
    return std::nullopt;
  }

  std::optional<Problem> TakeForms() {
    for (Column& column : columns_) {
      column.form.dates = options_.times.pattern;
      column.form.numbers = options_.numbers;
      column.form_is_said = HoldsDates(column) ? options_.times.pattern.has_value() : options_.numbers.has_value();
    }
    for (const auto& [name, form] : options_.date_formats) {
      size_t found = 0;
      if (auto problem = Find("date_formats", name, /*says_what=*/false, &found)) return problem;
      if (auto problem = ReadDatePattern(form, "date_formats", &columns_[found].form.dates)) return problem;
      columns_[found].form_is_said = true;
    }
    for (const auto& [name, form] : options_.number_formats) {
      size_t found = 0;
      if (auto problem = Find("number_formats", name, /*says_what=*/false, &found)) return problem;
      if (auto problem = ReadNumberForm(form, "number_formats", &columns_[found].form.numbers)) return problem;
      columns_[found].form_is_said = true;
    }
    return std::nullopt;
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
      return Problem{Concat({"the columns ", Quoted(one), " and ", Quoted(other), " both hold addresses"}),
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

  // Offers columns that say who works on the lead as that of the agent, and notes as notes. A declared field is what
  // its name says.
  void OfferOwnersAndNotes() {
    if (options_.mode != Mode::kContacts) return;
    const bool has_agent = Has(Meaning::kAgent), has_notes = Has(Meaning::kNote);
    for (const Column& column : columns_) {
      const bool is_text = (column.meaning == Meaning::kAttribute || column.only_declared) && !column.type &&
                           !column.is_said && !column.ours;
      const std::string name = Simplify(column.header);
      const bool is_owner = !has_agent && NamesOwner(name), is_note = !has_notes && NamesNotes(name);
      if (!is_text || (!is_owner && !is_note)) continue;
      const std::string_view what = column.only_declared ? "left out" : "kept as a text";
      findings_.push_back({column.header,
                           Concat({what, is_owner ? ", not the agent of the lead" : ", not notes"}),
                           {"map", column.header, is_owner ? "agent" : "add_note"},
                           /*is_offer=*/true});
    }
  }

  static bool MayRepeat(Meaning meaning) {
    return meaning == Meaning::kLeftOut || meaning == Meaning::kTags || meaning == Meaning::kLists ||
           meaning == Meaning::kCampaigns || meaning == Meaning::kConsent || meaning == Meaning::kNote ||
           meaning == Meaning::kJsonMembers;
  }

  // Finds columns with the same meaning. If an option names one of them, the guessed one loses it; else it is a
  // problem.
  std::optional<Problem> FindTwice() {
    std::map<std::pair<Meaning, std::string>, size_t> first;
    for (const bool said : {true, false}) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        Column& column = columns_[i];
        if (columns_[i].is_said != said || MayRepeat(column.meaning)) continue;
        const std::string& name = column.meaning == Meaning::kTopic ? std::string() : column.name;
        const auto [found, is_new] = first.try_emplace({column.meaning, name}, i);
        if (is_new) continue;
        if (!said && columns_[found->second].is_said) {
          Column left_out;
          left_out.header = std::move(column.header);
          column = std::move(left_out);
          column.why_left_out = "another column is named for it";
          continue;
        }
        return Problem{Concat({"the columns ", Quoted(columns_[found->second].header), " and ", Quoted(column.header),
                               " would both be ", DescribeColumn(column, options_)}),
                       {},
                       {"map", column.header, ""}};
      }
    }
    return std::nullopt;
  }

  bool HasColumn(std::string_view name) const {
    return std::ranges::any_of(columns_, [&](const Column& each) { return each.header == name; });
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
    if (column->ours && !column->is_said && !SaysWhoGetsMail(column->header)) return;
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
      return Problem{Concat({Quoted(wrong->second), " is no stage. ", StagesInWords()}), {"values"}};
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
