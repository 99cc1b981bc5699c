#include "processor/serve/queries/basis_cache.h"

#include <string>

namespace leadpulse::serve {

Result<query::AnswerBasis> BasisCache::Read(const state::LeadReader& rows) {
  const std::optional<uint64_t> last_write = is_one_store_ ? rows.LastWrite() : std::nullopt;
  if (last_write) {
    const std::lock_guard lock(mutex_);
    if (last_write == last_write_) return *basis_;
  }
  Result<query::AnswerBasis> basis = definitions_.ReadBasis(rows, [](const std::string&) {});
  if (basis.ok() && last_write) {
    const std::lock_guard lock(mutex_);
    last_write_ = last_write;
    basis_ = *basis;
  }
  return basis;
}

}  // namespace leadpulse::serve
