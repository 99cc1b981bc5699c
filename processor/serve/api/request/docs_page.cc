#include "processor/serve/api/request/docs_page.h"

#include <string>
#include <utility>
#include <vector>

#include "processor/base/displayable.h"
#include "processor/serve/api/request/html_page.h"
#include "processor/serve/api/request/openapi.h"
#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {
namespace {

std::string Row(std::string_view name, std::string_view type, std::string_view summary) {
  return "<tr><td><code>" + EscapeHtml(name) + "</code></td><td>" + EscapeHtml(type) + "</td><td>" +
         EscapeHtml(summary) + "</td></tr>\n";
}

std::string TypeInWords(std::string_view type) {
  if (type == "strings") return "array of strings";
  return type == "objects" ? "array of objects" : std::string(type);
}

std::string Table(std::string_view first_column, const std::string& rows) {
  if (rows.empty()) return "";
  return "<table><thead><tr><th>" + std::string(first_column) + "</th><th>Type</th><th></th></tr></thead><tbody>\n" +
         rows + "</tbody></table>\n";
}

// Returns a call for a shell, with the token in $TOKEN.
std::string CallOf(const Route& route) {
  std::string call = "curl";
  if (route.method != "GET") call += " -X " + std::string(route.method);
  call += " \"$LEADPULSE" + std::string(kApiBase) + std::string(route.path) + "\" -H \"Authorization: Bearer $TOKEN\"";
  if (!route.has_body()) return call;
  call += " \\\n  -H 'Content-Type: " + std::string(route.body_type) + "'";
  return call + " \\\n  " +
         (route.body_type == "application/json" ? "-d '" + std::string(route.example) + "'"
                                                : std::string("--data-binary @FILE"));
}

std::string SectionOf(const Route& route) {
  access::Scopes scope;
  scope.Add(route.scope);
  std::string html = "<h3><code>" + std::string(route.method) + " " + EscapeHtml(route.path) + "</code></h3>\n<p>";
  html += EscapeHtml(route.summary) + ".</p>\n<p><small>Role " + std::string(access::NameOf(route.least)) +
          " or higher, scope " + EscapeHtml(scope.Text()) + "</small></p>\n";
  std::string parameters, members;
  for (const Parameter& one : route.parameters) parameters += Row(one.name, one.type, one.summary);
  for (const BodyMember& one : route.body) {
    members += Row(one.name, TypeInWords(one.type), one.required ? "required" : "");
  }
  html += Table("Parameter", parameters) + Table("Member of the body", members);
  return html + "<pre>" + EscapeHtml(CallOf(route)) + "</pre>\n";
}

}  // namespace

http::Response DocsPage() {
  std::vector<std::pair<std::string_view, std::string>> sections;  // by resource, in the order of the routes
  for (const Route& route : Routes()) {
    const std::string_view resource = ResourceOf(route);
    auto section = sections.begin();
    while (section != sections.end() && section->first != resource) ++section;
    if (section == sections.end()) section = sections.insert(section, {resource, ""});
    section->second += SectionOf(route);
  }
  std::string html =
      "<p>Base <code>" + std::string(kApiBase) +
      "</code>, JSON in UTF-8. Send a token of "
      "<code>leadpulse serve token create</code> as <code>Authorization: Bearer</code>. Errors are "
      "problems (RFC 9457) with <code>code</code>, <code>field</code> and <code>hint</code>. The same for "
      "programs: <a href=\"" +
      std::string(kOpenApiPath) + "\">OpenAPI 3.1</a>.</p>\n<nav><p>";
  for (const auto& [resource, section] : sections) {
    html += "<a href=\"#" + std::string(resource) + "\">" + std::string(resource) + "</a>\n";
  }
  html += "</p></nav>\n";
  for (const auto& [resource, section] : sections) {
    html += "<h2 id=\"" + std::string(resource) + "\">" + std::string(resource) + "</h2>\n" + section;
  }
  return HtmlPage(http::kOk, "Leadpulse API, version " + std::string(kApiVersion), html);
}

}  // namespace leadpulse::serve
