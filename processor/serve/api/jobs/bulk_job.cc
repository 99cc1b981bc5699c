#include "processor/serve/api/jobs/bulk_job.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "processor/base/json_object.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {

struct BulkSteps::Page {
  std::vector<std::string> leads;
  std::vector<std::string> addresses;       // each lead's; empty: none
  std::map<std::string, int64_t> left_out;  // by reason
  bool is_last = false;
  Instant at;

  // An id with NUL cannot be in the audit log, so nothing is written for it.
  void Add(const webhooks::Json& contact) {
    std::string lead(contact["leadId"].text());
    if (lead.find('\0') != std::string::npos) {
      ++left_out["invalid_value"];
    } else {
      leads.push_back(std::move(lead));
      addresses.push_back(AddressOfContact(contact));
    }
  }
};

namespace {

// Each page waits for a commit of the run.
constexpr uint32_t kLeadsOfPage = 500;
constexpr size_t kChangeIdBytes = 16;

// With the time, because a job's id is the key of its request, which may be sent again once the job is forgotten.
std::string IdOfChange(const access::Job& job, const std::string& lead) {
  return "job-" + access::Base64Url(access::HashOf(job.tenant + '\0' + job.id + '\0' +
                                                   std::to_string(job.created.millis) + '\0' + lead)
                                        .substr(0, kChangeIdBytes));
}

}  // namespace

Result<bool> BulkSteps::Step(access::Job* job) {
  LP_ASSIGN_OR_RETURN(const BulkJobRequest request, ReadStoredBulk(job->request));
  if (job->page.empty()) {
    const bool has_ids = !request.selection.ids.empty();
    LP_ASSIGN_OR_RETURN(Page next, has_ids ? NextOfIds(request.selection, job) : NextFound(request.selection, job));
    JsonObject json(&job->page);
    json.Number("at", next.at.millis);
    JsonObject left_out(json.Key("leftOut"));
    for (const auto& [reason, count] : next.left_out) left_out.Number(reason, count);
    left_out.End();
    json.Boolean("last", next.is_last);
    json.Texts("leads", next.leads);
    if (request.action.route->kind == RouteKind::kTopic) json.Texts("addresses", next.addresses);
    json.End();
    job->state = access::JobState::kRunning;
    LP_RETURN_IF_ERROR(jobs_.StartPage(*job, "bulk." + std::string(request.action.route->action), next.leads, next.at));
  }
  LP_ASSIGN_OR_RETURN(const webhooks::Json page, webhooks::Json::Parse(job->page));
  const Instant at{StoredNumber(page["at"].text())};
  std::vector<receiver::Batch> records;
  const auto &leads = page["leads"].elements(), &addresses = page["addresses"].elements();
  for (size_t i = 0; i < leads.size(); ++i) {
    const LeadKey key{job->tenant, std::string(leads[i].text())};
    const std::string address(i < addresses.size() ? addresses[i].text() : "");
    LP_ASSIGN_OR_RETURN(receiver::Batch record,
                        RecordOf(request.action, key, address, IdOfChange(*job, key.lead), job->who, at));
    records.push_back(std::move(record));
  }
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> reasons, writer_.Write(job->tenant + '\0' + job->id, records));
  for (const std::string& reason : reasons) {
    if (!reason.empty()) CountWrong(reason, job);
  }
  job->done += static_cast<int64_t>(reasons.size());
  for (const auto& [reason, count] : page["leftOut"].members()) {
    const int64_t left_out = StoredNumber(count.text());
    for (int64_t i = 0; i < left_out; ++i) CountWrong(reason, job);
    job->done += left_out;
  }
  job->page.clear();
  return page["last"].truth();
}

Result<BulkSteps::Page> BulkSteps::NextFound(const LeadSelection& selection, access::Job* job) {
  v1::FindLeads question;
  *question.mutable_caller() = CallerOf(*job);
  question.set_rule(selection.rule);
  question.set_limit(kLeadsOfPage);
  question.set_cursor(job->place);
  LP_ASSIGN_OR_RETURN(const v1::FoundLeads found, OrStatus(run_.Find(question)));
  LP_RETURN_IF_ERROR(CheckComplete(found));
  Page page;
  page.at = clock_.Now();
  for (const std::string& row : found.rows_json()) {
    LP_ASSIGN_OR_RETURN(const webhooks::Json json, webhooks::Json::Parse(row));
    page.Add(json);
  }
  job->place = found.cursor();
  page.is_last = found.cursor().empty();
  return page;
}

Result<BulkSteps::Page> BulkSteps::NextOfIds(const LeadSelection& selection, access::Job* job) {
  Page page;
  page.at = clock_.Now();
  std::set<std::string> leads;
  size_t next = static_cast<size_t>(StoredNumber(job->place));
  for (uint32_t i = 0; i < kLeadsOfPage && next < selection.ids.size(); ++i, ++next) {
    const std::string id = LeadIdOf(selection.ids[next]);
    LP_ASSIGN_OR_RETURN(const auto lead, FindContact(CallerOf(*job), id, &run_));
    if (!lead) {
      ++page.left_out["not_found"];
      continue;
    }
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> meant, ContactsMeant(CallerOf(*job), id, *lead, &run_));
    if (meant.size() > 1) {
      ++page.left_out["ambiguous"];
    } else if (leads.insert(lead->lead_id()).second) {  // two ids of one contact are one change
      LP_ASSIGN_OR_RETURN(const webhooks::Json contact, webhooks::Json::Parse(lead->record_json()));
      page.Add(contact);
    }
  }
  job->place = std::to_string(next);
  page.is_last = next >= selection.ids.size();
  return page;
}

}  // namespace leadpulse::serve
