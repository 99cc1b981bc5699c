#include "processor/importing/columns.h"

#include <algorithm>
#include <map>

#include "config/strict_fields.h"
#include "processor/base/address.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/importing/own_export.h"
#include "processor/importing/sendgrid_activity.h"
#include "processor/rules/language/field_names.h"

namespace leadpulse::importing {
namespace {

std::string Quoted(std::string_view name) { return Concat({"`", name, "`"}); }

struct ConsentPart {
  std::string_view purpose;
  Meaning meaning;
};

// Reads `consent.newsletter`, `consent.newsletter.at`, `….source` or `….version`; nullopt if it is another name.
std::optional<ConsentPart> ConsentPartOf(std::string_view name) {
  constexpr std::string_view kConsent = "consent.";
  constexpr std::pair<std::string_view, Meaning> kParts[] = {
      {".at", Meaning::kConsentTime}, {".source", Meaning::kConsentSource}, {".version", Meaning::kConsentVersion}};
  name = TrimAsciiSpace(name);
  if (!AsciiLower(name).starts_with(kConsent)) return std::nullopt;
  name.remove_prefix(kConsent.size());
  for (const auto& [ending, meaning] : kParts) {
    if (!AsciiLower(name).ends_with(ending)) continue;
    return ConsentPart{name.substr(0, name.size() - ending.size()), meaning};
  }
  return ConsentPart{name, Meaning::kConsent};
}

Column Named(std::string_view header) {
  Column column;
  column.header = header;
  return column;
}

class Planning {
 public:
  // Plans columns of which `hold_addresses` hold nothing else.
  Planning(const std::vector<std::string_view>& header, const ImportOptions& options,
           const std::vector<bool>& hold_addresses)
      : options_(options), said_(header.size()), hold_addresses_(hold_addresses) {
    hold_addresses_.resize(header.size());
    const bool ours = options.mode == Mode::kContacts && IsOwnExport(header);
    for (const std::string_view name : header) {
      columns_.push_back(Named(TrimAsciiSpace(name)));
      columns_.back().ours = ours;
    }
    sendgrid_ = options.mode == Mode::kEvents && IsSendGridActivity(columns_);
  }

