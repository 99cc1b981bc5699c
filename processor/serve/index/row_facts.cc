#include "processor/serve/index/row_facts.h"

#include "processor/query/leads/evaluated_lead.h"
#include "state/codec/row_form.h"

namespace leadpulse::serve {
namespace {

IndexedFacts FactsAt(const query::AnswerBasis& basis, state::Lead lead, query::ViewFrom from, uint64_t profile_hash) {
  const config::TenantDefinitions& definitions = basis.definitions->For(lead.key.tenant);
  const query::EvaluatedLead evaluated(std::move(lead), definitions, basis.clock.value_or(Instant{0}), from);
  return FactsForIndex(evaluated, profile_hash);
}

query::ViewFrom SourceOf(const query::AnswerBasis& basis, PartitionId partition, const state::Lead& lead) {
  return basis.stored_views.SourceOf(partition, lead, basis.clock.value_or(Instant{0}));
}

}  // namespace

IndexedFacts FactsOfLead(const query::AnswerBasis& basis, PartitionId partition, state::Lead lead) {
  const query::ViewFrom from = SourceOf(basis, partition, lead);
  const uint64_t profile_hash = state::ProfileHash(lead.profile);
  return FactsAt(basis, std::move(lead), from, profile_hash);
}

Result<RowFacts::Foreseen> RowFacts::FactsOf(PartitionId partition, const state::EncodedLeadKey& key,
                                             std::string_view row, bool is_foreseen) {
  state::Lead lead;
  lead.key = DecodeLeadKey(key);
  const std::optional<uint64_t> known = known_profile_(key);
  uint64_t profile_hash = 0;
  LP_ASSIGN_OR_RETURN(const bool is_lead, decoder_.DecodeIfLead(row, known, &lead, &profile_hash));
  if (!is_lead) return Foreseen(IndexedFacts());
  const query::ViewFrom from = SourceOf(basis_, partition, lead);
  if (from != query::ViewFrom::kState && is_foreseen) return Foreseen();
  if (profile_hash != known) return Foreseen(FactsAt(basis_, std::move(lead), from, profile_hash));
  if (from == query::ViewFrom::kState) return Foreseen(FactsWithoutProfile(lead, profile_hash));
  state::Lead whole;  // an evaluation needs all of it
  whole.key = std::move(lead.key);
  LP_RETURN_IF_ERROR(decoder_.Decode(row, &whole));
  return Foreseen(FactsAt(basis_, std::move(whole), from, profile_hash));
}

Result<std::vector<IndexedFacts>> RowFacts::Read(PartitionId partition, std::span<const state::EncodedLeadKey> keys) {
  LP_ASSIGN_OR_RETURN(const auto rows, rows_.MultiGet(partition, keys, state::LeadReader::kAllRows));
  std::vector<IndexedFacts> facts(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!rows[i]) continue;
    LP_ASSIGN_OR_RETURN(Foreseen of_row, FactsOf(partition, keys[i], *rows[i], /*is_foreseen=*/false));
    facts[i] = *std::move(of_row);
  }
  return facts;
}

Result<std::vector<RowFacts::Foreseen>> RowFacts::Foresee(std::span<const state::RowWrite> writes) {
  std::vector<state::EncodedLeadKey> appended;
  for (const state::RowWrite& write : writes) {
    if (write.appended) appended.push_back(write.key);
  }
  std::vector<std::optional<std::string>> before;
  if (!appended.empty()) {
    LP_ASSIGN_OR_RETURN(before, rows_.MultiGet(writes.front().partition, appended, state::LeadReader::kAllRows));
  }
  std::vector<Foreseen> facts;
  auto next = before.begin();
  for (const state::RowWrite& write : writes) {
    facts.push_back(Foresee(write, write.appended ? std::move(*next++) : std::nullopt));
  }
  return facts;
}

RowFacts::Foreseen RowFacts::Foresee(const state::RowWrite& write, std::optional<std::string> before) {
  if (!write.value) return IndexedFacts();
  if (write.appended && !before) return std::nullopt;
  if (write.appended) state::AppendToRow(*write.value, &*before);
  // The clock of the snapshot is not that of the write, so the lead cannot be evaluated.
  Result<Foreseen> facts =
      FactsOf(write.partition, write.key, write.appended ? *before : *write.value, /*is_foreseen=*/true);
  return facts.ok() ? *std::move(facts) : std::nullopt;
}

}  // namespace leadpulse::serve
