// The web pages of `leadpulse serve`, in front of its API: one server has both.
//
// Rendered here, without a script. A person logs in; the cookie's session says who asks, and every query and write goes
// through LeadApi::Call, so that rights, checks, limits and audit are the API's. A POST needs the token of the
// session's forms and may not come from another site. page_table.h has the pages.
#pragma once

#include <functional>
#include <string>

#include "processor/http/answer_queue.h"
#include "processor/http/handler.h"
#include "processor/serve/pages/login_pages.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {

class Pages : public http::Handler {
 public:
  explicit Pages(const PageParts& parts) : parts_(parts) {}

  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Answer)> answer) override;
  // Answers waiting and later requests with 503. Call it before LeadApi::Stop. Returns when every request for a page
  // has its answer.
  void Stop();

 private:
  // On a thread of a queue.
  http::Answer Answer(const PageRoute& route, PageRequest request, const std::string& other_site);
  // Sets who asks. The answer if that is nobody.
  std::optional<http::Answer> CheckSession(const PageRoute& route, PageRequest* request);

  const PageParts parts_;
  http::AnswerQueue queue_{{.threads = 16}};                 // they wait for the API
  http::AnswerQueue logins_{{.threads = 1, .waiting = 64}};  // passwords are hashed one at a time
};

}  // namespace leadpulse::serve
