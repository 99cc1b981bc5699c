#include "processor/serve/api/request/html_page.h"

#include <string>
#include <utility>

#include "processor/base/displayable.h"

namespace leadpulse::serve {
namespace {

// The style is readable on a phone, where most people open a link of a mail. The policy allows it by its hash (CSP 3,
// section 2.3.1), which unsubscribe_test.py compares.
constexpr char kStyle[] =
    "body{margin:3rem auto;max-width:60rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif}"
    "body:has(form){max-width:28rem}"
    "h1{font-size:1.5rem;margin:.5rem 0 1rem}form{margin:.6rem 0}"
    "button{font:inherit;min-height:2.75rem;padding:.5rem 1.1rem;border:1px solid CanvasText;border-radius:6px;"
    "background:CanvasText;color:Canvas;cursor:pointer}.quiet{background:Canvas;color:CanvasText}"
    "fieldset{margin:2rem 0 1rem;padding:.5rem 1rem;border:1px solid #8888;border-radius:6px}"
    "label{display:flex;gap:.6rem;align-items:center;min-height:2.75rem}input{width:1.2rem;height:1.2rem}"
    "pre{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}code{overflow-wrap:anywhere}";
constexpr char kPolicy[] =
    "default-src 'none'; style-src 'sha256-zgMQvgY1dKN6AEZcdgqvVe8EIApwzRs50TUMTDCVP7A='; form-action 'self'; "
    "frame-ancestors 'none'";

}  // namespace

http::Response HtmlPage(unsigned int code, std::string_view title, std::string_view content, std::string_view above) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  html += EscapeHtml(title);
  html += "</title>\n<style>";
  html += kStyle;
  html += "</style>\n</head>\n<body>\n<main>\n";
  html += above;
  html += "<h1>";
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
