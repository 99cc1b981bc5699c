// Loads what pages show of a tenant: its name, locale and brand, and the names of its lists and campaigns.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/tenant_loader.h"
#include "config/yaml_reader.h"
#include "processor/base/normal_text.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Whether the text has the form of a language tag (BCP 47): two or three letters, then parts of one to eight letters
// and digits behind hyphens. Whether the language exists is not checked.
bool IsLanguageTag(std::string_view text) {
  constexpr size_t kMaxTagBytes = 35;  // RFC 5646, 4.4.1
  if (text.size() > kMaxTagBytes) return false;
  for (size_t begin = 0, part = 0; begin <= text.size(); ++part) {
    const std::string_view subtag = text.substr(begin, text.find('-', begin) - begin);
    const bool fits = part == 0 ? subtag.size() >= 2 && subtag.size() <= 3 && std::ranges::all_of(subtag, IsLetter)
                                : !subtag.empty() && subtag.size() <= 8 &&
                                      std::ranges::all_of(subtag, [](char c) { return IsLetter(c) || IsDigit(c); });
    if (!fits) return false;
    begin += subtag.size() + 1;
  }
  return true;
}

bool IsColor(std::string_view text) {
  return (text.size() == 4 || text.size() == 7) && text.front() == '#' &&
         std::ranges::all_of(text.substr(1), IsHexDigit);
}

void LoadLocale(const YamlValue& value, std::string* locale) {
  const std::optional<std::string> text = value.Text("a language tag such as de or en-GB");
  if (!text) return;
  if (IsLanguageTag(*text)) {
    *locale = *text;
    return;
  }
  std::string hyphened = *text;
  std::ranges::replace(hyphened, '_', '-');
  const std::string right = IsLanguageTag(hyphened) ? "; write `" + hyphened + "`" : "";
  value.Error("expected a language tag such as de or en-GB, found " + Quoted(*text) + right);
}

void LoadBrand(const YamlValue& value, TenantNames* names) {
  const std::optional<YamlKeys> keys = value.Keys("a map {color, text}", {"color", "text"});
  if (!keys) return;
  keys->Name("text", "the text of a logo", kMaxNameBytes, &names->brand_text);
  const YamlEntry* color = keys->Find("color");
  // In YAML, an unquoted # begins a comment. So `color: #f80` is a key without a value, and counts as omitted.
  if (color == nullptr) return;
  const std::optional<std::string> text = color->value.Text("a color such as \"#ff8800\"");
  if (!text) return;
  if (IsColor(*text)) {
    names->brand_color = *text;
  } else {
    color->value.Error("expected a color such as \"#ff8800\" or \"#f80\", found " + Quoted(*text));
  }
}

// The words of messages about lists, and about campaigns.
struct NamedKind {
  std::string_view one;   // `list`
  std::string_view many;  // `lists`
  std::string_view form;  // `{id, name}`
  std::vector<std::string> keys;
};

void LoadDeclaredName(const YamlValue& value, const NamedKind& kind, DeclaredNames* names) {
  const std::string a_list = Concat({"a ", kind.one});
  const std::optional<YamlKeys> keys = value.Keys(Concat({a_list, " ", kind.form}), kind.keys);
  if (!keys) return;
  DeclaredName declared;
  const size_t errors = value.log().error_count();
  if (!keys->Name("id", a_list + "'s id", kMaxListIdBytes, &declared.id)) value.Error(a_list + " needs an `id`");
  NormalizeText(&declared.id);
  if (declared.id.empty()) {
    // Marks that nobody sees are no id, as they are no list of a lead.
    if (value.log().error_count() == errors) {
      keys->Find("id")->value.Error("expected " + a_list + "'s id, found an empty text");
    }
    return;
  }
  declared.name = declared.id;
  keys->Name("name", a_list + "'s name", kMaxNameBytes, &declared.name);
  keys->Flag("active", &declared.active);
  const std::string id = declared.id;
  if (!names->Add(std::move(declared))) {
    value.Error(Concat({"the ", kind.one, " ", Quoted(id), " is given twice (ids are the same without case)"}));
  }
}

void LoadDeclaredNames(const YamlValue& value, const NamedKind& kind, DeclaredNames* names) {
  const std::optional<std::vector<YamlValue>> list = value.List(Concat({"a list of ", kind.many, " ", kind.form}));
  if (!list) return;
  for (size_t i = 0; i < list->size() && !value.log().full(); ++i) {
    if (i == kMaxDeclaredNames) return (*list)[i].Error(Concat({"more than 10,000 ", kind.many}));
    LoadDeclaredName((*list)[i], kind, names);
  }
}

}  // namespace

const std::vector<std::string>& NameKeys() {
  static const auto& keys = *new std::vector<std::string>{"name", "locale", "brand", "lists", "campaigns"};
  return keys;
}

void LoadNames(const YamlKeys& keys, TenantNames* names) {
  keys.Name("name", "the tenant's name", kMaxNameBytes, &names->name);
  if (const YamlEntry* locale = keys.Find("locale")) LoadLocale(locale->value, &names->locale);
  if (const YamlEntry* brand = keys.Find("brand")) LoadBrand(brand->value, names);
  if (const YamlEntry* lists = keys.Find("lists")) {
    LoadDeclaredNames(lists->value, {"list", "lists", "{id, name}", {"id", "name"}}, &names->lists);
  }
  if (const YamlEntry* campaigns = keys.Find("campaigns")) {
    LoadDeclaredNames(campaigns->value, {"campaign", "campaigns", "{id, name, active}", {"id", "name", "active"}},
                      &names->campaigns);
  }
}

}  // namespace leadpulse::config
