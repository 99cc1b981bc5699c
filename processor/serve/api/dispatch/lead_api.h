// The HTTP API of `leadpulse serve`: authenticates requests, queries the run, writes commands for it, and answers in
// JSON.
//
// routes.h lists the routes; unsubscribe.h has the pages behind links. Every request to a route needs an API token:
// `Authorization: Bearer lp_…`. A browser cannot send a token with a stream, so a stream accepts the cookie of a
// session. The leads come from the run that owns the state (processor/serve/queries), which also applies the commands
// (lead_writes.h). Errors are RFC 9457 (application/problem+json) with `code`.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/clock.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/command_log.h"
#include "processor/serve/access/command_writer.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/access/link_keys.h"
#include "processor/serve/access/rate_limiter.h"
#include "processor/serve/access/session_store.h"
#include "processor/serve/api/hooks/webhook_watch.h"
#include "processor/serve/api/jobs/jobs.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/serve/api/reads/change_bell.h"
#include "processor/serve/api/reads/change_streams.h"
#include "processor/serve/api/reads/lead_reads.h"
#include "processor/serve/api/reads/notice_watch.h"
#include "processor/serve/api/reads/shown_names.h"
#include "processor/serve/api/request/api_metrics.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/continuations.h"
#include "processor/serve/api/request/recent_answers.h"
#include "processor/serve/api/settings/definition_api.h"
#include "processor/serve/api/settings/definitions_file.h"
#include "processor/serve/api/writes/erased_leads.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/lead_writes.h"
#include "processor/serve/api/writes/outcome_watch.h"
#include "processor/serve/api/writes/sent_commands.h"
#include "processor/serve/api/writes/unsubscribe.h"
#include "processor/serve/runs/run_client.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::serve {

// The objects that the API uses; all must outlive it.
struct ApiParts {
  access::AccessDatabase* database;
  access::AccessStore* store;
  access::SessionStore* sessions;
  access::AuditLog* audit;
  access::CommandLog* commands;
  access::JobLog* jobs;
  access::ViewStore* views;
  access::NoticeStore* notices;
  access::RateLimiter* limiter;
  codec::RecordSink* inbox;
  std::string inbox_name;     // as the positions of the sink have it: the absolute path of a folder, or a topic
  size_t most_upload_bytes;   // for a file to import
  std::string job_directory;  // for the files that jobs make
  const access::LinkKeys* link_keys;
  // Returns the URL at which people reach this front: `https://mail.example.com`. Links begin with it.
  std::function<std::string()> public_url;
  RunClient* run;  // for writes: the state must not be older than they are
  DefinitionsFile* definitions;
  RunClient* reads;  // may answer from a state whose run is stopped
  const Clock* clock;
};

inline std::optional<http::Response> ReadInto(const AskedRead& asked, v1::SegmentPreview* preview) {
  return ReadPreview(asked.request, asked.principal, asked.run, preview);
}

// A request that a page makes.
struct ApiCall {
  std::string_view action;  // Route::action
  std::string id = {};      // as in the path
  std::vector<http::FormField> parameters = {};
  std::string body = {};
  std::string if_match = {}, idempotency_key = {}, prefer = {};  // the values of the headers
  std::shared_ptr<UploadSink> upload = nullptr;                  // the body of a route that takes a file
};

