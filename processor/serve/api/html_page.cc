#include "processor/serve/api/html_page.h"

#include <string>
#include <utility>

#include "processor/base/html.h"

namespace leadpulse::serve {

http::Answer HtmlPage(unsigned int code, std::string_view title, std::string_view content) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  html += EscapeHtml(title);
  html += "</title>\n</head>\n<body>\n<main>\n<h1>";
  html += EscapeHtml(title);
  html += "</h1>\n";
  html += content;
  html += "</main>\n</body>\n</html>\n";
  return {code,
          std::move(html),
          "text/html; charset=utf-8",
          {{"Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-store"}}};
}

}  // namespace leadpulse::serve
