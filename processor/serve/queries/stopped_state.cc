#include "processor/serve/queries/stopped_state.h"

#include <memory>

#include "processor/query/state_access.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

Result<http::Answer> StoppedState::Answer(std::string_view path, std::string_view body) {
  LP_ASSIGN_OR_RETURN(const std::unique_ptr<state::LeadStore> store,
                      query::OpenStateToRead(directory_, [](const std::string&) {}));
  return AnswerQuery(path, body, store.get(), &parts_);
}

}  // namespace leadpulse::serve
