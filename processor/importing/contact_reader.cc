// Contacts: converts a row to commands about a lead.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/number.h"
#include "processor/base/text.h"
#include "processor/csv/name_list.h"
#include "processor/importing/json_members.h"
#include "processor/importing/record_ids.h"
#include "processor/importing/row_cells.h"
#include "processor/importing/row_reader.h"
#include "schemas/codec/record_checks.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing {
namespace {

constexpr std::string_view kOfOtherType =
    "what may have been a number, yes or no, or a list becomes text, unless a state that the import sees has it; "
    "declare "
    "the field";

constexpr size_t kKindBytes = 60;       // of a cell in the name of a kind of warning
constexpr size_t kMaxAttributes = 500;  // a run would reject a lead with more

// The values in a row's cells.
struct Contact {
  codec::UpdateProfile profile;
  std::vector<std::string> tags, lists, campaigns;
  Stage stage = Stage::kUnspecified;
  std::vector<codec::RecordConsent> consents;
  std::vector<codec::RecordConsent> consent_parts;  // each with a time, a source or a version
  std::string agent;
  std::vector<std::string> notes;
  MemberValues members;
  Suppression suppression;
  std::set<std::string> lists_left;  // mailing lists that the person has opted out of
};

// Whether an export may have written a value of another type than text so.
bool MayBeOfOtherType(std::string_view cell) {
  const std::optional<Number> number = Number::ParseJson(cell);
  return cell == "true" || cell == "false" || cell.starts_with('{') || cell.find(';') != std::string_view::npos ||
         (number && number->Spelling() == cell);
}

// Whether its name says that its cells are phone numbers: `Phone 1 - Value`, `Mobile`.
bool HoldsPhones(const Column& column) {
  const std::string name = Simplify(column.header);
  return column.name == "phone" || name.find("phone") != std::string::npos ||
         name.find("telefon") != std::string::npos || name.find("mobile") != std::string::npos;
}

class ContactReader : public RowReader {
 public:
  ContactReader(const std::vector<Column>& columns, const ImportOptions& options)
      : columns_(columns),
        options_(options),
        lead_(columns, /*are_new=*/!columns.front().ours),
        members_(columns, options) {
    const auto since = std::ranges::find_if(columns, [](const Column& column) { return column.holds_since; });
    if (since != columns.end()) since_ = static_cast<size_t>(since - columns.begin());
  }

  std::optional<WrongRow> Read(const std::vector<std::string_view>& cells,
                               std::vector<codec::Record>* records) override {
    RowLead lead;
    std::optional<WrongRow> wrong = lead_.Read(cells, &lead);
    bool may_count = !wrong;  // who the row is about is known
    AddWrong(ReadSince(cells), &wrong);
    Contact contact;
    contact.tags = options_.tags;
    contact.lists = options_.lists;
    contact.campaigns = options_.campaigns;
    contact.stage = options_.stage;
    warnings_.clear();
    is_told_ = false;
    // An address that is the lead's id already counts as the attribute `email`, which is then not set.
    if (!lead.lead_id.empty() || IsOtherSpelling(lead)) ReadEmail(lead, &contact.profile);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string_view cell = TrimAsciiSpace(cells[i]);
      if (IsOfOtherTenant(columns_[i], cell)) {
        AddWrong(WrongCell(columns_[i], cell, {"is not the tenant of the import"}), &wrong);
        may_count = false;
        continue;
      }
      AddWrong(ReadCell(columns_[i], cell, cells[i], &contact), &wrong);
      AddStatus(columns_[i], cell, &contact.suppression);
    }
    if (wrong) {
      if (may_count) AppendAgainstMail(lead, contact, records);
      return wrong;
    }
    CompleteConsents(&contact);
    AddMembers(&contact);
    if (contact.suppression.suppresses()) warnings_.clear();
    WarnOfOtherAddresses(lead);
    WarnOfDomain(lead);
    if (contact.profile.set.size() > kMaxAttributes) {
      AppendAgainstMail(lead, contact, records);
      return WrongRow{"too many attributes", {"it sets more than the 500 attributes that a lead may have"}};
    }
    std::ranges::sort(contact.profile.set, [](const auto& a, const auto& b) { return a.first < b.first; });
    AppendCommands(lead, std::move(contact), records);
    return std::nullopt;
  }