class LeadApi : public http::Handler {
 public:
  // Continues the jobs that are not over.
  LeadApi(const ApiParts& parts, const WebhookOptions& webhooks);

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Response)> respond) override;
  void OnRefused(std::string_view /*path*/, unsigned int code) override { metrics_.CountRefused(code); }
  http::Response FormOf(std::string_view path, http::Response refusal) override;
  // Answers a request of a user who is logged in. Rights, checks and audit are those of a request with a token; the
  // rates are higher, because a page makes several requests. Blocks until there is an answer.
  http::Response Call(const ApiCall& call, const access::Principal& principal);
  // Reads what a call answers as a message, for those of ReadInto.
  template <typename Message>
  std::variant<Message, http::Response> Ask(const ApiCall& call, const access::Principal& principal) {
    Message message;
    auto problem = Ask(call, principal, [&message](const AskedRead& asked) { return ReadInto(asked, &message); });
    if (problem) return *std::move(problem);
    return message;
  }
  // Makes the sink for a file that a user sends, of at most `most_upload_bytes` (ApiCall::upload).
  std::shared_ptr<UploadSink> NewUpload(const access::Principal& principal) const { return jobs_.NewUpload(principal); }
  // Returns what pages show in place of ids to a user who is logged in.
  std::shared_ptr<const ShownTenant> NamesFor(const access::Principal& principal) { return names_.Of(principal); }
  // Whether reads are answered from a state whose run is stopped, and writes are refused.
  bool run_is_stopped() const { return parts_.reads->IsStopped(); }
  size_t most_upload_bytes() const { return parts_.most_upload_bytes; }
  const ApiMetrics& metrics() const { return metrics_; }
  // Counts a page of the browser that was answered outside of this.
  void CountPage(std::chrono::steady_clock::duration took) { metrics_.CountPage(took); }
  // Answers waiting and later requests with 503, and writes whose outcome is unknown with 202. Call it once the inbox
  // is closed. Returns when every request has its answer and every stream its end.
  void Stop();

 private:
  http::HeadDecision CheckUpload(const Route& route, const http::Request& head);
  // Does work for the route on a thread of its queue, or refuses it.
  void AddWork(const Route& route, const access::Principal& principal, std::function<void()> work,
               std::function<void()> refuse);
  // Answers a request on a thread of the queue. Calls `respond` once, perhaps later.
  void Answer(const ApiRequest& request, const Respond& respond);
  // Authenticates the sender. Returns a problem if it may not send this, or not so often.
  // `allowance` is what it may send after this.
  std::optional<http::Response> Admit(const ApiRequest& request, access::Principal* principal,
                                      access::Allowance* allowance);
  // Returns the principal of the token, or of the session if the route takes one; nullopt if neither is valid.
  Result<std::optional<access::Principal>> Authenticate(const Credentials& credentials);
  // Checks role, scope and rate. Returns nullopt if the request may go on.
  std::optional<http::Response> CheckRights(const Route& route, const access::Principal& principal,
                                            access::RateLimiter* limiter, access::Allowance* allowance);
  // Does the work of an admitted request.
  void Perform(const ApiRequest& request, const access::Principal& principal, const Respond& respond);
  // Does it, or answers as before if the client has sent it before.
  void PerformOnce(const ApiRequest& request, const access::Principal& principal, const Respond& respond);
  // Does it once the parameters are checked and opened.
  void PerformChecked(const ApiRequest& request, const access::Principal& principal, const Respond& respond);
  // Reads once the run has read the record that the parameter `after` names, if there is one.
  void ReadAfter(const ApiRequest& request, const access::Principal& principal, const Respond& respond);
  // Reads a contact whose record at `at` has been read. In a live run a new contact with another address is not visible
  // before its mailbox has answered: looks for it until `until`.
  void ReadOnceThere(const ApiRequest& request, const access::Principal& principal, const Respond& respond,
                     const codec::SourcePosition& at, OutcomeWatch::Time until);
  http::Response Read(const ApiRequest& request, const access::Principal& principal);
  AskedRead Asked(const ApiRequest& request, const access::Principal& principal) const;
  // Checks the call as Call does, then reads. Returns the problem if there is no answer.
  std::optional<http::Response> Ask(const ApiCall& call, const access::Principal& principal,
                                    const std::function<std::optional<http::Response>(const AskedRead& asked)>& read);
  // Returns the link with which the contact unsubscribes; empty if it cannot have one.
  std::string LinkOf(const std::string& tenant, const std::string& lead, const std::string& address) const;
  http::Response GetLink(const ApiRequest& request, const access::Principal& principal);
  // Handles requests without an API token: those behind an unsubscribe link.
  void HandleLink(const http::Request& request, const Respond& respond);

  const ApiParts parts_;
  // Limits each client. It does not hold up requests with a valid token: others may share the client's address.
  access::RateLimiter wrong_tokens_;
  access::RateLimiter people_;  // by user who is logged in
  ApiMetrics metrics_;
  // Threads that wait for the run. Requests that visit many leads have their own, so that others do not wait for them,
  // and nobody has all of those.
  http::ResponseQueue queue_{{.threads = 8}};
  http::ResponseQueue scan_queue_{{.threads = 16, .shares = {.of_tenant = 8, .of_asker = 4}}};
  access::CommandWriter command_writer_;
  OutcomeWatch watch_;
  InboxCheck inbox_check_;
  const Continuations continuations_;
  RecentAnswers recent_answers_;
  ChangeStreams streams_;
  access::ImportChanges changes_;
  ErasedLeads erased_;
  SentCommands sent_;
  LeadWrites writes_;
  Unsubscribe unsubscribe_;
  Jobs jobs_;
  ShownNames names_;
  NoticeWatch notices_;
  WebhookWatch webhooks_;
  ChangeBell bell_;  // rings for streams, notices, webhooks and erased leads
};

}  // namespace leadpulse::serve
