{{> settings_tabs}}
{{> account_notice}}
<p class="back"><a href="/settings/webhooks"><span aria-hidden="true">←</span> All webhooks</a></p>
{{#hook}}<h2>{{url}}</h2>
<p class="hook-state">{{> webhook_state}}{{#stopped_because}} <span>{{stopped_because}}</span>{{/stopped_because}}{{#is_failing}} <span>{{last_error}}</span>{{/is_failing}}</p>
<dl class="facts"><dt>Changes</dt><dd>{{events_text}}, since {{#since}}{{> shown_time}}{{/since}}</dd>
<dt>Waiting</dt><dd>{{waiting_text}}{{#next_attempt}}, next attempt {{> shown_time}}{{/next_attempt}}</dd></dl>{{/hook}}
{{#is_missed}}<div class="warning"><p>Changes from {{#missed_from}}{{> shown_time}}{{/missed_from}} until {{#missed_until}}{{> shown_time}}{{/missed_until}} may be missing. Let the receiver read the leads again, then say so here.</p>
<form method="post" action="/settings/webhooks"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="webhook" value="{{webhook}}"><button name="what" value="read">It has read them</button></form></div>{{/is_missed}}
<form method="post" action="/settings/webhooks" class="inline hook-acts"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="webhook" value="{{webhook}}">
<button class="primary" name="what" value="test">Send a test</button>
{{#hook}}{{#is_failing}}<button name="what" value="enable">Try again now</button>{{/is_failing}}{{/hook}}
{{#is_active}}<button name="what" value="disable" title="Changes wait until it is enabled again, at most 14 days">Disable</button>{{/is_active}}{{^is_active}}<button name="what" value="enable" title="Goes on with the first change that waits">Enable</button>{{/is_active}}</form>
<h2 id="deliveries">Latest deliveries</h2>
{{#goes_on}}<p role="status"><small>This page refreshes until it is posted.</small></p>{{/goes_on}}
{{#has_deliveries}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of deliveries">
<table class="stacks deliveries">
<thead><tr><th scope="col">When</th><th scope="col">Change</th><th scope="col">Lead</th><th scope="col">Outcome</th><th scope="col" class="number">Status</th><th scope="col" class="number">Took</th><th scope="col"><span class="hidden">Send again</span></th></tr></thead>
<tbody>
{{#deliveries}}
<tr><td data-label="When">{{#at}}{{> shown_time}}{{/at}}</td><td data-label="Change">{{words}}</td><td data-label="Lead">{{#lead_query}}<a href="/leads?{{lead_query}}">{{lead_name}}</a>{{/lead_query}}{{^lead_query}}{{lead_name}}{{/lead_query}}</td><td data-label="Outcome"><span class="chip {{outcome_class}}"><span>{{outcome}}</span></span>{{#error}} <small>{{error}}{{#attempts}} · {{attempts}}{{/attempts}}{{#next}} · next {{> shown_time}}{{/next}}</small>{{/error}}</td><td class="number" data-label="Status">{{status}}</td><td class="number" data-label="Took">{{took}}</td>
<td>{{#may_send_again}}<form method="post" action="/settings/webhooks" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="webhook" value="{{webhook}}"><input type="hidden" name="delivery" value="{{delivery}}"><button class="plain" name="what" value="send_again">Send again</button></form>{{/may_send_again}}</td></tr>
{{/deliveries}}
</tbody>
</table>
</div>
{{/has_deliveries}}
{{^has_deliveries}}<p>Nothing was posted yet: it begins with the next change. Send a test to see whether the receiver answers.</p>{{/has_deliveries}}
<h2>Settings of this webhook</h2>
<form method="post" action="/settings/webhooks" class="stack">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="webhook" value="{{webhook}}">
{{> webhook_form}}
<p><button name="what" value="change">Save</button></p>
</form>
<details class="removes"><summary>Delete this webhook…</summary>
<form method="post" action="/settings/webhooks" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="webhook" value="{{webhook}}">
<span>The receiver gets nothing any more{{#has_waiting}}, nor the changes that wait: {{waiting_text}}{{/has_waiting}}. Another webhook has another secret.</span> <button class="danger" name="what" value="remove">Delete the webhook</button></form></details>
