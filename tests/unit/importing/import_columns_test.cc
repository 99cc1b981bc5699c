// How columns are recognised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/importing/columns.h"

namespace leadpulse::importing::import_columns_test {

using ::testing::HasSubstr;

// Returns an option's own name, in brackets.
std::string NameOf(const Option& option) {
  const bool has_column = !option.column.empty();
  return Concat({"[", option.name, has_column ? " " : "", option.column, has_column ? "=" : "", option.meaning, "]"});
}

// Returns the meaning of each column, or the only problem.
std::vector<std::string> Describe(const std::vector<std::string_view>& header, const ImportOptions& options = {}) {
  std::vector<Column> columns;
  if (const auto problem = PlanColumns(header, options, &columns)) return {InWords(*problem, NameOf)};
  if (const auto problem = FindUndeclared(columns, options)) return {InWords(*problem, NameOf)};
  std::vector<std::string> all;
  for (const Column& column : columns) all.push_back(DescribeColumn(column, options));
  return all;
}

TEST(ImportColumns, AreKnownByManyNames) {
  const struct {
    const char* header;
    const char* is;
  } cases[] = {
      {"First Name", "attribute first_name"},
      {"Lead Score",
       "attribute lead_score; in rules \"lead_score\" is the lead's own score; this attribute is profile.lead_score"},
      {"FIRST_NAME", "attribute first_name"},
      {"Vorname", "attribute first_name"},
      {"surname", "attribute last_name"},
      {"Company", "attribute company_name"},
      {"Organisation", "attribute company_name"},
      {"Phone-Number", "attribute phone"},
      {"Title", "attribute job_title"},
      {"Number of employees", "attribute company_size"},
      {"Favourite  Colour", "attribute favourite_colour"},
      {" Shoe Size ", "attribute shoe_size"},
      {"Tags", "tags"},
      {"Lists", "lists"},
      {"Campaign", "campaigns"},
      {"Lead Stage", "stage"},
      {" ", "left out: it has no name"},
      {"import_error", "left out: it says what was wrong before"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(Describe({"email", each.header}).back(), each.is) << each.header;
  }
  for (const char* name : {"E-mail", "Email Address", "EMAIL_ADDRESS", "e mail", "Mail", "Person - Email - Work"}) {
    EXPECT_EQ(Describe({name}).back(), "the address") << name;
  }
}

TEST(ImportColumns, OptionsComeBeforeNames) {
  ImportOptions options;
  options.map = {{"Work Mail", "email"}, {"notes", ""}, {"Kind", "Customer Type"}};
  options.lead_id_column = "ID";
  options.consents = {{"newsletter", "Opt-In"}, {"events", "opt in"}};
  EXPECT_EQ(
      Describe({"ID", "Email", "Work mail", "Notes", "Kind", "Opt-In"}, options),
      (std::vector<std::string>{"the lead's id", "left out: another column is named for it", "the address",
                                "left out: your choice", "attribute customer_type", "consent to newsletter, events"}));
}

TEST(ImportColumns, TheColumnWithExactlyTheNameIsIt) {
  EXPECT_EQ(Describe({"Email", "Title", "Job Title", "Position"}),
            (std::vector<std::string>{"the address", "attribute title", "attribute job_title", "attribute position"}));
  EXPECT_EQ(Describe({"Email", "Firma", "Company Name"}),
            (std::vector<std::string>{"the address", "attribute firma", "attribute company_name"}));
  EXPECT_THAT(Describe({"Email", "Title", "Position"})[0], HasSubstr("would both be attribute job_title"));
  EXPECT_THAT(Describe({"Email", "Title", "Job Title", "job_title"})[0],
              HasSubstr("would both be attribute job_title"));
}

TEST(ImportColumns, AnOptionForEachOfSeveralColumnsOfOneName) {
  const std::vector<std::string_view> header = {"email", "Note", "Note", "Note"};
  ImportOptions options;
  options.map = {{"Note", ""}, {"Note", "remarks"}};
  EXPECT_EQ(Describe(header, options),
            (std::vector<std::string>{"the address", "left out: your choice", "attribute remarks", "attribute note"}));
  options.map = {{"Note", ""}, {"Note", ""}, {"Note", ""}, {"Note", ""}};
  EXPECT_THAT(Describe(header, options)[0], HasSubstr("the column `Note` is named twice"));
}

TEST(ImportColumns, BothOfTwoColumnsOfOneNameSayWhoGetsNoMail) {
  const std::vector<std::string_view> header = {"email", "Bounce reason", "Bounce reason"};
  std::vector<Column> columns;
  ASSERT_FALSE(PlanColumns(header, {}, &columns));
  EXPECT_EQ(DescribeColumn(columns[1], {}), "attribute bounce_reason; says who gets no mail");
  EXPECT_EQ(DescribeColumn(columns[2], {}), "used only for who gets no mail: another column of its name is kept");
  EXPECT_EQ(columns[2].status, StatusColumn::kBounced);
  ImportOptions options;
  options.map = {{"Bounce reason", ""}};
  ASSERT_FALSE(PlanColumns(header, options, &columns));
  EXPECT_EQ(columns[1].status, StatusColumn::kNone);
  EXPECT_EQ(columns[2].status, StatusColumn::kBounced);
  EXPECT_EQ(Describe({"email", "Note", "Note"})[0],
            "two columns are named `Note`; rename one in the file to keep what both say, because they would both be "
            "attribute note; leave one out with [map Note=]");
  // All that are not declared are left out, however often their name comes.
  config::TenantDefinitions definitions;
  options.definitions = &definitions;
  options.map = {{"*", ""}};
  EXPECT_EQ(Describe({"email", "Note", "Note"}, options).back(), "left out: it is not declared under fields");
}

TEST(ImportColumns, ValuesAreOfTheFirstColumnOfANameThatIsNotLeftOut) {
  const struct {
    std::vector<std::pair<std::string, std::string>> map;
    size_t column;
  } cases[] = {
      {{{"Note", "note"}, {"Note", "remarks"}}, 1},
      {{{"Note", "remarks"}}, 1},
      {{{"Note", ""}}, 2},
      {{{"Note", ""}, {"Note", "remarks"}}, 2},
  };
  for (const auto& each : cases) {
    ImportOptions options;
    options.map = each.map;
    options.values = {{"Note", "x", "y"}};
    options.time_column = "Note";
    std::vector<Column> columns;
    ASSERT_FALSE(PlanColumns({"email", "Note", "Note"}, options, &columns));
    for (size_t i = 0; i < columns.size(); ++i) {
      EXPECT_EQ(!columns[i].values.empty(), i == each.column) << i;
      EXPECT_EQ(columns[i].holds_since, i == each.column) << i;
    }
  }
}

TEST(ImportColumns, DeclaredNamesAreFoundHoweverTheyAreSpelt) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"vip_status", FieldType::kBoolean}, {"birthday", FieldType::kDay}};
  ImportOptions options;
  options.definitions = &definitions;
  EXPECT_EQ(Describe({"email", "VIP-Status", "DOB"}, options),
            (std::vector<std::string>{"the address", "attribute vip_status, boolean", "attribute birthday, day"}));
}

