// Sends queries to the run that owns a state (processor/serve/queries), or to several that share the partitions.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/http/handler.h"
#include "processor/serve/runs/run_port.h"
#include "processor/serve/runs/search_walks.h"
#include "processor/serve/runs/several_runs.h"

namespace leadpulse::serve {

// Returns a caller who sees all leads of the tenant. Its answers must not be shown to others.
v1::Caller WholeTenant(const std::string& tenant);
// Makes a query of this caller.
template <typename Query>
Query QueryBy(const v1::Caller& caller) {
  Query query;
  *query.mutable_caller() = caller;
  return query;
}

// Thread-safe.
class RunClient {
 public:
  // Answers while no process has the socket. Errors: it cannot.
  using Stopped = std::function<Result<http::Response>(const std::string& path, const std::string& body)>;
  // Creates a client of at least one run. Answers of several about many leads are merged (processor/serve/runs): they
  // list `missing_partitions`, or fail if they must be complete. `stop` ends running queries and must outlive this.
  // `stopped`, only with a single run, answers while no process has its socket, and queries wait up to two seconds for
  // a run that begins or ends; null: they fail at once.
  RunClient(const std::vector<RunAddress>& runs, const std::atomic<bool>& stop, Stopped stopped = nullptr);

  // Asks the run, as those below do. Retriable: no run answers there.
  OrRefusal<v1::LeadAnswer> Get(const v1::GetLead& request);
  OrRefusal<v1::FoundLeads> Find(const v1::FindLeads& request);
  OrRefusal<v1::OptOut> OptOutOf(const v1::FindOptOut& request);
  OrRefusal<v1::RecordOutcomes> Outcomes(const v1::FindOutcomes& request);
  OrRefusal<v1::ChangePages> Changes(const v1::ReadChanges& request);
  // Asks one of the runs, from 0 on, whether there are changes (ReadChanges.wait_ms).
  OrRefusal<v1::ChangePages> NewsOf(size_t run, const v1::ReadChanges& request);
  OrRefusal<v1::ErasedLeads> Erased(const v1::FindErased& request);
  OrRefusal<v1::Explanation> Explain(const v1::ExplainLead& request);
  OrRefusal<v1::LeadDocument> Export(const v1::ExportLead& request);
  OrRefusal<v1::Timeline> Timeline(const v1::GetTimeline& request);
  OrRefusal<v1::LeadPage> Page(const v1::GetLeadPage& request);
  OrRefusal<v1::Duplicates> Duplicates(const v1::FindDuplicates& request);
  OrRefusal<v1::LeadCounts> Count(const v1::CountLeads& request);
  OrRefusal<v1::NameCounts> Count(const v1::CountNames& request);
  OrRefusal<v1::Pipeline> Pipeline(const v1::GetPipeline& request);
  OrRefusal<v1::ContactOutlooks> Preview(const v1::PreviewContacts& request);
  OrRefusal<v1::SegmentPreview> Preview(const v1::PreviewSegment& request);
  OrRefusal<v1::Report> Report(const v1::MakeReport& request);
  OrRefusal<v1::DefinitionsInForce> Definitions(const v1::GetDefinitions& request);
  OrRefusal<v1::DeclaredFields> Fields(const v1::ListFields& request);
  OrRefusal<v1::TenantNames> Names(const v1::GetNames& request);
  // Returns the number of runs.
  size_t count() const { return one_ != nullptr ? 1 : several_->count(); }
  // Whether answers are of a state whose run is stopped.
  bool IsStopped() const;
  // Returns the leads that use the mailbox: nobody for agents. nullopt: the run that has the mailbox does not answer.
  std::optional<v1::MailboxUsers> UsersOf(const v1::Caller& caller, const std::string& mailbox);

 private:
  template <typename Response, typename Request>
  OrRefusal<Response> Ask(const std::string& path, const Request& request);
  template <typename Response, typename Request>
  OrRefusal<Response> AskOne(const std::string& path, const Request& request);
  template <typename Response, typename Request>
  OrRefusal<Response> AskAll(const std::string& path, const Request& request);
  template <typename Response, typename Request>
  OrRefusal<Response> AskAboutLead(const std::string& path, Request request);
  // Returns the users of the mailbox in ascending order, `first` and those behind it: an agent may not see all of them.
  // Empty if `first` is empty.
  std::vector<std::string> UsersFrom(const std::string& first, const v1::Caller& caller, const std::string& mailbox);

  std::unique_ptr<RunPort> one_;          // null: several
  std::unique_ptr<SeveralRuns> several_;  // null: one
  const std::atomic<bool>& stop_;
  const Stopped stopped_;
  SearchWalks walks_;
};

}  // namespace leadpulse::serve
