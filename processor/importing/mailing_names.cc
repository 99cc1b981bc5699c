#include "processor/importing/mailing_names.h"

#include <cstddef>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse::importing {
namespace {

// A long name is also found within a word: `Gartennewsletter`. A word beside it may be joined to it: `Newsletterabo`.
// No word beside it may mean the contrary: `no` is not in the table.
constexpr MailingWords kAllMailingWords[] = {
    {"en",
     "newsletter|newsletters|e-newsletter|mailing|mailings|mailing list|mailing lists|mailinglist|mail list|"
     "email list|emailing|emailings|mailshot|email blast|bulk email|bulk emails|mass email|marketing email|"
     "marketing emails|marketing mail|promotional email|promotional emails|promo email|promo emails|"
     "email promotions|email offers|email advertising|email ads|email updates|email news|news by email|"
     "advertising by email|advertising by mail",
     "email|e-mail|mail|emails|by|via|for|to|of|the|our|my|yes|yes no|y n|ok|okay|true false|flag|subscribe|"
     "subscribed|subscriber|subscribers|subscription|subscriptions|subscribes|sign up|signed up|registered|"
     "registration|enrolled|member|recipient|recipients|receive|receives|receiving|wants|want|wanted|wishes|"
     "get|gets|accept|accepts|accepted|agree|agrees|agreed|agreement|allow|allows|allowed|enabled|active|"
     "activated|consent|consented|consents|permission|permitted|approval|approved|opt in|opted in|opts in|"
     "interested|list|is|has|may|can|send|contact|person|people|lead|customer|client|user|profile|custom|"
     "field|cf|c|udf|general|marketing|company|product|monthly|weekly|daily|quarterly|regular|digital|please|"
     "gdpr|preference|preferences"},
    {"de",
     "newsletter|rundbrief|rundmail|rundmails|infobrief|infobriefe|infomail|infomails|mailing|mailings|"
     "mailingliste|mailverteiler|emailverteiler|werbung|werbemail|werbemails|werbemailing|emailwerbung|"
     "mailwerbung|werbung per e-mail|werbung per mail|kundenbrief|rundschreiben|kundenrundschreiben",
     "per|via|an|den|die|der|das|zum|zur|für|ja|ja nein|j n|abo|abonnement|abonniert|abonnieren|abonnent|"
     "abonnenten|bestellt|bestellen|bestellung|angemeldet|anmeldung|anmelden|erwünscht|erwuenscht|gewünscht|"
     "gewuenscht|wünscht|wunsch|möchte|will|empfangen|empfänger|empfängt|bezieher|bezieht|beziehen|bezug|"
     "einwilligung|eingewilligt|zustimmung|zugestimmt|einverstanden|einverständnis|erlaubt|erlaubnis|"
     "genehmigt|aktiv|kunde|kunden|kontakt|monatlich|wöchentlich|versand|verteiler|zusenden|zusendung|senden|"
     "schicken|bitte|firmen|unser|dsgvo"},
    {"fr",
     "newsletter|infolettre|infolettres|lettre d'information|lettre d'infos|lettre d'info|"
     "bulletin d'information|e-mailing|emailing|liste de diffusion|publicité|publicités|publicité par e-mail|"
     "prospection commerciale|mails publicitaires|e-mails publicitaires|offres par e-mail|"
     "actualités par e-mail",
     "par|à|la|le|les|l|de|d|du|une|notre|oui|oui non|o n|courriel|abonné|abonnée|abonnement|inscrit|inscrite|"
     "inscription|accepte|accepté|accord|consentement|recevoir|reçoit|souhaite|réception|client|pour|veut|"
     "autorisé|autorisation"},
    {"es",
     "newsletter|boletín|boletines|boletín informativo|boletín de noticias|boletín electrónico|"
     "lista de correo|publicidad|publicidad por correo|correo publicitario|correos publicitarios|"
     "envíos publicitarios|promociones por correo|mailing",
     "por|al|el|la|los|de|a|sí|sí no|correo|electrónico|suscrito|suscrita|suscripción|suscriptor|acepta|"
     "aceptado|aceptada|consentimiento|recibir|recibe|desea|quiere|autoriza|autorizado|permitido|envío|enviar"},
    {"pt",
     "newsletter|boletim|boletins|boletim informativo|boletim de notícias|boletim eletrônico|mala direta|"
     "lista de e-mails|publicidade|publicidade por e-mail|e-mails promocionais|mailing",
     "por|o|a|os|de|do|sim|sim não|inscrito|inscrita|inscrição|assinante|assinatura|subscrição|aceita|aceite|"
     "aceito|consentimento|receber|recebe|deseja|quer|autoriza|autorizado"},
    {"it",
     "newsletter|notiziario|bollettino informativo|mailing list|mailinglist|pubblicità|pubblicità via e-mail|"
     "e-mail promozionali|e-mail pubblicitarie|mailing",
     "alla|la|il|di|per|sì|sì no|iscritto|iscritta|iscrizione|accetta|accettato|consenso|ricevere|riceve|"
     "desidera|vuole|autorizza|autorizzato"},
    {"nl",
     "nieuwsbrief|nieuwsbrieven|e-mailnieuwsbrief|mailing|mailings|mailinglijst|verzendlijst|reclame|"
     "reclame per e-mail|reclamemail",
     "per|voor|de|onze|ja|ja nee|ingeschreven|inschrijving|aangemeld|aanmelding|abonnee|abonnement|ontvangen|"
     "ontvangt|ontvanger|toestemming|akkoord|gewenst|wil|klant"},
    {"pl",
     "newsletter|newslettery|newslettera|biuletyn|biuletyny|biuletynu|mailing|lista mailingowa|"
     "lista wysyłkowa|lista subskrypcyjna|reklama|reklamy|reklama e-mail|e-maile reklamowe|"
     "wiadomości marketingowe",
     "na|do|tak|tak nie|zapisany|zapisana|zapis|subskrypcja|subskrybent|subskrybuje|zgoda|otrzymywanie|"
     "otrzymuje|chce|klient"},
    {"sv",
     "nyhetsbrev|nyhetsbreven|e-nyhetsbrev|utskick|e-postutskick|mejlutskick|mailutskick|mejllista|maillista|"
     "e-postlista|reklam|e-postreklam|reklam via e-post",
     "via|för|till|på|ja|ja nej|e-post|mejl|prenumererar|prenumerant|prenumeration|prenumerera|samtycke|"
     "anmäld|anmälan|vill|ha|få|mottagare|tar emot|godkänt|kund"},
    {"da",
     "nyhedsbrev|nyhedsbreve|e-nyhedsbrev|mailliste|mailingliste|reklame|reklamer|reklamemail|"
     "reklame via e-mail",
     "til|på|ja|ja nej|tilmeldt|tilmelding|samtykke|modtag|modtager|modtage|ønsker|vil|gerne|abonnent|"
     "abonnerer|kunde"},
    {"no", "nyhetsbrev|nyhetsbrever|e-postliste|e-postutsendelser|utsendelser|reklame|reklame på e-post",
     "til|på|via|ja|ja nei|e-post|påmeldt|påmelding|samtykke|mottar|motta|mottaker|ønsker|vil|ha|abonnent|"
     "abonnerer|kunde"},
    {"fi",
     "uutiskirje|uutiskirjeet|uutiskirjeen|postituslista|sähköpostilista|mainonta|mainokset|"
     "sähköpostimainonta|suoramarkkinointi|sähköpostimarkkinointi|markkinointikirje",
     "kyllä|kyllä ei|sähköposti|tilaaja|tilaus|tilannut|tilaa|suostumus|lupa|haluaa|vastaanottaa|sallittu|"
     "asiakas"},
    {"cs",
     "newsletter|newslettery|newsletteru|newsletterový|zpravodaj|odběr novinek|novinky e-mailem|mailing|"
     "reklama|reklamní e-maily|obchodní sdělení|hromadné e-maily|rozesílka",
     "ano|ano ne|k|s|odběr|odběratel|odebírá|souhlas|přihlášen|přihlášení|zasílání|chce|zákazník"},
    {"sk",
     "newsletter|newslettery|newslettera|newsletterový|spravodaj|odber noviniek|novinky e-mailom|mailing|"
     "reklama|reklamné e-maily|obchodné oznámenia|hromadné e-maily",
     "áno|áno nie|k|s|odber|odberateľ|odoberá|súhlas|prihlásený|prihlásenie|zasielanie|chce|zákazník"},
    {"hu", "hírlevél|hírlevelek|hírlevélre|levelezőlista|reklám|reklámlevél|reklámlevelek|e-mail reklám",
     "igen|igen nem|feliratkozás|feliratkozott|feliratkozó|hozzájárulás|hozzájárult|kér|ügyfél"},
    {"ro",
     "newsletter|buletin informativ|buletin|buletine|listă de e-mail|listă de corespondență|publicitate|"
     "publicitate prin e-mail|reclame|reclame prin e-mail",
     "da|da nu|la|prin|abonat|abonare|abonament|înscris|înscriere|consimțământ|acord|dorește|primește|client"},
    {"ru",
     "рассылка|рассылки|рассылку|email-рассылка|новостная рассылка|реклама|рекламная рассылка|"
     "новостной бюллетень",
     "да|да нет|на|по|для|почте|подписка|подписан|подписана|подписчик|согласие|согласен|получать|получает|"
     "хочет|разрешена|клиент"},
    {"uk",
     "розсилка|розсилки|розсилку|email-розсилка|реклама|рекламна розсилка|новинна розсилка|"
     "інформаційний бюлетень",
     "так|так ні|на|по|для|пошті|підписка|підписаний|підписана|підписник|згода|отримувати|отримує|хоче|клієнт"},
    {"tr",
     "bülten|e-bülten|haber bülteni|bültene|reklam|ticari ileti|ticari elektronik ileti|posta listesi|"
     "e-posta listesi|e-posta reklamı",
     "evet|evet hayır|e-posta|abone|aboneliği|üyelik|üye|izin|izni|onay|onayı|istiyor|müşteri"},
    {"ja",
     "メルマガ|メールマガジン|ニュースレター|メーリングリスト|広告メール|宣伝メール|お知らせメール|案内メール|"
     "メール配信",
     "はい|はいいいえ|登録|購読|希望|する|同意|配信|受信|会員|許可|承諾|有無|可否|可|の|を"},
    {"zh",
     "邮件订阅|订阅邮件|电子报|新闻通讯|邮件列表|广告邮件|营销邮件|推广邮件|邮件广告|电子杂志|郵件訂閱|訂閱郵件|電子報|"
     "郵件列表|廣告郵件|行銷郵件|郵件廣告",
     "是|订阅|電子|电子|同意|接收|是否|愿意|许可|訂閱|接受|願意|許可"},
    {"ko", "뉴스레터|메일링|메일링 리스트|광고 메일|광고성 메일|홍보 메일|메일 광고|소식지",
     "예|예 아니오|이메일|메일|구독|수신|동의|여부|신청|희망"},
    {"id", "buletin|newsletter|milis|email promosi|iklan email|surat berita|langganan email",
     "ya|ya tidak|berlangganan|langganan|persetujuan|setuju|terima|menerima|pelanggan"},
    {"vi", "bản tin|thư tin tức|email quảng cáo|email tiếp thị|thư quảng cáo|danh sách gửi thư|newsletter",
     "có|có không|đăng ký|nhận|đồng ý|khách hàng"},
};

struct MailingTables {
  PhraseTable names, beside;
};

const MailingTables& Tables() {
  static const MailingTables all = [] {
    MailingTables made;
    for (const MailingWords& each : kAllMailingWords) {
      made.names.Add(each.names);
      made.beside.Add(each.beside);
    }
    return made;
  }();
  return all;
}

// Whether the whole text consists of a mailing and words that may stand beside it.
bool IsWhollyMailing(const PlainText& header) {
  constexpr size_t kShortWord = 3;  // bytes; such a word is part of many others, so it must be a word of its own
  const std::string_view whole = header.text();
  const auto ends_word = [&](size_t at) { return at == whole.size() || header.BeginsWord(at); };
  // Whether the text up to that byte consists of words beside a mailing; and whether with a mailing among them.
  std::vector<bool> known(whole.size() + 1), named(whole.size() + 1);
  known[0] = true;
  for (size_t at = 0; at < whole.size(); ++at) {
    if (!known[at] && !named[at]) continue;
    Tables().names.ForEachAt(whole, at, [&](size_t end) { named[end] = true; });
    Tables().beside.ForEachAt(whole, at, [&](size_t end) {
      if (end - at <= kShortWord && (!header.BeginsWord(at) || !ends_word(end))) return;
      known[end] = known[end] || known[at];
      named[end] = named[end] || named[at];
    });
  }
  return named[whole.size()];
}

}  // namespace

std::span<const MailingWords> AllMailingWords() { return kAllMailingWords; }

NamesMailing HowItNamesMailing(const PlainText& header) {
  constexpr size_t kLongName = 8;  // bytes; a shorter one is part of other words: `Bewerbung`, `Reklamation`
  const std::string_view whole = header.text();
  if (IsWhollyMailing(header)) return NamesMailing::kWholly;
  bool is_named = false;
  for (size_t at = 0; at < whole.size() && !is_named; ++at) {
    Tables().names.ForEachAt(whole, at, [&](size_t end) {
      const bool is_long = end - at >= kLongName && IsAscii(whole.substr(at, end - at));
      const bool begins = header.BeginsWord(at), ends = end == whole.size() || header.BeginsWord(end);
      is_named = is_named || (begins && ends) || (is_long && (begins || ends));
    });
  }
  return is_named ? NamesMailing::kPerhaps : NamesMailing::kNo;
}

}  // namespace leadpulse::importing
