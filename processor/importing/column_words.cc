// What columns are, in words.
#include "processor/base/text.h"
#include "processor/importing/columns.h"
#include "processor/rules/language/field_names.h"

namespace leadpulse::importing {
namespace {

std::string SaidOfName(const std::string& attribute) {
  const std::string warning = rules::WarningOfName(attribute);
  return warning.empty() ? warning : "; " + warning;
}

std::string DescribeMeaning(const Column& column, const ImportOptions& options) {
  switch (column.meaning) {
    case Meaning::kLeftOut:
      return Concat({"left out: ", column.why_left_out});
    case Meaning::kLead:
      return "the lead's id";
    case Meaning::kAddress:
      return "the address";
    case Meaning::kTime:
      return options.mode == Mode::kOptOuts ? "when they opted out" : "when it happened";
    case Meaning::kType:
      return "what happened";
    case Meaning::kAttribute:
      return Concat({"attribute ", column.name, column.type ? ", " : "", column.type ? FieldTypeName(*column.type) : "",
                     column.holds_since ? "; the row holds since then" : "", SaidOfName(column.name)});
    case Meaning::kProperty:
      return "property " + column.name;
    case Meaning::kUserAgent:
      return "what it was read with: a machine, if it says so";
    case Meaning::kCategories:
      return "campaign, where no other column names one";
    case Meaning::kConsent:
      return "consent to " + Join(column.purposes, ", ");
    case Meaning::kConsentTime:
      return "when the consent to " + column.name + " was given or withdrawn";
    case Meaning::kConsentSource:
      return "where the consent to " + column.name + " comes from";
    case Meaning::kConsentVersion:
      return "the version of the text of the consent to " + column.name;
    case Meaning::kJsonMembers:
      return column.only_declared ? "JSON, whose declared members become attributes"
                                  : "JSON, whose members become attributes";
    case Meaning::kDoNotContact:
      return "who must not be contacted";
    default:
      return std::string(MeaningName(column.meaning));
  }
}

}  // namespace

bool SaysWhoGetsNoMail(const Column& column) {
  // A column `status` may be about something else, and some say it of nobody.
  const bool may_tell = column.status != StatusColumn::kNone && column.status != StatusColumn::kState &&
                        column.status != StatusColumn::kMaybeMailing;
  return may_tell && column.stops_mail.value_or(true);
}

std::string DescribeColumn(const Column& column, const ImportOptions& options) {
  const bool tells = SaysWhoGetsNoMail(column);
  if (tells && column.meaning == Meaning::kLeftOut) {
    return Concat({"used only for who gets no mail: ", column.why_left_out});
  }
  return DescribeMeaning(column, options) + (tells ? "; says who gets no mail" : "");
}
}  // namespace leadpulse::importing
