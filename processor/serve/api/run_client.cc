#include "processor/serve/api/run_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/base/file_descriptor.h"

namespace leadpulse::serve {
namespace {

// A page of 1,000 leads with long attributes.
constexpr size_t kMaxAnswerBytes = size_t{256} << 20;
constexpr int kOk = 200;

// Whether no process has the socket. A run that is only slow, or whose connection broke, has it.
bool NobodyListensOn(const std::string& socket) {
  const FileDescriptor tried(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return true;  // nobody can
  if (!tried.is_open()) return false;
  socket.copy(address.sun_path, socket.size());
  if (connect(tried.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return false;
  return errno == ENOENT || errno == ECONNREFUSED;
}

}  // namespace

Result<delivery::HttpAnswer> RunClient::Post(const std::string& path, const std::string& body) {
  std::unique_ptr<delivery::HttpPort> port;
  {
    const std::lock_guard lock(mutex_);
    if (Ports& idle = idle_[path]; !idle.empty()) {
      port = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (port == nullptr) {
    delivery::CurlOptions options;
    options.url = "http://run" + path;
    options.unix_socket = socket_;
    options.answer_bytes = kMaxAnswerBytes;
    LP_ASSIGN_OR_RETURN(port, delivery::MakeCurlPort(options, stop_));
  }
  LP_ASSIGN_OR_RETURN(delivery::HttpAnswer answered, port->Post(body, {}));
  const std::lock_guard lock(mutex_);
  idle_[path].push_back(std::move(port));
  return answered;
}

template <typename Answer, typename Request>
Result<std::variant<Answer, RunRefusal>> RunClient::Ask(const std::string& path, const Request& request) {
  const std::string body = request.SerializeAsString();
  Result<delivery::HttpAnswer> answered = Post(path, body);
  if (!answered.ok() && stopped_ != nullptr && NobodyListensOn(socket_)) {
    Result<http::Answer> stopped = stopped_(path, body);
    if (!stopped.ok()) {
      return Status::Retriable(answered.status().message() +
                               "; and its state cannot be read: " + stopped.status().message());
    }
    answered = delivery::HttpAnswer{static_cast<int>(stopped->code), {}, std::move(stopped->body)};
  }
  if (!answered.ok()) return answered.status();
  Answer answer;
  if (answered->status == kOk && answer.ParseFromString(answered->beginning)) return {std::move(answer)};
  RunRefusal refusal{answered->status, {}};
  if (answered->status == kOk || !refusal.error.ParseFromString(answered->beginning)) {
    return Status::Retriable("the run answered what this program does not understand; are both of one version?");
  }
  return {std::move(refusal)};
}

Result<std::variant<v1::LeadAnswer, RunRefusal>> RunClient::Get(const v1::GetLead& request) {
  return Ask<v1::LeadAnswer>("/leads/get", request);
}

Result<std::variant<v1::FoundLeads, RunRefusal>> RunClient::Find(const v1::FindLeads& request) {
  return Ask<v1::FoundLeads>("/leads/find", request);
}

Result<std::variant<v1::OptOut, RunRefusal>> RunClient::OptOutOf(const v1::FindOptOut& request) {
  return Ask<v1::OptOut>("/leads/opt-out", request);
}

Result<std::variant<v1::RecordOutcomes, RunRefusal>> RunClient::Outcomes(const v1::FindOutcomes& request) {
  return Ask<v1::RecordOutcomes>("/records/outcomes", request);
}

Result<std::variant<v1::ChangePages, RunRefusal>> RunClient::Changes(const v1::ReadChanges& request) {
  return Ask<v1::ChangePages>("/changes/read", request);
}

Result<std::variant<v1::LeadDocument, RunRefusal>> RunClient::Explain(const v1::ExplainLead& request) {
  return Ask<v1::LeadDocument>("/leads/explain", request);
}

Result<std::variant<v1::LeadDocument, RunRefusal>> RunClient::Export(const v1::ExportLead& request) {
  return Ask<v1::LeadDocument>("/leads/export", request);
}

Result<std::variant<v1::Timeline, RunRefusal>> RunClient::Timeline(const v1::GetTimeline& request) {
  return Ask<v1::Timeline>("/leads/timeline", request);
}

Result<std::variant<v1::Duplicates, RunRefusal>> RunClient::Duplicates(const v1::FindDuplicates& request) {
  return Ask<v1::Duplicates>("/leads/duplicates", request);
}

Result<std::variant<v1::ContactOutlooks, RunRefusal>> RunClient::Preview(const v1::PreviewContacts& request) {
  return Ask<v1::ContactOutlooks>("/contacts/preview", request);
}

Result<std::variant<v1::LeadCounts, RunRefusal>> RunClient::Count(const v1::CountLeads& request) {
  return Ask<v1::LeadCounts>("/leads/count", request);
}

Result<std::variant<v1::Pipeline, RunRefusal>> RunClient::Pipeline(const v1::GetPipeline& request) {
  return Ask<v1::Pipeline>("/leads/pipeline", request);
}

Result<std::variant<v1::SegmentPreview, RunRefusal>> RunClient::Preview(const v1::PreviewSegment& request) {
  return Ask<v1::SegmentPreview>("/segments/preview", request);
}

Result<std::variant<v1::Report, RunRefusal>> RunClient::Report(const v1::MakeReport& request) {
  return Ask<v1::Report>("/reports/make", request);
}

Result<std::variant<v1::DefinitionsInForce, RunRefusal>> RunClient::Definitions(const v1::GetDefinitions& request) {
  return Ask<v1::DefinitionsInForce>("/definitions/get", request);
}

}  // namespace leadpulse::serve
