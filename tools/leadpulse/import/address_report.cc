#include "tools/leadpulse/import/address_report.h"

#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_join.h"
#include "processor/base/instant.h"
#include "processor/base/text.h"
#include "processor/query/state_access.h"
#include "tools/leadpulse/terminal_text.h"

namespace leadpulse::tools {
namespace {

constexpr size_t kWarningWidth = 110;
constexpr size_t kCountWidth = 10;

std::string_view StatusInWords(EmailStatus status) {
  switch (status) {
    case EmailStatus::kUnsubscribed:
      return "opted out";
    case EmailStatus::kComplained:
      return "complained";
    case EmailStatus::kBounced:
      return "bounced";
    case EmailStatus::kActive:
      return "";
  }
  return "";
}

// Describes the other leads that have the address.
std::string InUse(const query::ContactOutlook& outlook) {
  const bool stays = outlook.mailbox == query::MailboxOutlook::kStays;
  std::string text = outlook.address + " is ";
  if (stays) text += "a lead of its own";
  if (!outlook.users.empty()) text += (stays ? ", and " : "") + query::SpellUsers(outlook.users);
  return text;
}

std::string LinesInWords(const std::vector<uint64_t>& lines, uint64_t count) {
  return (count == 1 ? "line " : "lines ") + absl::StrJoin(lines, ", ") + (count > lines.size() ? ", …" : "");
}

}  // namespace

AddressReport::AddressReport(const state::LeadReader& store, std::shared_ptr<const config::Definitions> definitions,
                             std::string tenant)
    : store_(store), definitions_(std::move(definitions)), tenant_(std::move(tenant)) {}

std::vector<AddressReport::Warning> AddressReport::WarningsOf(const query::ContactOutlook& outlook,
                                                              const codec::Command& command) {
  const std::string& who = outlook.address.empty() ? outlook.lead : outlook.address;
  if (outlook.erased_at != Instant::DistantPast()) {
    return {{"erased later than the file is from, so a run drops them",
             Concat({who, " was erased at ", FormatRfc3339(outlook.erased_at), ", and the row is from ",
                     FormatRfc3339(command.issued_at)})}};
  }
  std::vector<Warning> warnings;
  if (!outlook.users.empty() || outlook.mailbox == query::MailboxOutlook::kStays) {
    warnings.push_back({"in use by other leads", InUse(outlook)});
  }
  if (command.by_address && outlook.lead != command.key.lead) {
    warnings.push_back({"in use by one lead, which they change",
                        Concat({command.key.lead, " is the address of lead ", outlook.lead})});
  }
  if (outlook.mailbox == query::MailboxOutlook::kMerges) {
    warnings.push_back({"known by events, which the row's lead takes over",
                        Concat({who, " is a lead, and becomes part of lead ", outlook.lead})});
  }
  const char* const erased = outlook.after_erasure ? " before an erasure" : "";
  if (outlook.email_status != EmailStatus::kActive) {
    const std::string kind = Concat({StatusInWords(outlook.email_status), erased});
    const bool is_bounced = outlook.email_status == EmailStatus::kBounced;  // always of the present address
    const bool is_of_lead = !is_bounced && !outlook.is_of_address && outlook.lead != outlook.address;
    warnings.push_back({kind, Concat({is_of_lead ? "lead " + outlook.lead : who, is_bounced ? " " : " has ", kind})});
  }
  if (outlook.do_not_contact) {
    const std::string kind = Concat({"do not contact", outlook.after_erasure ? ", from before an erasure" : ""});
    warnings.push_back({kind, Concat({"lead ", outlook.lead, ": ", kind})});
  } else if (!outlook.do_not_contact_lead.empty()) {
    warnings.push_back({"do not contact, of another lead with the address",
                        Concat({"lead ", outlook.do_not_contact_lead, ", which has ", who, ", too: do not contact"})});
  }
  if (outlook.is_domain_suppressed) {
    warnings.push_back({"in a domain that the definitions suppress", Concat({who, " is in a suppressed domain"})});
  }
  if (outlook.no_room) {
    warnings.push_back({"in use by too many leads, so nothing may be mailed to the row's lead",
                        Concat({std::to_string(state::kMaxMailboxLeads), " other leads use ", who})});
  }
  return warnings;
}

Result<MetAddress> AddressReport::Add(const importing::ImportedRow& row) {
  ++rows_;
  std::vector<const codec::Command*> commands;
  for (const codec::Record& record : row.records) {
    if (const auto* command = std::get_if<codec::Command>(&record)) commands.push_back(command);
  }
  codec::Command of_wrong;  // asks about the lead of a wrong row, whose events alone count
  if (commands.empty() && row.wrong && !row.records.empty()) {
    const auto& event = std::get<codec::Event>(row.records.front());
    of_wrong = {event.key, "", event.occurred_at, "", false, codec::UpdateProfile{}, event.address, event.by_address};
    commands.push_back(&of_wrong);
  }
  if (commands.empty()) return MetAddress();
  LP_ASSIGN_OR_RETURN(const query::ContactOutlook outlook,
                      query::OutlookOf(commands, store_, definitions_->For(tenant_)));
  MetAddress met{outlook.lead, outlook.is_lead, ""};
  if (row.wrong) return met;
  for (const Warning& warning : WarningsOf(outlook, *commands.front())) {
    kinds_[warning.kind].Add(row.row->line, warning.detail);
    met.warning += (met.warning.empty() ? "" : "; ") + warning.detail;
  }
  met_ += !met.warning.empty();
  return met;
}

std::string AddressReport::Describe() const {
  if (met_ == 0) return "no row has an address that is in use or suppressed\n";
  std::string text = Concat({std::to_string(met_), " of ", Counted(rows_, "row"), met_ == 1 ? " has" : " have",
                             " an address that is in use or suppressed\n"});
  for (const auto* kind : MostFrequentFirst(kinds_)) {
    const KindTally& tally = kind->second;
    text += TextLine(Concat({NumberCell(std::to_string(tally.count), kCountWidth), "  ", kind->first, " (",
                             LinesInWords(tally.lines, tally.count), ")"}));
    text += TextLine(std::string(kCountWidth + 2, ' ') + (tally.count > 1 ? "the first: " : "") +
                     CutToWidth(DisplayableLine(tally.first_detail), kWarningWidth));
  }
  return text;
}

}  // namespace leadpulse::tools