 private:
  std::optional<WrongRow> ReadSince(const std::vector<std::string_view>& cells) {
    issued_at_ = options_.issued_at;
    const std::string_view cell = CellAt(since_, cells);
    if (cell.empty()) return std::nullopt;
    return ReadTimeCell(columns_[*since_], cell, options_.times, &issued_at_);
  }

  // Whether an export names another tenant in the row.
  bool IsOfOtherTenant(const Column& column, std::string_view cell) const {
    return column.ours && column.header == "tenant" && cell != options_.tenant && !cell.empty();
  }

  // Reads a cell into the contact. `whole`: with the white space around it.
  std::optional<WrongRow> ReadCell(const Column& column, std::string_view cell, std::string_view whole,
                                   Contact* contact) {
    if (cell.empty()) {
      if (options_.empty_unsets && column.meaning == Meaning::kAttribute) contact->profile.unset.push_back(column.name);
      return std::nullopt;
    }
    switch (column.meaning) {
      case Meaning::kAttribute:
        if (LosesShortened(column) && LooksShortened(cell)) return std::nullopt;
        return ReadAttribute(column, column.ours ? whole : cell, contact);
      case Meaning::kTags:
        return AddNames(column, cell, &contact->tags);
      case Meaning::kLists:
        return AddNames(column, cell, &contact->lists);
      case Meaning::kCampaigns:
        return AddNames(column, cell, &contact->campaigns);
      case Meaning::kStage:
        contact->stage = StageFromName(NormalizeName(cell)).value_or(Stage::kUnspecified);  // `Follow up`, `FOLLOW_UP`
        if (contact->stage != Stage::kUnspecified) return std::nullopt;
        return WrongCell(column, cell, {"is no stage", {}, Replacing(cell, LikelyStage(cell), column)});
      case Meaning::kConsent:
        return ReadConsent(column, cell, contact);
      case Meaning::kConsentTime:
      case Meaning::kConsentSource:
      case Meaning::kConsentVersion:
        return ReadConsentPart(column, cell, contact);
      case Meaning::kAgent:
        contact->agent = cell;
        return std::nullopt;
      case Meaning::kDoNotContact:
        return ReadDoNotContact(column, cell, contact);
      case Meaning::kNote:
        contact->notes.emplace_back(cell);
        return std::nullopt;
      case Meaning::kJsonMembers:
        return ReadMembers(column, cell, contact);
      default:
        return std::nullopt;
    }
  }

  std::optional<WrongRow> ReadMembers(const Column& column, std::string_view cell, Contact* contact) {
    std::vector<StatusMember> statuses;
    auto wrong = members_.Read(column, cell, &contact->members, &statuses, &warnings_);
    for (const StatusMember& member : statuses) {
      Column named = column;
      named.header = member.name;
      named.status = member.status;
      Suppression said;
      AddStatus(named, member.text, &said);
      if (said.opted_out && NamesTopic(member.list)) {
        said.opted_out = false;
        if (contact->lists_left.insert(member.list).second) WarnOfTopic(named, member.list);
      }
      contact->suppression.Add(said);
    }
    if (contact->lists_left.size() > kMaxTopics) contact->suppression.opted_out = true;
    return wrong;
  }

  // Warns if the definitions may not declare the topic.
  void WarnOfTopic(const Column& column, const std::string& topic) {
    const auto is_it = [&](const config::DeclaredTopic& each) { return FoldCase(each.id) == FoldCase(topic); };
    if (options_.definitions != nullptr && std::ranges::any_of(options_.definitions->topics, is_it)) return;
    const std::string what = Concat({column.header, ": an opt-out of ", codec::Quoted(Utf8Prefix(topic, kKindBytes)),
                                     " stops all mail, unless the definitions declare that topic"});
    warnings_.push_back({what, {what}});
  }

