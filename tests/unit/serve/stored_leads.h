// A run's leads and its answers with pages, without a state.
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/query/leads/leads_query.h"
#include "processor/serve/queries/cursor.h"

namespace leadpulse::serve {

struct StoredLead {
  query::LeadPlace place;
  std::string row;
};
using Leads = std::vector<StoredLead>;

inline constexpr char kTenant[] = "acme";

inline v1::FindLeads SearchBy(const std::string& order, bool descending, uint32_t limit) {
  v1::FindLeads request;
  request.mutable_caller()->set_tenant_id(kTenant);
  request.set_order(order);
  request.set_descending(descending);
  request.set_limit(limit);
  request.set_places(true);
  return request;
}

inline v1::CursorPlace WrittenPlace(const query::LeadPlace& place) {
  return CursorPlaceOf(place, query::LeadsQuery(), config::TenantDefinitions());
}

// Returns the ids of the leads, which tests use as rows.
inline std::vector<std::string> IdsIn(const google::protobuf::RepeatedPtrField<v1::LeadRow>& rows) {
  std::vector<std::string> ids;
  for (const v1::LeadRow& row : rows) ids.push_back(row.lead().lead_id());
  return ids;
}

// Returns the answer of a run with these leads.
inline v1::FoundLeads PageOf(Leads leads, const v1::FindLeads& request) {
  const auto before = [&request](const query::LeadPlace& a, const query::LeadPlace& b) {
    return query::ComesBefore(a, b, request.descending());
  };
  std::ranges::sort(leads, before, &StoredLead::place);
  std::optional<query::LeadPlace> after;
  if (!request.cursor().empty()) after = *ReadCursor(request, query::LeadsQuery(), config::TenantDefinitions());
  v1::FoundLeads page;
  page.set_count(leads.size());
  for (const StoredLead& lead : leads) {
    if (after && !before(*after, lead.place)) continue;
    if (static_cast<uint32_t>(page.places_size()) == request.limit()) {
      page.set_cursor(WriteCursor(page.places(page.places_size() - 1), request));
      break;
    }
    page.add_rows()->mutable_lead()->set_lead_id(lead.row);
    *page.add_places() = WrittenPlace(lead.place);
  }
  if (request.format().empty()) return page;
  if (!after) page.set_text("id\n");
  for (const std::string& row : IdsIn(page.rows())) {
    *page.mutable_text() += row + "\n";
    page.add_text_bytes(static_cast<uint32_t>(row.size() + 1));
  }
  page.set_text_rows(static_cast<uint32_t>(page.rows_size()));
  page.clear_rows();
  return page;
}

// Draws one of few values, so that many leads share one. Some leads have none.
inline query::OrderKey RandomKey(std::mt19937* random) {
  if ((*random)() % 5 == 0) return {};
  return {query::OrderKey::Kind::kNumber, static_cast<double>((*random)() % 7), {}};
}

// Makes leads with a place in the orders of the request.
inline Leads RandomLeads(const v1::FindLeads& request, std::mt19937* random) {
  Leads leads;
  const size_t count = (*random)() % 60;
  std::set<std::string> ids;
  while (ids.size() < count) ids.insert("lead-" + std::to_string((*random)() % 1'000));
  for (const std::string& id : ids) {
    query::LeadPlace place{RandomKey(random), EncodeLeadKey({kTenant, id})};
    for (const v1::SortColumn& column : request.further_orders()) {
      place.further.push_back(
          {{query::OrderKey::Kind::kText, 0, std::string(1, static_cast<char>('a' + (*random)() % 3))},
           column.descending()});
    }
    leads.push_back({std::move(place), id});
  }
  return leads;
}

inline std::vector<Leads> Split(const Leads& all, size_t runs, std::mt19937* random) {
  std::vector<Leads> parts(runs);
  for (const StoredLead& lead : all) parts[(*random)() % runs].push_back(lead);
  return parts;
}

}  // namespace leadpulse::serve
