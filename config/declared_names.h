// Names that a tenant's definitions give to its lists and campaigns. They are only shown: leads may be in others, too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace leadpulse::config {

struct DeclaredName {
  std::string id;      // in normal form, as declared
  std::string name;    // for people; the id if none is given
  bool active = true;  // whether a campaign still runs; always true for a list
};

// Lists, or campaigns. Ids are the same without case, as those of leads are.
class DeclaredNames {
 public:
  // Adds one whose id is in normal form. Returns false and changes nothing if there is one with this id.
  bool Add(DeclaredName declared);
  // Returns all, in the order of the file.
  const std::vector<DeclaredName>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  // Returns null if no such id is declared.
  const DeclaredName* Find(std::string_view id) const;
  // Returns what people are shown: the declared name, else the id.
  std::string_view NameOf(std::string_view id) const;

 private:
  std::vector<DeclaredName> all_;
  absl::flat_hash_map<std::string, size_t> by_folded_id_;
};

// The names that pages show for a tenant. They change no view.
struct TenantNames {
  std::string name;         // empty: the tenant's id is shown
  std::string locale;       // a BCP 47 tag, `de-AT`; may be empty
  std::string brand_color;  // `#rgb` or `#rrggbb`; may be empty
  std::string brand_text;   // the text of the logo; may be empty
  DeclaredNames lists;      // at most kMaxDeclaredNames
  DeclaredNames campaigns;  // the same
};

}  // namespace leadpulse::config
