// The web pages of `leadpulse serve`, in front of its API: one server has both.
//
// Pages are rendered here and work without a script. The session in the cookie identifies the user. Every query and
// write goes through LeadApi::Call, so that rights, checks, limits and audit are those of the API. A POST needs the
// token of the session's forms and may not come from another site. page_table.h lists the pages.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "processor/http/handler.h"
#include "processor/http/response_queue.h"
#include "processor/serve/pages/login_pages.h"
#include "processor/serve/pages/login_queue.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {

class Pages : public http::Handler {
 public:
  explicit Pages(const PageParts& parts) : numbers_(parts.api, parts.clock), parts_(With(&numbers_, parts)) {}

  http::HeadDecision CheckHead(const http::Request& received) override;
  void Handle(const http::Request& received, std::function<void(http::Response)> respond) override;
  void OnRefused(std::string_view path, unsigned int code) override;
  http::Response FormOf(std::string_view path, http::Response refusal) override;
  // Answers waiting and later requests with 503, and returns when every request for a page has its answer. Call it
  // before LeadApi::Stop.
  void Stop();

 private:
  // Checks the user of a form with a file, and decides where the file goes.
  http::HeadDecision CheckFile(const PageRoute& route, const http::Request& head);
  // Answers a login once it is its turn.
  void AddLogin(const PageRoute& route, PageRequest request, const std::function<void(http::Response)>& respond);
  // Answers a search on a thread that its user may have; `busy` refuses it.
  void AddSearch(const PageRoute& route, PageRequest request, const std::function<void(http::Response)>& respond,
                 const std::function<void()>& busy);
  // Answers on a thread of a queue.
  http::Response Answer(const PageRoute& route, PageRequest request);
  // Checks as Admit does, and that a form is of this session. Returns an answer if one of them refuses it.
  std::optional<http::Response> Enter(const PageRoute& route, PageRequest* request);
  // Adds the cookie of the session that the request has begun, if it has.
  http::Response WithSession(http::Response response, const PageRequest& request) const;
  // Checks session and role, and from which site the request comes. Returns an answer if one of them refuses it.
  std::optional<http::Response> Admit(const PageRoute& route, PageRequest* request);
  // Sets the user and the form token. Returns an answer if the page needs a login and there is no session.
  std::optional<http::Response> CheckSession(const PageRoute& route, PageRequest* request);
  // Checks `user`, which has the session of the request, if there is one. If it is not the user whom the proxy names,
  // begins a session for that user. Returns an answer if that is refused; a form gets no session.
  std::optional<http::Response> EnterByProxy(const PageRoute& route, PageRequest* request,
                                             std::optional<access::Principal>* user);

  static PageParts With(LeadNumbers* numbers, PageParts parts) {
    parts.numbers = numbers;
    return parts;
  }

  LeadNumbers numbers_;
  const PageParts parts_;
  // Threads that wait for the API.
  http::ResponseQueue queue_{{.threads = 16}};
  http::ResponseQueue search_queue_{{.threads = 16, .shares = {.of_tenant = 8, .of_asker = 4}}};
  // Hashes passwords for people who are logged in.
  http::ResponseQueue hashes_{{.threads = 1, .shares = {.waiting = 64}}};
  LoginQueue logins_{parts_.clock};
};

}  // namespace leadpulse::serve
