#include "processor/maintenance/retraction.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "processor/bots/scanner_habit.h"
#include "processor/crypto/digests.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/lead_message.h"
#include "processor/engine/view_changes.h"
#include "processor/files/lead_scan.h"
#include "processor/query/state_access.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/address_facts.h"
#include "processor/view/view.h"

namespace leadpulse::maintenance {
namespace {

struct RetractedLead {
  std::string lead;
  LeadRetraction retraction;
};

using Pass = files::LeadScan<RetractedLead>;

void Include(RetractedLead lead, RetractionTotals* totals) {
  LeadRetraction& retraction = lead.retraction;
  totals->leads += !retraction.events.empty();
  totals->entries += retraction.events.size();
  totals->already += retraction.already;
  totals->folded += retraction.folded;
  totals->leads_with_folded += retraction.folded > 0;
  totals->received += retraction.received;
  totals->leads_changed += !retraction.published.changes.empty();
  for (size_t kind = 0; kind < totals->changes.size(); ++kind) {
    totals->changes[kind] += retraction.published.counters.changes[kind];
  }
  if (retraction.moved.empty() || totals->samples.size() == RetractionTotals::kMostSamples) return;
  totals->samples.push_back({std::move(lead.lead), retraction.events.size(), std::move(retraction.moved)});
}

bool Fits(const RetractionQuery& query, state::JournalEntry entry) {
  entry.retracted = false;  // in the copy, because entries that are already retracted match, too
  const bool in_window = query.from <= entry.occurred_at && entry.occurred_at < query.until;
  return in_window && rules::StepMatches(query.step, entry);
}

// Ids of clicks by scanners, as views into the journal. nullopt if the query is not limited to scanners.
using ScannersIds = std::optional<std::set<std::string_view>>;

struct Mail {
  std::vector<Instant> deliveries;
  std::vector<bots::MailClick> clicks;
  std::vector<std::string_view> ids;  // the clicks'
};

// Finds the clicks by security scanners; a click's name is its link. nullopt if `within` is 0.
ScannersIds ScannersIdsIn(const state::Journal& journal, Millis within) {
  if (within <= Millis(0)) return std::nullopt;
  std::map<std::string_view, Mail> mails;
  for (const state::JournalEntry& entry : journal.entries()) {
    if (entry.message_id().empty()) continue;
    Mail& mail = mails[entry.message_id()];
    if (entry.type == EventType::kDelivered && !entry.retracted) mail.deliveries.push_back(entry.occurred_at);
    if (entry.type != EventType::kClick) continue;
    mail.clicks.push_back({entry.occurred_at, entry.name()});
    mail.ids.push_back(entry.event_id());
  }
  std::set<std::string_view> ids;
  for (const auto& [message, mail] : mails) {
    const std::vector<bool> scanners = bots::ScannersClicks(mail.deliveries, mail.clicks, within);
    for (size_t i = 0; i < scanners.size(); ++i) {
      if (scanners[i]) ids.insert(mail.ids[i]);
    }
  }
  return ids;
}

codec::Event RetractionOf(const LeadKey& key, const state::JournalEntry& entry, Instant at) {
  codec::Event event;
  event.key = key;
  event.retracts = entry.event_id();
  event.event_id = RetractionId(key, event.retracts);
  event.type = EventType::kRetract;
  // Not before the entry that it retracts, so that no erasure or fold that the entry has outlived can drop it.
  event.occurred_at = std::max(at, entry.occurred_at);
  return event;
}

uint64_t FoldedOf(const state::Journal& journal, const RetractionQuery& query) {
  // The state does not even count folded events of programs.
  if (query.step.scope == rules::Scope::kMachine) return 0;
  const state::TypeTotals& totals = journal.folded().totals[query.step.type];
  const bool may_be_inside = totals.count > 0 && totals.first < query.until && query.from <= totals.last;
  return may_be_inside ? totals.count : 0;
}

// Adds the event to the journal of a copy, as the engine does. False: the journal would not take it, or its target has
// already been folded, so it would change nothing.
bool TakeBack(const codec::Event& event, Instant target_at, const config::TenantDefinitions& definitions,
              state::Journal* journal) {
  const state::FoldedEntries& folded = journal->folded();
  if (std::tie(target_at, event.retracts) <= std::tie(folded.newest_at, folded.newest_event_id)) return false;
  std::vector<engine::LeftOutProperty> left_out;
  const auto added = journal->Add(engine::EntryOf(event, definitions, &left_out), definitions.journal_max_entries);
  return added.outcome == state::Journal::AddOutcome::kAdded;
}

// Adds a RETRACT that a mailbox passes on to the copy's journal, as the engine does. False: it is already known.
bool TakePassedOn(const codec::Event& event, const config::TenantDefinitions& definitions, state::Lead* copy) {
  std::vector<engine::LeftOutProperty> left_out;
  state::EntryFields entry = engine::EntryOf(event, definitions, &left_out);
  entry.received = true;
  entry.address = copy->identity->FindSlot(copy->identity->mailbox);
  const auto added =
      copy->journal.Add(entry, definitions.journal_max_entries, state::kMaxJournalBytes, copy->identity->addresses);
  return added.outcome == state::Journal::AddOutcome::kAdded;
}

// Counts LeadRetraction::received in a copy, after its retractions.
uint64_t ReceivedOf(const state::Lead& copy, const RetractionQuery& query) {
  if (!copy.identity || !copy.journal.holds_received()) return 0;
  const ScannersIds scanners = ScannersIdsIn(copy.journal, query.scanner_within);
  const auto stays = [&](const state::JournalEntry& entry) {
    return entry.received && !entry.retracted && Fits(query, entry) &&
           view::ReceivedThrough(copy, entry) == copy.identity->mailbox &&
           (!scanners || scanners->contains(entry.event_id()));
  };
  const auto entries = copy.journal.entries();
  return static_cast<uint64_t>(std::ranges::count_if(entries, stays));
}

// Publishes the changes of the copy's view by the event, as the engine does.
void Publish(const std::string& event_id, const config::TenantDefinitions& definitions, Instant clock,
             state::Lead* copy, engine::EngineOutput* published) {
  view::View view = view::EvaluateView(*copy, definitions, clock);
  engine::PublishViewChanges({clock, codec::CauseKind::kEvent, event_id}, definitions, definitions,
                             std::move(view.published), copy, published);
}

// Calls `taken_back` for each retraction after it was added to the copy's journal.
template <typename TakenBack>
LeadRetraction Retract(state::Lead* copy, const config::TenantDefinitions& definitions, const RetractionQuery& query,
                       const TakenBack& taken_back) {
  LeadRetraction retraction;
  retraction.folded = FoldedOf(copy->journal, query);
  // Oldest first: a full journal folds its oldest entry for each new one, and a folded entry can no longer be
  // retracted.
  std::vector<std::pair<codec::Event, Instant>> wanted;
  const ScannersIds scanners = ScannersIdsIn(copy->journal, query.scanner_within);
  for (const state::JournalEntry& entry : copy->journal.entries()) {
    if (entry.received) continue;  // the lead that it was sent to retracts it
    if (!Fits(query, entry) || (scanners && !scanners->contains(entry.event_id()))) continue;
    if (entry.retracted) {
      ++retraction.already;
    } else {
      wanted.emplace_back(RetractionOf(copy->key, entry, query.at), entry.occurred_at);
    }
  }
  for (auto& [event, target_at] : wanted) {
    if (!TakeBack(event, target_at, definitions, &copy->journal)) {
      ++retraction.folded;
      continue;
    }
    taken_back(event, &retraction);
    retraction.events.push_back(std::move(event));
  }
  return retraction;
}

// Retracts from a mailbox that is no lead. If nobody uses it any more, it becomes a lead again with the first RETRACT
// that its journal takes (spec §9, rule 3).
LeadRetraction RetractMailbox(const state::Lead& mailbox, const config::TenantDefinitions& definitions,
                              const RetractionQuery& query) {
  if (mailbox.identity->users() > 0) return SelectRetraction(mailbox, definitions, query);
  state::Lead copy = mailbox;
  copy.identity->is_no_lead = false;
  copy.identity->standing = StandingWithout(*copy.identity, {}, copy.key.lead);
  copy.view = view::EmptyView(definitions);
  view::ConvertProfile(definitions, &copy.profile);
  engine::EngineOutput published;
  LeadRetraction retraction =
      Retract(&copy, definitions, query, [&](const codec::Event& event, const LeadRetraction* so_far) {
        if (so_far->events.empty()) ++published.counters.changes[static_cast<size_t>(codec::ChangeKind::kLeadCreated)];
        Publish(event.event_id, definitions, query.clock, &copy, &published);
      });
  retraction.moved.assign(published.changes.begin(), published.changes.end());
  retraction.published = std::move(published);
  return retraction;
}

// Callback of a scan for each lead; `is_asked`: the rule holds for it. Without a rule, the scan also takes mailboxes
// that are no leads, because they pass their RETRACTs on to their users.
using RetractLead = std::function<Result<LeadRetraction>(const query::EvaluatedLead&, bool is_asked)>;
Pass PassOver(const config::Definitions& definitions, const RetractionAsked& asked, RetractLead retract) {
  Pass pass;
  pass.tenant = asked.tenant;
  pass.mailboxes = asked.where == nullptr;
  pass.make = [&, retract = std::move(retract)](PartitionId, state::Lead lead) -> Result<std::optional<RetractedLead>> {
    const config::TenantDefinitions& tenant = definitions.For(asked.tenant);
    if (!lead.is_lead()) {
      return std::optional(RetractedLead{lead.key.lead, RetractMailbox(lead, tenant, asked.query)});
    }
    const query::EvaluatedLead evaluated(std::move(lead), tenant, asked.query.clock);
    const bool is_asked = asked.where == nullptr || asked.where->Holds(evaluated);
    LP_ASSIGN_OR_RETURN(LeadRetraction retraction, retract(evaluated, is_asked));
    return std::optional(RetractedLead{evaluated.lead().key.lead, std::move(retraction)});
  };
  return pass;
}

// The effects of retractions on leads through their addresses. Thread-safe.
class AddressRetractions {
 public:
  AddressRetractions(const state::LeadReader& store, const config::TenantDefinitions& definitions,
                     const RetractionAsked& asked)
      : store_(store), definitions_(definitions), asked_(asked) {}

