#include "processor/serve/api/request/html_page.h"

#include <string>
#include <utility>

#include "processor/base/displayable.h"

namespace leadpulse::serve {
namespace {

// The style is readable on a phone, where most people open a link of a mail. The policy allows it by its hash (CSP 3,
// section 2.3.1), which unsubscribe_test.py compares.
constexpr char kStyle[] =
    "body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:1.1rem/1.5 system-ui,sans-serif}"
    "button{font:inherit;min-height:2.75rem;padding:.5rem 1rem}li{margin:.6rem 0}li form{display:inline}";
constexpr char kPolicy[] =
    "default-src 'none'; style-src 'sha256-xxOgQFCcNR11UtffBA/2EOqWltWo8JLD6oEkS1Y3728='; form-action 'self'; "
    "frame-ancestors 'none'";

}  // namespace

http::Response HtmlPage(unsigned int code, std::string_view title, std::string_view content) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  html += EscapeHtml(title);
  html += "</title>\n<style>";
  html += kStyle;
  html += "</style>\n</head>\n<body>\n<main>\n<h1>";
  html += EscapeHtml(title);
  html += "</h1>\n";
  html += content;
  html += "</main>\n</body>\n</html>\n";
  return {code,
          std::move(html),
          "text/html; charset=utf-8",
          {{"Content-Security-Policy", kPolicy}, {"Referrer-Policy", "no-referrer"}, {"Cache-Control", "no-store"}}};
}

}  // namespace leadpulse::serve
