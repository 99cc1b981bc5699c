// Asks the run that has a state (processor/serve/queries), over its socket.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/delivery/http_port.h"

namespace leadpulse::serve {

// What the run answered instead.
struct RunRefusal {
  int status = 0;  // of HTTP
  v1::QueryError error;
};

// Thread-safe. Keeps a connection for each question that is under way at the same time.
class RunClient {
 public:
  // `stop` ends questions under way; it outlives this.
  RunClient(std::string socket, const std::atomic<bool>& stop) : socket_(std::move(socket)), stop_(stop) {}

  // Retriable: no run answers there.
  Result<std::variant<v1::LeadAnswer, RunRefusal>> Get(const v1::GetLead& question);
  Result<std::variant<v1::FoundLeads, RunRefusal>> Find(const v1::FindLeads& question);

 private:
  using Ports = std::vector<std::unique_ptr<delivery::HttpPort>>;

  template <typename Answer, typename Question>
  Result<std::variant<Answer, RunRefusal>> Ask(const std::string& path, const Question& question, Ports* idle);

  const std::string socket_;
  const std::atomic<bool>& stop_;
  std::mutex mutex_;
  Ports idle_get_, idle_find_;  // guarded by mutex_
};

}  // namespace leadpulse::serve