  Result<AddressRetraction> For(const state::Lead& lead) const {
    AddressRetraction found;
    if (!lead.identity || !definitions_.identity_by_email) return found;
    const state::LeadIdentity& identity = *lead.identity;
    const bool is_own = identity.mailbox.empty() && !identity.leads.empty();
    if (!is_own && identity.registration != state::Registration::kRegistered) return found;
    if (!ChangesStanding() && !lead.journal.holds_received()) return found;
    LP_ASSIGN_OR_RETURN(std::optional<state::Lead> mailbox,
                        query::FindRow(store_, {lead.key.tenant, is_own ? lead.key.lead : identity.mailbox}));
    if (!mailbox || !mailbox->identity) return found;
    std::vector<codec::Event> events;
    if (!is_own) mailbox = AfterRetraction(*std::move(mailbox), &events);
    if (ChangesOptOuts()) LP_RETURN_IF_ERROR(RetractOthers(lead.key.lead, &*mailbox));
    const state::StatusFacts own = is_own ? state::StatusFacts() : FactsOfAddress(*mailbox, state::kOwnSlot);
    state::StatusFacts standing = StandingWithout(*mailbox->identity, own, lead.key.lead);
    if (standing != identity.standing) found.standing = std::move(standing);
    if (mailbox->identity->users() <= state::kMaxUsersPassedOnTo) found.passed_on = std::move(events);
    return found;
  }