TEST(ImportColumns, ADeclaredNameComesBeforeACommonOne) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"employees", FieldType::kNumber}, {"tags", FieldType::kText}};
  ImportOptions options;
  options.definitions = &definitions;
  EXPECT_EQ(Describe({"email", "Employees", "Company", "Tags"}, options),
            (std::vector<std::string>{"the address", "attribute employees, number", "attribute company_name", "tags"}));
}

TEST(ImportColumns, EventsAndOptOutsHaveTheirOwn) {
  ImportOptions options;
  options.mode = Mode::kEvents;
  EXPECT_EQ(Describe({"Recipient", "Event", "Timestamp", "Campaign Name", "URL", "Total"}, options),
            (std::vector<std::string>{"the address", "what happened", "when it happened", "campaign", "link",
                                      "property total"}));
  options.mode = Mode::kOptOuts;
  options.time_column = "UNSUB_TIME";
  EXPECT_EQ(Describe({"Email", "unsub time", "Company"}, options),
            (std::vector<std::string>{"the address", "when they opted out", "left out: it is no part of an opt-out"}));
}

// As Mailgun names it.
TEST(ImportColumns, AnAddressOfOptOutsIsOneOfMailIfNothingElseIs) {
  ImportOptions options;
  options.mode = Mode::kOptOuts;
  const std::string other = "left out: it is no part of an opt-out";
  EXPECT_EQ(Describe({"Address", "tags"}, options), (std::vector<std::string>{"the address", other}));
  EXPECT_EQ(Describe({"Address", "Email"}, options), (std::vector<std::string>{other, "the address"}));
  EXPECT_EQ(GuessColumns({"address"}, options).front().meaning, Meaning::kAddress);
  ImportOptions mapped = options, with_id = options;
  mapped.map = {{"Address", ""}};
  EXPECT_THAT(Describe({"Address"}, mapped)[0], HasSubstr("no column is known as the address"));
  with_id.lead_id_column = "Id";
  EXPECT_EQ(Describe({"Id", "Address"}, with_id).back(), other);
  EXPECT_THAT(Describe({"Address", "Name"})[0], HasSubstr("no column is known as the address"));
}

