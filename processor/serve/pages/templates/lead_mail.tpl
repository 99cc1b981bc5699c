<div data-part="mail">
<div class="callout{{#sendable}} good{{/sendable}}{{^sendable}} bad{{/sendable}}"><p><b>{{#sendable}}Can be mailed{{/sendable}}{{^sendable}}Must not be mailed{{/sendable}}</b><br>{{mail_reason}}{{#do_not_contact_reason}} Why: {{do_not_contact_reason}}{{/do_not_contact_reason}}</p></div>
<p class="faint">E-mail status: {{email_status}}{{#email_status_at}}, since {{> shown_time}}{{/email_status_at}}</p>
{{#has_topics}}<h3>Topics</h3>
{{#at_topics}}<p class="error" role="alert">{{at_topics}}</p>{{/at_topics}}
<ul class="sums">{{#topics}}<li><div><span>{{topic_name}}: {{#out}}unsubscribed{{/out}}{{^out}}subscribed{{/out}}{{#since}} <small>{{> shown_time}}</small>{{/since}}</span>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="topics"><input type="hidden" name="topic" value="{{topic}}"><input type="hidden" name="subscribed" value="{{#out}}true{{/out}}{{^out}}false{{/out}}"><button>{{#out}}Subscribe again{{/out}}{{^out}}Unsubscribe{{/out}}</button></form></div></li>{{/topics}}</ul>{{/has_topics}}
<h3>Unsubscribe link</h3>
<p class="faint">For a mail that you write yourself. It shows a page with a button that unsubscribes this lead.</p>
<input class="copied" readonly value="{{unsubscribe_link}}" aria-label="Unsubscribe link">
<h3>Consents</h3>
<ul class="sums">{{#consents}}<li><div><span>{{purpose}}: {{#granted}}given{{/granted}}{{^granted}}withdrawn{{/granted}}{{#source}}, {{source}}{{/source}}{{#actor}} <small>by {{actor}}</small>{{/actor}}</span> {{#given_at}}{{> shown_time}}{{/given_at}}</div></li>{{/consents}}{{^consents}}<li class="faint">None recorded.</li>{{/consents}}</ul>
</div>
<details class="new-name" data-part="new-consent"{{#at_consents}} open{{/at_consents}}><summary>Record a consent</summary>
<form method="post" action="/leads/edit" class="line">{{> lead_action}}<input type="hidden" name="action" value="consents"><label>Purpose <input name="purpose" value="{{typed_purpose}}" required></label> <label>It is <select name="granted"><option value="true">given</option><option value="false">withdrawn</option></select></label> <label>Source <input name="source" value="{{typed_source}}"></label> <button>Record consent</button>
{{#at_consents}}<p class="error" role="alert">{{at_consents}}</p>{{/at_consents}}</form></details>
