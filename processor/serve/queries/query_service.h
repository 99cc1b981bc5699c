// Answers questions about leads inside the process that owns their state: schemas/leadpulse/v1/query.proto over HTTP.
//
// A RocksDB directory has one process, so a front asks that process, as Kafka Streams' interactive queries do. Each
// question is answered from one snapshot of the state: no commit is seen in part. Questions have threads of their own,
// of low priority, and a bounded queue; beyond it they are answered 503. So they never delay an event.
//
// Answers: 200, 400 (`malformed`, `invalid_value`), 404 (`not_found`), 503 (`not_yet`, `busy`), 500 (`failed`).
#pragma once

#include <functional>
#include <string_view>

#include "processor/http/answer_queue.h"
#include "processor/http/handler.h"
#include "processor/query/state_access.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

class QueryService : public http::Handler {
 public:
  // `store` outlives this, and allows reads during a commit, as RocksDB does.
  explicit QueryService(state::LeadStore* store) : store_(store) {}

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Answer)> answer) override;
  // Returns when every question has its answer: those that wait, and all later ones, are answered 503.
  void Stop() { queue_.Stop(); }

 private:
  // The answer to a question, on the caller's thread.
  http::Answer AnswerTo(std::string_view path, std::string_view body);

  state::LeadStore* const store_;
  query::DefinitionsCache definitions_;
  http::AnswerQueue queue_{{.niceness = 5}};
};

}  // namespace leadpulse::serve
