// The basis of answers (definitions and clock) from one store that stays open, read again only after a write.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "processor/base/status.h"
#include "processor/query/state_access.h"
#include "state/store/lead_reader.h"

namespace leadpulse::serve {

// A cache of the basis. Thread-safe.
class BasisCache {
 public:
  // Creates an empty cache. `is_one_store`: all readers read one store, which stays open; otherwise it keeps only the
  // definitions.
  explicit BasisCache(bool is_one_store = false) : is_one_store_(is_one_store) {}

  // Reads the basis as DefinitionsCache does, without warnings.
  Result<query::AnswerBasis> Read(const state::LeadReader& rows);

 private:
  const bool is_one_store_;
  query::DefinitionsCache definitions_;
  std::mutex mutex_;                    // guards the members below
  std::optional<uint64_t> last_write_;  // the last one that `basis_` knows
  std::optional<query::AnswerBasis> basis_;
};

}  // namespace leadpulse::serve
