// Makes one answer of those of several runs to the same query, each about leads that the others do not have.
//
// `parts` are at least one, in the order of the runs. Pages are merged by the places of their rows, so the request that
// the runs got has `places` set; a cursor of the merged page is one of the same request, and every run goes on from it.
// Retriable: a run of another version has answered.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/runs/run_port.h"

namespace leadpulse::serve {

// Returns the error that the answer of a run cannot be used.
Status OtherVersion();

Result<v1::FoundLeads> Merge(const v1::FindLeads& request, const std::vector<v1::FoundLeads>& parts);
Result<v1::Pipeline> Merge(const v1::GetPipeline& request, const std::vector<v1::Pipeline>& parts);
Result<v1::Duplicates> Merge(const v1::FindDuplicates& request, const std::vector<v1::Duplicates>& parts);

Result<v1::SendableLeads> Merge(const v1::FindSendable& request, const std::vector<v1::SendableLeads>& parts);

Result<v1::ErasedLeads> Merge(const v1::FindErased& request, const std::vector<v1::ErasedLeads>& parts);

// Numbers are added up.
Result<v1::LeadCounts> Merge(const v1::CountLeads& request, const std::vector<v1::LeadCounts>& parts);
Result<v1::NameCounts> Merge(const v1::CountNames& request, const std::vector<v1::NameCounts>& parts);
Result<v1::SegmentPreview> Merge(const v1::PreviewSegment& request, const std::vector<v1::SegmentPreview>& parts);
Result<v1::Report> Merge(const v1::MakeReport& request, const std::vector<v1::Report>& parts);

// Combines rows about a contact and its address, which may be in the partitions of two runs.
Result<v1::ContactOutlooks> Merge(const v1::PreviewContacts& request, const std::vector<v1::ContactOutlooks>& parts);
// Returns those of the first run: all read the same ones, one after the other.
Result<v1::DefinitionsInForce> Merge(const v1::GetDefinitions& request,
                                     const std::vector<v1::DefinitionsInForce>& parts);
Result<v1::DeclaredFields> Merge(const v1::ListFields& request, const std::vector<v1::DeclaredFields>& parts);
Result<v1::TenantNames> Merge(const v1::GetNames& request, const std::vector<v1::TenantNames>& parts);
// Returns what the run says that reads the partition of the record.
Result<v1::RecordOutcomes> Merge(const v1::FindOutcomes& request, const std::vector<v1::RecordOutcomes>& parts);

// ---- Changes, for streams (ReadChanges in query.proto) ----

// The position of a stream is that of each run, in the order of the settings. A run that does not answer keeps its
// position, and the stream goes on with the changes of the others; a run that comes back does not know it and answers
// with a reset.

// Returns the query for each of `runs` runs.
std::vector<v1::ReadChanges> SplitChanges(const v1::ReadChanges& request, size_t runs);
// Merges `pages`, one of each run, in the order of SplitChanges; nullopt if the run does not answer.
v1::ChangePages MergeChanges(const v1::ReadChanges& request, const std::vector<std::optional<v1::ChangePages>>& pages);

// ---- Addresses that several leads share, whichever runs have the leads ----

// Returns the merged answer of the runs to a query.
using AskSendable = std::function<OrRefusal<v1::SendableLeads>(const v1::FindSendable& request)>;

// Adds the absent leads of a merged page to its numbers, in queries about 1,000 leads each. A partition that no run
// answers for is missing in the page, too. Errors and refusals are those of `ask`.
OrRefusal<v1::Duplicates> AddAbsentLeads(const v1::Caller& caller, const AskSendable& ask, v1::Duplicates page);

// Prints it as query::AppendSharedAddress does.
void AppendSharedAddress(const std::string& tenant, const v1::SharedAddress& shared, std::string* out);

}  // namespace leadpulse::serve
