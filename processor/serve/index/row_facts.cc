#include "processor/serve/index/row_facts.h"

#include <algorithm>

#include "processor/query/leads/evaluated_lead.h"
#include "state/codec/row_form.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kRowBytes = 8 << 20;  // of rows in memory at once

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
  std::vector<IndexedFacts> facts;
  LP_RETURN_IF_ERROR(VisitRows(partition, keys, [&](const std::optional<std::string>& row) -> Status {
    IndexedFacts& next = facts.emplace_back();
    if (!row) return Status::Ok();
    LP_ASSIGN_OR_RETURN(Foreseen of_row, FactsOf(partition, keys[facts.size() - 1], *row, /*is_foreseen=*/false));
    next = *std::move(of_row);
    return Status::Ok();
  }));
  return facts;
}

Status RowFacts::VisitRows(PartitionId partition, std::span<const state::EncodedLeadKey> keys,
                           const TakeRow& take) const {
  // Only ascending keys can be read with a bound.
  const bool ascend = std::ranges::is_sorted(keys);
  for (size_t done = 0; done < keys.size();) {
    const auto next = ascend ? keys.subspan(done) : keys.subspan(done, 1);
    LP_ASSIGN_OR_RETURN(auto rows, rows_.MultiGet(partition, next, kRowBytes));
    for (std::optional<std::string>& row : rows) LP_RETURN_IF_ERROR(take(std::move(row)));
    done += rows.size();
  }
  return Status::Ok();
}

Result<std::vector<RowFacts::Foreseen>> RowFacts::Foresee(std::span<const state::RowWrite> writes) {
  std::vector<state::EncodedLeadKey> appended;
  std::vector<size_t> appended_at;  // their indexes in `writes`
  std::vector<Foreseen> facts(writes.size());
  for (size_t i = 0; i < writes.size(); ++i) {
    if (!writes[i].appended) {
      facts[i] = Foresee(writes[i], std::nullopt);
      continue;
    }
    appended.push_back(writes[i].key);
    appended_at.push_back(i);
  }
  if (appended.empty()) return facts;
  auto next = appended_at.begin();
  LP_RETURN_IF_ERROR(VisitRows(writes.front().partition, appended, [&](std::optional<std::string> before) {
    facts[*next] = Foresee(writes[*next], std::move(before));
    ++next;
    return Status::Ok();
  }));
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
