// The facts of leads from their rows: those in a state, and those after a write.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/lead_terms.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

// Returns the facts of a lead. `basis` is that of the state that has the lead.
IndexedFacts FactsOfLead(const query::AnswerBasis& basis, PartitionId partition, state::Lead lead);

// Returns the hash (ProfileHash) of the lead's profile whose terms are already indexed; nullopt if none.
using KnownProfile = std::function<std::optional<uint64_t>(std::string_view key)>;

// Facts of rows. `rows` is a snapshot and `basis` is of it; both must outlive this. Used by one thread.
class RowFacts {
 public:
  using Foreseen = std::optional<IndexedFacts>;  // nullopt: the row must be read after the commit

  RowFacts(const state::LeadReader& rows, const query::AnswerBasis& basis, KnownProfile known_profile)
      : rows_(rows), basis_(basis), known_profile_(std::move(known_profile)) {}

  // Returns facts in the order of the keys, which ascend.
  Result<std::vector<IndexedFacts>> Read(PartitionId partition, std::span<const state::EncodedLeadKey> keys);
  // Returns facts of the rows of one partition as `writes` will leave them, in their order, whether or not the snapshot
  // has the writes.
  Result<std::vector<Foreseen>> Foresee(std::span<const state::RowWrite> writes);

  const config::Definitions& definitions() const { return *basis_.definitions; }

 private:
  // Returns the facts of a row. Fails if it cannot be decoded. With is_foreseen, returns nullopt for a lead that must
  // be evaluated.
  Result<Foreseen> FactsOf(PartitionId partition, const state::EncodedLeadKey& key, std::string_view row,
                           bool is_foreseen);
  Foreseen Foresee(const state::RowWrite& write, std::optional<std::string> before);
  // Calls `take` with the row of each key, in their order. Has a bounded number of bytes of them in memory.
  using TakeRow = std::function<Status(std::optional<std::string> row)>;
  Status VisitRows(PartitionId partition, std::span<const state::EncodedLeadKey> keys, const TakeRow& take) const;

  const state::LeadReader& rows_;
  const query::AnswerBasis& basis_;
  const KnownProfile known_profile_;
  state::LeadDecoder decoder_;
};

}  // namespace leadpulse::serve
