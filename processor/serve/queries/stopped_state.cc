#include "processor/serve/queries/stopped_state.h"

#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/serve/queries/query_service.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::seconds kKeptOpen{1};

}  // namespace

Result<http::Answer> StoppedState::Answer(std::string_view path, std::string_view body) {
  LP_ASSIGN_OR_RETURN(const std::shared_ptr<state::LeadStore> store, Open());
  return AnswerQuery(path, body, store.get(), &definitions_);
}

Result<std::shared_ptr<state::LeadStore>> StoppedState::Open() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.Monotonic();
  if (store_ != nullptr && now - opened_at_ < kKeptOpen) return store_;
  store_.reset();
  LP_ASSIGN_OR_RETURN(std::unique_ptr<state::LeadStore> opened,
                      query::OpenStateToRead(directory_, [](const std::string&) {}));
  store_ = std::move(opened);
  opened_at_ = now;
  return store_;
}

}  // namespace leadpulse::serve