TEST(ImportColumns, TheTopicOfAnOptOutHasManyNames) {
  ImportOptions optouts, log;
  optouts.mode = Mode::kOptOuts;
  log.mode = Mode::kEvents;
  const auto in_log = [&](const char* header) { return Describe({"email", "event", "time", header}, log).back(); };
  for (const char* name : {"Topic", "topic_id", "Unsubscribe Group", "ASM Group ID", "asm_group_id"}) {
    EXPECT_EQ(Describe({"email", name}, optouts).back(), "topic") << name;
    EXPECT_EQ(in_log(name), "topic") << name;
    EXPECT_EQ(Describe({"email", name}).back(), "attribute " + NormalizeName(name)) << name;
  }
  // The list in a log may be the one that an email was sent to.
  EXPECT_EQ(Describe({"email", "List"}, optouts).back(), "topic");
  EXPECT_EQ(in_log("List"), "property list");
  optouts.map = {{"tags", "topic"}};
  EXPECT_EQ(Describe({"email", "tags", "list"}, optouts),
            (std::vector<std::string>{"the address", "topic", "left out: another column is named for it"}));
  EXPECT_THAT(
      Describe({"email", "event", "time", "topic", "asm_group_id"}, log)[0],
      HasSubstr("the columns `topic` and `asm_group_id` would both be topic; leave one out with [map asm_group_id=]"));
}

TEST(ImportColumns, SendGridsActivityIsKnownByItsHeader) {
  ImportOptions options;
  options.mode = Mode::kEvents;
  EXPECT_EQ(
      Describe({"processed", "message_id", "event", "email", "type", "mx", "categories", "reason", "ours"}, options),
      (std::vector<std::string>{"when it happened", "message", "what happened", "the address", "bounce",
                                "left out: it is SendGrid's own", "campaign, where no other column names one",
                                "property reason", "property ours"}));
  options.map = {{"type", ""}, {"mx", "server"}};
  EXPECT_EQ(Describe({"processed", "message_id", "event", "email", "type", "mx"}, options).back(), "property server");
  // One of the four columns is missing, so it is not a file of SendGrid.
  options.map = {};
  EXPECT_THAT(Describe({"processed", "message_id", "event", "e-mail"}, options)[0],
              HasSubstr("no column is known as when it happened"));
}