 private:
  // Whether a retraction of these events can change what others know about an address.
  bool ChangesOptOuts() const {
    const EventType type = asked_.query.step.type;
    return type == EventType::kUnsubscribe || type == EventType::kResubscribe || type == EventType::kComplaint;
  }

  bool ChangesStanding() const {
    const EventType type = asked_.query.step.type;
    return state::IsStatusFact(type, BounceKind::kHard);
  }

  bool IsAsked(const state::Lead& row) const {
    if (asked_.where == nullptr) return true;
    return row.is_lead() && asked_.where->Holds(query::EvaluatedLead(row, definitions_, asked_.query.clock));
  }

  // Returns the row after its retractions, and puts these into `events`.
  state::Lead AfterRetraction(state::Lead row, std::vector<codec::Event>* events) const {
    if (!IsAsked(row)) return row;
    *events = Retract(&row, definitions_, asked_.query, [](const codec::Event&, LeadRetraction*) {}).events;
    return row;
  }

  // Replaces the facts that the mailbox has of others than `lead` by those that remain.
  Status RetractOthers(const std::string& lead, state::Lead* mailbox) const {
    for (auto& [id, known] : mailbox->identity->leads) {
      if (id == lead || known.facts == state::StatusFacts()) continue;
      LP_ASSIGN_OR_RETURN(std::optional<state::Lead> row, query::FindRow(store_, {mailbox->key.tenant, id}));
      if (!row || !row->identity) continue;
      std::vector<codec::Event> events;
      const state::Lead after = AfterRetraction(*std::move(row), &events);
      if (events.empty()) continue;
      known.facts = engine::OptOutsOf(FactsOfAddress(after, after.identity->FindSlot(mailbox->key.lead)));
    }
    return Status::Ok();
  }

