// The queries of query.proto, over one snapshot of a state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "leadpulse/v1/query.pb.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/queries/scan_control.h"
#include "state/codec/day_counts.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::report {
struct Histogram;
}  // namespace leadpulse::report

namespace leadpulse::serve {

class IndexedSnapshot;

// A query about some of the partitions (PartitionQuery in query.proto).
struct Share {
  std::vector<PartitionId> served;                           // ascending; `rows` has the leads of no other
  bool hides = false;                                        // the state has leads of other partitions
  std::optional<PartitionId> lead_partition = std::nullopt;  // for a query about one lead: its partition
  std::string used_by = {};                                  // as in PartitionAnswer
  std::string mailbox = {};                                  // as in PartitionAnswer
};

// The data that every query reads. All must outlive the call.
struct Snapshot {
  const state::LeadReader& rows;
  const config::Definitions& definitions;
  Instant clock;  // answers are as of then: now, or if the run is stopped the last commit's
  ScanControl* scans;
  IndexedSnapshot* index = nullptr;      // nullptr: nothing is indexed
  query::StoredViews stored_views = {};  // fit `rows`; the default evaluates every lead
  Share* share = nullptr;                // nullptr: the query is about all partitions
};

inline constexpr uint32_t kMaxLimit = 1'000;
// The most bytes of the rows of one answer, beyond the first one: a page that would have more ends early, with a
// cursor. A lead has some 512 KiB of attributes, which JSON may print at six times that, and 200 notes of 8 KiB.
inline constexpr size_t kPageBytes = 8 << 20;
// The most bytes of an answer. One with more is refused.
inline constexpr size_t kMostAnswerBytes = 64 << 20;
// Checks the limit. Rejected if it is not from 1 to kMaxLimit.
Status CheckLimit(uint32_t limit);

// Returns the agent that the caller is, which sees only the leads of query::IsVisibleTo; nullopt if it sees all leads
// of its tenant.
std::optional<std::string> AgentOf(const v1::Caller& caller);

// Finds the lead with this id, or the only one that uses the mailbox with this address. Its attributes are converted.
// nullopt if there is no such lead, or the caller may not see it.
Result<std::optional<state::Lead>> FindVisibleLead(const Snapshot& snapshot, const v1::Caller& caller,
                                                   const std::string& id);
// Returns the record of a lead that the caller sees. `known` are the users of a mailbox that another run has.
Result<v1::WholeRecord> RecordFor(const Snapshot& snapshot, const v1::Caller& caller, const state::Lead& lead,
                                  const v1::MailboxUsers& known);

// Adds the cell of a column to a row.
void AddCell(std::string_view column, const Value& value, v1::LeadRow* row);

// Sets the orders of a query, the first by `column`; if that is empty, by id. Rejected if there is no such column, or
// too many are given.
Status SetOrders(const std::string& column, bool descending,
                 const google::protobuf::RepeatedPtrField<v1::SortColumn>& further, query::LeadsQuery* query);

// Gets a lead. Without a record and with `strict_fields` alone if there is no such lead, or the caller may not see it.
// Rejected if the request is wrong.
Result<v1::LeadAnswer> GetLead(const Snapshot& snapshot, const v1::GetLead& request);

// A question for outcomes with its answer, which has no leads yet.
struct AnsweredOutcomes {
  v1::FindOutcomes question;
  v1::RecordOutcomes answer;
};
// Returns the answer with the leads of applied records, as far as they have room on a page. One that cannot be read is
// left out: the front asks for it, and learns why.
Result<v1::RecordOutcomes> AddLeads(const Snapshot& snapshot, const AnsweredOutcomes& answered);

// Finds the users of a mailbox; nullopt if there is no such mailbox, or the caller does not see the whole tenant.
Result<std::optional<v1::MailboxUsers>> FindMailboxUsers(const Snapshot& snapshot, const v1::FindMailboxUsers& request);

// Finds leads by a visit to all leads of the tenant. Rejected if rule, order, limit or cursor is wrong.
Result<v1::FoundLeads> FindLeads(const Snapshot& snapshot, const v1::FindLeads& request);

// ---- One lead besides its record (lead_details.cc) ----

// Explains a lead. This and the next three return nullopt if there is no such lead, or the caller may not see it.
Result<std::optional<v1::Explanation>> ExplainLead(const Snapshot& snapshot, const v1::ExplainLead& request);
// Returns a page of the timeline. Rejected if limit or cursor is wrong.
Result<std::optional<v1::Timeline>> GetTimeline(const Snapshot& snapshot, const v1::GetTimeline& request);
// Returns what the page of a lead shows: what the queries about its parts return. Rejected as GetTimeline is.
Result<std::optional<v1::LeadPage>> GetLeadPage(const Snapshot& snapshot, const v1::GetLeadPage& request);
Result<std::optional<v1::LeadDocument>> ExportLead(const Snapshot& snapshot, const v1::ExportLead& request);

// Finds the opt-outs of a lead. If it is erased, they are those that its erasure has kept, unless other leads use it as
// their address.
Result<v1::OptOut> FindOptOut(const Snapshot& snapshot, const v1::FindOptOut& request);

// ---- Leads of a tenant together (tenant_queries.cc, board.cc, manager_report.cc, day_report.cc) ----

// Finds duplicates by a visit to all leads of the tenant, as CountLeads does. Rejected if limit or cursor is wrong.
Result<v1::Duplicates> FindDuplicates(const Snapshot& snapshot, const v1::FindDuplicates& request);

// The limit of leads in one FindSendable or FindErased.
inline constexpr int kMostSendable = 1'000;
// Finds the sendable leads. Rejected if there are too many ids, or the caller does not see the whole tenant.
Result<v1::SendableLeads> FindSendable(const Snapshot& snapshot, const v1::FindSendable& request);

// Finds which ids are erased. Rejected as FindSendable is.
Result<v1::ErasedLeads> FindErased(const Snapshot& snapshot, const v1::FindErased& request);

Result<v1::LeadCounts> CountLeads(const Snapshot& snapshot, const v1::CountLeads& request);

// The limit of names in an answer.
inline constexpr size_t kMostNames = 5'000;
// Counts the leads with each name, from the index, which it releases, or by a visit to all leads of the tenant.
// Rejected without a kind.
Result<v1::NameCounts> CountNames(const Snapshot& snapshot, const v1::CountNames& request);

// Returns the search for the leads of the column. The column's cursor is one of this search.
v1::FindLeads SearchOf(const v1::PipelineColumn& column, const v1::GetPipeline& request);
// Makes the board by one visit to all leads of the tenant. Rejected if order or limit is wrong.
Result<v1::Pipeline> GetPipeline(const Snapshot& snapshot, const v1::GetPipeline& request);

// Makes a report for a manager: numbers, each with the rule that finds its leads. Visits all leads of the tenant.
// Rejected if there is no report of that name.
Result<v1::Report> MakeReport(const Snapshot& snapshot, const v1::MakeReport& request);
// Makes the report `days` of the counts by day (processor/engine/day_counter.h). Reads only these. Rejected if days or
// scope are wrong, or the caller does not see the whole tenant.
Result<v1::Report> MakeDayReport(const Snapshot& snapshot, const v1::MakeReport& request);
// Returns the counts of the tenant's present day in the scope of `key`, whose day does not matter.
Result<state::DayCounts> CountsToday(const Snapshot& snapshot, state::DayCountsKey key);
// Adds facts and rows of the report `scores`.
void AddScores(const report::Histogram& scores, v1::Report* out);

// ---- Definitions, and the effects of a segment or an import (previews.cc) ----

// Previews a segment by a visit to all leads of the tenant, and changes nothing. Ends early as ScanControl says.
// Retriable if the run stops.
Result<v1::SegmentPreview> PreviewSegment(const Snapshot& snapshot, const v1::PreviewSegment& request);
Result<v1::DefinitionsInForce> GetDefinitions(const Snapshot& snapshot, const v1::GetDefinitions& request);
Result<v1::DeclaredFields> ListFields(const Snapshot& snapshot, const v1::ListFields& request);
Result<v1::TenantNames> GetNames(const Snapshot& snapshot, const v1::GetNames& request);

// Previews the effects of an import's rows. Rejected if the caller does not see the whole tenant, or a row has no
// commands of the tenant.
Result<v1::ContactOutlooks> PreviewContacts(const Snapshot& snapshot, const v1::PreviewContacts& request);

}  // namespace leadpulse::serve
