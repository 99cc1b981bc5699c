// The facts of leads from their rows: those that a state has, and those that a write will leave in it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_terms.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// `basis` of the state that has the lead.
IndexedFacts FactsOfLead(const query::AnswerBasis& basis, PartitionId partition, state::Lead lead);

// nullopt: there is no row, or it is not that of a lead.
using FactsOfRow = std::optional<IndexedFacts>;

// `rows` is a snapshot and `basis` is of it; both outlive this. Used by one thread.
class RowFacts {
 public:
  RowFacts(const state::LeadReader& rows, const query::AnswerBasis& basis) : rows_(rows), basis_(basis) {}

  // In the order of the keys, which ascend.
  Result<std::vector<FactsOfRow>> Read(PartitionId partition, std::span<const state::EncodedLeadKey> keys);
  // Of rows of one partition as `writes` will leave them, whether or not the snapshot has the writes, in their order.
  // nullopt: they must be read after the commit.
  Result<std::vector<std::optional<FactsOfRow>>> Foresee(std::span<const state::LeadWrite> writes);

 private:
  std::optional<FactsOfRow> Foresee(const state::LeadWrite& write, std::optional<std::string> before);

  const state::LeadReader& rows_;
  const query::AnswerBasis& basis_;
  state::LeadDecoder decoder_;
};

}  // namespace leadpulse::serve
