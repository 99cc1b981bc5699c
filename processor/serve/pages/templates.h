// Pages from templates (https://mustache.github.io/mustache.5.html): `{{name}}` is a text, escaped for HTML;
// `{{#name}}…{{/name}}` a list or a condition; `{{> file}}` the template file.tpl, as it is written.
//
// Kainjow Mustache, because it escapes unless told not to, and is one header. No template may say otherwise (`{{{`,
// `{{&`), and attributes that hold addresses begin with a fixed path, so that no text can become `javascript:`:
// tests/serve/templates_test.py. Names that users choose never become names of a template's data (PageData): put them
// into values.
#pragma once

#include <string>
#include <string_view>

#include "processor/webhooks/json.h"

#include <kainjow/mustache.hpp>

namespace leadpulse::serve {

// An object, a list, a text or a truth. Values that are not there are empty and false.
using PageData = kainjow::mustache::data;

inline PageData EmptyList() { return PageData(PageData::type::list); }
// An empty one is false.
inline PageData TextData(std::string_view text) { return text.empty() ? PageData(false) : PageData(std::string(text)); }

// A JSON value whose names are the API's own. Numbers keep their spelling; null and the empty text are false.
PageData DataOf(const webhooks::Json& json);

// The template `name`.tpl, by itself: a part of a page for the script. Thread-safe.
std::string RenderPart(std::string_view name, const PageData& data);
// The same as a whole page, within layout.tpl.
std::string RenderPage(std::string_view name, const PageData& data);

}  // namespace leadpulse::serve