  void AddStatus(const Column& column, std::string_view cell, Suppression* suppression) {
    if (column.status == StatusColumn::kNone) return;
    Suppression said = statuses_.Read(column.status, cell, column.answers);
    if (said.doubtful && !column.unknown_words.empty()) {
      said = ReadStatus(StatusColumn::kMailStatus, column.unknown_words);
    }
    // The state that an export came from knows it. Another one has to be told.
    const bool is_left_out = column.meaning == Meaning::kLeftOut;
    const bool is_known = column.mail_is_known && (is_left_out || !column.is_said);
    if (is_known && said.suppresses() && !is_told_) {
      const std::string_view what = is_left_out ? "is left out of our export" : "stops no mail in our export";
      Warn(column, cell, {std::string(what), {}, {"map", column.header, column.header}});
      is_told_ = true;
    }
    if (is_known) return;
    suppression->Add(said);
    if (!said.doubtful) return;
    // The word, for who is asked what it means.
    const Option word{"", column.header, "", std::string(cell)};
    Warn(column, cell, {"is not known; if it means no mail, write unsubscribed", word});
    if (Option option = Replacing(cell, WordAgainstMail(column.status), column); !option.name.empty()) {
      warnings_.back().problem = WrongCell(column, cell, {"is not known", {}, std::move(option)}).problem;
      warnings_.back().problem.fault = word;
    }
  }

  void Warn(const Column& column, std::string_view cell, const Problem& doubt) {
    warnings_.push_back(WrongCell(column, cell, doubt));
    warnings_.back().problem.fault = doubt.fault;
    warnings_.back().kind = Concat({column.header, ": ", Utf8Prefix(AsciiLower(cell), kKindBytes), " ", doubt.what});
  }

  // Whether people write the address of a row in another way than the id that it stands for: with letters beyond ASCII.
  static bool IsOtherSpelling(const RowLead& lead) { return SpelledAddress(lead.written) != lead.address; }

  // Warns of further addresses in the cell, which no lead gets.
  void WarnOfOtherAddresses(const RowLead& lead) {
    if (lead.others.empty()) return;
    const Column& column = columns_[*PlaceOf(Meaning::kAddress, columns_)];
    const std::string_view what = "has further addresses, which are left out";
    warnings_.push_back(
        {Concat({column.header, ": ", what}),
         {Concat({column.header, ": the row of ", lead.address, " ", what, ": ", Join(lead.others, ", ")})}});
  }

  // Warns of an address whose domain is perhaps cut off: `info@firma`. `a@localhost` is such an address, too.
  void WarnOfDomain(const RowLead& lead) {
    const std::string_view domain = std::string_view(lead.address).substr(lead.address.rfind('@') + 1);
    if (lead.address.empty() || domain.starts_with('[') || domain.find('.') != std::string_view::npos) return;
    const Column& column = columns_[*PlaceOf(Meaning::kAddress, columns_)];
    warnings_.push_back(WrongCell(column, lead.written, {"has a domain without a dot; is it whole?"}));
  }

  void ReadEmail(const RowLead& lead, codec::UpdateProfile* profile) const {
    const std::optional<size_t> place = PlaceOf(Meaning::kAddress, columns_);
    const bool ours = place && columns_[*place].ours;
    if (ours && lead.address == NormalizeAddress(lead.lead_id)) return;
    if (!lead.address.empty()) {
      // An export has the address as it was sent.
      const std::string_view cell = lead.written;
      profile->set.emplace_back(
          "email", Value(ours && NormalizeAddress(cell) == lead.address ? std::string(cell) : SpelledAddress(cell)));
    } else if (options_.empty_unsets && place) {
      profile->unset.emplace_back("email");
    }
  }