TEST(ImportColumns, ContactsMayHaveATimeThatStaysAnAttribute) {
  ImportOptions options;
  options.time_column = "created";
  EXPECT_THAT(Describe({"email", "Created"}, options).back(),
              HasSubstr("attribute created; the row holds since then; in rules \"created\" is the lead's own created"));
  options.time_column = "creatd";
  EXPECT_THAT(Describe({"email", "Created"}, options)[0], HasSubstr("[at]: the file has no column `creatd`"));
  options.time_column = "";
  options.values = {{"stagee", "a", "b"}};
  EXPECT_THAT(Describe({"email", "Stage"}, options)[0], HasSubstr("[values]: the file has no column `stagee`"));
}

TEST(ImportColumns, MistakesSayWhatToDo) {
  ImportOptions map, lead, optout, events;
  map.map = {{"Emial", "email"}};
  lead.lead_id_column = "Number";
  optout.mode = Mode::kOptOuts;
  optout.map = {{"Company", "company_name"}};
  events.mode = Mode::kEvents;
  EXPECT_THAT(Describe({"Email"}, map)[0], HasSubstr("[map]: the file has no column `Emial`; did you mean Email?"));
  EXPECT_THAT(Describe({"Email", "x"}, lead)[0],
              HasSubstr("[lead_id]: the file has no column `Number`; it has Email, x"));
  EXPECT_THAT(Describe({"Name", "City"})[0],
              HasSubstr("no column is known as the address (the file has Name, City); name "
                        "it with [map COLUMN=email]"));
  EXPECT_THAT(Describe({"Email", "E-Mail"})[0], HasSubstr("the columns `Email` and `E-Mail` would both be the address; "
                                                          "leave one out with [map E-Mail=]"));
  EXPECT_THAT(Describe({"Email", "Company"}, optout)[0],
              HasSubstr("[map]: a column of opt-outs is email, lead_id, time or topic, not `company_name`"));
  EXPECT_THAT(Describe({"Email", "Type"}, events)[0], HasSubstr("no column is known as when it happened"));
  map.map = {{"a", "b"}, {"A", "c"}};
  EXPECT_THAT(Describe({"email", "A"}, map)[0], HasSubstr("[map]: the column `A` is named twice"));
}

TEST(ImportColumns, AllMissingColumnsAreNamedAtOnceAndTheOthersListedOnce) {
  ImportOptions options;
  options.map = {{"Inhaber", "agent"}, {"Emial", "email"}, {"*", ""}, {"Company.city", "city"}};
  options.lead_id_column = "Number";
  options.time_column = "Since";
  options.consents = {{"news", "Wants"}};
  options.values = {{"Number", "a", "b"}, {"Size", "1000+", "1000"}};
  options.date_formats = {{"Birthday", "DD.MM.YYYY"}};
  options.number_formats = {{"Company", "1,234.5"}};
  std::vector<Column> columns;
  const auto problem = PlanColumns({"Email", "Company"}, options, &columns);
  ASSERT_TRUE(problem);
  std::vector<std::string> said = {InWords(*problem, NameOf)};
  for (const Problem& other : problem->others) said.push_back(InWords(other, NameOf));
  EXPECT_THAT(said, ::testing::ElementsAre(
                        "[map]: the file has no column `Inhaber`; it has Email, Company",
                        "[map]: the file has no column `Emial`; did you mean Email?",
                        "[lead_id]: the file has no column `Number`", "[at]: the file has no column `Since`",
                        "[consents]: the file has no column `Wants`", "[values]: the file has no column `Size`",
                        "[date_formats]: the file has no column `Birthday`"));
}

