#include "processor/maintenance/state_examination.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/text.h"
#include "processor/engine/lead_check_result.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/partitioner.h"
#include "processor/maintenance/address_examination.h"
#include "processor/maintenance/meta_examination.h"
#include "schemas/codec/published_change.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"
#include "state/store/store_keys.h"

namespace leadpulse::maintenance {
namespace {

using state::RowChange;
using state::RowFamily;

std::string Spell(Instant t) {
  // A year outside 1 to 9999 can only be damage.
  constexpr int64_t kFirst = -62'135'596'800'000, kLast = 253'402'300'799'999;
  return t.millis < kFirst || t.millis > kLast ? std::to_string(t.millis) + " ms" : FormatRfc3339(t);
}

class Examiner {
 public:
  Examiner(const state::StateRows& rows, const ProblemSink& sink, const std::function<Status()>& settle)
      : rows_(rows), sink_(sink), settle_(settle), addresses_(AddressPorts()) {
    facts_.partitions = rows.partition_count();
    // If this is unknown, the damage is reported below.
    Result<bool> live = engine::IsLiveState(state::MetaOf(rows), facts_.partitions);
    facts_.live = live.ok() && *live;
  }

  Result<StateFacts> Examine() {
    for (state::ReadFault& fault : rows_.CheckFiles()) {
      Report(ProblemKind::kDamagedFile, Remedy::kRestore, std::move(fault.subject), "is damaged: " + fault.what, {});
    }
    ExamineMeta();
    erasures_.resize(facts_.partitions);
    unsettled_.resize(facts_.partitions);
    Visit(RowFamily::kErased, [this](std::string_view key, std::string_view value) { ExamineErasure(key, value); });
    Visit(RowFamily::kLeads, [this](std::string_view key, std::string_view value) { ExamineLead(key, value); });
    for (const uint64_t leads : unsettled_) {
      facts_.restoring += leads > 0 ? 1 : 0;
      facts_.unsettled += leads;
    }
    if (facts_.leads + facts_.mailboxes > 0 && meta_.missing)
      ReportMeta(ProblemKind::kUnreadableMeta, std::string(engine::kRunPositionName), "is missing");
    Settle();
    if (addresses_.needs_closer_look()) {
      ExamineAddresses([this](const auto& definitions, Instant, const state::Lead& row) {
        addresses_.ExamineUse(definitions, row);
      });
      ExamineAddresses([this](const auto& definitions, Instant clock, const state::Lead& row) {
        addresses_.ExamineStanding(definitions, clock, row);
      });
    }
    Visit(RowFamily::kTimers, [this](std::string_view key, std::string_view value) { CountTimer(key, value); });
    // If as many timers exist as leads that have theirs, each timer belongs to a lead.
    if (settle_ != nullptr || facts_.timers != timers_in_place_) {
      Visit(RowFamily::kTimers, [this](std::string_view key, std::string_view) { ExamineTimer(key); });
    }
    Visit(RowFamily::kPublished,
          [this](std::string_view key, std::string_view value) { ExaminePublished(key, value); });
    if (!failure_.ok()) return failure_;
    return facts_;
  }

 private:
  AddressExamination::Ports AddressPorts() {
    AddressExamination::Ports ports;
    ports.partitions = rows_.partition_count();
    ports.find = [this](std::string_view row_key) { return Get(RowFamily::kLeads, row_key); };
    ports.report = [this](ProblemKind kind, Remedy remedy, const LeadKey& lead, std::string what,
                          std::vector<RowChange> mend) {
      Report(kind, remedy, DescribeLead(lead), std::move(what), std::move(mend));
    };
    ports.settle = settle_;
    return ports;
  }

  template <typename Row>
  void Visit(RowFamily family, const Row& row) {
    if (!failure_.ok()) return;
    for (state::ReadFault& fault : rows_.Visit(family, [&](std::string_view key, std::string_view value) {
           if (failure_.ok()) row(key, value);
         })) {
      ReportUnreadable("a stretch of " + fault.subject, fault.what);
    }
  }

