#include "tests/support/model/lead.h"

#include <algorithm>
#include <tuple>

#include "tests/support/model/addresses.h"
#include "tests/support/model/check.h"
#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

constexpr size_t kRememberedCommands = 256;
constexpr size_t kMostAttributes = 500;
constexpr size_t kMostBytes = 512 * 1024;
constexpr size_t kMostNotes = 200;
constexpr size_t kMostJournalBytes = 4 * 1024 * 1024;

// Returns what a value that is no text, or any element of a list, counts at least. Digits that a double has are not
// told from others: it makes no difference to the journals of workloads.
size_t BesideText(const Value& value) {
  return value.kind == Value::Kind::kNumber ? std::max<size_t>(8, value.number.spelling.size()) : 8;
}

// Returns the entry's size as it counts for the bound of bytes.
size_t CountedBytes(const Entry& entry) {
  size_t bytes = 64 + entry.id.size() + entry.message.size() + entry.campaign.size() + entry.name.size();
  for (const auto& [name, value] : entry.properties) {
    bytes += name.size() + (value.kind == Value::Kind::kText ? value.text.size() : 0);
    for (const Value& element : value.elements) bytes += element.kind == Value::Kind::kText ? element.text.size() : 0;
  }
  return bytes;
}

// Returns the bytes of a RETRACT's event and of values, as far as they are more than the 64.
size_t UncountedBytes(const Entry& entry) {
  size_t bytes = entry.type == EventType::kRetract ? entry.retracts.size() : 0;
  for (const auto& [name, value] : entry.properties) {
    if (value.kind != Value::Kind::kText && value.kind != Value::Kind::kList) bytes += BesideText(value);
    for (const Value& element : value.elements) bytes += BesideText(element);
  }
  return std::max<size_t>(64, bytes) - 64;
}

bool IsTooLarge(const std::vector<Entry>& journal) {
  size_t counted = 0, uncounted = 0;
  for (const Entry& entry : journal) {
    counted += CountedBytes(entry);
    uncounted += UncountedBytes(entry);
  }
  return counted > kMostJournalBytes || counted + uncounted > kMostJournalBytes / 8 * 9;
}

bool Retracts(const Entry& retract, const Entry& entry) {
  return retract.type == EventType::kRetract && entry.type != EventType::kRetract && retract.retracts == entry.id &&
         retract.origin == entry.origin;
}

void Settle(Lead& lead, const Entry& entry) {
  if (const auto event = StatusEventOf(entry)) lead.settled.push_back(*event);
}

// Removes the oldest entry from the journal, and with a RETRACT the entry it names.
void FoldOldest(Lead& lead) {
  const Entry oldest = lead.journal.front();
  const bool counts = oldest.type != EventType::kRetract && !oldest.machine && !IsRetracted(lead, oldest);
  lead.journal.erase(lead.journal.begin());
  if (!lead.newest_folded || *lead.newest_folded < oldest.order()) {
    lead.newest_folded = oldest.order();
  }
  if (oldest.type == EventType::kRetract) {
    std::erase_if(lead.journal, [&](const Entry& entry) { return Retracts(oldest, entry); });
  }
  if (!counts) return;
  lead.folded[oldest.type].Add(oldest.at);
  if (oldest.origin == lead.id) {
    lead.oldest_folded_own = std::min(lead.oldest_folded_own.value_or(oldest.at), oldest.at);
  }
  Settle(lead, oldest);
}

// Sorts by instant and id, own entries first, then folds what exceeds a bound.
void Bound(Lead& lead, int64_t max_entries) {
  std::sort(lead.journal.begin(), lead.journal.end(), [&](const Entry& left, const Entry& right) {
    const auto rank = [&](const Entry& entry) {
      return std::make_tuple(entry.at, entry.id, entry.origin != lead.id, entry.origin);
    };
    return rank(left) < rank(right);
  });
  while (static_cast<int64_t>(lead.journal.size()) > max_entries || IsTooLarge(lead.journal)) {
    FoldOldest(lead);
  }
}

// Whether two entries have the content of one event. RETRACTs are compared only by origin and id.
bool IsSameEvent(const Entry& left, const Entry& right) {
  if (left.type == EventType::kRetract || right.type == EventType::kRetract) return false;
  return left.id == right.id && left.type == right.type && left.at == right.at;
}

bool HasOriginAndId(const Lead& lead, const Entry& entry) {
  return std::any_of(lead.journal.begin(), lead.journal.end(),
                     [&](const Entry& held) { return held.origin == entry.origin && held.id == entry.id; });
}

