#include "processor/kafka/worker_ids.h"

namespace leadpulse::kafka {

std::string GroupInstanceId(const std::string& application, const std::string& instance, size_t worker) {
  return application + "-" + instance + "-" + std::to_string(worker);
}

std::string TransactionalId(const std::string& application, const std::string& instance, size_t worker) {
  const std::string id = application + "-" + instance + "-" + std::to_string(worker);
  const bool is_ambiguous = (application + instance).find('-') != std::string::npos;
  return is_ambiguous ? id + "." + std::to_string(application.size()) : id;
}

}  // namespace leadpulse::kafka
