{{#detail}}
<aside class="detail" id="detail" data-detail="{{id}}" data-version="{{version}}" aria-label="{{name}}">
<header>
<h2>{{name}}</h2>
<p><span class="chip stage-{{stage}}">{{status_label}}</span> {{email}} · created {{created}} UTC</p>
<p><a href="/leads?{{list_query}}">Close</a>{{#is_manager}} · <a href="/leads/data?{{lead_query}}">Download all data, as JSON</a>{{/is_manager}}</p>
{{> lead_saved}}
</header>
<section><h3>Score</h3>
<p><b class="score">{{score}}</b> {{tier}}{{#score_changes_at}}, changes next at {{score_changes_at}} UTC{{/score_changes_at}}{{^score_changes_at}}, does not change by time alone{{/score_changes_at}}.{{#excluded}} Excluded from scoring.{{/excluded}} Quality {{quality}}.</p>
<ul class="plain-list">{{#contributions}}<li><b>{{points}}</b> {{description}}{{#occurredAt}}, {{occurredAt}}{{/occurredAt}}{{#outcome}} <i>({{outcome}})</i>{{/outcome}}{{#changesAt}}, changes at {{changesAt}} UTC{{/changesAt}}</li>{{/contributions}}{{^contributions}}<li>Nothing counts yet.</li>{{/contributions}}</ul>
</section>
<section><h3>Stage and agent</h3>
<p class="sentence">{{stage_reason}}.</p>
{{^is_final}}<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="stage"><label>Stage <select name="stage">{{#stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/stages}}</select></label> <button>Set the stage</button></form>{{/is_final}}
{{#is_manager}}<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="agent"><label>Agent <input name="agentId" list="agents" value="{{agent}}"></label> <button>Assign</button></form>{{/is_manager}}
{{^is_manager}}<p>Agent: {{agent}}{{^agent}}nobody{{/agent}}</p>{{/is_manager}}
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="qualification"><label>Qualification <input name="score" inputmode="numeric" value="{{qualification}}" size="4"></label> <button>Set</button></form>
{{#qualification_is_set}}<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="qualification"><input type="hidden" name="clear" value="true"><button class="plain">Use the computed quality</button></form>{{/qualification_is_set}}
</section>
<section><h3>Attributes</h3>
<form method="post" action="/leads/edit" class="attributes">
{{> lead_action}}<input type="hidden" name="action" value="update"><input type="hidden" name="version" value="{{version}}">
{{#attributes}}
{{^is_fixed}}<label>{{label}} {{^has_lines}}<input name="value:{{name}}" value="{{input}}"{{#is_day}} type="date" max="9999-12-31"{{/is_day}}>{{/has_lines}}{{#has_lines}}<textarea name="value:{{name}}" rows="3">
{{input}}</textarea>{{/has_lines}}</label><input type="hidden" name="was:{{name}}" value="{{value}}"><input type="hidden" name="type:{{name}}" value="{{type}}">{{/is_fixed}}
{{#is_fixed}}<p>{{label}}: <code>{{value}}</code></p>{{/is_fixed}}
{{/attributes}}
<label>New attribute <input name="new_name" value="{{new_name}}" placeholder="city"></label>
<label>Its value <input name="new_value" value="{{new_value}}"></label>
<button>Save</button>
</form>
</section>
<section><h3>Notes</h3>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="notes"><label>New note <textarea name="text" rows="2" required>{{note_text}}</textarea></label><button>Add note</button></form>
</section>
<section><h3>Tags, lists, campaigns</h3>
<div class="names">Tags: {{#tags}}<form method="post" action="/leads/edit" class="chip">{{> lead_action}}<input type="hidden" name="action" value="tags"><input type="hidden" name="remove" value="{{name_id}}">{{name}} <button class="plain" aria-label="Remove the tag {{name}}">×</button></form>{{/tags}}{{^tags}}none{{/tags}}</div>
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="tags"><label>More tags <input name="add" required></label> <button>Add</button></form>
<div class="names">Lists: {{#lists}}<form method="post" action="/leads/edit" class="chip">{{> lead_action}}<input type="hidden" name="action" value="lists"><input type="hidden" name="remove" value="{{name_id}}"><span title="{{name_id}}">{{name}}</span> <button class="plain" aria-label="Remove the list {{name}}">×</button></form>{{/lists}}{{^lists}}none{{/lists}}</div>
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="lists"><label>More lists <input name="add" list="lists" required></label> <button>Add</button></form>
<div class="names">Campaigns: {{#campaigns}}<form method="post" action="/leads/edit" class="chip">{{> lead_action}}<input type="hidden" name="action" value="campaigns"><input type="hidden" name="remove" value="{{name_id}}"><span title="{{name_id}}">{{name}}</span> <button class="plain" aria-label="Remove the campaign {{name}}">×</button></form>{{/campaigns}}{{^campaigns}}none{{/campaigns}}</div>
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="campaigns"><label>More campaigns <input name="assign" list="campaigns" required></label> <button>Assign</button></form>
<p>Segments: {{#segments}}<span class="chip">{{name}}{{#changes_at}} <small>until {{changes_at}}</small>{{/changes_at}}</span> {{/segments}}{{^segments}}none{{/segments}}</p>
</section>
<section><h3>Mail</h3>
<p>{{#sendable}}Can be mailed.{{/sendable}}{{^sendable}}Must not be mailed{{#do_not_contact}}: do not contact is set{{/do_not_contact}}.{{/sendable}} E-mail status: {{email_status}} ({{email_reason}}).</p>
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="do-not-contact"><input type="hidden" name="value" value="{{#do_not_contact}}false{{/do_not_contact}}{{^do_not_contact}}true{{/do_not_contact}}">
{{^do_not_contact}}<label>Reason <input name="reason"></label> <button>Do not contact</button>{{/do_not_contact}}
{{#do_not_contact}}Do not contact{{#do_not_contact_reason}}: {{do_not_contact_reason}}{{/do_not_contact_reason}}. <button>Allow contact again</button>{{/do_not_contact}}</form>
<ul class="plain-list">{{#topics}}<li>{{topic_name}}: {{#out}}unsubscribed{{/out}}{{^out}}subscribed{{/out}}
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="topics"><input type="hidden" name="topic" value="{{topic}}"><input type="hidden" name="subscribed" value="{{#out}}true{{/out}}{{^out}}false{{/out}}"><button class="plain">{{#out}}Subscribe again{{/out}}{{^out}}Unsubscribe{{/out}}</button></form></li>{{/topics}}</ul>
<details><summary>Unsubscribe link</summary><p>For a mail that you write yourself. It shows a page with a button that unsubscribes this lead.</p><p><code>{{unsubscribe_link}}</code></p></details>
<h4>Consents</h4>
<ul class="plain-list">{{#consents}}<li>{{at}} {{purpose}}: {{#granted}}given{{/granted}}{{^granted}}withdrawn{{/granted}}{{#source}}, {{source}}{{/source}}</li>{{/consents}}{{^consents}}<li>None recorded.</li>{{/consents}}</ul>
<form method="post" action="/leads/edit" class="inline">{{> lead_action}}<input type="hidden" name="action" value="consents"><label>Purpose <input name="purpose" required></label> <label>It is <select name="granted"><option value="true">given</option><option value="false">withdrawn</option></select></label> <label>Source <input name="source"></label> <button>Record consent</button></form>
</section>
<section><h3>Timeline</h3>
{{> lead_timeline}}
</section>
{{#is_admin}}
<section><h3>Erase</h3>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="erase">
<label>To erase this lead for good, type its id: {{id}} <input name="confirm" autocomplete="off" required></label>
<label><input type="checkbox" name="suppress" value="true"> Also never mail this person again</label>
<button class="danger">Erase</button></form>
</section>
{{/is_admin}}
</aside>
{{/detail}}
