#include "processor/serve/index/row_facts.h"

#include <string>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/query/leads/evaluated_lead.h"
#include "state/codec/row_form.h"

namespace leadpulse::serve {
namespace {

IndexedFacts FactsAt(const query::AnswerBasis& basis, state::Lead lead, query::ViewFrom from) {
  const config::TenantDefinitions& definitions = basis.definitions->For(lead.key.tenant);
  return FactsForIndex(query::EvaluatedLead(std::move(lead), definitions, basis.clock.value_or(Instant{0}), from));
}

query::ViewFrom SourceOf(const query::AnswerBasis& basis, PartitionId partition, const state::Lead& lead) {
  return basis.stored_views.SourceOf(partition, lead, basis.clock.value_or(Instant{0}));
}

}  // namespace

IndexedFacts FactsOfLead(const query::AnswerBasis& basis, PartitionId partition, state::Lead lead) {
  const query::ViewFrom from = SourceOf(basis, partition, lead);
  return FactsAt(basis, std::move(lead), from);
}

Result<std::vector<FactsOfRow>> RowFacts::Read(PartitionId partition, std::span<const state::EncodedLeadKey> keys) {
  LP_ASSIGN_OR_RETURN(const auto rows, rows_.MultiGet(partition, keys, state::LeadReader::kAllRows));
  std::vector<FactsOfRow> facts(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!rows[i]) continue;
    state::Lead lead;
    lead.key = DecodeLeadKey(keys[i]);
    LP_ASSIGN_OR_RETURN(const bool is_lead, decoder_.DecodeIfLead(*rows[i], &lead));
    if (is_lead) facts[i] = FactsOfLead(basis_, partition, std::move(lead));
  }
  return facts;
}

Result<std::vector<std::optional<FactsOfRow>>> RowFacts::Foresee(std::span<const state::LeadWrite> writes) {
  std::vector<state::EncodedLeadKey> appended;
  for (const state::LeadWrite& write : writes) {
    if (write.appended) appended.push_back(write.key);
  }
  std::vector<std::optional<std::string>> before;
  if (!appended.empty()) {
    LP_ASSIGN_OR_RETURN(before, rows_.MultiGet(writes.front().partition, appended, state::LeadReader::kAllRows));
  }
  std::vector<std::optional<FactsOfRow>> facts;
  auto next = before.begin();
  for (const state::LeadWrite& write : writes) {
    facts.push_back(Foresee(write, write.appended ? std::move(*next++) : std::nullopt));
  }
  return facts;
}

std::optional<FactsOfRow> RowFacts::Foresee(const state::LeadWrite& write, std::optional<std::string> before) {
  if (!write.value) return FactsOfRow();
  if (write.appended && !before) return std::nullopt;
  if (write.appended) state::AppendToRow(*write.value, &*before);
  state::Lead lead;
  lead.key = DecodeLeadKey(write.key);
  const Result<bool> is_lead = decoder_.DecodeIfLead(write.appended ? *before : *write.value, &lead);
  if (!is_lead.ok()) return std::nullopt;
  if (!*is_lead) return FactsOfRow();
  // The clock of the snapshot is not that of the write, so the lead cannot be evaluated.
  if (SourceOf(basis_, write.partition, lead) != query::ViewFrom::kState) return std::nullopt;
  return FactsAt(basis_, std::move(lead), query::ViewFrom::kState);
}

}  // namespace leadpulse::serve