// Adds, then removes; names are compared without case, and the first spelling stays.
void EditSet(std::vector<std::string>& names, const EditNames& edit) {
  for (const std::string& name : edit.add) {
    const bool held =
        std::any_of(names.begin(), names.end(), [&](const std::string& other) { return SameText(name, other); });
    if (!held) names.push_back(NormalText(name));
  }
  for (const std::string& name : edit.remove) {
    std::erase_if(names, [&](const std::string& other) { return SameText(name, other); });
  }
}

// Returns the value with its texts as they are kept. Those in an object stay as sent.
Json WithNormalTexts(const Json& sent) {
  if (sent.is_string()) return NormalText(sent.get<std::string>());
  if (!sent.is_array()) return sent;
  Json list = Json::array();
  for (const Json& element : sent) list.push_back(WithNormalTexts(element));
  return list;
}

struct Applier {
  Lead& lead;
  Millis issued_at;
  const Command& command;

  void operator()(const Erase&) {}
  void operator()(const Withdraw&) {}

  void operator()(const UpdateProfile& update) {
    // A JSON object is visited in byte order of its names, so the greater of two equal names counts.
    for (const auto& [name, sent] : update.set.items()) {
      const bool unsets = !Convert(sent, std::nullopt, Zone::Named("UTC")).value_or(Value::Boolean(true)).is_set();
      if (unsets) {
        lead.attributes.erase(NormalName(name));
      } else {
        lead.attributes[NormalName(name)] = WithNormalTexts(sent);
      }
    }
    for (const std::string& name : update.unset) {
      lead.attributes.erase(NormalName(name));
    }
  }

  void operator()(const EditNames& edit) {
    switch (edit.which) {
      case NameSet::kTags:
        return EditSet(lead.tags, edit);
      case NameSet::kLists:
        return EditSet(lead.lists, edit);
      case NameSet::kCampaigns:
        return EditSet(lead.campaigns, edit);
    }
  }

  void operator()(const SetStage& set) {
    lead.stage = set.stage;
    lead.stage_at = issued_at;
  }

  void operator()(const SetQualification& set) { lead.qualification = set.clear ? std::nullopt : set.score; }

  void operator()(const AssignAgent& assign) { lead.agent = NormalText(assign.agent); }

  void operator()(const SetDoNotContact& set) { lead.do_not_contact = set.value; }

  void operator()(const RecordConsent& record) {
    const Millis at = record.at.empty() ? issued_at : TimeOf(record.at);
    for (Consent& consent : lead.consents) {
      if (!SameText(consent.purpose, record.purpose)) continue;
      const bool is_older = at < consent.at || (at == consent.at && record.granted && !consent.granted);
      if (!is_older) consent = {consent.purpose, record.granted, record.source, at, record.version};
      return;
    }
    lead.consents.push_back({NormalText(record.purpose), record.granted, record.source, at, record.version});
  }

  void operator()(const AddNote& add) {
    lead.notes.push_back({add.text, issued_at, command.actor, command.id});
    if (lead.notes.size() > kMostNotes) lead.notes.erase(lead.notes.begin());
  }

  void operator()(const RemoveNote& remove) {
    std::erase_if(lead.notes, [&](const Note& note) { return note.command == remove.command; });
  }
};

// Returns the actions in the order in which they are applied.
Actions InOrder(Actions actions) {
  const auto place = [](const Action& action) {
    const auto* edit = std::get_if<EditNames>(&action);
    return std::make_pair(action.index(), edit != nullptr ? edit->which : NameSet::kTags);
  };
  std::sort(actions.begin(), actions.end(),
            [&](const Action& left, const Action& right) { return place(left) < place(right); });
  return actions;
}

// Estimates the profile's size. Tests stay far from the limit on either side.
size_t ProfileBytes(const Lead& lead) {
  size_t bytes = 0;
  for (const auto& [name, value] : lead.attributes) {
    bytes += name.size() + Render(value).size();
  }
  for (const auto* names : {&lead.tags, &lead.lists, &lead.campaigns}) {
    for (const std::string& name : *names) bytes += name.size();
  }
  for (const Consent& consent : lead.consents) {
    bytes += consent.purpose.size() + consent.source.size();
  }
  return bytes;
}

bool IsWithdrawal(const Command& command) {
  const auto* record = command.actions.Find<RecordConsent>();
  return record != nullptr && !record->granted;
}

void NoteAddress(Lead& lead, Millis issued_at, const TenantDefinitions& definitions) {
  const bool by_email = definitions.identity_by_email;
  const std::string address = by_email ? SentAddressOf(lead) : AddressOf(lead, definitions);
  if (address.empty()) return;
  const std::string last = NormalAddress(lead.last_address), present = NormalAddress(address);
  const bool differs = !SameText(last, present);
  const bool had_one = by_email ? last.find('@') != std::string::npos : !last.empty();
  if (had_one && differs) lead.address_changed_at = issued_at;
  lead.last_address = address;
}

}  // namespace

