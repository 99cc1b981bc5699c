#include "processor/serve/runs/run_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <thread>
#include <type_traits>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/clock.h"
#include "processor/base/file_descriptor.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {
namespace {

constexpr char kReadChanges[] = "/changes/read";
// How long a run that ends or begins may leave a query without an answer: it has the state before it has the socket. A
// query that took longer is not repeated.
constexpr std::chrono::milliseconds kRunBegins{2'000};
constexpr std::chrono::milliseconds kBetweenAttempts{20};

// Reads the answer to a query, or the refusal.
template <typename Response>
OrRefusal<Response> Read(unsigned int status, const std::string& body) {
  Response answer;
  if (status == http::kOk && answer.ParseFromString(body)) return {std::move(answer)};
  RunRefusal refusal{status, {}};
  if (status == http::kOk || !refusal.error.ParseFromString(body)) {
    return Status::Retriable("the run answered what this program does not understand; are both of one version?");
  }
  return {std::move(refusal)};
}

bool IsNoLead(const std::string& answer) {
  v1::OptOut known;
  return known.ParseFromString(answer) && !known.is_lead() && !known.is_erased();
}

// Whether any run can give the answer.
template <typename Response>
constexpr bool kTakesAny =
    std::is_same_v<Response, v1::DefinitionsInForce> || std::is_same_v<Response, v1::DeclaredFields> ||
    std::is_same_v<Response, v1::TenantNames> || std::is_same_v<Response, v1::OptOut>;

// Whether the answer can do without the leads of some partitions.
template <typename Response>
Status SetMissing(const std::vector<uint32_t>& missing, Response* answer) {
  if constexpr (requires { answer->add_missing_partitions(0); }) {
    for (const uint32_t partition : missing) answer->add_missing_partitions(partition);
  } else if constexpr (!kTakesAny<Response>) {
    if (!missing.empty()) return Status::Retriable("no run answers for " + SpellMissing(missing));
  }
  return Status::Ok();
}

// Sets `indexing` to that of the run which has indexed least.
template <typename Response>
void SetIndexing(const std::vector<Response>& parts, Response* answer) {
  if constexpr (requires { answer->set_indexing(0); }) {
    answer->clear_indexing();
    for (const Response& part : parts) {
      const bool is_less = !answer->has_indexing() || part.indexing() < answer->indexing();
      if (part.has_indexing() && is_less) answer->set_indexing(part.indexing());
    }
  }
}

// Asks for an answer that can be merged.
template <typename Request>
std::string BodyOfPart(Request request) {
  if constexpr (requires { request.set_places(true); }) request.set_places(true);
  return request.SerializeAsString();
}

// Returns the topics of the definitions, which all runs answer alike, for a lead that no run has.
Result<v1::OptOut> Merge(const v1::FindOptOut& /*request*/, const std::vector<v1::OptOut>& parts) {
  return parts.front();
}

template <typename Request>
std::chrono::milliseconds TimeoutFor(const Request& request) {
  if (std::is_same_v<Request, v1::ReadChanges>) return kChangesTimeout;
  bool is_quick = requires { request.lead_id(); };  // about one lead
  if constexpr (std::is_same_v<Request, v1::FindLeads>) {
    const std::chrono::milliseconds asked(request.patience_ms());
    is_quick = asked.count() > 0 && asked <= kQuickTimeout / 2;
  }
  return is_quick ? kQuickTimeout : kAnswerTimeout;
}

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

v1::Caller WholeTenant(const std::string& tenant) {
  v1::Caller caller;
  caller.set_tenant_id(tenant);
  return caller;
}

RunClient::RunClient(const std::vector<RunAddress>& runs, const std::atomic<bool>& stop, Stopped stopped)
    : stop_(stop), stopped_(std::move(stopped)) {
  LP_ASSERT(!runs.empty() && (stopped_ == nullptr || runs.size() == 1));
  if (runs.size() == 1) {
    one_ = std::make_unique<RunPort>(runs.front(), stop);
  } else {
    several_ = std::make_unique<SeveralRuns>(runs, stop);
  }
}

bool RunClient::IsStopped() const { return stopped_ != nullptr && NobodyListensOn(one_->address().socket); }

template <typename Response, typename Request>
OrRefusal<Response> RunClient::AskOne(const std::string& path, const Request& request) {
  const std::string body = request.SerializeAsString();
  const auto begun = MonotonicNow();
  for (;;) {
    Result<http::Response> answered = one_->Post(path, body, TimeoutFor(request));
    Status failure = answered.status();
    if (!answered.ok() && IsStopped()) {
      answered = stopped_(path, body);
      if (!answered.ok()) {
        const Status& unread = answered.status();
        failure = Status::Retriable(failure.message() + "; and its state cannot be read: " + unread.message());
        if (unread.kind() != ErrorKind::kRetriable) return failure;
      }
    }
    if (answered.ok()) return Read<Response>(answered->code, answered->body);
    if (stopped_ == nullptr || stop_ || MonotonicNow() - begun > kRunBegins) return failure;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

template <typename Response, typename Request>
OrRefusal<Response> RunClient::AskAll(const std::string& path, const Request& request) {
  LP_ASSIGN_OR_RETURN(const RunsResponse answered, several_->AskAll(path, BodyOfPart(request), TimeoutFor(request)));
  if (answered.found.empty()) return Read<Response>(answered.status, answered.refusal);
  std::vector<Response> parts;
  for (const std::string& found : answered.found) {
    LP_ASSIGN_OR_RETURN(auto part, Read<Response>(http::kOk, found));
    parts.push_back(std::get<Response>(std::move(part)));
  }
  LP_ASSIGN_OR_RETURN(Response merged, Merge(request, parts));
  SetIndexing(parts, &merged);
  LP_RETURN_IF_ERROR(SetMissing(answered.missing, &merged));
  return {std::move(merged)};
}

template <typename Response, typename Request>
OrRefusal<Response> RunClient::AskAboutLead(const std::string& path, Request request) {
  const IsNobody is_nobody = std::is_same_v<Response, v1::OptOut> ? IsNoLead : nullptr;
  const auto ask = [&]() {
    const LeadKey lead{request.caller().tenant_id(), request.lead_id()};
    return several_->AskAboutLead(lead, path, request.SerializeAsString(), is_nobody);
  };
  LP_ASSIGN_OR_RETURN(v1::PartitionAnswer answered, ask());
  for (const std::string& user : UsersFrom(answered.used_by(), request.caller(), request.lead_id())) {
    if (answered.status() != http::kNotFound) break;
    request.set_lead_id(user);
    LP_ASSIGN_OR_RETURN(answered, ask());
  }
  if constexpr (requires { request.users(); }) {
    if (auto users = UsersOf(request.caller(), answered.mailbox())) {
      *request.mutable_users() = *std::move(users);
      LP_ASSIGN_OR_RETURN(answered, ask());
    }
  }
  return Read<Response>(answered.status(), answered.answer());
}

template <typename Response, typename Request>
OrRefusal<Response> RunClient::Ask(const std::string& path, const Request& request) {
  if (one_ != nullptr) return AskOne<Response>(path, request);
  if constexpr (requires { request.lead_id(); }) {
    if (!request.lead_id().empty()) return AskAboutLead<Response>(path, request);
  }
  // Without a lead only the topics of FindOptOut are asked for.
  if constexpr (!requires { request.lead_id(); } || std::is_same_v<Response, v1::OptOut>) {
    return AskAll<Response>(path, request);
  } else {
    return AskAboutLead<Response>(path, request);
  }
}

std::vector<std::string> RunClient::UsersFrom(const std::string& first, const v1::Caller& caller,
                                              const std::string& mailbox) {
  std::vector<std::string> from;
  if (first.empty()) return from;
  from.push_back(first);
  if (!caller.has_agent_id()) return from;
  const std::optional<v1::MailboxUsers> users = UsersOf(WholeTenant(caller.tenant_id()), mailbox);
  if (!users) return from;
  std::ranges::copy_if(users->lead_ids(), std::back_inserter(from), [&](const auto& user) { return user > first; });
  return from;
}

std::optional<v1::MailboxUsers> RunClient::UsersOf(const v1::Caller& caller, const std::string& mailbox) {
  if (mailbox.empty()) return std::nullopt;
  auto request = QueryBy<v1::FindMailboxUsers>(caller);
  request.set_lead_id(mailbox);
  auto answered = Ask<v1::MailboxUsers>("/leads/users", request);
  if (AnswerIn(answered) != nullptr) return std::get<v1::MailboxUsers>(std::move(*answered));
  if (!answered.ok() || std::get<RunRefusal>(*answered).status != http::kNotFound) return std::nullopt;
  v1::MailboxUsers nobody;
  nobody.set_mailbox(mailbox);
  return nobody;
}

OrRefusal<v1::LeadAnswer> RunClient::Get(const v1::GetLead& request) {
  return Ask<v1::LeadAnswer>("/leads/get", request);
}

OrRefusal<v1::FoundLeads> RunClient::Find(const v1::FindLeads& request) {
  return walks_.Find(request, [this](const v1::FindLeads& asked) { return Ask<v1::FoundLeads>("/leads/find", asked); });
}

OrRefusal<v1::OptOut> RunClient::OptOutOf(const v1::FindOptOut& request) {
  return Ask<v1::OptOut>("/leads/opt-out", request);
}

OrRefusal<v1::RecordOutcomes> RunClient::Outcomes(const v1::FindOutcomes& request) {
  constexpr char kPath[] = "/records/outcomes";
  if (one_ != nullptr) return AskOne<v1::RecordOutcomes>(kPath, request);
  // The answer of a run that knows an outcome waits for those of the others.
  constexpr uint32_t kWaitOfSeveral = 20;
  v1::FindOutcomes asked = request;
  asked.set_wait_ms(std::min(asked.wait_ms(), kWaitOfSeveral));
  // A lead may need what other runs have (AskAboutLead).
  for (v1::RecordPosition& position : *asked.mutable_positions()) position.clear_lead();
  Status failed;
  std::vector<v1::RecordOutcomes> parts;
  std::optional<RunRefusal> refusal;
  const std::vector<std::string> bodies(several_->count(), asked.SerializeAsString());
  for (const auto& answered : several_->AskEach(kPath, bodies, TimeoutFor(request))) {
    if (!answered.ok()) {
      failed = answered.status();
      continue;
    }
    LP_ASSIGN_OR_RETURN(auto part, Read<v1::RecordOutcomes>(answered->code, answered->body));
    if (auto* outcomes = std::get_if<v1::RecordOutcomes>(&part)) {
      parts.push_back(std::move(*outcomes));
    } else {
      refusal = std::get<RunRefusal>(std::move(part));
    }
  }
  if (parts.empty()) return refusal ? OrRefusal<v1::RecordOutcomes>(*refusal) : failed;
  LP_ASSIGN_OR_RETURN(v1::RecordOutcomes merged, Merge(request, parts));
  return {std::move(merged)};
}

OrRefusal<v1::ChangePages> RunClient::NewsOf(size_t run, const v1::ReadChanges& request) {
  if (one_ != nullptr) return AskOne<v1::ChangePages>(kReadChanges, request);
  LP_ASSIGN_OR_RETURN(const http::Response answered,
                      several_->AskOne(run, kReadChanges, request.SerializeAsString(), TimeoutFor(request)));
  return Read<v1::ChangePages>(answered.code, answered.body);
}

OrRefusal<v1::ChangePages> RunClient::Changes(const v1::ReadChanges& request) {
  if (one_ != nullptr) return AskOne<v1::ChangePages>(kReadChanges, request);
  std::vector<std::string> bodies;
  for (const v1::ReadChanges& of_run : SplitChanges(request, several_->count())) {
    bodies.push_back(of_run.SerializeAsString());
  }
  Status failed;
  bool answers = false;
  std::vector<std::optional<v1::ChangePages>> pages;
  for (const auto& answered : several_->AskEach(kReadChanges, bodies, TimeoutFor(request))) {
    std::optional<v1::ChangePages>& of_run = pages.emplace_back();
    if (!answered.ok()) {
      failed = answered.status();
      continue;
    }
    LP_ASSIGN_OR_RETURN(auto read, Read<v1::ChangePages>(answered->code, answered->body));
    if (auto* refusal = std::get_if<RunRefusal>(&read)) {
      failed = Status::Retriable(refusal->error.detail());
      continue;
    }
    of_run = std::get<v1::ChangePages>(std::move(read));
    answers = true;
  }
  if (!answers) return failed;
  return {MergeChanges(request, pages)};
}

OrRefusal<v1::Explanation> RunClient::Explain(const v1::ExplainLead& request) {
  return Ask<v1::Explanation>("/leads/explain", request);
}

OrRefusal<v1::LeadDocument> RunClient::Export(const v1::ExportLead& request) {
  return Ask<v1::LeadDocument>("/leads/export", request);
}

OrRefusal<v1::Timeline> RunClient::Timeline(const v1::GetTimeline& request) {
  return Ask<v1::Timeline>("/leads/timeline", request);
}

OrRefusal<v1::LeadPage> RunClient::Page(const v1::GetLeadPage& request) {
  return Ask<v1::LeadPage>("/leads/page", request);
}

OrRefusal<v1::Duplicates> RunClient::Duplicates(const v1::FindDuplicates& request) {
  LP_ASSIGN_OR_RETURN(auto answered, Ask<v1::Duplicates>("/leads/duplicates", request));
  auto* page = std::get_if<v1::Duplicates>(&answered);
  if (page == nullptr || one_ != nullptr) return answered;
  const auto ask = [this](const v1::FindSendable& asked) { return Ask<v1::SendableLeads>("/leads/sendable", asked); };
  return AddAbsentLeads(request.caller(), ask, std::move(*page));
}

OrRefusal<v1::ContactOutlooks> RunClient::Preview(const v1::PreviewContacts& request) {
  return Ask<v1::ContactOutlooks>("/contacts/preview", request);
}

OrRefusal<v1::LeadCounts> RunClient::Count(const v1::CountLeads& request) {
  return Ask<v1::LeadCounts>("/leads/count", request);
}

OrRefusal<v1::NameCounts> RunClient::Count(const v1::CountNames& request) {
  return Ask<v1::NameCounts>("/leads/names", request);
}

OrRefusal<v1::Pipeline> RunClient::Pipeline(const v1::GetPipeline& request) {
  v1::GetPipeline asked = request;
  asked.set_places(true);
  LP_ASSIGN_OR_RETURN(auto answered, Ask<v1::Pipeline>("/leads/pipeline", asked));
  if (auto* pipeline = std::get_if<v1::Pipeline>(&answered)) LP_RETURN_IF_ERROR(walks_.Begin(request, pipeline));
  return answered;
}

OrRefusal<v1::ErasedLeads> RunClient::Erased(const v1::FindErased& request) {
  return Ask<v1::ErasedLeads>("/leads/erased", request);
}

OrRefusal<v1::SegmentPreview> RunClient::Preview(const v1::PreviewSegment& request) {
  return Ask<v1::SegmentPreview>("/segments/preview", request);
}

OrRefusal<v1::Report> RunClient::Report(const v1::MakeReport& request) {
  return Ask<v1::Report>("/reports/make", request);
}

OrRefusal<v1::DefinitionsInForce> RunClient::Definitions(const v1::GetDefinitions& request) {
  return Ask<v1::DefinitionsInForce>("/definitions/get", request);
}

OrRefusal<v1::DeclaredFields> RunClient::Fields(const v1::ListFields& request) {
  return Ask<v1::DeclaredFields>("/definitions/fields", request);
}

OrRefusal<v1::TenantNames> RunClient::Names(const v1::GetNames& request) {
  return Ask<v1::TenantNames>("/definitions/names", request);
}

}  // namespace leadpulse::serve