TEST(ImportColumns, ADeclaredFieldIsFoundByItsSense) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"birthday", FieldType::kDay},
                        {"location", FieldType::kText},
                        {"revenue", FieldType::kNumber},
                        {"company_name", FieldType::kText},
                        {"country", FieldType::kText}};
  ImportOptions options;
  options.definitions = &definitions;
  for (const auto& [header, is] : {std::pair("Geburtsdatum", "attribute birthday, day"),
                                   {"Date de naissance", "attribute birthday, day"},
                                   {"ORT", "attribute location, text"},
                                   {"City", "attribute location, text"},
                                   {"Umsatz 2025 (\u20ac)", "attribute revenue, number"},
                                   {"Jahresumsatz", "attribute revenue, number"},
                                   {"Annual Revenue", "attribute revenue, number"},
                                   {"Associated Company", "attribute company_name, text"},
                                   {"Soci\u00e9t\u00e9", "attribute company_name, text"},
                                   {"Land", "attribute country, text"},
                                   {"Ortschaft", "attribute ortschaft"},
                                   {"PLZ", "attribute plz"}}) {
    EXPECT_EQ(Describe({"email", header}, options).back(), is) << header;
  }
  // The column of the field's own name comes first, then what an option names; else several are none.
  EXPECT_THAT(Describe({"email", "Ort", "location"}, options),
              ::testing::ElementsAre("the address", "attribute ort", "attribute location, text"));
  EXPECT_THAT(Describe({"email", "Umsatz 2024", "Umsatz 2025"}, options),
              ::testing::ElementsAre("the address", "attribute umsatz_2024", "attribute umsatz_2025"));
  options.map = {{"Umsatz 2025", "revenue"}};
  EXPECT_THAT(Describe({"email", "Umsatz 2024", "Umsatz 2025"}, options),
              ::testing::ElementsAre("the address", "attribute umsatz_2024", "attribute revenue, number"));
  options.map = {};
  std::vector<Column> columns;
  std::vector<Finding> findings;
  ASSERT_FALSE(PlanColumns({"email", "Umsatz 2024", "Umsatz 2025"}, options, &columns, {}, &findings));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].what, "not revenue, which may be in another column");
  EXPECT_EQ(NameOf(findings[1].option), "[map Umsatz 2025=revenue]");
  // A field of the column's own name, or two of one sense: nothing is likely.
  definitions.fields["ort"] = FieldType::kText;
  EXPECT_EQ(Describe({"email", "Ort"}, options).back(), "attribute ort, text");
  EXPECT_EQ(Describe({"email", "Stadt"}, options).back(), "attribute stadt");
}

TEST(ImportColumns, NotesAreOffered) {
  std::vector<Column> columns;
  std::vector<Finding> findings;
  ASSERT_FALSE(PlanColumns({"email", "Inhaber", "Bemerkung"}, {}, &columns, {}, &findings));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].what, "kept as a text, not the agent of the lead");
  EXPECT_EQ(findings[1].what, "kept as a text, not notes");
  EXPECT_EQ(NameOf(findings[1].option), "[map Bemerkung=add_note]");
}

