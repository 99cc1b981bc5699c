// Pages from templates (https://mustache.github.io/mustache.5.html): `{{name}}` is a text, escaped for HTML;
// `{{#name}}…{{/name}}` a list or a condition; `{{> file}}` the template file.tpl, as it is written.
//
// Kainjow Mustache is one header and escapes by default. No template may turn that off (`{{{`, `{{&`), and attributes
// with addresses begin with a fixed path, so that no text becomes `javascript:`; tests/serve/templates_test.py checks
// both. Put names that users choose into values of PageData, never into its keys.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/json.h"

#include <kainjow/mustache.hpp>

namespace leadpulse::serve {

// An object, a list, a text or a boolean. Missing values are empty and false. A number would become a boolean: write it
// as text.
using PageData = kainjow::mustache::data;
using PageList = kainjow::mustache::list;
// An object, to be written as `PageRow{{"name", value}, …}`.
using PageRow = kainjow::mustache::object;

// Makes a list with the result of `make` for each element.
template <typename Elements, typename Make>
PageData ListOf(const Elements& elements, const Make& make) {
  PageList list;
  for (const auto& element : elements) list.push_back(make(element));
  return list;
}
// Returns the text as data; false if it is empty.
inline PageData TextData(std::string_view text) { return text.empty() ? PageData(false) : PageData(std::string(text)); }
// Sets `name` to the list, and `has_NAME` to whether it has elements.
inline void AddList(const std::string& name, PageData list, PageData* data) {
  (*data)["has_" + name] = list.is_non_empty_list();
  (*data)[name] = std::move(list);
}

// Converts JSON of the API. Numbers keep their spelling; null and the empty text are false.
PageData DataOf(const Json& json);

// Returns a file of templates/, which are embedded when the program is built. nullopt if no file has that name.
std::optional<std::string_view> EmbeddedFile(std::string_view name);

// Renders the template `name`.tpl by itself: a part of a page, for the script. Thread-safe.
std::string RenderPart(std::string_view name, const PageData& data);
// Renders it as a whole page, within layout.tpl. Thread-safe.
std::string RenderPage(std::string_view name, const PageData& data);

}  // namespace leadpulse::serve