  const state::LeadReader& store_;
  const config::TenantDefinitions& definitions_;
  const RetractionAsked& asked_;
};

}  // namespace

std::string RetractionId(const LeadKey& key, const std::string& retracted) {
  crypto::StableId id("retract");
  id.Add(key.tenant);
  id.Add(key.lead);
  id.Add(retracted);
  return id.Take();
}

LeadRetraction SelectRetraction(const state::Lead& lead, const config::TenantDefinitions& definitions,
                                const RetractionQuery& query) {
  state::Lead copy = lead;
  return Retract(&copy, definitions, query, [](const codec::Event&, LeadRetraction*) {});
}

LeadRetraction PreviewRetraction(const query::EvaluatedLead& lead, const RetractionQuery& query,
                                 const AddressRetraction& of_address) {
  const config::TenantDefinitions& definitions = lead.definitions();
  state::Lead copy = lead.lead();
  copy.view = lead.view().published;
  engine::EngineOutput published;
  const auto publish = [&](const std::string& event_id) {
    Publish(event_id, definitions, query.clock, &copy, &published);
  };
  const auto pass_on = [&] {
    for (const codec::Event& event : of_address.passed_on) {
      if (TakePassedOn(event, definitions, &copy)) publish(event.event_id);
    }
  };
  // A run reads the records in the order of leads.
  const bool mailbox_first = !of_address.passed_on.empty() && of_address.passed_on.front().key < copy.key;
  if (mailbox_first) pass_on();
  LeadRetraction retraction =
      Retract(&copy, definitions, query, [&](const codec::Event& event, LeadRetraction*) { publish(event.event_id); });
  if (!mailbox_first) pass_on();
  retraction.received = ReceivedOf(copy, query);
  if (of_address.standing) {
    copy.identity->standing = *of_address.standing;
    publish("");
  }
  retraction.published = std::move(published);
  state::PublishedView last = std::exchange(copy.view, lead.view().published);
  engine::EngineOutput moved;
  engine::PublishViewChanges({query.clock}, definitions, definitions, std::move(last), &copy, &moved);
  retraction.moved.assign(moved.changes.begin(), moved.changes.end());
  return retraction;
}

Result<RetractionTotals> PreviewRetractions(const state::LeadReader& store, const config::Definitions& definitions,
                                            const RetractionAsked& asked, WorkerPool* pool) {
  RetractionTotals totals;
  const AddressRetractions of_addresses(store, definitions.For(asked.tenant), asked);
  Pass pass =
      PassOver(definitions, asked, [&](const query::EvaluatedLead& lead, bool is_asked) -> Result<LeadRetraction> {
        LP_ASSIGN_OR_RETURN(const AddressRetraction of_address, of_addresses.For(lead.lead()));
        RetractionQuery query = asked.query;
        if (!is_asked) query.until = Instant::DistantPast();  // retracts nothing of its own
        return PreviewRetraction(lead, query, of_address);
      });
  pass.take = [&](RetractedLead lead) -> Result<bool> {
    Include(std::move(lead), &totals);
    return true;
  };
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, pass, pool));
  return totals;
}

Status MakeRetractions(const state::LeadReader& store, const config::Definitions& definitions,
                       const RetractionAsked& asked, WorkerPool* pool,
                       const std::function<Status(const codec::Event&)>& take) {
  Pass pass = PassOver(definitions, asked, [&](const query::EvaluatedLead& lead, bool is_asked) {
    if (!is_asked) return Result(LeadRetraction());
    return Result(SelectRetraction(lead.lead(), lead.definitions(), asked.query));
  });
  pass.take = [&](const RetractedLead& lead) -> Result<bool> {
    for (const codec::Event& event : lead.retraction.events) LP_RETURN_IF_ERROR(take(event));
    return true;
  };
  return files::PassOverLeads(store, pass, pool);
}

}  // namespace leadpulse::maintenance
