// The shapes of exports of other products, with people who do not exist: names of columns, forms of numbers, days and
// addresses as these products write them. Each is imported without an option, or asks one question.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/importing/importer.h"
#include "tests/unit/importing/imported_rows.h"

namespace leadpulse::importing::import_products_test {

struct Export {
  const char* product;
  std::string text;
  const char*
      first;  // the first person: the address and what is set, with what is said against mail; else the question
};

std::string NameOf(const Option& option) {
  return Concat({"[", option.name, " ", option.column, "=", option.meaning, "]"});
}

const config::TenantDefinitions& Definitions() {
  static const config::TenantDefinitions definitions = [] {
    config::TenantDefinitions made;
    for (const char* name : {"company_size", "annual_revenue", "amount", "total_spent", "total_spend", "member_rating",
                             "score", "orders", "annualrevenue", "rating", "amount_spent", "deal_value"}) {
      made.fields[name] = FieldType::kNumber;
    }
    for (const char* name : {"birthday", "connected_on", "last_purchase", "close_date"})
      made.fields[name] = FieldType::kDay;
    for (const char* name : {"create_date", "created_at", "created_date", "added_at", "signed_up", "subscribed_at",
                             "created_(utc)", "date_added"}) {
      made.fields[name] = FieldType::kDate;
    }
    return made;
  }();
  return definitions;
}

// Returns what the first row becomes, or the question.
std::string FirstOf(const std::string& text) {
  ImportOptions options = Contacts();
  options.definitions = &Definitions();
  options.times.zone = absl::UTCTimeZone();
  const auto importer = Importer::Open(FromText(text), {}, *ParseRfc3339("2027-01-01T00:00:00Z"));
  if (!importer.ok()) return importer.status().message();
  if (const auto problem = (*importer)->Plan(options)) return "? " + InWords(*problem, NameOf);
  std::string said;
  for (;;) {
    const Result<const ImportedRow*> row = (*importer)->Next();
    if (!row.ok()) return row.status().message();
    if (*row == nullptr) return said;
    if ((*row)->wrong) return "wrong: " + (*row)->wrong->problem.what;
    if (!said.empty()) continue;
    for (const codec::Record& record : (*row)->records) {
      const auto* command = std::get_if<codec::Command>(&record);
      if (said.empty()) said = std::visit([](const auto& each) { return each.key.lead; }, record);
      if (command == nullptr) {
        said += Concat({" ", EventTypeName(std::get<codec::Event>(record).type)});
        continue;
      }
      if (const auto* update = command->actions.Find<codec::UpdateProfile>()) {
        for (const auto& [name, value] : update->set) said += Concat({" ", name, "=", ValueToJson(value)});
      }
      if (const auto* edit = command->actions.Find<codec::EditTags>()) said += Concat({" tags=", Join(edit->add, "|")});
      if (const auto* edit = command->actions.Find<codec::EditLists>())
        said += Concat({" lists=", Join(edit->add, "|")});
      if (command->actions.Find<codec::SetDoNotContact>() != nullptr) said += " do_not_contact";
    }
  }
}

// Whether the text holds all parts of `wanted`, which are separated by ` | `.
bool Holds(std::string_view said, std::string_view wanted) {
  while (!wanted.empty()) {
    const size_t end = std::min(wanted.find(" | "), wanted.size());
    if (said.find(wanted.substr(0, end)) == std::string_view::npos) return false;
    wanted.remove_prefix(std::min(end + 3, wanted.size()));
  }
  return true;
}

const Export kExports[] = {
    {"HubSpot contacts",
     "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Unsubscribed from all "
     "email\n"
     "51,Ann,Ada,ann@example.com,(555) 010-0199,,NEW,2026-01-05 10:15,false\n52,Bob,Ba,bob@example.com,,,,2026-02-05 "
     "09:00,true\n",
     "ann@example.com | create_date=\"2026-01-05T10:15:00Z\" | first_name=\"Ann\" | phone=\"(555) 010-0199\""},
    {"HubSpot contacts with further addresses",
     "Email,Additional email addresses,Annual "
     "Revenue\nann@example.com,ann2@example.com;ann3@example.com,\"1,250,000\"\n",
     "ann@example.com | additional_email_addresses=\"ann2@example.com;ann3@example.com\" | annual_revenue=1250000"},
    {"Salesforce leads",
     "\"First Name\",\"Last Name\",\"Company / Account\",\"Email\",\"Lead Source\",\"Annual Revenue\",\"Created "
     "Date\"\n"
     "\"Ann\",\"Ada\",\"Example\",\"ann@example.com\",\"Web\",\"1,200,000.00\",\"1/31/2026\"\n",
     "ann@example.com | annual_revenue=1200000.00 | created_date=\"2026-01-31\" | source=\"Web\""},
    {"Salesforce report with title rows",
     "\"All leads\"\n\"As of 2026-03-01 09:00\"\n\n\"First Name\",\"Email\",\"Email Opt "
     "Out\"\n\"Ann\",\"ann@example.com\",\"0\"\n"
     "\"Bob\",\"bob@example.com\",\"1\"\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Salesforce leads in Germany",
     "\"Vorname\";\"Nachname\";\"E-Mail\";\"Annual "
     "Revenue\";\"Birthday\"\n\"Ann\";\"Ada\";\"ann@example.com\";\"1.200.000,00\";\"10.12.1985\"\n",
     "ann@example.com | annual_revenue=1200000.00 | birthday=\"1985-12-10\""},
    {"Salesforce leads, days that tell nothing", "First Name,Email,Birthday\nAnn,ann@example.com,1/2/1985\n",
     "? Birthday: all cells fit DD/MM/YYYY | MM/DD/YYYY (1/2/1985 is 1985-01-02)"},
    {"Pipedrive people",
     "Person - ID,Person - Name,Person - Email - Work,Person - Email - Home,Person - Phone - Work,Person - Marketing "
     "status\n"
     "7,Ann Ada,ann@example.com,ann@home.example,+1 555 0100,Subscribed\n8,Bob,bob@example.com,,,Unsubscribed\n",
     "ann@example.com | person_-_email_-_home=\"ann@home.example\""},
    {"Pipedrive deals",
     "Deal - Title,Person - Email,Deal value\nBig,ann@example.com,\"12,500\"\nSmall,bob@example.com,\"999.50\"\n",
     "ann@example.com | deal_value=12500"},
    {"Mailchimp audience",
     "\"Email Address\",\"First Name\",\"Last "
     "Name\",Birthday,MEMBER_RATING,OPTIN_TIME,TAGS\nann@example.com,Ann,Ada,12/10,2,"
     "\"2026-01-05 10:15:33\",\"\"\"vip\"\",\"\"fair, spring\"\"\"\n",
     "ann@example.com | birthday_text=\"12/10\" | member_rating=2 | tags=vip|fair, spring"},
    {"Mailchimp cleaned", "\"Email Address\",\"First Name\",CLEAN_TIME\nann@example.com,Ann,\"2026-01-05 10:15:33\"\n",
     "ann@example.com | bounce"},
    {"listmonk subscribers",
     "uuid,email,name,attributes,status,created_at,updated_at\n5f0c,ann@example.com,Ann,\"{\"\"city\"\": "
     "\"\"Bern\"\"}\",enabled,"
     "2026-01-05T10:15:33.123456Z,2026-01-05T10:15:33.123456Z\n60aa,bob@example.com,Bob,{},blocklisted,2026-01-05T10:"
     "15:33Z,"
     "2026-01-05T10:15:33Z\n",
     "ann@example.com | city=\"Bern\" | created_at=\"2026-01-05T10:15:33.123456Z\""},
    {"Brevo contacts",
     "CONTACT ID;EMAIL;PRENOM;NOM;SMS;EMAIL_BLACKLISTED;ADDED_AT\n1;ann@example.com;Ann;Ada;;no;05-01-2026 "
     "10:15:33\n2;"
     "bob@example.com;Bob;;;yes;31-01-2026 10:15:33\n",
     "ann@example.com | added_at=\"2026-01-05T10:15:33Z\""},
    {"Zoho CRM leads",
     "Record Id,Company,First Name,Last Name,Email,Secondary Email,Email Opt Out,Annual Revenue,Created Time\n"
     "zcrm_1,Example,Ann,Ada,ann@example.com,second@example.com,false,\"$ 1,250.00\",2026-01-05 10:15:33\n",
     "ann@example.com | annual_revenue=1250.00 | secondary_email=\"second@example.com\""},
    {"Google Contacts",
     "First Name,Middle Name,Last Name,Birthday,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - "
     "Label,E-mail 2 - "
     "Value,Phone 1 - Value\nAnn,,Ada,1985-12-10,,* myContacts,* Work,ann@example.com,Home,ann@home.example,+1 555 "
     "0100\n",
     "ann@example.com | birthday=\"1985-12-10\" | first_name=\"Ann\" | tags=* myContacts"},
    {"Google Contacts, birthdays without a year", "Name,Birthday,E-mail 1 - Value\nAnn, --12-10,ann@example.com\n",
     "ann@example.com | birthday_text=\"--12-10\""},
    {"Google Contacts, several addresses in a cell",
     "Name,E-mail 1 - Value\nAnn,ann@example.com ::: ann@home.example\nBob,bob@example.com\n",
     "ann@example.com name=\"Ann\""},
    {"Google Contacts, several values in a cell",
     "Name,Labels,Notes,E-mail 1 - Value,Phone 1 - Value\nAnn,* myContacts ::: Spring fair,a ::: b,ann@example.com,+1 "
     "555 "
     "0100 ::: +1 555 0101\n",
     "notes=\"a ::: b\" phone_1_-_value=\"+1 555 0100\" tags=* myContacts|Spring fair"},
    {"Outlook",
     "Title,First Name,Last Name,Company,Business Phone,E-mail Address,E-mail 2 Address,Birthday\n,Ann,Ada,Example,,"
     "ann@example.com,,0/0/00\n,Bob,Ba,Example,,bob@example.com,,12/31/1985\n",
     "ann@example.com company_name=\"Example\" first_name=\"Ann\" last_name=\"Ada\""},
    {"Outlook in Germany",
     "\"Anrede\",\"Vorname\",\"Nachname\",\"Firma\",\"E-Mail-Adresse\",\"Birthday\"\n\"\",\"Ann\",\"Ada\","
     "\"Example\",\"ann@example.com\",\"10.12.1985\"\n",
     "ann@example.com | birthday=\"1985-12-10\" | company_name=\"Example\" | first_name=\"Ann\""},
    {"Mautic contacts",
     "id,title,firstname,lastname,company,position,email,phone,points,date_added\n1,,Ann,Ada,Example,CTO,ann@example."
     "com,,7,"
     "2026-01-05 10:15:33\n",
     "? the columns `title` and `position` would both be attribute job_title"},
    {"ActiveCampaign contacts",
     "\"ID\",\"Email\",\"First Name\",\"Last Name\",\"Phone\",\"Status\",\"Date "
     "Added\",\"Tags\"\n\"1\",\"ann@example.com\",\"Ann\",\"Ada\",\"\",\"Active\","
     "\"2026-01-05 10:15:33\",\"vip,fair\"\n\"2\",\"bob@example.com\",\"\",\"\",\"\",\"Unsubscribed\",\"2026-01-05 "
     "10:15:33\",\"\"\n",
     "ann@example.com | date_added=\"2026-01-05T10:15:33Z\" | tags=vip|fair"},
    {"Klaviyo profiles",
     "Email,Klaviyo ID,First Name,Last Name,Email Marketing Consent,Email Suppressions,Date "
     "Added\nann@example.com,01H,Ann,Ada,"
     "SUBSCRIBED,[],2026-01-05 10:15:33\nbob@example.com,01J,Bob,,NEVER_SUBSCRIBED,[],2026-01-05 10:15:33\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Intercom users",
     "Name,Email,Unsubscribed from Emails,Signed up,Last seen\nAnn,ann@example.com,false,2026-01-05 10:15:33 UTC,\n",
     "ann@example.com | signed_up=\"2026-01-05T10:15:33Z\""},
    {"Intercom users, times in seconds", "name,email,created_at\nAnn,ann@example.com,1767608133\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\""},
    {"Close leads",
     "id,display_name,primary_contact_name,primary_contact_primary_email,primary_contact_primary_phone,status_"
     "label\nlead_1,"
     "Example,Ann,ann@example.com,,Potential\n",
     "ann@example.com | display_name=\"Example\""},
    {"Freshsales contacts",
     "First name,Last name,Work email,Job title,Annual revenue,Subscription "
     "status\nAnn,Ada,ann@example.com,CTO,10000,Subscribed\n",
     "ann@example.com | annual_revenue=10000 | job_title=\"CTO\""},
    {"Copper people",
     "Copper ID,Name,Company,Work Email,Personal Email,Other Email,Close "
     "Date\n1,Ann,Example,ann@example.com,ann@home.example,,"
     "12/31/2026\n",
     "ann@example.com | close_date=\"2026-12-31\" | personal_email=\"ann@home.example\""},
    {"Constant Contact",
     "Email address,First name,Last name,Email status,Email permission status,Email update source,Birthday month\n"
     "ann@example.com,Ann,Ada,Active,Express,,12\nbob@example.com,,,Unsubscribed,Express,,\n",
     "ann@example.com | first_name=\"Ann\""},
    {"GetResponse contacts", "name,email,created_at,origin\nAnn,ann@example.com,2026-01-05T10:15:33+0000,panel\n",
     "ann@example.com | created_at=\"2026-01-05T10:15:33Z\""},
    {"MailerLite subscribers",
     "Subscriber,Subscribed,Location,Opens,Clicks,First name\nann@example.com,2026-01-05 10:15:33,Bern,3,1,Ann\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Shopify customers",
     "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total "
     "Orders,Tags\n'1,Ann,Ada,ann@example.com,"
     "yes,120.50,3,vip\n'2,Bob,,bob@example.com,no,0.00,0,\n",
     "ann@example.com | total_spent=120.50 | tags=vip"},
    {"WooCommerce customers",
     "Name,Username,Last Active,Sign Up,Email,Orders,Total "
     "Spend,Country\nAnn,ann,2026-01-05,2026-01-05,ann@example.com,3,\"1,120.50\",CH\n",
     "ann@example.com | orders=3 | total_spend=1120.50"},
    {"WooCommerce orders", "Order Number,Billing Email,Total Spent\n17,ann@example.com,CHF 1'120.50\n",
     "ann@example.com | total_spent=1120.50"},
    {"Stripe customers",
     "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Total Spend\ncus_1,,ann@example.com,Ann,2026-01-05 "
     "10:15,false,,"
     "1250.00\n",
     "ann@example.com | created_(utc)=\"2026-01-05T10:15:00Z\" | total_spend=1250.00"},
    {"Stripe in Europe", "id,Customer Email,Amount,Created (UTC)\nch_1,ann@example.com,\"12,50\",2026-01-05 10:15:33\n",
     "ann@example.com | amount=12.50"},
    {"Eventbrite attendees",
     "Order #,Order Date,First Name,Last Name,Email,Quantity,Ticket Type\n1,2026-01-05 "
     "10:15:33,Ann,Ada,ann@example.com,1,Free\n",
     "ann@example.com | first_name=\"Ann\""},
    {"Typeform responses",
     "#,What's your first name?,Where can we reach you?,Start Date (UTC),Submit Date "
     "(UTC)\nabc,Ann,ann@example.com,2026-01-05 "
     "10:15:33,2026-01-05 10:16:33\n",
     "ann@example.com"},
    {"Apollo people",
     "First Name,Last Name,Title,Company,Email,Email Status,# Employees,Industry,Secondary Email,Annual "
     "Revenue\nAnn,Ada,CTO,"
     "Example,ann@example.com,Verified,250,software,,12000000\n",
     "ann@example.com | annual_revenue=12000000 | company_size=250 | job_title=\"CTO\""},
    {"LinkedIn connections",
     "Notes:\n\"When exporting your connection data, you may notice that some of the email addresses are "
     "missing.\"\n\n"
     "First Name,Last Name,URL,Email Address,Company,Position,Connected On\nAnn,Ada,https://www.example.com/in/ann,"
     "ann@example.com,Example,CTO,05 Jan 2026\n",
     "ann@example.com | connected_on=\"2026-01-05\" | job_title=\"CTO\""},
    {"Lemlist leads", "email,firstName,lastName,companyName,status\nann@example.com,Ann,Ada,Example,emailsSent\n",
     "ann@example.com | company_name=\"Example\" | first_name=\"Ann\""},
    {"Sendinblue in France",
     "Adresse e-mail;Pr\u00e9nom;Birthday;Annual Revenue\nann@example.com;Ann;10/12/1985;1\u202f234,50 "
     "\u20ac\nbob@example.com;Bob;25/12/1990;\n",
     "ann@example.com | annual_revenue=1234.50 | birthday=\"1985-12-10\""},
    {"a newsletter in Spain", "Correo electr\u00f3nico;Nombre;Total Spent\nann@example.com;Ann;1.234,5\n",
     "ann@example.com | total_spent=1234.5"},
    {"a newsletter in Japan",
     "\u30e1\u30fc\u30eb\u30a2\u30c9\u30ec\u30b9,\u540d\u524d,Birthday\nann@example.com,Ann,1985/12/10\n",
     "ann@example.com | birthday=\"1985-12-10\""},
    {"a shop in Switzerland",
     "E-Mail;Name;Total Spent\nann@example.com;Ann;CHF 1'234.50\nbob@example.com;Bob;CHF 12.00\n",
     "ann@example.com | total_spent=1234.50"},
    {"a shop in India", "Email,Name,Total Spent\nann@example.com,Ann,\"\u20b912,34,567.00\"\n",
     "ann@example.com | total_spent=1234567.00"},
    {"an Excel sheet with serials", "Email,Birthday\nann@example.com,31391\nbob@example.com,33238\n",
     "ann@example.com | birthday=\"1985-12-10\""},
    {"an Excel sheet in Germany, thousands that tell nothing", "E-Mail;Annual Revenue\nann@example.com;1.200\n",
     "? Annual Revenue: all cells fit 1,234.5 (1.200 is 1.2), or 1.234,5 (1.200 is 1200)"},
    {"phpMyAdmin",
     "\"email\",\"name\",\"birthday\",\"score\"\n\"ann@example.com\",\"Ann\",\"0000-00-00\",NULL\n\"bob@example."
     "com\",\"Bob\",\"1985-12-10\",\"7\"\n",
     "ann@example.com name=\"Ann\""},
    {"a table of PostgreSQL", "email|birthday|score\nann@example.com|1985-12-10|7.25\nbob@example.com||\n",
     "ann@example.com | birthday=\"1985-12-10\" | score=7.25"},
    {"SurveyMonkey",
     "Respondent ID,Email Address,Custom Data 1,Created At\n1,ann@example.com,,01/31/2026 10:15:33 AM\n",
     "ann@example.com | created_at=\"2026-01-31T10:15:33Z\""},
    {"Webinar registrants",
     "Attendee Report\nReport Generated:,\"Jan 5, 2026 10:15 AM\"\nTopic,Webinar ID\nPricing,123\nFirst Name,Last "
     "Name,Email,Signed "
     "up\nAnn,Ada,ann@example.com,\"Jan 5, 2026 10:15:33\"\nBob,Ba,bob@example.com,\"Jan 6, 2026 10:15:33\"\n",
     "ann@example.com | signed_up=\"2026-01-05T10:15:33Z\""},
    {"Gravity Forms", "\"Name (First)\",\"Email (Required)\",\"Entry Id\"\n\"Ann\",\"ann@example.com\",\"7\"\n",
     "ann@example.com"},
    {"Thunderbird",
     "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email\nAnn,Ada,Ann "
     "Ada,,ann@example.com,x@example.com\n",
     "ann@example.com | secondary_email=\"x@example.com\""},
};

TEST(ImportProducts, ExportsAreReadWithoutAnOptionOrAskOneQuestion) {
  for (const Export& each : kExports) {
    const std::string said = FirstOf(each.text);
    EXPECT_TRUE(Holds(said, each.first)) << each.product << ": " << said << "\n  wanted: " << each.first;
  }
}

}  // namespace leadpulse::importing::import_products_test
