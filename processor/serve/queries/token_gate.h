// Lets only those query a run over TCP who know its token.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "processor/http/handler.h"

namespace leadpulse::serve {

class TokenGate : public http::Handler {
 public:
  // `inside` outlives this. `token` empty: the server has checked the certificate of the client, which is enough.
  TokenGate(std::string token, http::Handler* inside) : token_(std::move(token)), inside_(*inside) {}

  // 401 without the header `Authorization: Bearer TOKEN`.
  http::HeadDecision CheckHead(const http::Request& head) override;
  void Handle(const http::Request& request, std::function<void(http::Answer)> answer) override {
    inside_.Handle(request, std::move(answer));
  }

 private:
  const std::string token_;
  http::Handler& inside_;
};

}  // namespace leadpulse::serve