  // Returns the first of several numbers in a cell of phone numbers, and warns of the others; else the cell.
  std::string_view FirstNumber(const Column& column, std::string_view cell) {
    const size_t end = cell.find(kBetweenValues);
    if (end == std::string_view::npos || column.ours || !HoldsPhones(column)) return cell;
    warnings_.push_back(WrongCell(column, cell, {"has further numbers, which are left out"}));
    return TrimAsciiSpace(cell.substr(0, end));
  }

  std::optional<WrongRow> ReadAttribute(const Column& column, std::string_view cell, Contact* contact) {
    Value value;
    cell = FirstNumber(column, cell);
    if (column.ours && !column.type && MayBeOfOtherType(cell)) {
      const std::string doubt = Concat({column.header, ": ", kOfOtherType});
      warnings_.push_back({doubt, {doubt, {"", column.header, column.name}}});
    }
    if (const auto problem = ReadValue(cell, column, options_, &value)) return WrongCell(column, cell, *problem);
    contact->profile.set.emplace_back(column.name, std::move(value));
    return std::nullopt;
  }

  static std::optional<WrongRow> AddNames(const Column& column, std::string_view cell,
                                          std::vector<std::string>* names) {
    for (std::string& name : column.ours ? csv::SplitNames(cell) : NamesIn(cell)) names->push_back(std::move(name));
    return std::nullopt;
  }

  // Reads yes, no, or the time when the consent was given.
  std::optional<WrongRow> ReadConsent(const Column& column, std::string_view cell, Contact* contact) const {
    std::optional<bool> granted = ReadGranted(column, cell);
    std::optional<Instant> at;
    if (!granted) {
      if (auto wrong = ReadTimeCell(column, cell, options_.times, &at.emplace())) {
        const bool is_time = wrong->problem.remedy.name == "timezone";
        return is_time ? wrong : WrongCell(column, cell, {"is neither yes nor no", {}, Replacing(cell, "no", column)});
      }
      granted = true;
    }
    for (const std::string& purpose : column.purposes) contact->consents.push_back({purpose, *granted, kActor, "", at});
    return std::nullopt;
  }

  std::optional<WrongRow> ReadConsentPart(const Column& column, std::string_view cell, Contact* contact) const {
    codec::RecordConsent& part = contact->consent_parts.emplace_back();
    part.purpose = column.name;
    if (column.meaning == Meaning::kConsentTime) return ReadTimeCell(column, cell, options_.times, &part.at.emplace());
    (column.meaning == Meaning::kConsentSource ? part.source : part.version) = cell;
    return std::nullopt;
  }

  // Gives the consents of a row what its other columns say of them. A time alone is a consent.
  static void CompleteConsents(Contact* contact) {
    for (const codec::RecordConsent& part : contact->consent_parts) {
      const auto is_about = [&part](const codec::RecordConsent& one) {
        return FoldCase(one.purpose) == FoldCase(part.purpose);
      };
      if (part.at && std::ranges::none_of(contact->consents, is_about)) {
        contact->consents.push_back({part.purpose, true, kActor});
      }
      for (codec::RecordConsent& consent : contact->consents) {
        if (!is_about(consent)) continue;
        if (part.at) consent.at = part.at;
        if (!part.source.empty()) consent.source = part.source;
        if (!part.version.empty()) consent.version = part.version;
      }
    }
  }

  void AddMembers(Contact* contact) const {
    for (auto& [name, value] : contact->members) {
      if (!IsUnset(value)) {
        contact->profile.set.emplace_back(name, std::move(value));
      } else if (options_.empty_unsets) {
        contact->profile.unset.push_back(name);
      }
    }
  }

  // Reads yes, or a word for it. A no lifts nothing: the lead may have become do-not-contact since.
  static std::optional<WrongRow> ReadDoNotContact(const Column& column, std::string_view cell, Contact* contact) {
    const Suppression said = ReadStatus(StatusColumn::kDoNotContact, cell);
    if (!said.suppresses() && !AllowsMail(StatusColumn::kDoNotContact, cell)) {
      return WrongCell(column, cell, {"is neither yes nor no"});
    }
    contact->suppression.Add(said);
    return std::nullopt;
  }