  void Settle() {
    if (settle_ != nullptr && failure_.ok()) failure_ = settle_();
  }

  // Reads a row and reports a failed read, so the error needs no further report.
  Result<std::optional<std::string>> Get(RowFamily family, std::string_view row_key) {
    Result<std::optional<std::string>> value = rows_.Get(family, row_key);
    if (!value.ok()) {
      ReportUnreadable(Concat({"a row of `", state::RowFamilyName(family), "`"}), value.status().message());
    }
    return value;
  }

  // Reports unreadable rows once: the same damage is met many times.
  void ReportUnreadable(std::string subject, const std::string& what) {
    if (!unreadable_.insert(subject + what).second) return;
    Report(ProblemKind::kUnreadableRows, Remedy::kRestore, std::move(subject), "cannot be read: " + what, {});
  }

  // Reports a row that must be quarantined.
  void ReportRow(ProblemKind kind, std::string subject, std::string what, RowFamily family, std::string_view row_key,
                 std::string_view value) {
    std::vector<RowChange> mend{{family, std::string(row_key), std::nullopt}};
    if (family == RowFamily::kLeads) mend.push_back({RowFamily::kPublished, std::string(row_key), std::nullopt});
    Emit({kind, Remedy::kQuarantined, std::move(subject), std::move(what), family, std::string(row_key),
          std::string(value), std::move(mend)});
  }
  void Report(ProblemKind kind, Remedy remedy, std::string subject, std::string what, std::vector<RowChange> mend) {
    Emit({kind, remedy, std::move(subject), std::move(what), {}, {}, {}, std::move(mend)});
  }
  void Emit(StateProblem problem) {
    if (facts_.live) {
      problem.remedy = Remedy::kRemove;
      problem.mend.clear();
    }
    if (failure_.ok()) failure_ = sink_(std::move(problem));
  }
  void ReportMeta(ProblemKind kind, const std::string& name, const std::string& what) {
    Report(kind, Remedy::kRestore, "entry `" + name + "`", what, {});
  }

  void ExamineMeta() {
    MetaExamination examination(
        [this](std::string_view name) { return rows_.Get(RowFamily::kMeta, name); }, &facts_,
        [this](ProblemKind kind, const std::string& name, const std::string& what) { ReportMeta(kind, name, what); });
    Visit(RowFamily::kMeta, [&examination](std::string_view name, std::string_view value) {
      examination.TakeEntry(std::string(name), value);
    });
    meta_ = examination.Finish();
  }

  void ExamineErasure(std::string_view row_key, std::string_view value) {
    ++facts_.erased;
    std::optional<PartitionId> partition = PartitionOfRow(row_key);
    if (partition) erasures_[partition->value] = true;
    if (partition && state::IsErasureRowKey(row_key) && state::ParseErasureRow(value)) return;
    ReportRow(ProblemKind::kUnreadableErasure, DescribeRow(RowFamily::kErased, row_key),
              "is not that of an erased lead", RowFamily::kErased, row_key, value);
  }