  std::optional<Problem> Plan(std::vector<Column>* columns) {
    if (auto problem = TakeOptions()) return problem;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!said_[i]) Guess(&columns_[i]);
    }
    GuessAddress();
    ChooseAddress();
    if (auto problem = FindAddressByCells()) return problem;
    if (auto problem = FindTwice()) return problem;
    if (auto problem = FindMissing()) return problem;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Declare(&columns_[i]);
      FindStatus(said_[i], &columns_[i]);
      LeaveOutUndeclaredStatus(said_[i], &columns_[i]);
    }
    if (auto problem = FindUndeclared()) return problem;
    if (auto problem = TakeForms()) return problem;
    *columns = std::move(columns_);
    return std::nullopt;
  }

  std::vector<Finding> TakeFindings() { return std::move(findings_); }

  std::vector<Column> GuessAll() {
    for (Column& column : columns_) {
      Guess(&column);
      Declare(&column);
      FindStatus(/*said=*/false, &column);
      LeaveOutUndeclaredStatus(/*said=*/false, &column);
    }
    GuessAddress();
    ChooseAddress();
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
      const bool is_taken = said_[i] && (says_what || columns_[i].meaning == Meaning::kLeftOut);
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
    return Problem{Concat({"the file has no column ", Quoted(trimmed), "; ",
                           nearest ? "did you mean " + *nearest + "?" : "it has " + Join(names, ", ")}),
                   {option}};
  }

  std::optional<Problem> Say(std::string_view option, std::string_view name, Meaning meaning, const std::string& ours) {
    size_t found = 0;
    if (auto problem = Find(option, name, /*says_what=*/true, &found)) return problem;
    Column& column = columns_[found];
    const bool one_more_purpose = meaning == Meaning::kConsent && column.meaning == Meaning::kConsent;
    if (said_[found] && !one_more_purpose) {
      return Problem{Concat({"the column ", Quoted(column.header), " is named twice"}), {option}};
    }
    said_[found] = true;
    column.meaning = meaning;
    if (meaning == Meaning::kConsent) {
      column.purposes.push_back(ours);
    } else {
      column.name = ours;
    }
    if (meaning == Meaning::kLeftOut) column.why_left_out = "your choice";
    return std::nullopt;
  }

  std::optional<Problem> TakeOptions() {
    for (const auto& [theirs, ours] : options_.map) {
      const auto consent = options_.mode == Mode::kContacts ? ConsentPartOf(ours) : std::nullopt;
      if (consent) {
        if (consent->purpose.empty()) return Problem{Concat({Quoted(ours), " names no purpose"}), {"map"}};
        if (auto problem = Say("map", theirs, consent->meaning, std::string(consent->purpose))) return problem;
        continue;
      }
      const std::string name = NormalizeName(ours);
      std::optional<Meaning> meaning = MeaningFromName(options_.mode, name);
      if (meaning && YieldsToField(*meaning) && !DeclaredName(Simplify(name)).empty()) meaning.reset();
      const Meaning other = options_.mode == Mode::kEvents ? Meaning::kProperty : Meaning::kAttribute;
      if (name.empty()) {
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
    for (const CellValue& value : options_.values) {
      size_t found = 0;
      if (auto problem = Find("values", value.column, /*says_what=*/false, &found)) return problem;
      columns_[found].values.emplace_back(value.theirs, value.ours);
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

  // Returns the attribute or property whose declared name has the same simplified form; empty if none.
  std::string DeclaredName(std::string_view simplified) const {
    if (options_.definitions == nullptr) return "";
    const auto& declared =
        options_.mode == Mode::kEvents ? options_.definitions->event_properties : options_.definitions->fields;
    for (const auto& [name, type] : declared) {
      if (Simplify(name) == simplified) return name;
    }
    return "";
  }

  std::string PropertyName(const Column& column) const {
    const std::string declared = DeclaredName(Simplify(column.header));
    return declared.empty() ? NormalizeName(column.header) : declared;
  }

  // Returns what a column of that name usually is. What stands in brackets behind the name of an address does not
  // count: `Email (required)`.
  std::optional<Known> KnownColumn(std::string_view header) const {
    if (auto known = FindSynonym(options_.mode, Simplify(header))) return known;
    auto address = FindSynonym(options_.mode, Simplify(header.substr(0, header.find('('))));
    return address && address->meaning == Meaning::kAddress ? address : std::nullopt;
  }

  void Guess(Column* column) const {
    const std::string simplified = Simplify(column->header);
    if (simplified.empty()) {
      column->why_left_out = "it has no name";
    } else if (NormalizeName(column->header) == kReasonColumn) {
      column->why_left_out = "it says what was wrong before";
    } else if (column->ours) {
      GuessOwn(column);
    } else if (const auto known = sendgrid_ ? SendGridColumn(simplified) : KnownColumn(column->header)) {
      column->meaning = known->meaning;
      column->name = known->name;
      // If the definitions declare a field under the column's own name, the column is that field.
      if (column->meaning == Meaning::kAttribute) {
        if (std::string declared = DeclaredName(simplified); !declared.empty()) column->name = std::move(declared);
      }
      const bool is_property = known->meaning == Meaning::kTopic && options_.mode == Mode::kEvents;
      if (is_property && column->name.empty()) column->name = PropertyName(*column);
      if (known->meaning == Meaning::kLeftOut) column->why_left_out = "it is SendGrid's own";
    } else {
      GuessByNameAlone(column);
    }
  }

  // Makes the column what one is whose name is not known.
  void GuessByNameAlone(Column* column) const {
    if (options_.mode == Mode::kOptOuts) {
      column->meaning = Meaning::kLeftOut;
      column->why_left_out = "only who opted out, when, and from which topic, is imported";
      return;
    }
    const bool is_agent = options_.mode == Mode::kEvents && Simplify(column->header) == "useragent";
    column->meaning = options_.mode != Mode::kEvents ? Meaning::kAttribute
                      : is_agent                     ? Meaning::kUserAgent
                                                     : Meaning::kProperty;
    column->name = PropertyName(*column);
  }

  // Keeps the address with the most usual name, if several columns are guessed to be it; the others are what they would
  // be if their names were not known. Columns of one name stay, because nobody knows which is meant.
  void ChooseAddress() {
    std::optional<size_t> best;
    size_t count = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].meaning != Meaning::kAddress) continue;
      if (said_[i] || columns_[i].ours) return;
      ++count;
      if (!best || AddressRank(columns_[i].header) < AddressRank(columns_[*best].header)) best = i;
    }
    if (count < 2) return;
    const size_t rank = AddressRank(columns_[*best].header);
    for (Column& column : columns_) {
      if (column.meaning != Meaning::kAddress || AddressRank(column.header) == rank) continue;
      GuessByNameAlone(&column);
      findings_.push_back({column.header,
                           Concat({"not the address of the row, which is in ", columns_[*best].header}),
                           {"map", column.header, "email"},
                           true});
    }
  }

  // Takes the only column of addresses as the address, if no name says which it is.
  std::optional<Problem> FindAddressByCells() {
    if (Has(Meaning::kLead) || Has(Meaning::kAddress)) return std::nullopt;
    std::vector<size_t> found;
    for (size_t i = 0; i < columns_.size(); ++i) {
      // A person in the first row would be lost.
      const bool is_named = !IsPlausibleAddress(columns_[i].header);
      if (!said_[i] && hold_addresses_[i] && is_named) found.push_back(i);
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

  // Finds what a column of an export is. Its attributes have their own names, `profile.score` if that means another.
  void GuessOwn(Column* column) const {
    constexpr std::string_view kProfile = "profile.";
    const std::string_view name = column->header;
    const bool is_lead = name == "lead" || ((name == "lead_id" || name == "id") && !Has(Meaning::kLead));
    if (is_lead) {
      column->meaning = Meaning::kLead;
    } else if (name == "email") {
      column->meaning = Meaning::kAddress;
    } else if (name == "tags" || name == "lists" || name == "campaigns") {
      column->meaning = *MeaningFromName(options_.mode, name);
    } else if (IsWorkedOut(name)) {
      column->why_left_out = "Leadpulse works it out, or sets it by a command";
    } else {
      column->meaning = Meaning::kAttribute;
      column->name = name.starts_with(kProfile) ? name.substr(kProfile.size()) : name;
    }
  }

  // Takes a column `address` as the email address: Mailgun's suppression lists call it so. If another column identifies
  // the lead, `address` may be a postal one.
  void GuessAddress() {
    if (options_.mode != Mode::kOptOuts || Has(Meaning::kLead) || Has(Meaning::kAddress)) return;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool is_it = !said_[i] && Simplify(columns_[i].header) == "address";
      if (is_it) columns_[i].meaning = Meaning::kAddress;
    }
  }

  static bool MayRepeat(Meaning meaning) {
    return meaning == Meaning::kLeftOut || meaning == Meaning::kTags || meaning == Meaning::kLists ||
           meaning == Meaning::kCampaigns || meaning == Meaning::kConsent || meaning == Meaning::kNote;
  }

  // Finds columns with the same meaning. If an option names one of them, the guessed one loses it; else it is a
  // problem.
  std::optional<Problem> FindTwice() {
    std::map<std::pair<Meaning, std::string>, size_t> first;
    for (const bool said : {true, false}) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        Column& column = columns_[i];
        if (said_[i] != said || MayRepeat(column.meaning)) continue;
        const std::string& name = column.meaning == Meaning::kTopic ? std::string() : column.name;
        const auto [found, is_new] = first.try_emplace({column.meaning, name}, i);
        if (is_new) continue;
        if (!said && said_[found->second]) {
          column = Named(column.header);
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
  void FindStatus(bool said, Column* column) const {
    if (options_.mode == Mode::kEvents || (said && column->meaning == Meaning::kLeftOut)) return;
    if (column->ours && !said && !SaysWhoGetsMail(column->header)) return;
    const bool is_one = column->meaning == Meaning::kLeftOut || column->meaning == Meaning::kAttribute ||
                        column->meaning == Meaning::kConsent;
    if (!is_one) return;
    column->status = StatusColumnOf(column->header);
    if (column->status == StatusColumn::kNone) column->status = StatusColumnOf(column->name);
    // Words, not values of another type: `vip_status: boolean`.
    const bool is_text = !column->type || *column->type == FieldType::kText;
    if (column->status == StatusColumn::kState && !is_text) column->status = StatusColumn::kNone;
    // Its `no` is the consent's.
    if (column->meaning == Meaning::kConsent && column->status != StatusColumn::kNone) {
      column->status = StatusColumn::kState;
    }
  }

  bool MustBeDeclared(const Column& column) const {
    return options_.definitions != nullptr && column.meaning == Meaning::kAttribute &&
           config::MustBeDeclared(*options_.definitions, column.name);
  }

  // Leaves out what would be refused as an attribute. If the user had to, nobody would learn who gets no mail.
  void LeaveOutUndeclaredStatus(bool said, Column* column) const {
    if (said || column->status == StatusColumn::kNone || !MustBeDeclared(*column)) return;
    column->meaning = Meaning::kLeftOut;
    column->why_left_out = "it is not declared under fields";
  }

  std::optional<Problem> FindUndeclared() const {
    std::vector<std::string> names;
    const Column* first = nullptr;
    for (const Column& column : columns_) {
      if (!MustBeDeclared(column)) continue;
      names.push_back(column.name);
      if (first == nullptr) first = &column;
    }
    if (first == nullptr) return std::nullopt;
    return Problem{config::UndeclaredInWords(*options_.definitions, names), {}, {"map", first->header, ""}};
  }

  const ImportOptions& options_;
  std::vector<Column> columns_;
  std::vector<bool> said_;  // named by an option
  std::vector<bool> hold_addresses_;
  std::vector<Finding> findings_;
  bool sendgrid_ = false;
};

std::string SaidOfName(const std::string& attribute) {
  const std::string warning = rules::WarningOfName(attribute);
  return warning.empty() ? warning : "; " + warning;
}

std::string DescribeMeaning(const Column& column, const ImportOptions& options) {
  switch (column.meaning) {
    case Meaning::kLeftOut:
      return Concat({"left out: ", column.why_left_out});
    case Meaning::kLead:
      return "the lead's id";
    case Meaning::kAddress:
      return "the address";
    case Meaning::kTime:
      return options.mode == Mode::kOptOuts ? "when they opted out" : "when it happened";
    case Meaning::kType:
      return "what happened";
    case Meaning::kAttribute:
      return Concat({"attribute ", column.name, column.type ? ", " : "", column.type ? FieldTypeName(*column.type) : "",
                     column.holds_since ? "; the row holds since then" : "", SaidOfName(column.name)});
    case Meaning::kProperty:
      return "property " + column.name;
    case Meaning::kUserAgent:
      return "what it was read with: a machine, if it says so";
    case Meaning::kCategories:
      return "campaign, where no other column names one";
    case Meaning::kConsent:
      return "consent to " + Join(column.purposes, ", ");
    case Meaning::kConsentTime:
      return "when the consent to " + column.name + " was given or withdrawn";
    case Meaning::kConsentSource:
      return "where the consent to " + column.name + " comes from";
    case Meaning::kConsentVersion:
      return "the version of the text of the consent to " + column.name;
    case Meaning::kDoNotContact:
      return "who must not be contacted";
    default:
      return std::string(MeaningName(column.meaning));
  }
}

}  // namespace

bool HoldsDates(const Column& column) {
  return column.meaning == Meaning::kTime || column.holds_since ||
         (column.meaning == Meaning::kAttribute && (column.type == FieldType::kDate || column.type == FieldType::kDay));
}

bool IsTyped(const Column& column) {
  return HoldsDates(column) ||
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

std::vector<Column> GuessColumns(const std::vector<std::string_view>& header, const ImportOptions& options) {
  return Planning(header, options, {}).GuessAll();
}

std::string DescribeColumn(const Column& column, const ImportOptions& options) {
  // A column `status` may be about something else.
  const bool tells = column.status != StatusColumn::kNone && column.status != StatusColumn::kState;
  return DescribeMeaning(column, options) + (tells ? "; says who gets no mail" : "");
}

}  // namespace leadpulse::importing