// What columns of these names say about mail.
const std::pair<StatusColumn, std::vector<const char*>> kNamesOfColumns[] = {
    {StatusColumn::kState, {"status", "State", "Lead Status", "Contact status", "Statut", "Estado", "Member-Status"}},
    {StatusColumn::kMailStatus,
     {"Email Status", "Subscription status", "subscriber_status", "Person - Marketing status", "Newsletter-Status",
      "Email permission status"}},
    {StatusColumn::kOptedOut,
     {"Opted Out", "unsubscribed", "HasOptedOutOfEmail", "UNSUB_TIME", "Email Opt Out", "opt_out",
      "Unsubscribed from all email", "IsUnsubscribed", "Abgemeldet", "D\u00e9sinscrit", "deactivated",
      "Opted out of email: News"}},
    {StatusColumn::kBounced, {"bounced", "Hard Bounce", "IsEmailBounced", "CLEAN_TIME", "EmailBouncedDate"}},
    {StatusColumn::kComplained, {"Spam complaint", "Complained", "IsSpamComplaining"}},
    {StatusColumn::kDoNotContact,
     {"dnc",
      "Do not contact",
      "do_not_mail",
      "DoNotEmail",
      "EMAIL_BLACKLISTED",
      "Blocklisted",
      "IsExcludedFromCampaigns",
      "Email Suppressions",
      "Gesperrt",
      "Keine E-Mails",
      "Bitte keine Werbung!",
      "person.noMail",
      "Wants no e-mail",
      "E-Mail nicht erlaubt",
      "Keine Werbung per E-Mail und Telefon",
      "Do not email status",
      "Ne pas contacter",
      "Pas d\u2019e-mail",
      "No enviar correos",
      "N\u00e3o enviar",
      "Niet mailen",
      "Nie wysy\u0142a\u0107",
      "Skicka inte",
      "\u041d\u0435 \u043f\u0438\u0441\u0430\u0442\u044c"}},
    {StatusColumn::kOptedIn,
     {"subscribed", "Opt-in", "Accepts Email Marketing", "Email Marketing Consent", "E-Mail erlaubt", "Einwilligung",
      "Acepta recibir correos", "Zgoda marketingowa", "Consenso marketing", "Accepte les e-mails"}},
    {StatusColumn::kReachable, {"deliverable", "Valid email"}},
    {StatusColumn::kNone,
     {"Option",
      "Notes",
      "Country",
      "Company",
      "Unsubscribe link",
      "SMS opt-out",
      "DoNotCall",
      "HasOptedOutOfFax",
      "DoNotPostalMail",
      "Opted out of direct mail",
      "Push opt-out",
      "Call opt out",
      "CCPA Opt Out",
      "VAT invalid",
      "Payment blocked",
      "Support complaints",
      "Excluded from scoring",
      "Opt-in required",
      "Opt-in email sent",
      "List unsubscribe header",
      "Bounce rate",
      "Spam score",
      "",
      "Stage",
      "Real estate",
      "E-Mail",
      "Telefono / Email",
      "Piano email",
      "To-do notes",
      "No. Emails",
      "No. of emails sent",
      "N\u00ba emails",
      "Not contacted",
      "Nicht kontaktiert",
      "Non contattato",
      "N\u00e3o contatado",
      "Niet gecontacteerd",
      "No email address",
      "Keine E-Mail-Adresse",
      "Keine Werbung per Post",
      "Do not contact by phone",
      "Telefon gesperrt",
      "Widerrufsbelehrung akzeptiert",
      "OPTIN_IP",
      "Cleaned first name",
      "Sort list",
      "Marketing officer",
      "Keinath",
      "Emails offered",
      "Casino E-Mail",
      "Newsletter sent",
      "Newsletter clicks",
      "Newsletter opened",
      "Last newsletter",
      "Newsletter ge\u00f6ffnet",
      "Mailing Street",
      "Mailing address",
      "Mailing city",
      "Mailing State/Province",
      "Mailing Geocode Accuracy",
      "MailingLatitude",
      "MailingPostalCode",
      "Brochure",
      "Remark",
      "Reklamation",
      "Reklamacja",
      "\u0420\u0435\u043a\u043b\u0430\u043c\u0430\u0446\u0438\u044f",
      "Bewerbung",
      "Prospection",
      "Distribution list",
      "Bulletproof"}},
    {StatusColumn::kMailing,
     {"Newsletter",
      "E-Mail-Newsletter",
      "newsletter?",
      "Newsletter (ja/nein)",
      "Newsletter__c",
      "Person - Newsletter",
      "Wants newsletter",
      "NewsletterAbo",
      "Kundennewsletter",
      "gdpr_newsletter",
      "Newsletter preference",
      "Newsletter erw\u00fcnscht",
      "Mailing list",
      "Mailings",
      "Werbung",
      "Werbung per E-Mail",
      "Infolettre",
      "Abonn\u00e9 \u00e0 la newsletter",
      "Bolet\u00edn",
      "Nieuwsbrief",
      "Nyhetsbrev",
      "Nyhedsbrev",
      "Uutiskirje",
      "Newsletterov\u00fd souhlas",
      "Biuletyn",
      "H\u00edrlev\u00e9l",
      "\u0440\u0430\u0441\u0441\u044b\u043b\u043a\u0430",
      "\u30e1\u30eb\u30de\u30ac",
      "\u90ae\u4ef6\u8ba2\u9605",
      "\ub274\uc2a4\ub808\ud130"}},
    {StatusColumn::kMaybeMailing,
     {"Newsletter Schweiz", "Gartennewsletter", "Newsletter topics", "Werbung Vertrieb", "DOUBLE_OPT-IN", "Active",
      "verified", "is_enabled"}},
    {StatusColumn::kMaybeOptedOut,
     {"IsOptInPending", "opt_in_pending", "Deleted", "Removed at", "Deceased", "Baja", "Sperrvermerk"}},
    {StatusColumn::kDoNotContact, {"donotbulkemail", "Email Ineligible"}},
    {StatusColumn::kOptedIn, {"Marketable"}}};