  void ExamineLead(std::string_view row_key, std::string_view value) {
    ++facts_.leads;
    std::optional<PartitionId> partition = PartitionOfRow(row_key);
    Result<LeadKey> key = partition ? state::ParseLeadKey(state::LeadKeyOfRow(row_key))
                                    : Status::Fatal("its key begins with no partition of this state");
    if (!key.ok()) {
      ReportRow(ProblemKind::kUnreadableLead, DescribeRow(RowFamily::kLeads, row_key),
                "belongs to no lead: " + key.status().message(), RowFamily::kLeads, row_key, value);
      return;
    }
    unsettled_[partition->value] += facts_.live && !meta_.partitions[partition->value].settled ? 1 : 0;
    const std::string subject = DescribeLead(*key);
    Result<state::Lead> lead = state::DecodeLead(*key, value);
    if (!lead.ok()) {
      ReportRow(ProblemKind::kUnreadableLead, subject, "cannot be read: " + lead.status().message(), RowFamily::kLeads,
                row_key, value);
      return;
    }
    if (!lead->is_lead()) {
      --facts_.leads;
      ++facts_.mailboxes;
    }
    const PartitionId right = engine::PartitionOf(*key, facts_.partitions);
    facts_.elsewhere += facts_.live && right != *partition ? 1 : 0;
    if (!facts_.live && right != *partition) {
      ReportRow(ProblemKind::kMisplacedLead, subject,
                "lies in partition " + std::to_string(partition->value) +
                    ", where nothing looks for it; it belongs to " + std::to_string(right.value),
                RowFamily::kLeads, row_key, value);
      return;
    }
    if (meta_.partitions[partition->value].restarted) return;
    if (!ExamineLifetime(subject, *partition, *lead, row_key, value)) return;
    if (const auto* definitions = DefinitionsForAddresses(*partition)) {
      addresses_.TakeMended(&*lead);
      addresses_.ExamineUsers(*definitions, *lead);
    }
    ExamineTimerOf(subject, *partition, *lead);
    if (!meta_.partitions[partition->value].definitions || !lead->is_evaluated()) return;
    ExamineView(subject, *partition, &*lead);
  }

  // Whether the lead's lifetime fits its last erasure; reports it if not.
  bool ExamineLifetime(const std::string& subject, PartitionId partition, const state::Lead& lead,
                       std::string_view row_key, std::string_view value) {
    const std::optional<state::Erasure> erasure = ErasureOf(partition, lead.key);
    if (!erasure) return true;  // never erased, or already reported with the erasures
    const auto entries = lead.journal.entries();
    // A row that has not been evaluated in this life has published nothing.
    const bool in_order = lead.is_evaluated() ? lead.last_seq > erasure->last_seq : lead.last_seq >= erasure->last_seq;
    const bool younger = lead.erased_at == erasure->erased_at && in_order &&
                         (entries.empty() || entries.front().occurred_at > erasure->erased_at);
    if (younger) return true;
    ReportRow(ProblemKind::kErasedLeadHeld, subject,
              "was erased (everything up to " + Spell(erasure->erased_at) + "), and yet data of that time is held",
              RowFamily::kLeads, row_key, value);
    return false;
  }

  void ExamineTimerOf(const std::string& subject, PartitionId partition, const state::Lead& lead) {
    if (lead.next_change_at == Instant::Never()) return;
    const std::string timer_key = state::TimerRowKey(partition, lead.next_change_at, EncodeLeadKey(lead.key));
    Result<std::optional<std::string>> timer = Get(RowFamily::kTimers, timer_key);
    if (!timer.ok()) return;
    if (*timer) {
      ++timers_in_place_;
    } else {
      Report(ProblemKind::kMissingTimer, Remedy::kRepair, subject, "has no timer at " + Spell(lead.next_change_at),
             {{RowFamily::kTimers, timer_key, ""}});
    }
  }

  void ExamineView(const std::string& subject, PartitionId partition, state::Lead* lead) {
    const LeadBasis& basis = meta_.partitions[partition.value];
    const engine::DefinitionsInForce& definitions = *basis.definitions;
    const engine::LeadCheckResult verdict = engine::JudgeLead(definitions, basis.clock, lead);
    facts_.due += verdict.due ? 1 : 0;
    facts_.outdated += definitions.AreCurrent(lead->definitions_number, lead->key.tenant) ? 0 : 1;
    if (verdict.fault == engine::LeadFault::kNone) return;
    const bool next_change_only = verdict.fault == engine::LeadFault::kWrongNextChange;
    const Instant old_timer = lead->next_change_at;
    if (next_change_only) {
      lead->next_change_at = verdict.next_change_at;
    } else {
      engine::MakeDue(definitions, basis.clock, lead);
    }
    if (!facts_.live) {
      addresses_.TakeMended(lead);
      addresses_.Remember(*lead);
    }
    const ProblemKind kind = next_change_only                                 ? ProblemKind::kWrongNextChange
                             : verdict.fault == engine::LeadFault::kWrongView ? ProblemKind::kWrongView
                                                                              : ProblemKind::kUnknownDefinitions;
    Report(kind, next_change_only ? Remedy::kRepair : Remedy::kReevaluate, subject, verdict.what,
           ReplaceLead(partition, *lead, old_timer));
  }

