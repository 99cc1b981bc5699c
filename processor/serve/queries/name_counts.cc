// The tags, lists and agents of leads, with the number of leads that have each.
#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "processor/base/worker_pool.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/queries/indexed_query.h"
#include "processor/serve/queries/lead_queries.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::serve {
namespace {

struct NameCount {
  std::string spelling;  // empty: not known yet
  uint64_t leads = 0;
  std::optional<IndexedKey> lead = std::nullopt;  // one that has the name
};
// By folded name; agents as they are, because their case counts.
using NamesByFolded = absl::flat_hash_map<std::string, NameCount>;

TermKind TermKindOf(v1::CountNames::Kind kind) {
  if (kind == v1::CountNames::AGENT) return TermKind::kAgent;
  return kind == v1::CountNames::TAG ? TermKind::kTag : TermKind::kList;
}

// Calls `visit` with each name that the lead has, folded and as it is.
template <typename Visit>
void ForEachName(const state::Lead& lead, v1::CountNames::Kind kind, const Visit& visit) {
  const state::ProfileExtras& extras = *lead.profile.extras;
  if (kind == v1::CountNames::AGENT) {
    if (!extras.agent_id.empty()) visit(extras.agent_id, extras.agent_id);
    return;
  }
  for (const auto& [folded, spelling] : (kind == v1::CountNames::TAG ? extras.tags : extras.lists).names()) {
    visit(folded, spelling);
  }
}

// Counts the names of the leads that `read` reads, each of them once.
template <typename ReadLeads>
Status AddRead(const Snapshot& snapshot, const v1::CountNames& request, NamesByFolded* names, const ReadLeads& read) {
  std::mutex mutex;
  query::LeadsQuery query{.tenant = request.caller().tenant_id(),
                          .visible_to = AgentOf(request.caller()),
                          .at = snapshot.clock,
                          .stored_views = snapshot.stored_views};
  query.describe = [&](const query::EvaluatedLead& lead, v1::LeadRow* /*row*/) {
    const std::lock_guard lock(mutex);
    ForEachName(lead.lead(), request.kind(), [names](const std::string& folded, const std::string& spelling) {
      NameCount& count = (*names)[folded];
      if (count.spelling.empty()) count.spelling = spelling;
      ++count.leads;
    });
  };
  return read(query);
}

// Counts in the index, which it releases; nullopt if a scan of all leads is better.
Result<std::optional<NamesByFolded>> CountInIndex(const Snapshot& snapshot, const v1::CountNames& request) {
  NamesByFolded names;
  std::optional<IndexedLeads> leads = FindIndexed(snapshot, request.caller().tenant_id(), AgentOf(request.caller()));
  if (leads) {
    leads->index->VisitTerms(TermOf(TermKindOf(request.kind())), [&](std::string_view name, const Roaring& with) {
      const Roaring seen = with & leads->certain;
      if (name.empty() || seen.isEmpty()) return;
      NameCount& count = names[std::string(name)];
      count.leads = seen.cardinality();
      count.lead = (*leads->index->keys())[seen.minimum()];
    });
  }
  if (snapshot.index != nullptr) snapshot.index->Release();
  if (!leads) return std::optional<NamesByFolded>();
  LP_RETURN_IF_ERROR(AddRead(snapshot, request, &names, [&](const query::LeadsQuery& query) {
    return CountAmong(snapshot, query, std::move(leads->uncertain)).status();
  }));
  return std::optional(std::move(names));
}

// Returns the name as the lead spells it; as it is folded, if the lead cannot say.
Result<std::string> SpellingOf(const std::string& folded, const IndexedKey& lead, v1::CountNames::Kind kind,
                               const state::LeadReader& rows) {
  if (kind == v1::CountNames::AGENT) return folded;
  LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(lead.key));
  LP_ASSIGN_OR_RETURN(const std::optional<state::Lead> row, query::FindRow(rows, key));
  std::string found = folded;
  if (row) {
    ForEachName(*row, kind, [&](const std::string& name, const std::string& spelling) {
      if (name == folded) found = spelling;
    });
  }
  return found;
}

}  // namespace

Result<v1::NameCounts> CountNames(const Snapshot& snapshot, const v1::CountNames& request) {
  if (request.kind() == v1::CountNames::UNSPECIFIED || !v1::CountNames::Kind_IsValid(request.kind())) {
    return Status::Rejected("names of what? TAG, LIST or AGENT");
  }
  LP_ASSIGN_OR_RETURN(std::optional<NamesByFolded> names, CountInIndex(snapshot, request));
  if (!names) {
    if (snapshot.index != nullptr) snapshot.index->NotePass();
    WorkerPool alone(1);
    LP_RETURN_IF_ERROR(AddRead(snapshot, request, &names.emplace(), [&](const query::LeadsQuery& query) {
      const auto take = [](const query::ListedLead&) { return true; };
      return query::QueryLeads(snapshot.rows, snapshot.definitions, query, &alone, take).status();
    }));
  }
  std::vector<std::pair<std::string, NameCount>> found(std::make_move_iterator(names->begin()),
                                                       std::make_move_iterator(names->end()));
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.second.leads != b.second.leads ? a.second.leads > b.second.leads : a.first < b.first;
  });
  v1::NameCounts answer;
  answer.set_clock_ms(snapshot.clock.millis);
  answer.set_has_more(found.size() > kMostNames);
  found.resize(std::min(found.size(), kMostNames));
  for (auto& [folded, count] : found) {
    v1::NameCounts::Count* name = answer.add_names();
    name->set_leads(count.leads);
    if (count.spelling.empty()) {
      LP_ASSIGN_OR_RETURN(count.spelling, SpellingOf(folded, *count.lead, request.kind(), snapshot.rows));
    }
    name->set_name(std::move(count.spelling));
  }
  return answer;
}

}  // namespace leadpulse::serve