TEST(ImportColumns, WhoGetsNoMailIsReadFromColumnsOfManyNames) {
  for (const auto& [kind, names] : kNamesOfColumns) {
    for (const char* name : names) EXPECT_EQ(StatusColumnOf(name), kind) << name;
  }
  EXPECT_EQ(Describe({"email", "dnc"}).back(), "attribute dnc; says who gets no mail");
}

TEST(ImportColumns, StrictFieldsRefuseAttributesThatAreNotDeclared) {
  config::TenantDefinitions definitions;
  definitions.fields = {{"company_size", FieldType::kNumber}};
  ImportOptions options;
  options.definitions = &definitions;
  const std::vector<std::string_view> header = {"email",        "Company Size", "Compny", "Remark",
                                                "Unsubscribed", "state",        "tags"};
  EXPECT_EQ(Describe(header, options).size(), header.size());
  definitions.strict_fields = true;
  EXPECT_EQ(Describe(header, options),
            std::vector<std::string>{"compny, remark are not declared under fields, and strict_fields is true; declare "
                                     "them, or leave them out with [map *=]"});
  options.map = {{"Compny", ""}, {"Remark", "company_sise"}};
  EXPECT_THAT(Describe(header, options).front(),
              HasSubstr("is true (did you mean company_size?); leave one out with [map Remark=]"));
  options.map.back().second = "";
  // What says who gets no mail counts, though it is no attribute.
  EXPECT_EQ(Describe(header, options),
            (std::vector<std::string>{"the address", "attribute company_size, number", "left out: your choice",
                                      "left out: your choice",
                                      "used only for who gets no mail: it is not declared under fields",
                                      "left out: it is not declared under fields", "tags"}));
  options.map = {{"*", ""}, {"Remark", "company_size"}};
  EXPECT_EQ(Describe({"email", "Remark", "Compny", "tags"}, options),
            (std::vector<std::string>{"the address", "attribute company_size, number",
                                      "left out: it is not declared under fields", "tags"}));
  options.map = {{"*", "remark"}};
  EXPECT_THAT(Describe(header, options).front(), HasSubstr("can only be left out"));
  // So does what an option makes such a column, by any of its names.
  for (const char* name : {"subscribed", "unsubscribed", "email_status", "status", "bounced", "Opted out", "dnc",
                           "newsletter", "complained", "deliverable", "Keine E-Mails"}) {
    options.map = {{"Remark", name}};
    EXPECT_THAT(Describe({"email", "Remark"}, options)[1], HasSubstr(": it is not declared under fields")) << name;
  }
  options.map = {{"Unsubscribed", "remark"}};
  EXPECT_THAT(Describe({"email", "Unsubscribed"}, options)[0], HasSubstr("remark is not declared under fields"));
  // A column of that name is one like others.
  options.map = {{"*", ""}};
  EXPECT_EQ(Describe({"email", "*"}, options).back(), "left out: your choice");
  options.map.clear();
  options.mode = Mode::kEvents;
  EXPECT_THAT(Describe({"email", "event", "time", "Remark"}, options).back(), HasSubstr("property remark"));
  options.map = {{"*", ""}};
  EXPECT_EQ(Describe({"email", "event", "time", "Remark"}, options).back(), "left out: your choice");
}

}  // namespace leadpulse::importing::import_columns_test