  // Returns the definitions under which the lead's addresses are examined, or null if they are not: between processes
  // of the live mode messages may be in transit, a run on files may have left some, and a rollout registers leads one
  // by one.
  const engine::DefinitionsInForce* DefinitionsForAddresses(PartitionId partition) const {
    const std::optional<engine::DefinitionsInForce>& definitions = meta_.partitions[partition.value].definitions;
    return facts_.live || facts_.messages_wait || facts_.rolling_out || !definitions ? nullptr : &*definitions;
  }

  using ExamineRow = std::function<void(const engine::DefinitionsInForce&, Instant clock, const state::Lead&)>;

  // Calls `examine` for all rows that can be read, and writes the repairs.
  void ExamineAddresses(const ExamineRow& examine) {
    Visit(RowFamily::kLeads, [&](std::string_view row_key, std::string_view value) {
      const std::optional<PartitionId> partition = PartitionOfRow(row_key);
      const Result<LeadKey> key = partition ? state::ParseLeadKey(state::LeadKeyOfRow(row_key)) : Status::Fatal("");
      if (!key.ok() || engine::PartitionOf(*key, facts_.partitions) != *partition) return;
      const Result<state::Lead> lead = state::DecodeLead(*key, value);
      const auto* const definitions = DefinitionsForAddresses(*partition);
      if (lead.ok() && definitions != nullptr) examine(*definitions, meta_.partitions[partition->value].clock, *lead);
    });
    Settle();
  }

  void CountTimer(std::string_view row_key, std::string_view value) {
    ++facts_.timers;
    std::optional<state::DueTimer> timer = state::ParseTimerRow(row_key);
    if (timer && PartitionOfRow(row_key) && state::ParseLeadKey(timer->key).ok() && value.empty()) return;
    Report(ProblemKind::kUnreadableTimer, Remedy::kRepair, DescribeRow(RowFamily::kTimers, row_key), "is not a timer",
           {{RowFamily::kTimers, std::string(row_key), std::nullopt}});
  }

  // Examines a timer. One that cannot be read is not examined further.
  void ExamineTimer(std::string_view row_key) {
    std::optional<PartitionId> partition = PartitionOfRow(row_key);
    std::optional<state::DueTimer> timer = state::ParseTimerRow(row_key);
    Result<LeadKey> key = timer ? state::ParseLeadKey(timer->key) : Status::Fatal("");
    if (!partition || !key.ok()) return;
    const std::string subject = "timer of " + DescribeLead(*key) + " at " + Spell(timer->due);
    Result<std::optional<std::string>> value = Get(RowFamily::kLeads, state::LeadRowKey(*partition, timer->key));
    if (!value.ok()) return;
    if (!*value) {
      Report(ProblemKind::kOrphanTimer, Remedy::kRepair, subject, "is that of a lead which is not held",
             {{RowFamily::kTimers, std::string(row_key), std::nullopt}});
      return;
    }
    Result<state::Lead> lead = state::DecodeLead(*key, **value);
    if (!lead.ok() || lead->next_change_at == timer->due) return;  // correct, or already reported with the leads
    Report(ProblemKind::kWrongTimer, Remedy::kRepair, subject,
           lead->next_change_at == Instant::Never()
               ? "is that of a lead which does not change by time"
               : "is wrong: the lead has its timer at " + Spell(lead->next_change_at),
           {{RowFamily::kTimers, std::string(row_key), std::nullopt}});
  }

