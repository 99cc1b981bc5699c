#include "processor/importing/mail_words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "processor/base/text.h"

namespace leadpulse::importing {
namespace {

using enum MailPhrase;

// A phrase also stands for longer words: `keine mail` for `keine Mails`. So it must not be the beginning of a word that
// says something else: `nicht kontaktiert` and `non contattato` say that nobody has called yet.
constexpr MailPhrases kAllMailPhrases[] = {
    {kDoNotContact, "en",
     "no email|no e-mail|no mail|do not email|do not e-mail|do not mail|do not market|do not message|do not mass|"
     "do not newsletter|do not write|do not disturb|do not send|do not contact|don't write|don't market|no newsletter|"
     "no promo|no advert|no bulk|no solicit|no communications|no correspondence|never write|never send|stop email|"
     "stop mail|stop sending|stop newsletter|stop marketing|please stop|not to be contacted|not to be emailed|"
     "not to be mailed|not be contacted|not be emailed|not be mailed|cannot be emailed|cannot be mailed|"
     "cannot be contacted|cannot email|cannot mail|not emailable|not marketable|email not allowed|mail not allowed|"
     "emails not allowed|marketing not allowed|contact not allowed|does not want email|doesn't want email|"
     "does not want mail|doesn't want mail|not want email|does not accept email|does not accept marketing|"
     "not accept email|not accept marketing"},
    {kDoNotContact, "de",
     "keine e-mail|keine mail|kein newsletter|keine rundmail|keine werbemail|keine infomail|keine infopost|"
     "keine kontaktaufnahme|keine ansprache|keine zusendung|keine mailing|kein mailing|kein marketing|kein e-mail|"
     "nicht kontaktieren|nicht kontaktierbar|nicht mehr kontaktieren|nicht zu kontaktieren|nicht anschreiben|"
     "nicht mehr anschreiben|nicht mailen|nicht mehr mailen|nicht anmailen|nicht bewerben|nicht mehr bewerben|"
     "nichts senden|nichts schicken|nichts zusenden|mail nicht erlaubt|email nicht erlaubt|mails nicht erlaubt|"
     "emails nicht erlaubt|werbung nicht erlaubt|newsletter nicht erlaubt|mail nicht erwünscht|"
     "email nicht erwünscht|mails nicht erwünscht|emails nicht erwünscht|werbung nicht erwünscht|"
     "newsletter nicht erwünscht|mail unerwünscht|email unerwünscht|werbung unerwünscht|werbewiderspruch|"
     "werbeverbot|kontaktverbot|kontaktsperre|mailverbot|emailverbot|emailsperre|newslettersperre|versandsperre"},
    {kDoNotContact, "fr",
     "ne pas contacter|ne plus contacter|ne pas envoyer|ne plus envoyer|ne pas e-mailer|ne pas mailer|"
     "ne pas solliciter|ne plus solliciter|ne pas démarcher|ne pas écrire|ne pas déranger|pas d'e-mail|pas de mail|"
     "pas de courriel|pas d'emailing|pas de newsletter|pas d'infolettre|pas de publicité|pas de pub|"
     "pas de prospection|pas de sollicitation|aucun e-mail|aucun mail|aucun courriel|aucune newsletter|"
     "aucune publicité|aucune communication|refus e-mail|refus mail|refuse e-mail|refuse les e-mail|refuse les mail|"
     "refus newsletter|refuse newsletter|refuse la newsletter|refus prospection|refus de prospection|stop pub|"
     "opposition marketing|opposition prospection|opposition à la prospection|non contactable|non emailable|"
     "ne souhaite pas recevoir|ne souhaite plus recevoir|ne veut pas recevoir|ne veut plus recevoir|"
     "ne souhaite pas être contact|ne souhaite plus être contact"},
    {kDoNotContact, "es",
     "no contactar|no enviar|no enviarle|no mandar|no escribir|no molestar|no correo|no email|no publicidad|"
     "no boletin|no recibir|no mailing|sin correos|sin e-mails|sin publicidad|sin newsletter|sin boletin|"
     "no quiere correo|no quiere email|no quiere publicidad|no quiere recibir|no desea correo|no desea email|"
     "no desea publicidad|no desea recibir|no desea ser contact|no acepta correo|no acepta email|"
     "no acepta publicidad|no acepta recibir|no acepta marketing|nada de correos|prohibido contactar|lista negra"},
    {kDoNotContact, "pt",
     "não contatar|não contate|não contatável|não contactar|não contacte|não contactável|não enviar|não envie|"
     "não mandar|não escrever|não perturb|não incomodar|não receber|não quer receber|não deseja receber|"
     "não quer e-mail|não deseja e-mail|não aceita e-mail|não aceita receber|não aceita marketing|sem e-mails|"
     "sem newsletter|sem publicidade|sem marketing|lista negra"},
    {kDoNotContact, "it",
     "non contattare|non contattabile|non inviare|non mandare|non spedire|non scrivere|non disturbare|non ricevere|"
     "no pubblicità|niente e-mail|niente mail|niente newsletter|niente pubblicità|nessuna e-mail|nessuna mail|"
     "nessuna newsletter|nessuna comunicazione|nessuna pubblicità|non desidera ricevere|non vuole ricevere|"
     "non accetta e-mail|non accetta marketing|lista nera"},
    {kDoNotContact, "nl",
     "niet contacteren|niet contactbaar|niet mailen|niet meer mailen|niet e-mailen|niet meer e-mailen|niet benaderen|"
     "niet meer benaderen|niet aanschrijven|niet storen|niet verzenden|niet versturen|geen e-mail|geen mail|"
     "geen nieuwsbrief|geen nieuwsbrieven|geen reclame|geen marketing|wil geen e-mail|wil geen mail"},
    {kDoNotContact, "pl",
     "nie wysyłać|nie wysyłaj|nie kontaktować|nie kontaktuj|nie mailować|nie mailuj|nie pisać|nie przesyłać|"
     "nie niepokoić|bez maili|bez e-maili|bez newsletter|bez reklam|bez marketingu|żadnych maili|żadnych e-maili|"
     "nie chce maili|nie chce e-maili|nie chce newsletter|nie chce otrzymywać|nie życzy sobie|czarna lista"},
    {kDoNotContact, "sv",
     "kontakta inte|kontakta ej|kontaktas inte|kontaktas ej|får inte kontaktas|får ej kontaktas|skicka inte|"
     "skicka ej|maila inte|maila ej|mejla inte|mejla ej|ej utskick|inga utskick|inga mejl|inga mail|inga e-post|"
     "ingen e-post|ej e-post|inga nyhetsbrev|inget nyhetsbrev|ingen reklam|ingen marknadsföring|svartlist"},
    {kDoNotContact, "da",
     "kontakt ikke|må ikke kontaktes|ønsker ikke e-mail|ønsker ikke mail|send ikke|ingen e-mail|ingen mail|"
     "ingen reklame|ingen nyhedsbrev|intet nyhedsbrev|ingen markedsføring|sortlistet"},
    {kDoNotContact, "no",
     "skal ikke kontaktes|vil ikke kontaktes|kan ikke kontaktes|ikke kontakt meg|ønsker ikke e-post|ingen e-post|"
     "ingen nyhetsbrev|ingen markedsføring|ikke send e-post|reservert mot reklame|svartelist"},
    {kDoNotContact, "fi",
     "ei sähköposti|ei uutiskirje|ei markkinointi|ei mainoksia|ei saa lähettää|ei saa ottaa yhteyttä|älä lähetä|"
     "älä ota yhteyttä|markkinointikielto|suoramarkkinointikielto|mustalla listalla"},
    {kDoNotContact, "cs",
     "nekontaktovat|neposílat|nezasílat|neoslovovat|nechce e-mail|nechce newsletter|žádné e-mail|bez newsletter|"
     "bez e-mailů|nepřeje si|černá listina"},
    {kDoNotContact, "sk", "nekontaktovať|neposielať|nezasielať|nechce e-mail|žiadne e-mail|čierna listina"},
    {kDoNotContact, "hu",
     "ne küldj|ne keress|nem kér hírlevel|nem kér e-mail|nem kér levelet|nem kér reklám|tiltólist|feketelist"},
    {kDoNotContact, "ro",
     "nu contacta|a nu contacta|a nu se contacta|nu trimite|a nu se trimite|fără e-mail|fără newsletter|"
     "nu dorește e-mail|nu dorește să primească|lista neagră"},
    {kDoNotContact, "ru",
     "не отправлять|не присылать|не слать|не писать|не рассылать|не контактировать|не беспокоить|не связываться|"
     "не хочет получать|не получать|без рассыл|без рекламы|без писем|черный список|чёрный список"},
    {kDoNotContact, "uk",
     "не надсилати|не відправляти|не писати|не турбувати|не контактувати|без розсил|без реклами|чорний список"},
    // `gönderme` alone is also the sending: `gönderme tarihi`.
    {kDoNotContact, "tr",
     "göndermeyin|gönderilmesin|iletişim kurmayın|mail atmayın|rahatsız etmeyin|e-posta istemiyor|mail istemiyor|"
     "ileti istemiyor|bülten istemiyor|kara liste"},
    {kDoNotContact, "ja",
     "メール不要|メール拒否|メール停止|メール不可|メールを希望しない|メール希望しない|メルマガ不要|配信不可|配信不要|"
     "配信拒否|配信禁止|配信しない|配信を希望しない|配信希望しない|送信不可|送信不要|送信禁止|送信しない|送らない|"
     "受信拒否|受信しない|受け取らない|連絡不要|連絡不可|連絡しない|dm不可|dm不要|ブラックリスト"},
    {kDoNotContact, "zh",
     "请勿联系|请勿发送|请勿发|请勿打扰|勿发邮件|勿联系|勿扰|不要联系|不要发|不发送邮件|不发邮件|不接收邮件|拒收|"
     "拒绝接收|禁止发送|黑名单|請勿聯絡|請勿聯繫|請勿寄|請勿發送|不要寄|不接收郵件|拒絕接收|黑名單"},
    {kDoNotContact, "ko", "수신 거부|수신 안함|메일 거부|이메일 거부|발송 금지|발송 제외|연락 금지|블랙리스트"},
    {kDoNotContact, "id", "jangan kirim|jangan hubungi|tidak mau email|daftar hitam"},
    {kDoNotContact, "vi", "không gửi|không liên hệ|không nhận email|danh sách đen"},

    {kOptedOut, "en",
     "no consent|consent denied|consent refused|consent declined|without consent|removed from list|left the list"},
    {kOptedOut, "de",
     "keine einwilligung|keine zustimmung|ohne einwilligung|ohne zustimmung|einwilligung verweigert|"
     "einwilligung zurückgezogen|zustimmung zurückgezogen|einwilligung abgelehnt|vom newsletter abgemeldet"},
    {kOptedOut, "fr",
     "pas de consentement|sans consentement|aucun consentement|consentement retiré|consentement refusé|"
     "retiré de la liste|non abonné|pas abonné|plus abonné"},
    {kOptedOut, "es",
     "sin consentimiento|consentimiento retirado|consentimiento revocado|consentimiento denegado|se dio de baja|"
     "dar de baja|darse de baja|cancelar suscripción|no suscrit|"
     "dado de baja|dada de baja"},
    {kOptedOut, "pt",
     "sem consentimento|consentimento retirado|consentimento revogado|consentimento negado|"
     "não inscrit|não subscrit|não assinante|removido da lista"},
    {kOptedOut, "it", "senza consenso|nessun consenso|consenso negato|consenso revocato|consenso ritirato|non iscritt"},
    {kOptedOut, "nl",
     "geen toestemming|zonder toestemming|toestemming ingetrokken|toestemming geweigerd|uitschrijving|"
     "niet ingeschreven|niet aangemeld"},
    {kOptedOut, "pl",
     "brak zgody|bez zgody|zgoda wycofana|zgoda cofnięta|wycofano zgodę|cofnięto zgodę|wypisał|wypisz|zrezygnow|"
     "odsubskryb|nie subskrybuje|niezapisan"},
    {kOptedOut, "sv", "inget samtycke|saknar samtycke|samtycke återkallat"},
    {kOptedOut, "da", "intet samtykke|uden samtykke|samtykke tilbagekaldt"},
    {kOptedOut, "no", "ikke samtykke|uten samtykke|samtykke trukket"},
    {kOptedOut, "fi", "ei suostumusta|suostumus peruttu"},
    {kOptedOut, "cs", "bez souhlasu|souhlas odvolán|nesouhlasí"},
    {kOptedOut, "sk", "bez súhlasu|súhlas odvolaný|nesúhlasí"},
    {kOptedOut, "hu", "nincs hozzájárulás|hozzájárulás visszavonva"},
    {kOptedOut, "ro", "fără consimțământ|fără acord"},
    {kOptedOut, "ru", "отписк|отказ от рассыл|отказался от рассыл|отказалась от рассыл|нет согласия|без согласия"},
    {kOptedOut, "uk", "відпис|відмова від розсил|немає згоди|без згоди"},
    {kOptedOut, "tr", "abonelikten çık|listeden çık|izni yok|onayı yok"},
    {kOptedOut, "ja", "購読解除|登録解除|配信解除|購読停止|メルマガ解除|オプトアウト|同意なし|未購読"},
    {kOptedOut, "zh", "退订|取消订阅|未订阅|未同意|退訂|取消訂閱|未訂閱"},
    {kOptedOut, "ko", "구독 취소|구독 해지|구독 안함|수신 미동의|수신 동의 안함"},
    {kOptedOut, "id", "berhenti berlangganan"},
    {kOptedOut, "vi", "hủy đăng ký|huỷ đăng ký"},

    {kNoAddress, "en",
     "no email address|no e-mail address|no mail address|no email on file|no email found|no email known|"
     "no email available|no email provided|no email given"},
    {kNoAddress, "de",
     "keine e-mailadresse|keine mailadresse|keine e-mail vorhanden|keine e-mail bekannt|keine e-mail angegeben|"
     "keine e-mail hinterlegt|keine mail vorhanden"},
    {kNoAddress, "fr", "pas d'e-mail connu|pas d'adresse|aucun e-mail connu|aucun e-mail renseigné"},
    {kNoAddress, "nl", "geen e-mailadres|geen mailadres|geen e-mail bekend"},
    {kNoAddress, "it", "nessuna e-mail presente|nessuna mail presente|nessuna e-mail disponibile"},
};

// A long name also counts within a word: `Gartennewsletter`. What stands beside a name may be written into one word
// with it: `Newsletterabo`. It must not say the contrary, as `no` does alone.
constexpr MailingWords kAllMailingWords[] = {
    {"en",
     "newsletter|newsletters|e-newsletter|mailing|mailings|mailing list|mailing lists|mailinglist|mail list|email list|"
     "emailing|emailings|mailshot|email blast|bulk email|bulk emails|mass email|marketing email|marketing emails|"
     "marketing mail|promotional email|promotional emails|promo email|promo emails|email promotions|email offers|"
     "email advertising|email ads|email updates|email news|news by email|advertising by email|advertising by mail",
     "email|e-mail|mail|emails|by|via|for|to|of|the|our|my|yes|yes no|y n|ok|okay|true false|flag|subscribe|subscribed|"
     "subscriber|subscribers|subscription|subscriptions|subscribes|sign up|signed up|registered|registration|enrolled|"
     "member|recipient|recipients|receive|receives|receiving|wants|want|wanted|wishes|get|gets|accept|accepts|accepted|"
     "agree|agrees|agreed|agreement|allow|allows|allowed|enabled|active|activated|consent|consented|consents|"
     "permission|permitted|approval|approved|opt in|opted in|opts "
     "in|interested|list|is|has|may|can|send|contact|person|"
     "people|lead|customer|client|user|profile|custom|field|cf|c|udf|general|marketing|company|product|monthly|weekly|"
     "daily|quarterly|regular|digital|please|gdpr|preference|preferences"},
    {"de",
     "newsletter|rundbrief|rundmail|rundmails|infobrief|infobriefe|infomail|infomails|mailing|mailings|mailingliste|"
     "mailverteiler|emailverteiler|werbung|werbemail|werbemails|werbemailing|emailwerbung|mailwerbung|"
     "werbung per e-mail|werbung per mail|kundenbrief",
     "per|via|an|den|die|der|das|zum|zur|für|ja|ja nein|j n|abo|abonnement|abonniert|abonnieren|abonnent|abonnenten|"
     "bestellt|"
     "bestellen|bestellung|angemeldet|anmeldung|anmelden|erwünscht|erwuenscht|gewünscht|gewuenscht|wünscht|wunsch|"
     "möchte|will|empfangen|empfänger|empfängt|bezieher|bezieht|beziehen|bezug|einwilligung|eingewilligt|zustimmung|"
     "zugestimmt|einverstanden|einverständnis|erlaubt|erlaubnis|genehmigt|aktiv|kunde|kunden|kontakt|monatlich|"
     "wöchentlich|versand|verteiler|zusenden|zusendung|senden|schicken|bitte|firmen|unser|dsgvo"},
    {"fr",
     "newsletter|infolettre|infolettres|lettre d'information|lettre d'infos|lettre d'info|bulletin d'information|"
     "e-mailing|emailing|liste de diffusion|publicité|publicités|publicité par e-mail|"
     "prospection commerciale|mails publicitaires|e-mails publicitaires|offres par e-mail|actualités par e-mail",
     "par|à|la|le|les|l|de|d|du|une|notre|oui|oui non|o "
     "n|courriel|abonné|abonnée|abonnement|inscrit|inscrite|inscription|"
     "accepte|accepté|accord|consentement|recevoir|reçoit|souhaite|réception|client|pour|veut|autorisé|autorisation"},
    {"es",
     "newsletter|boletín|boletines|boletín informativo|boletín de noticias|boletín electrónico|lista de correo|"
     "publicidad|publicidad por correo|correo publicitario|correos publicitarios|envíos publicitarios|"
     "promociones por correo|mailing",
     "por|al|el|la|los|de|a|sí|sí "
     "no|correo|electrónico|suscrito|suscrita|suscripción|suscriptor|acepta|aceptado|aceptada|"
     "consentimiento|recibir|recibe|desea|quiere|autoriza|autorizado|permitido|envío|enviar"},
    {"pt",
     "newsletter|boletim|boletins|boletim informativo|boletim de notícias|boletim eletrônico|mala direta|"
     "lista de e-mails|publicidade|publicidade por e-mail|e-mails promocionais|mailing",
     "por|o|a|os|de|do|sim|sim não|inscrito|inscrita|inscrição|assinante|assinatura|subscrição|aceita|aceite|aceito|"
     "consentimento|receber|recebe|deseja|quer|autoriza|autorizado"},
    {"it",
     "newsletter|notiziario|bollettino informativo|mailing list|mailinglist|pubblicità|pubblicità via e-mail|"
     "e-mail promozionali|e-mail pubblicitarie|mailing",
     "alla|la|il|di|per|sì|sì "
     "no|iscritto|iscritta|iscrizione|accetta|accettato|consenso|ricevere|riceve|desidera|vuole|"
     "autorizza|autorizzato"},
    {"nl",
     "nieuwsbrief|nieuwsbrieven|e-mailnieuwsbrief|mailing|mailings|mailinglijst|verzendlijst|reclame|"
     "reclame per e-mail|reclamemail",
     "per|voor|de|onze|ja|ja nee|ingeschreven|inschrijving|aangemeld|aanmelding|abonnee|abonnement|ontvangen|ontvangt|"
     "ontvanger|toestemming|akkoord|gewenst|wil|klant"},
    {"pl",
     "newsletter|newslettery|newslettera|biuletyn|biuletyny|biuletynu|mailing|lista mailingowa|lista wysyłkowa|"
     "lista subskrypcyjna|reklama|reklamy|reklama e-mail|e-maile reklamowe|wiadomości marketingowe",
     "na|do|tak|tak nie|zapisany|zapisana|zapis|subskrypcja|subskrybent|subskrybuje|zgoda|otrzymywanie|otrzymuje|chce|"
     "klient"},
    {"sv",
     "nyhetsbrev|nyhetsbreven|e-nyhetsbrev|utskick|e-postutskick|mejlutskick|mailutskick|mejllista|maillista|"
     "e-postlista|reklam|e-postreklam|reklam via e-post",
     "via|för|till|på|ja|ja nej|e-post|mejl|prenumererar|prenumerant|prenumeration|prenumerera|samtycke|anmäld|anmälan|"
     "vill|ha|få|mottagare|tar emot|godkänt|kund"},
    {"da", "nyhedsbrev|nyhedsbreve|e-nyhedsbrev|mailliste|mailingliste|reklame|reklamer|reklamemail|reklame via e-mail",
     "til|på|ja|ja nej|tilmeldt|tilmelding|samtykke|modtag|modtager|modtage|ønsker|vil|gerne|abonnent|abonnerer|kunde"},
    {"no", "nyhetsbrev|nyhetsbrever|e-postliste|e-postutsendelser|utsendelser|reklame|reklame på e-post",
     "til|på|via|ja|ja nei|e-post|påmeldt|påmelding|samtykke|mottar|motta|mottaker|ønsker|vil|ha|abonnent|abonnerer|"
     "kunde"},
    {"fi",
     "uutiskirje|uutiskirjeet|uutiskirjeen|postituslista|sähköpostilista|mainonta|mainokset|sähköpostimainonta|"
     "suoramarkkinointi|sähköpostimarkkinointi|markkinointikirje",
     "kyllä|kyllä ei|sähköposti|tilaaja|tilaus|tilannut|tilaa|suostumus|lupa|haluaa|vastaanottaa|sallittu|asiakas"},
    {"cs",
     "newsletter|newslettery|newsletteru|newsletterový|zpravodaj|odběr novinek|novinky e-mailem|mailing|reklama|"
     "reklamní e-maily|obchodní sdělení|hromadné e-maily|rozesílka",
     "ano|ano ne|k|s|odběr|odběratel|odebírá|souhlas|přihlášen|přihlášení|zasílání|chce|zákazník"},
    {"sk",
     "newsletter|newslettery|newslettera|newsletterový|spravodaj|odber noviniek|novinky e-mailom|mailing|reklama|"
     "reklamné e-maily|obchodné oznámenia|hromadné e-maily",
     "áno|áno nie|k|s|odber|odberateľ|odoberá|súhlas|prihlásený|prihlásenie|zasielanie|chce|zákazník"},
    {"hu", "hírlevél|hírlevelek|hírlevélre|levelezőlista|reklám|reklámlevél|reklámlevelek|e-mail reklám",
     "igen|igen nem|feliratkozás|feliratkozott|feliratkozó|hozzájárulás|hozzájárult|kér|ügyfél"},
    {"ro",
     "newsletter|buletin informativ|buletin|buletine|listă de e-mail|listă de corespondență|publicitate|"
     "publicitate prin e-mail|reclame|reclame prin e-mail",
     "da|da nu|la|prin|abonat|abonare|abonament|înscris|înscriere|consimțământ|acord|dorește|primește|client"},
    {"ru",
     "рассылка|рассылки|рассылку|email-рассылка|новостная рассылка|реклама|рекламная рассылка|новостной бюллетень",
     "да|да "
     "нет|на|по|для|почте|подписка|подписан|подписана|подписчик|согласие|согласен|получать|получает|хочет|разрешена|"
     "клиент"},
    {"uk",
     "розсилка|розсилки|розсилку|email-розсилка|реклама|рекламна розсилка|новинна розсилка|інформаційний бюлетень",
     "так|так ні|на|по|для|пошті|підписка|підписаний|підписана|підписник|згода|отримувати|отримує|хоче|клієнт"},
    {"tr",
     "bülten|e-bülten|haber bülteni|bültene|reklam|ticari ileti|ticari elektronik ileti|posta listesi|e-posta listesi|"
     "e-posta reklamı",
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

// Appends the letters and digits of a code point without case and accents.
void AppendPlain(UChar32 letter, std::string* plain) {
  constexpr UChar32 kEndOfAscii = 0x80;
  if (letter < kEndOfAscii) {
    if (u_isalnum(letter) != 0) *plain += static_cast<char>(u_tolower(letter));
    return;
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFKDInstance(error);
  icu::UnicodeString whole(letter);
  if (U_SUCCESS(error)) whole = decompose->normalize(whole.foldCase(), error);
  for (int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    if (u_isalnum(whole.char32At(i))) icu::UnicodeString(whole.char32At(i)).toUTF8String(*plain);
  }
}

// Whether each letter is a word, or may be: the scripts of East Asia write no blanks.
bool IsWordOfItsOwn(UChar32 letter) {
  constexpr UChar32 kFirst = 0x2E80;
  return letter >= kFirst;
}

// Plain phrases by their first byte.
using Phrases = std::array<std::vector<std::string>, 256>;

// Adds the phrases of a text, which have `|` between.
void AddPhrases(std::string_view phrases, Phrases* plain) {
  for (std::string_view rest = phrases; !rest.empty();) {
    const size_t end = std::min(rest.find('|'), rest.size());
    const std::string phrase = PlainText(rest.substr(0, end)).text();
    (*plain)[static_cast<unsigned char>(phrase.front())].push_back(phrase);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

Phrases PhrasesThatSay(MailPhrase says) {
  Phrases plain;
  for (const MailPhrases& each : kAllMailPhrases) {
    if (each.says == says) AddPhrases(each.phrases, &plain);
  }
  return plain;
}

const Phrases& PlainPhrases(MailPhrase says) {
  static const std::array<Phrases, 3> all = {PhrasesThatSay(kOptedOut), PhrasesThatSay(kDoNotContact),
                                             PhrasesThatSay(kNoAddress)};
  return all[static_cast<size_t>(says)];
}

// The words of names of columns about mail that many people get.
struct Mailings {
  Phrases names, beside;
};

const Mailings& PlainMailings() {
  static const Mailings all = [] {
    Mailings made;
    for (const MailingWords& each : kAllMailingWords) {
      AddPhrases(each.names, &made.names);
      AddPhrases(each.beside, &made.beside);
    }
    return made;
  }();
  return all;
}

// Calls `visit` with the end of each phrase that begins at that byte.
template <typename Visit>
void ForEachPhrase(const Phrases& phrases, std::string_view whole, size_t at, Visit visit) {
  for (const std::string& phrase : phrases[static_cast<unsigned char>(whole[at])]) {
    if (whole.substr(at).starts_with(phrase)) visit(at + phrase.size());
  }
}

// Whether the whole text is a name of mail with nothing beside it but the words of the table.
bool IsWhollyMailing(const PlainText& header) {
  constexpr size_t kShortWord = 3;  // bytes; such a word is part of many others, so it must be a word of its own
  const std::string_view whole = header.text();
  const auto ends_word = [&](size_t at) { return at == whole.size() || header.BeginsWord(at); };
  // By the byte up to which the text is known: without a name, and with one.
  std::vector<bool> known(whole.size() + 1), named(whole.size() + 1);
  known[0] = true;
  for (size_t at = 0; at < whole.size(); ++at) {
    if (!known[at] && !named[at]) continue;
    ForEachPhrase(PlainMailings().names, whole, at, [&](size_t end) { named[end] = true; });
    ForEachPhrase(PlainMailings().beside, whole, at, [&](size_t end) {
      if (end - at <= kShortWord && (!header.BeginsWord(at) || !ends_word(end))) return;
      known[end] = known[end] || known[at];
      named[end] = named[end] || named[at];
    });
  }
  return named[whole.size()];
}

}  // namespace

PlainText::PlainText(std::string_view text) {
  const icu::UnicodeString whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  bool is_in_word = false, is_small = false;
  for (int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    const UChar32 letter = whole.char32At(i);
    const size_t start = text_.size();
    AppendPlain(letter, &text_);
    if (text_.size() == start) {
      const bool is_accent = (U_GET_GC_MASK(letter) & U_GC_M_MASK) != 0;
      is_in_word = is_in_word && is_accent;
      continue;
    }
    const bool begins = !is_in_word || (is_small && u_isupper(letter) != 0) || IsWordOfItsOwn(letter);
    is_in_word = true;
    is_small = u_isupper(letter) == 0;
    begins_.resize(text_.size());
    begins_[start] = begins;
  }
}

std::span<const MailPhrases> AllMailPhrases() { return kAllMailPhrases; }
std::span<const MailingWords> AllMailingWords() { return kAllMailingWords; }

NamesMailing HowItNamesMailing(const PlainText& header) {
  constexpr size_t kLongName = 8;  // bytes; a shorter one is part of other words: `Bewerbung`, `Reklamation`
  const std::string_view whole = header.text();
  if (IsWhollyMailing(header)) return NamesMailing::kWholly;
  bool is_named = false;
  for (size_t at = 0; at < whole.size() && !is_named; ++at) {
    ForEachPhrase(PlainMailings().names, whole, at, [&](size_t end) {
      const bool is_long = end - at >= kLongName && IsAscii(whole.substr(at, end - at));
      const bool begins = header.BeginsWord(at), ends = end == whole.size() || header.BeginsWord(end);
      is_named = is_named || (begins && ends) || (is_long && (begins || ends));
    });
  }
  return is_named ? NamesMailing::kPerhaps : NamesMailing::kNo;
}

bool HasPhrase(MailPhrase says, const PlainText& text) {
  const Phrases& phrases = PlainPhrases(says);
  const std::string_view whole = text.text();
  for (size_t at = 0; at < whole.size(); ++at) {
    if (!text.BeginsWord(at)) continue;
    const std::string_view rest = whole.substr(at);
    const std::vector<std::string>& candidates = phrases[static_cast<unsigned char>(rest.front())];
    if (std::ranges::any_of(candidates, [&](const std::string& phrase) { return rest.starts_with(phrase); })) {
      return true;
    }
  }
  return false;
}

}  // namespace leadpulse::importing
