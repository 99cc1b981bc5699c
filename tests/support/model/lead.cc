#include "tests/support/model/lead.h"

#include <algorithm>

#include "tests/support/model/text.h"

namespace leadpulse::model {
namespace {

constexpr size_t kRememberedCommands = 256;
constexpr size_t kMostAttributes = 500;
constexpr size_t kMostBytes = 512 * 1024;
constexpr size_t kMostNotes = 200;
constexpr size_t kMostJournalBytes = 4 * 1024 * 1024;

// What an entry counts toward the bound of bytes.
size_t CountedBytes(const Entry& entry) {
  size_t bytes = 64 + entry.id.size() + entry.message.size() + entry.campaign.size() + entry.name.size();
  for (const auto& [name, value] : entry.properties) {
    bytes += name.size();
    if (value.kind == Value::Kind::kText) bytes += value.text.size();
  }
  return bytes;
}

size_t CountedBytes(const std::vector<Entry>& journal) {
  size_t bytes = 0;
  for (const Entry& entry : journal) bytes += CountedBytes(entry);
  return bytes;
}

// Takes the oldest entry out of the journal, and with a RETRACT what it names.
void FoldOldest(Lead& lead) {
  const Entry oldest = lead.journal.front();
  const bool counts = oldest.type != EventType::kRetract && !oldest.machine && !IsRetracted(lead, oldest);
  lead.journal.erase(lead.journal.begin());
  if (!lead.newest_folded || *lead.newest_folded < oldest.order()) {
    lead.newest_folded = oldest.order();
  }
  if (oldest.type == EventType::kRetract) {
    std::erase_if(lead.journal,
                  [&](const Entry& entry) { return entry.type != EventType::kRetract && entry.id == oldest.retracts; });
  }
  if (!counts) return;
  lead.folded[oldest.type].Add(oldest.at);
  lead.settled.Count(oldest);
}

// Adds, then removes; equal without case, and the first spelling stays.
void EditSet(std::vector<std::string>& names, const EditNames& edit) {
  for (const std::string& name : edit.add) {
    const bool held =
        std::any_of(names.begin(), names.end(), [&](const std::string& other) { return SameText(name, other); });
    if (!held) names.push_back(name);
  }
  for (const std::string& name : edit.remove) {
    std::erase_if(names, [&](const std::string& other) { return SameText(name, other); });
  }
}

struct Applier {
  Lead& lead;
  Millis issued_at;
  const Command& command;

  void operator()(const std::monostate&) {}
  void operator()(const Erase&) {}

  void operator()(const UpdateProfile& update) {
    // A JSON object is walked in byte order of its names, so that of two equal
    // names the greater is the one that stands.
    for (const auto& [name, sent] : update.set.items()) {
      const bool unsets = !Convert(sent, std::nullopt, Zone::Named("UTC")).value_or(Value::Boolean(true)).is_set();
      if (unsets) {
        lead.attributes.erase(NormalName(name));
      } else {
        lead.attributes[NormalName(name)] = sent;
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

  void operator()(const AssignAgent& assign) { lead.agent = assign.agent; }

  void operator()(const SetDoNotContact& set) { lead.do_not_contact = set.value; }

  void operator()(const RecordConsent& record) {
    for (Consent& consent : lead.consents) {
      if (!SameText(consent.purpose, record.purpose)) continue;
      consent = {consent.purpose, record.granted, record.source, issued_at, record.version};
      return;
    }
    lead.consents.push_back({record.purpose, record.granted, record.source, issued_at, record.version});
  }

  void operator()(const AddNote& add) {
    lead.notes.push_back({add.text, issued_at, command.actor});
    if (lead.notes.size() > kMostNotes) lead.notes.erase(lead.notes.begin());
  }
};

// An estimate: tests stay far from the limit on either side.
size_t ProfileBytes(const Lead& lead) {
  size_t bytes = 0;
  for (const auto& [name, value] : lead.attributes) {
    bytes += name.size() + value.dump().size();
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
  const auto* record = std::get_if<RecordConsent>(&command.action);
  return record != nullptr && !record->granted;
}

void NoteAddress(Lead& lead, Millis issued_at, const TenantDefinitions& definitions) {
  const std::string address = AddressOf(lead, definitions);
  if (address.empty()) return;
  if (!lead.last_address.empty() && lead.last_address != address) {
    lead.address_changed_at = issued_at;
  }
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
  if (id.find('@') != std::string::npos) lead.last_address = Fold(id);
  return lead;
}

bool IsRetracted(const Lead& lead, const Entry& entry) {
  return std::any_of(lead.journal.begin(), lead.journal.end(), [&](const Entry& other) {
    return other.type == EventType::kRetract && other.retracts == entry.id;
  });
}

Taking AddEntry(Lead& lead, Entry entry, int64_t max_entries) {
  for (const Entry& held : lead.journal) {
    if (held.id == entry.id) return Taking::kDropped;
  }
  if (lead.newest_folded && entry.order() <= *lead.newest_folded) return CountOnly(lead, std::move(entry));
  lead.settled.Meet(entry);
  lead.journal.push_back(std::move(entry));
  std::sort(lead.journal.begin(), lead.journal.end(),
            [](const Entry& left, const Entry& right) { return left.order() < right.order(); });
  while (static_cast<int64_t>(lead.journal.size()) > max_entries || CountedBytes(lead.journal) > kMostJournalBytes) {
    FoldOldest(lead);
  }
  return Taking::kJournaled;
}

Taking CountOnly(Lead& lead, Entry entry) {
  if (entry.type == EventType::kRetract || entry.machine || IsRetracted(lead, entry)) return Taking::kDropped;
  lead.settled.Meet(entry);
  lead.settled.Count(entry);
  return Taking::kCountedOnly;
}

Outcome ApplyCommand(Lead& lead, const Command& command, Millis issued_at, const TenantDefinitions& definitions) {
  if (std::find(lead.command_ids.begin(), lead.command_ids.end(), command.id) != lead.command_ids.end()) {
    return Outcome::kDuplicate;
  }
  const bool moves_stage =
      std::holds_alternative<SetStage>(command.action) || std::holds_alternative<AssignAgent>(command.action);
  if (moves_stage && IsFinal(lead.stage)) return Outcome::kFinalStage;

  Lead next = lead;
  std::visit(Applier{next, issued_at, command}, command.action);
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
        Convert(sent->second, DeclaredType(definitions.fields, "email"), Zone::Named(definitions.timezone));
    if (value && value->is_set()) {
      return Fold(value->kind == Value::Kind::kText ? value->text : ToJson(*value).dump());
    }
  }
  return lead.id.find('@') == std::string::npos ? "" : Fold(lead.id);
}

}  // namespace leadpulse::model
