#include "processor/serve/pages/templates.h"

#include "processor/base/assert.h"
#include "processor/base/displayable.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kInclude = "{{> ", kEnd = "}}", kContent = "content";

// Inserts the templates that this one names; `content` is the name for `{{> content}}`. Works on the text of templates,
// before values are inserted, so that no value can name a template.
std::string Expanded(std::string_view name, std::string_view content = {}) {
  const auto file = EmbeddedFile(std::string(name) + ".tpl");
  LP_ASSERT(file.has_value());
  std::string_view rest = *file;
  std::string text;
  while (true) {
    const size_t at = rest.find(kInclude);
    text += rest.substr(0, at);
    if (at == std::string_view::npos) return text;
    rest.remove_prefix(at + kInclude.size());
    const size_t end = rest.find(kEnd);
    LP_ASSERT(end != std::string_view::npos);
    const std::string_view included = rest.substr(0, end);
    text += Expanded(included == kContent ? content : included);
    rest.remove_prefix(end + kEnd.size());
  }
}

std::string Rendered(const std::string& text, const PageData& data) {
  kainjow::mustache::mustache page(text);
  page.set_custom_escape([](const std::string& value) { return EscapeHtml(value); });
  std::string html = page.render(data);
  LP_ASSERT(page.is_valid());
  return html;
}

}  // namespace

PageData DataOf(const Json& json) {
  if (json.is_object()) {
    PageData object;
    for (const auto& [name, value] : json.members()) object[name] = DataOf(value);
    return object;
  }
  if (json.is_array()) return ListOf(json.elements(), DataOf);
  if (json.is_boolean()) return json.truth();
  if (json.text().empty()) return false;
  return std::string(json.text());
}

std::string RenderPart(std::string_view name, const PageData& data) { return Rendered(Expanded(name), data); }

std::string RenderPage(std::string_view name, const PageData& data) { return Rendered(Expanded("layout", name), data); }

}  // namespace leadpulse::serve