void Tally::Add(Millis at) { Add(Tally{1, at, at}); }

void Tally::Add(const Tally& other) {
  if (other.count == 0) return;
  first = count == 0 ? other.first : std::min(first, other.first);
  last = count == 0 ? other.last : std::max(last, other.last);
  count += other.count;
}

Lead NewLead(const std::string& tenant, const std::string& id) {
  Lead lead;
  lead.tenant = tenant;
  lead.id = id;
  if (id.find('@') != std::string::npos) lead.last_address = id;
  return lead;
}

bool IsRetracted(const Lead& lead, const Entry& entry) {
  return std::any_of(lead.journal.begin(), lead.journal.end(),
                     [&](const Entry& other) { return Retracts(other, entry); });
}

Taking AddEntry(Lead& lead, Entry& entry, int64_t max_entries) {
  if (HasOriginAndId(lead, entry)) return Taking::kDropped;
  if (lead.newest_folded && entry.order() <= *lead.newest_folded) return CountOnly(lead, entry);
  std::erase_if(lead.journal, [&](const Entry& held) { return IsSameEvent(held, entry); });
  MeetTopic(lead.topics, entry);
  lead.journal.push_back(entry);
  Bound(lead, max_entries);
  return Taking::kJournaled;
}

void ReceiveEntries(Lead& lead, const std::vector<Entry>& entries, int64_t max_entries) {
  bool grows = false;
  for (Entry entry : entries) {
    const bool is_held =
        HasOriginAndId(lead, entry) || std::any_of(lead.journal.begin(), lead.journal.end(),
                                                   [&](const Entry& held) { return IsSameEvent(held, entry); });
    if (is_held) continue;
    if (lead.newest_folded && entry.order() <= *lead.newest_folded) {
      const bool arrives_retracted =
          std::any_of(entries.begin(), entries.end(), [&](const Entry& other) { return Retracts(other, entry); });
      if (!arrives_retracted) CountOnly(lead, entry);
      continue;
    }
    MeetTopic(lead.topics, entry);
    lead.journal.push_back(entry);
    grows = true;
  }
  if (grows) Bound(lead, max_entries);
}

Taking CountOnly(Lead& lead, Entry& entry) {
  if (entry.type == EventType::kRetract || entry.machine || IsRetracted(lead, entry)) return Taking::kDropped;
  MeetTopic(lead.topics, entry);
  Settle(lead, entry);
  return Taking::kCountedOnly;
}

std::vector<StatusEvent> StatusEventsOf(const Lead& lead) {
  std::vector<StatusEvent> events = lead.settled;
  for (const Entry& entry : lead.journal) {
    if (entry.machine || IsRetracted(lead, entry)) continue;
    if (const auto event = StatusEventOf(entry)) events.push_back(*event);
  }
  return events;
}

Outcome ApplyCommand(Lead& lead, const Command& command, Millis issued_at, const TenantDefinitions& definitions) {
  if (std::find(lead.command_ids.begin(), lead.command_ids.end(), command.id) != lead.command_ids.end()) {
    return Outcome::kDuplicate;
  }
  const bool moves_stage =
      command.actions.Find<SetStage>() != nullptr || command.actions.Find<AssignAgent>() != nullptr;
  if (moves_stage && IsFinal(lead.stage)) return Outcome::kFinalStage;

  Lead next = lead;
  for (const Action& action : InOrder(command.actions)) std::visit(Applier{next, issued_at, command}, action);
  if (next.attributes.size() > kMostAttributes) {
    return Outcome::kTooManyAttributes;
  }
  if (ProfileBytes(next) > kMostBytes && !IsWithdrawal(command)) return Outcome::kLeadTooLarge;
  next.command_ids.push_back(command.id);
  if (next.command_ids.size() > kRememberedCommands) {
    next.command_ids.pop_front();
  }
  next.oldest_command = std::min(next.oldest_command.value_or(issued_at), issued_at);
  next.newest_command = std::max(next.newest_command.value_or(issued_at), issued_at);
  NoteAddress(next, issued_at, definitions);
  lead = std::move(next);
  return Outcome::kApplied;
}

std::string AddressOf(const Lead& lead, const TenantDefinitions& definitions) {
  const auto sent = lead.attributes.find("email");
  if (sent != lead.attributes.end()) {
    const auto value =
        Convert(sent->second, FieldTypeOf(definitions.fields, "email"), Zone::Named(definitions.timezone));
    if (value && value->is_set()) {
      if (value->kind == Value::Kind::kInstant) return value->shown;
      return value->kind == Value::Kind::kText ? value->text : Render(ToJson(*value));
    }
  }
  return lead.id.find('@') == std::string::npos ? "" : lead.id;
}

}  // namespace leadpulse::model