  // Checks that a row of counts by day can be read. Nothing else has what it counts.
  void ExamineDayCounts(std::string_view encoded, std::string_view row_key, std::string_view value) {
    const std::optional<state::DayCountsKey> key = state::ParseDayCountsKey(encoded);
    if (key && state::DecodeDayCounts(value)) return;
    const std::string subject =
        key ? "row of the counts of " + FormatDay(key->day) + " of tenant \"" + key->tenant + "\""
            : std::string("row of counts by day");
    ReportRow(ProblemKind::kUnreadableDayCounts, subject, "cannot be read", RowFamily::kPublished, row_key, value);
  }

  // Checks that a row of published changes belongs to an existing lead and its present life. If the lead's row or
  // erasure cannot be read, only that is reported.
  void ExaminePublished(std::string_view row_key, std::string_view value) {
    if (const auto counted = state::DayCountsKeyOfRow(row_key)) return ExamineDayCounts(*counted, row_key, value);
    const Result<LeadKey> key = state::PartitionOfRow(row_key) ? state::ParseLeadKey(state::LeadKeyOfRow(row_key))
                                                               : Status::Fatal("its key is too short");
    if (!key.ok()) {
      return ReportRow(ProblemKind::kUnreadablePublished, DescribeRow(RowFamily::kPublished, row_key),
                       "belongs to no lead: " + key.status().message(), RowFamily::kPublished, row_key, value);
    }
    const std::string subject = "row of published changes of " + DescribeLead(*key);
    const auto changes = codec::ReadPublishedChanges(*key, value);
    if (!changes.ok()) {
      return ReportRow(ProblemKind::kUnreadablePublished, subject, "cannot be read: " + changes.status().message(),
                       RowFamily::kPublished, row_key, value);
    }
    const auto lead = rows_.Get(RowFamily::kLeads, row_key);
    if (!lead.ok()) return;
    const std::optional<PartitionId> partition = PartitionOfRow(row_key);
    const auto erasure = *lead && partition && !changes->empty() ? ErasureOf(*partition, *key) : std::nullopt;
    if (*lead && !(erasure && changes->front().change.seq <= erasure->last_seq)) return;
    Report(ProblemKind::kOrphanPublished, Remedy::kRepair, subject,
           *lead ? "has changes from before the lead was erased" : "is that of a lead which is not held",
           {{RowFamily::kPublished, std::string(row_key), std::nullopt}});
  }

  // Returns the latest erasure of the lead, or nullopt if it has none or its row is damaged. Get reports a failed read.
  std::optional<state::Erasure> ErasureOf(PartitionId partition, const LeadKey& key) {
    if (!erasures_[partition.value]) return std::nullopt;
    const Result<std::optional<std::string>> row =
        Get(RowFamily::kErased,
            state::ErasureRowKey(partition, state::ErasureHashOf(rows_.erasure_secret(), EncodeLeadKey(key))));
    return row.ok() && *row ? state::ParseErasureRow(**row) : std::nullopt;
  }

  // Returns the partition of a row key; nullopt if this state has no such partition.
  std::optional<PartitionId> PartitionOfRow(std::string_view row_key) const {
    std::optional<PartitionId> partition = state::PartitionOfRow(row_key);
    return partition && partition->value < facts_.partitions ? partition : std::nullopt;
  }

  const state::StateRows& rows_;
  const ProblemSink& sink_;
  const std::function<Status()>& settle_;
  StateFacts facts_;
  Status failure_;
  ExaminedMeta meta_;
  std::vector<bool> erasures_;       // by partition: whether it has any
  std::vector<uint64_t> unsettled_;  // by partition: leads of an unfinished restore
  AddressExamination addresses_;
  uint64_t timers_in_place_ = 0;
  std::set<std::string> unreadable_;  // already reported
};

}  // namespace

Result<StateFacts> ExamineState(const state::StateRows& rows, const ProblemSink& sink,
                                const std::function<Status()>& settle) {
  return Examiner(rows, sink, settle).Examine();
}

}  // namespace leadpulse::maintenance
