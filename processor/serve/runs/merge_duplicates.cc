// Addresses that leads of several runs share (merge.h).
#include <algorithm>
#include <set>

#include "processor/query/duplicates/duplicates.h"
#include "processor/serve/queries/lead_queries.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {

Status AddAbsentLeads(const v1::Caller& caller, const AskSendable& ask, v1::Duplicates* page) {
  std::set<std::string> absent, sendable;
  std::set<uint32_t> missing(page->missing_partitions().begin(), page->missing_partitions().end());
  for (const v1::SharedAddress& address : page->addresses()) {
    absent.insert(address.absent().begin(), address.absent().end());
  }
  while (!absent.empty()) {
    v1::FindSendable request;
    *request.mutable_caller() = caller;
    while (!absent.empty() && request.lead_ids_size() < kMostSendable) {
      request.add_lead_ids(std::move(absent.extract(absent.begin()).value()));
    }
    LP_ASSIGN_OR_RETURN(const v1::SendableLeads answer, ask(request));
    sendable.insert(answer.lead_ids().begin(), answer.lead_ids().end());
    missing.insert(answer.missing_partitions().begin(), answer.missing_partitions().end());
  }
  for (v1::SharedAddress& address : *page->mutable_addresses()) {
    const auto of_others =
        std::ranges::count_if(address.absent(), [&sendable](const std::string& id) { return sendable.contains(id); });
    address.set_sendable(address.sendable() + static_cast<uint64_t>(of_others));
    address.clear_absent();
  }
  page->clear_missing_partitions();
  page->mutable_missing_partitions()->Add(missing.begin(), missing.end());
  return Status::Ok();
}

void AppendSharedAddress(const std::string& tenant, const v1::SharedAddress& shared, std::string* out) {
  query::AppendSharedAddress({.mailbox = {tenant, shared.address()},
                              .leads = shared.leads(),
                              .sendable = shared.sendable(),
                              .first = {shared.first_leads().begin(), shared.first_leads().end()}},
                             out);
}

}  // namespace leadpulse::serve
