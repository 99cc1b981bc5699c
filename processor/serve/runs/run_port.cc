#include "processor/serve/runs/run_port.h"

#include "processor/base/clock.h"
#include "processor/serve/queries/lead_queries.h"

namespace leadpulse::serve {
namespace {

// PartitionAnswer has a few bytes beside the answer.
constexpr size_t kMaxAnswerBytes = kMostAnswerBytes + (1 << 20);
// After this time one query tries again.
constexpr std::chrono::seconds kPause{5};

http::ClientOptions OptionsOf(const RunAddress& address, const std::string& path, std::chrono::milliseconds timeout) {
  http::ClientOptions options;
  options.url = (address.socket.empty() ? address.url : "http://run") + path;
  options.unix_socket = address.socket;
  options.ca_file = address.ca_file;
  options.certificate_file = address.certificate_file;
  options.key_file = address.key_file;
  options.connect_timeout = kConnectTimeout;
  options.answer_bytes = kMaxAnswerBytes;
  options.without_proxy = true;
  options.timeout = timeout;
  return options;
}

}  // namespace

std::optional<Status> Outage::Current(Time now) const {
  const std::lock_guard lock(mutex_);
  return failure_ && now < until_ ? failure_ : std::nullopt;
}

void Outage::Failed(const Status& failure, Time begun, Time now) {
  // Sooner: somebody refused, which costs nothing to ask again. Later: the run took the query and was too slow for it.
  const auto took = now - begun;
  if (took < kConnectTimeout || took >= 2 * kConnectTimeout) return;
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  until_ = now + kPause;
}

void Outage::Answered() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
}

Result<http::Response> RunPort::Post(const std::string& path, const std::string& body,
                                     std::chrono::milliseconds timeout) {
  const auto begun = MonotonicNow();
  if (std::optional<Status> outage = outage_.Current(begun)) return *std::move(outage);
  std::unique_ptr<http::Client> client;
  {
    const std::lock_guard lock(mutex_);
    if (Clients& idle = idle_[{path, timeout}]; !idle.empty()) {
      client = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (client == nullptr) {
    LP_ASSIGN_OR_RETURN(client, http::MakeClient(OptionsOf(address_, path, timeout), stop_));
  }
  std::vector<std::string> headers;
  if (!address_.token.empty()) headers.push_back("Authorization: Bearer " + address_.token);
  Result<http::ClientResponse> posted = client->Post(body, headers);
  if (!posted.ok()) {
    if (address_.is_one_of_several) outage_.Failed(posted.status(), begun, MonotonicNow());
    return posted.status();
  }
  outage_.Answered();
  if (posted->beginning.size() >= kMaxAnswerBytes) {
    return Status::Retriable("the run at " + address_.Shown() +
                             " answered with more than it may; is it of this version?");
  }
  http::Response answered{static_cast<unsigned int>(posted->status), std::move(posted->beginning)};
  {
    const std::lock_guard lock(mutex_);
    idle_[{path, timeout}].push_back(std::move(client));
  }
  if (answered.code != http::kUnauthorized) return answered;
  return Status::Retriable("the run at " + address_.Shown() + " refuses this front: " + answered.body);
}

}  // namespace leadpulse::serve