  void Append(const RowLead& lead, codec::Action action, std::vector<codec::Record>* records) const {
    codec::Command command{{options_.tenant, ""}, "", issued_at_, kActor, options_.backfill, std::move(action)};
    codec::SetLead(lead.lead_id, lead.lead_id.empty() ? lead.address : "", &command);
    command.command_id = CommandId(command);
    records->emplace_back(std::move(command));
  }

  void AppendCommands(const RowLead& lead, Contact&& contact, std::vector<codec::Record>* records) {
    const size_t before = records->size();
    if (!contact.profile.set.empty() || !contact.profile.unset.empty())
      Append(lead, std::move(contact.profile), records);
    if (!contact.tags.empty()) Append(lead, codec::EditTags{std::move(contact.tags), {}}, records);
    if (!contact.lists.empty()) Append(lead, codec::EditLists{std::move(contact.lists), {}}, records);
    if (!contact.campaigns.empty()) Append(lead, codec::EditCampaigns{std::move(contact.campaigns), {}}, records);
    // A lead in a final stage takes no agent.
    if (!contact.agent.empty()) Append(lead, codec::AssignAgent{std::move(contact.agent)}, records);
    if (contact.stage != Stage::kUnspecified) Append(lead, codec::SetStage{contact.stage}, records);
    for (codec::RecordConsent& consent : contact.consents) Append(lead, std::move(consent), records);
    for (std::string& note : contact.notes) Append(lead, codec::AddNote{std::move(note)}, records);
    // A row with nothing but an address is a lead, too.
    if (records->size() == before) Append(lead, codec::UpdateProfile{}, records);
    AppendAgainstMail(lead, contact, records);
  }

  // Appends what stops mail to the lead. A wrong row says it, too: its person may be a lead by another file.
  void AppendAgainstMail(const RowLead& lead, const Contact& contact, std::vector<codec::Record>* records) {
    const Suppression& said = contact.suppression;
    // What a row says about mail is of the time when the file was written, whatever its other cells hold since.
    issued_at_ = options_.issued_at;
    if (said.do_not_contact) Append(lead, codec::SetDoNotContact{true, ""}, records);
    if (said.opted_out) AppendEvent(lead, EventType::kUnsubscribe, "", records);
    if (contact.lists_left.size() <= kMaxTopics) {
      for (const std::string& list : contact.lists_left) AppendEvent(lead, EventType::kUnsubscribe, list, records);
    }
    if (said.bounced) AppendEvent(lead, EventType::kBounce, "", records);
    if (said.complained) AppendEvent(lead, EventType::kComplaint, "", records);
  }

  void AppendEvent(const RowLead& lead, EventType type, const std::string& topic,
                   std::vector<codec::Record>* records) const {
    codec::Event event;
    event.topic = topic;
    event.key.tenant = options_.tenant;
    codec::SetLead(lead.lead_id, lead.address, &event);
    event.type = type;
    event.backfill = true;
    event.occurred_at = issued_at_;
    event.event_id = EventId(event, /*of_address=*/!lead.lead_id.empty() && !lead.address.empty());
    records->emplace_back(std::move(event));
  }

  const std::vector<Column>& columns_;
  const ImportOptions& options_;
  const LeadCells lead_;
  JsonMembers members_;
  std::optional<size_t> since_;
  StatusMemo statuses_;
  bool is_told_ = false;  // the row's warnings say that it is left out that they get no mail
  Instant issued_at_;     // of the row's next records
};

}  // namespace

std::unique_ptr<RowReader> MakeContactReader(const std::vector<Column>& columns, const ImportOptions& options) {
  return std::make_unique<ContactReader>(columns, options);
}

}  // namespace leadpulse::importing
